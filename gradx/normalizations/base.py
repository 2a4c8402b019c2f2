"""`Normalization`: what is done to pre-activations, or to weights, so that signals keep their size."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from torch import Tensor

from gradx.base.part import Part
from gradx.tensors.layout import Slot
from gradx.tensors.mode import Mode

Weights = Mapping[str, Tensor]


class Normalization(Part):
    """A normalization of the pre-activations z of a layer (batch, layer, rms, group) or of weights (weight, spectral).

    In a layer it stands between the linear map and the activation: h = phi(N(z)). All methods have a default that does
    nothing, so a normalization of weights says nothing of signals, and the other way round.
    """

    of: ClassVar[Literal["nothing", "signals", "weights"]] = "nothing"
    recurrent: ClassVar[bool] = False  # whether it can be used inside a recurrent cell
    batch_statistics: ClassVar[bool] = False  # whether the examples of a batch see each other

    def slots(self, name: str, layer: int, channels: int) -> list[Slot]:
        """The trained parameters of the normalization called `name`, each of shape (channels,)."""
        return []

    def buffers(self, name: str, layer: int, channels: int) -> list[Slot]:
        """What the normalization called `name` keeps beside its parameters: slots of role buffer."""
        return []

    def __call__(self, x: Tensor, name: str, weights: Weights, mode: Mode) -> Tensor:
        """x (member, batch, channel, *space) normalized; of its shape.

        Args:
            x: pre-activations.
            name: of this normalization; its parameters are `NAME.weight`, `NAME.bias`.
            weights: the network's, by name.
            mode: has the buffers by name, `NAME.running_mean` ...
        """
        return x

    def weight_slots(self, slot: Slot) -> list[Slot]:
        """What a normalization of weights adds for the weight `slot`: parameters and buffers."""
        return []

    def reparametrized(self, weights: Weights, slots: list[Slot], mode: Mode) -> Weights:
        """The weights that the network computes with, from those that are trained."""
        return weights

    def adjust(self, values: dict[str, Tensor], slots: list[Slot]) -> None:
        """Sets what follows from the initial weights, in place (the length in weight normalization)."""
