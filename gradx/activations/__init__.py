"""The activations; `AnyActivation` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.activations.base import Activation as Activation
from gradx.activations.elu import ELU
from gradx.activations.erf import Erf
from gradx.activations.gelu import GELU
from gradx.activations.hard_tanh import HardTanh
from gradx.activations.identity import Identity
from gradx.activations.leaky_relu import LeakyReLU
from gradx.activations.relu import ReLU
from gradx.activations.selu import SELU
from gradx.activations.sigmoid import Sigmoid
from gradx.activations.silu import SiLU
from gradx.activations.sin import Sin
from gradx.activations.softplus import Softplus
from gradx.activations.tanh import Tanh as Tanh
from gradx.base.part import short_form

AnyActivation = Annotated[
    ELU | Erf | GELU | HardTanh | Identity | LeakyReLU | ReLU | SELU | Sigmoid | SiLU | Sin | Softplus | Tanh,
    Field(discriminator="kind"),
    short_form,
]
