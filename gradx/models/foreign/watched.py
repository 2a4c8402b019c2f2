"""`Watched`: what the layers of a user's module give during one call of it, by hooks on that module alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn.modules import activation
from torch.nn.utils import parametrize

from gradx.tensors.taps import Kind

FUSED = nn.RNNBase
Key = tuple[str, Kind, int]
ACTIVATIONS = tuple(
    each
    for each in vars(activation).values()
    if isinstance(each, type) and issubclass(each, nn.Module) and each not in (nn.Module, nn.MultiheadAttention)
)


@dataclass
class Call:
    """One tensor that a layer gave.

    Attributes:
        name: of the layer.
        kind: output of an activation, or preactivation: what a layer with weights gives, before any activation.
        place: which of the tensors that the layer gave.
        layer: its number; that of the layer before it for an activation.
        tensor: as it was given.
        handed: what the network goes on with: the same, or a copy.
        version: of `handed`, when it was given.
    """

    name: str
    kind: Kind
    place: int
    layer: int
    tensor: Tensor
    handed: Tensor
    version: int

    @property
    def changed(self) -> bool:
        """Whether the network has written into it since."""
        return self.handed._version != self.version

    @property
    def key(self) -> Key:
        return self.name, self.kind, self.place


@dataclass
class Watched:
    """Layers are the modules that have a weight of their own, numbered as they are first called.

    Attributes:
        module: whose layers they are; hooks are on it within a `with`.
        copied: layers whose output is handed on as a copy, since the network writes into it.
        calls: what they gave, in this order.
        numbers: of the layers by name.
    """

    module: nn.Module
    copied: frozenset[str] = frozenset()
    calls: list[Call] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> "Watched":
        self._last, self._hooks = 0, []
        for name, part in layers(self.module):
            self._hooks.append(part.register_forward_hook(self._hook(name, "preactivation")))
        for name, part in self.module.named_modules():
            if isinstance(part, ACTIVATIONS) and name:
                self._hooks.append(part.register_forward_hook(self._hook(name, "output")))
        return self

    def __exit__(self, *error: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _hook(self, name: str, kind: Kind) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> Any:
            if kind == "preactivation":
                self._last = layer = self.numbers.setdefault(name, len(self.numbers) + 1)
            else:
                layer, self._last = self._last, 0
            if not layer:  # an activation behind another one, or behind nothing that has weights
                return output
            return self._kept(name, kind, layer, output)

        return hook

    def _kept(self, name: str, kind: Kind, layer: int, output: Any) -> Any:
        """`output`, a tensor or a tuple with tensors in it, with copies where the network would write into them."""
        given = list(output) if isinstance(output, tuple) else [output]
        for place, tensor in enumerate(given):
            if isinstance(tensor, Tensor) and tensor.is_floating_point():
                given[place] = handed = tensor.clone() if name in self.copied else tensor
                self.calls.append(Call(name, kind, place, layer, tensor, handed, handed._version))
        if name not in self.copied:
            return None  # as it is
        return tuple(given) if isinstance(output, tuple) else given[0]


def layers(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules inside `module` that have a weight of their own, by name."""
    for name, part in module.named_modules():
        own = [parameter for parameter in part.parameters(recurse=False) if parameter.ndim >= 2]
        if name and ".parametrizations" not in f".{name}" and (own or parametrize.is_parametrized(part)):
            yield name, part
