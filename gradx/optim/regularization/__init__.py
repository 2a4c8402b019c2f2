"""Regularizations: penalties on the parameters, and rules that hold them small, one file each."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.regularization.l1 import L1
from gradx.optim.regularization.l2 import L2
from gradx.optim.regularization.max_norm import MaxNorm
from gradx.optim.regularization.none import NoRegularization
from gradx.optim.regularization.omega import Omega
from gradx.optim.regularization.weight_decay import WeightDecay

AnyRegularization = Annotated[
    NoRegularization | L1 | L2 | WeightDecay | MaxNorm | Omega, Field(discriminator="kind"), short_form
]

__all__ = ["L1", "L2", "AnyRegularization", "MaxNorm", "NoRegularization", "Omega", "WeightDecay"]
