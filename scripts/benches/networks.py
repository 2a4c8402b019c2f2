"""The networks and the loop as a user writes them: `nn.Module`, `retain_grad`, one `.item()` for every number."""

from itertools import pairwise
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from gradx import Experiment
from gradx.engine.cohort import Cohort, open_source


class PlainMLP(nn.Module):
    """Hidden tanh layers on the digits."""

    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        sizes = [64, *[width] * depth]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.readout = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        h, before, after = x.flatten(1), [], []
        for layer in self.layers:
            z = layer(h)
            h = torch.tanh(z)
            before.append(z)
            after.append(h)
        return self.readout(h), before, after


class PlainRNN(nn.Module):
    """A recurrent network unrolled by hand: what it takes to see the hidden states' gradients."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cell = nn.RNNCell(2, width)
        self.readout = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        h, states = x.new_zeros(len(x), self.cell.hidden_size), []
        for x_t in x.unbind(1):
            h = self.cell(x_t, h)
            states.append(h)
        return self.readout(h), [], states


INITS = {"xavier_normal": nn.init.xavier_normal_, "orthogonal": nn.init.orthogonal_}


def built(experiment: Experiment) -> nn.Module:
    """The user's network for an experiment of the benchmark."""
    torch.manual_seed(experiment.seed)
    mlp = experiment.architecture.kind == "mlp"
    net = PlainMLP(experiment.depth, experiment.width) if mlp else PlainRNN(experiment.width)
    if experiment.init.kind in INITS:
        for parameter in net.parameters():
            if parameter.ndim > 1:
                INITS[experiment.init.kind](parameter)
            else:
                nn.init.zeros_(parameter)
    return net


def plain(experiment: Experiment, hooks: bool) -> float:
    """Seconds that the plain loop takes for one run, with or without the usual measuring."""
    net, source = built(experiment), open_source(experiment)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss() if source.objective == "cross_entropy" else nn.MSELoss()
    batches = Cohort([experiment], torch.device("cpu")).batches()
    log: list[dict[str, float]] = []
    started = perf_counter()
    for _ in range(experiment.steps):
        x, y = next(batches)
        output, before, after = net(x[0])
        if hooks:
            for tap in (*before, *after):
                tap.retain_grad()
        loss = loss_of(output, y[0, :, 0])
        optimizer.zero_grad()
        loss.backward()
        if hooks:
            log.append(_measured(net, loss, before, after))
        optimizer.step()
    return perf_counter() - started


def _measured(net: nn.Module, loss: Tensor, before: list[Tensor], after: list[Tensor]) -> dict[str, float]:
    """The numbers people log: norms, largest entries, zeros, activation statistics, one .item() each."""
    row: dict[str, Any] = {"loss": loss.item()}
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None
        row[f"norm {name}"] = parameter.grad.norm().item()
        row[f"max {name}"] = parameter.grad.abs().max().item()
        row[f"ratio {name}"] = (0.01 * parameter.grad.norm() / parameter.norm()).item()
    for kind, taps in (("before", before), ("after", after)):
        for number, tap in enumerate(taps):
            assert tap.grad is not None
            row[f"norm {kind} {number}"] = tap.grad.norm().item()
            row[f"zeros {kind} {number}"] = (tap.grad == 0).float().mean().item()
    for number, tap in enumerate(after):
        row[f"mean {number}"] = tap.mean().item()
        row[f"std {number}"] = tap.std().item()
        row[f"saturated {number}"] = (tap.abs() > 0.99).float().mean().item()
    row["total"] = sum(value**2 for key, value in row.items() if key.startswith("norm ")) ** 0.5
    return row
