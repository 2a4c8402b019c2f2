"""Recurrent networks as anyone would write them: one member, one time step after the other, by torch's autograd."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from common.networks import Found
from torch import Tensor

Weights = dict[str, Tensor]
State = tuple[Tensor, ...]
Step = Callable[[Weights, Tensor, State, int], State]  # the layer's weights, x_t, the state before, t from 0
Up = Callable[[Weights, Tensor, Tensor], Tensor]  # the layer's weights, the hidden state, x_t


@dataclass
class Looped:
    """Leaves by name, the states by kind and layer as lists over time, the output (batch, scored, output)."""

    weights: Weights
    states: dict[tuple[str, int], list[Tensor]] = field(default_factory=dict)
    output: Tensor = field(default_factory=lambda: torch.empty(0))


def leaves(found: Found, member: int) -> Looped:
    """The weights of one member of a network, to be differentiated with respect to."""
    return Looped({name: weight[member].clone().requires_grad_() for name, weight in found.weights.items()})


def layer(
    looped: Looped, name: str, place: int, below: list[Tensor], step: Step, start: State, kinds: tuple[str, ...]
) -> list[State]:
    """The states of the layer called `name`, the `place`-th, over what is below; their gradients will be kept."""
    weights = {key.removeprefix(f"{name}."): value for key, value in looped.weights.items() if key.startswith(name)}
    states, state = [], start
    for t, x_t in enumerate(below):
        state = step(weights, x_t, state, t)
        for kind, tensor in zip(kinds, state, strict=True):
            tensor.retain_grad()
            looped.states.setdefault((kind, place), []).append(tensor)
        states.append(state)
    return states


def network(
    found: Found,
    member: int,
    x: Tensor,
    kind: str,
    depth: int,
    scored: int,
    step: Step,
    sizes: tuple[int, ...],
    up: Up = lambda weights, h, x_t: h,
    passed: Callable[[Tensor, int, int], Tensor] = lambda h, layer, t: h,
) -> Looped:
    """A stack of recurrent layers and a readout, as the member of `found` has it.

    Args:
        found: has the weights.
        member: whose.
        x: (member, batch, time, feature).
        kind: of the architecture: the prefix of its layers' names.
        depth: number of layers.
        scored: trailing steps that are read out.
        step: the cell.
        sizes: of the parts of the state.
        up: what goes up from a layer.
        passed: what becomes of it on the way, from the layer (from 1) and the time step (from 0).
    """
    looped = leaves(found, member)
    below = list(x[member].unbind(1))
    start = tuple(x.new_zeros(x.shape[1], size) for size in sizes)
    for place in range(1, depth + 1):
        name = f"{kind}.{place}"
        states = layer(looped, name, place, below, step, start, ("hidden", "cell")[: len(sizes)])
        weights = {key.removeprefix(f"{name}."): each for key, each in looped.weights.items() if key.startswith(name)}
        gone_up = [up(weights, state[0], x_t) for state, x_t in zip(states, below, strict=True)]
        below = [passed(h, place, t) for t, h in enumerate(gone_up)]
    readout = looped.weights["readout.weight"], looped.weights["readout.bias"]
    looped.output = torch.stack([h @ readout[0] + readout[1] for h in below[-scored:]], 1)
    return looped


def agrees(found: Found, looped: Looped, member: int, loss: Callable[[Tensor], Tensor], rtol: float = 1e-12) -> None:
    """Output, the gradients of all weights, and values and gradients of all states are those of the loop."""
    loss(looped.output.unsqueeze(0)).backward()
    near = {"rtol": rtol, "atol": 1e-13}
    torch.testing.assert_close(found.output[member], looped.output.detach(), **near)
    for name, weight in looped.weights.items():
        theirs = torch.zeros_like(weight) if weight.grad is None else weight.grad
        torch.testing.assert_close(
            found.gradients[name][member], theirs, **near, msg=lambda text, name=name: name + text
        )
    assert looped.states.keys() == {key for key in found.tapped if key[0] != "preactivation"}
    for key, tensors in looped.states.items():
        tapped = found.tapped[key]
        assert tapped.positions == [t + 1 for t, tensor in enumerate(tensors) if tensor.grad is not None]
        theirs = torch.stack([tensor.grad for tensor in tensors if tensor.grad is not None])
        torch.testing.assert_close(tapped.gradient[:, member], theirs, **near)
        torch.testing.assert_close(tapped.values[:, member], torch.stack(tensors).detach(), **near)
