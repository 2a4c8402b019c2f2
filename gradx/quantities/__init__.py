"""The quantities; `AnyQuantity` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import parts, short_form
from gradx.quantities.activations import Activations
from gradx.quantities.base import Derived as Derived
from gradx.quantities.base import Quantity as Quantity
from gradx.quantities.base import Reading as Reading
from gradx.quantities.extremes import Extremes
from gradx.quantities.grad_norm import GradNorm
from gradx.quantities.layer_norms import LayerNorms
from gradx.quantities.loss import Loss
from gradx.quantities.time_norms import TimeNorms
from gradx.quantities.update_ratio import UpdateRatio

AnyQuantity = Annotated[
    Activations | Extremes | GradNorm | LayerNorms | Loss | TimeNorms | UpdateRatio,
    Field(discriminator="kind"),
    short_form,
]

ALL: tuple[str, ...] = tuple(sorted(parts(AnyQuantity)))
"""The kinds of all quantities: what is measured unless `measure.quantities` says otherwise."""
