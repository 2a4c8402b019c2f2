"""Normalizations of signals and of weights, one file each; `AnyNormalization` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.normalizations.base import Normalization as Normalization
from gradx.normalizations.batch import BatchNorm as BatchNorm
from gradx.normalizations.group import GroupNorm as GroupNorm
from gradx.normalizations.layer import LayerNorm as LayerNorm
from gradx.normalizations.none import NoNormalization as NoNormalization
from gradx.normalizations.rms import RMSNorm as RMSNorm
from gradx.normalizations.spectral import SpectralNorm as SpectralNorm
from gradx.normalizations.weight import WeightNorm as WeightNorm

AnyNormalization = Annotated[
    BatchNorm | GroupNorm | LayerNorm | NoNormalization | RMSNorm | SpectralNorm | WeightNorm,
    Field(discriminator="kind"),
    short_form,
]
