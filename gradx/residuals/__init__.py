"""Residual connections, one file each; `AnyResidual` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.residuals.base import Residual as Residual
from gradx.residuals.identity import Identity as Identity
from gradx.residuals.none import NoResidual as NoResidual

AnyResidual = Annotated[NoResidual | Identity, Field(discriminator="kind"), short_form]
