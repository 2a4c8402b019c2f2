"""Regularizations: penalties on the parameters, one file each."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.regularization.l1 import L1
from gradx.optim.regularization.l2 import L2
from gradx.optim.regularization.none import NoRegularization

AnyRegularization = Annotated[NoRegularization | L1 | L2, Field(discriminator="kind"), short_form]

__all__ = ["L1", "L2", "AnyRegularization", "NoRegularization"]
