"""Feed-forward networks as one would write them with torch.nn: what `mlp` and `cnn` must compute."""

from collections.abc import Callable, Mapping
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

Make = Callable[[int], nn.Module]

NORMS: dict[str, Make] = {
    "batch": nn.BatchNorm1d,
    "layer": nn.LayerNorm,
    "rms": lambda width: nn.RMSNorm(width, eps=1e-5),
    "group": lambda width: nn.GroupNorm(2, width),
}
NORMS_2D: dict[str, Make] = {
    "batch": nn.BatchNorm2d,
    "layer": lambda width: nn.GroupNorm(1, width),
    "group": lambda width: nn.GroupNorm(2, width),
}
WEIGHTS = {
    "weight": lambda module: parametrizations.weight_norm(module, dim=0),
    "spectral": parametrizations.spectral_norm,
}
INNER = {
    "weight": "weight.original1",
    "weight_g": "weight.original0",
    "weight_u": "weight.0._u",
    "weight_v": "weight.0._v",
}


class Twin(nn.Module):
    """z_1 = W_1 x, h = act(N(z)), z' = z + branch(h); `named` has every parameter and buffer under gradx's name.

    Args:
        make: a linear map or convolution from a number of channels to `width`.
        readout: what makes the answer of the last output.
        inputs: channels of the input.
        width: channels inside.
        depth: positions of the stream.
        normalization: by its gradx name.
        residual: likewise.
        layers: linear maps of one branch.
    """

    def __init__(
        self,
        make: Make,
        readout: nn.Module,
        inputs: int,
        width: int,
        depth: int,
        normalization: str = "none",
        residual: str = "none",
        layers: int = 1,
    ) -> None:
        super().__init__()
        self.depth, self.residual, self.layers = depth, residual, layers
        conv = isinstance(make(1), nn.Conv2d)
        norm = (NORMS_2D if conv else NORMS).get(normalization, lambda width: nn.Identity())
        wrapped = WEIGHTS.get(normalization, lambda module: module)
        self.maps = {"layers.1": wrapped(make(inputs)), "readout": readout}
        wrapped(next(module for module in readout.modules() if isinstance(module, nn.Linear)))
        self.norms = {"layers.1.norm": norm(width)}
        self.scalars = {}
        for layer in range(2, depth + 1):
            for each in self.branch(layer):
                self.maps[each] = wrapped(make(width))
                self.norms[f"{each}.norm"] = norm(width)
                self.scalars[f"{each}.shift"] = nn.Parameter(torch.zeros(1))
            self.norms[f"layers.{layer}.norm"] = self.norms.pop(f"{each}.norm")  # the last one's is the stream's
            self.scalars |= {f"layers.{layer}.{name}": nn.Parameter(torch.ones(1)) for name in ("alpha", "scale")}
        if normalization == "batch":  # which makes a bias in front of it idle
            for name in self.maps.keys() - {"readout"}:
                self.maps[name].bias = None
        self.all = nn.ModuleList([*self.maps.values(), *self.norms.values()])
        self.also = nn.ParameterList(self.scalars.values())
        self.double()

    def branch(self, layer: int) -> list[str]:
        names = [f"layers.{layer}.{place}" for place in range(1, self.layers + 1)]
        return names if self.layers > 1 else [f"layers.{layer}"]

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """The answer, the stream and the outputs of the layers."""
        z, stream, outputs = self.maps["layers.1"](x), [], []
        for layer in range(1, self.depth + 1):
            if layer > 1:
                z = self.block(z, outputs[-1], layer)
            stream.append(z)
            outputs.append(torch.tanh(self.norms[f"layers.{layer}.norm"](z)))
        for tensor in stream + outputs:
            tensor.retain_grad()
        return self.maps["readout"](outputs[-1]), stream, outputs

    def block(self, z: Tensor, h: Tensor, layer: int) -> Tensor:
        names = self.branch(layer)
        for each in names:
            if self.residual == "fixup":
                h = h + self.scalars[f"{each}.shift"]
            h = self.maps[each](h)
            if each != names[-1]:
                h = torch.tanh(self.norms[f"{each}.norm"](h))
        if self.residual == "none":
            return h
        factor: float | Tensor = 1.0
        if self.residual == "scaled":
            factor = 1 / sqrt(self.depth - 1)
        if self.residual in ("skipinit", "fixup"):
            factor = self.scalars[f"layers.{layer}.{'alpha' if self.residual == 'skipinit' else 'scale'}"]
        return z + factor * h

    def named(self, name: str) -> Tensor:
        """The parameter or buffer that gradx calls `name`."""
        if name in self.scalars:
            return self.scalars[name]
        place, attribute = name.rsplit(".", 1)
        module = (self.maps | self.norms)[place]
        if isinstance(module, nn.Sequential):
            module = module[-1]
        found = module
        if hasattr(module, "parametrizations") and attribute != "bias":
            found, attribute = module.parametrizations, INNER[attribute]
            if attribute == "weight.original1" and not hasattr(found.weight, "original1"):
                attribute = "weight.original"
        for part in attribute.split("."):
            found = found[0] if part == "0" else getattr(found, part)
        return found

    def load(self, values: Mapping[str, Tensor]) -> None:
        """Takes over parameters or buffers by name."""
        with torch.no_grad():
            for name, value in values.items():
                own = self.named(name)
                own.copy_((value.mT if value.ndim == 2 else value).view(own.shape))
