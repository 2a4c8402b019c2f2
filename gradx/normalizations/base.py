"""`Normalization`: what is done to pre-activations, or to weights, so that signals keep their size."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor

from gradx.base.part import Part, said
from gradx.tensors.channels import per_channel
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
            mode: has the buffers by name, `NAME.running_mean` ...; they are updated where it trains and has them.
        """
        return x

    def weight_slots(self, slot: Slot) -> list[Slot]:
        """What a normalization of weights adds for the weight `slot`: parameters and buffers."""
        return []

    def reparametrized(self, weights: Weights, slots: list[Slot], mode: Mode) -> Weights:
        """The weights that the network computes with, from those that are trained."""
        return weights

    def adjust(self, values: dict[str, Tensor], slots: list[Slot]) -> None:
        """Sets what follows from the initial weights, in place: a length, and what is kept in buffers.

        Args:
            values: initial parameters and buffers by name, (member, *shape).
            slots: the parameters and buffers of one member.
        """


class OfSignals(Normalization):
    """A normalization of signals, followed by a trained weight and (unless it says otherwise) bias for each channel."""

    eps: Annotated[float, Field(gt=0)] = 1e-5  # added to the variance
    gain: float = 1.0  # what the trained weight starts with
    of: ClassVar[Literal["nothing", "signals", "weights"]] = "signals"
    shifts: ClassVar[bool] = True

    @abstractmethod
    def normalized(self, x: Tensor, name: str, mode: Mode) -> Tensor:
        """x (member, batch, channel, *space) of mean 0 and variance 1, or what else it is; before weight and bias."""

    def slots(self, name: str, layer: int, channels: int) -> list[Slot]:
        weight = Slot(f"{name}.weight", (channels,), "gain", layer, channels, channels, 0.0, start=self.gain)
        bias = Slot(f"{name}.bias", (channels,), "bias", layer, channels, channels, 0.0, start=0.0)
        return [weight, bias] if self.shifts else [weight]

    def __call__(self, x: Tensor, name: str, weights: Weights, mode: Mode) -> Tensor:
        normal = self.normalized(x, name, mode)
        gain = per_channel(weights[f"{name}.weight"], x)
        return per_channel(weights[f"{name}.bias"], x).addcmul(normal, gain) if self.shifts else normal * gain


class OfWeights(Normalization):
    """A normalization of every weight that inputs are multiplied by, the readout's too."""

    of: ClassVar[Literal["nothing", "signals", "weights"]] = "weights"

    @abstractmethod
    def weight(self, name: str, weights: Weights, mode: Mode) -> Tensor:
        """What the network computes with in place of the trained weight called `name`; of its shape."""

    def reparametrized(self, weights: Weights, slots: list[Slot], mode: Mode) -> Weights:
        return {**weights, **{slot.name: self.weight(slot.name, weights, mode) for slot in slots if slot.multiplied}}

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if said(data, "init") == "fixup":
            kind = cls.model_fields["kind"].default
            yield ("normalization",), f"normalization {kind} divides by the weights, and init fixup starts some at zero"


def rows(weight: Tensor) -> Tensor:
    """A weight as (member, out, in): from a linear (member, in, out), a convolution's (member, out, in, *kernel)."""
    return weight.mT if weight.ndim == 3 else weight.flatten(2)


def as_weight(matrix: Tensor, weight: Tensor) -> Tensor:
    """What `rows` made, back in the shape of `weight`."""
    return matrix.mT if weight.ndim == 3 else matrix.view(weight.shape)
