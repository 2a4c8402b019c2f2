"""Clippings: what bounds the gradient before the optimizer sees it, one file each."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.clipping.agc import AdaptiveClipping
from gradx.optim.clipping.autoclip import AutoClip
from gradx.optim.clipping.layerwise_norm import LayerwiseNormClipping
from gradx.optim.clipping.none import NoClipping
from gradx.optim.clipping.norm import NormClipping
from gradx.optim.clipping.parameter_norm import ParameterNormClipping
from gradx.optim.clipping.per_sample_norm import PerSampleNormClipping
from gradx.optim.clipping.value import ValueClipping
from gradx.optim.clipping.zclip import ZClip

AnyClipping = Annotated[
    NoClipping
    | NormClipping
    | ValueClipping
    | ParameterNormClipping
    | LayerwiseNormClipping
    | AdaptiveClipping
    | AutoClip
    | ZClip
    | PerSampleNormClipping,
    Field(discriminator="kind"),
    short_form,
]

__all__ = [
    "AdaptiveClipping",
    "AnyClipping",
    "AutoClip",
    "LayerwiseNormClipping",
    "NoClipping",
    "NormClipping",
    "ParameterNormClipping",
    "PerSampleNormClipping",
    "ValueClipping",
    "ZClip",
]
