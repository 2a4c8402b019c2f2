"""Clippings: what bounds the gradient before the optimizer sees it, one file each."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.clipping.none import NoClipping
from gradx.optim.clipping.norm import NormClipping
from gradx.optim.clipping.value import ValueClipping

AnyClipping = Annotated[NoClipping | NormClipping | ValueClipping, Field(discriminator="kind"), short_form]

__all__ = ["AnyClipping", "NoClipping", "NormClipping", "ValueClipping"]
