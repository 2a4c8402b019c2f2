"""Normalizations of signals and of weights, one file each; `AnyNormalization` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.normalizations.base import Normalization as Normalization
from gradx.normalizations.none import NoNormalization as NoNormalization
from gradx.normalizations.rms import RMSNorm as RMSNorm

AnyNormalization = Annotated[NoNormalization | RMSNorm, Field(discriminator="kind"), short_form]
