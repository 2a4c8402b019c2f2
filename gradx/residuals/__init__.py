"""Residual connections, one file each; `AnyResidual` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.residuals.base import Residual as Residual
from gradx.residuals.fixup import Fixup as Fixup
from gradx.residuals.identity import Identity as Identity
from gradx.residuals.none import NoResidual as NoResidual
from gradx.residuals.scaled import Scaled as Scaled
from gradx.residuals.skipinit import SkipInit as SkipInit

AnyResidual = Annotated[
    Fixup | Identity | NoResidual | Scaled | SkipInit,
    Field(discriminator="kind"),
    short_form,
]
