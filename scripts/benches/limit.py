"""The limit: the same multiplications, forward and backward, by torch.bmm alone, with nothing between them."""

from time import perf_counter

import torch

from benches.cases import BATCH, DEPTH, LENGTH, Case

FEATURES = {"mlp": 64, "rnn": 2}
OUTPUTS = {"mlp": 10, "rnn": 1}


def bmm(case: Case, members: int, rounds: int = 3) -> float:
    """Seconds of all products of one step of `members` members: h W, dz W^T and h^T dz of every layer."""
    width, layers = case.width, (DEPTH if case.kind == "mlp" else LENGTH)
    recurrent = case.kind != "mlp"
    x = torch.randn(members, BATCH * (LENGTH if recurrent else 1), FEATURES[case.kind])
    first, last = torch.randn(members, x.shape[2], width), torch.randn(members, width, OUTPUTS[case.kind])
    h, z = (torch.randn(layers, members, BATCH, width) for _ in range(2))
    weights = torch.randn(1 if recurrent else layers, members, width, width)
    z_first, gradients = torch.empty(members, x.shape[1], width), torch.empty(len(weights), members, width, width)
    answer, d_last = torch.empty(members, BATCH, last.shape[2]), torch.empty_like(last)
    d_first = torch.empty_like(first)

    def step() -> None:
        torch.bmm(x, first, out=z_first)
        for number in range(1, layers):
            torch.bmm(h[number - 1], weights[number % len(weights)], out=z[number])
        torch.bmm(h[-1], last, out=answer)
        torch.bmm(h[-1].mT, answer, out=d_last)
        torch.bmm(answer, last.mT, out=h[-1])
        for number in range(layers - 1, 0, -1):
            torch.bmm(z[number], weights[number % len(weights)].mT, out=h[number - 1])
        if recurrent:  # one product over all time steps
            flat_h, flat_z = (each.transpose(0, 1).reshape(members, -1, width) for each in (h, z))
            torch.bmm(flat_h.mT, flat_z, out=gradients[0])
        else:
            flat = (each.flatten(0, 1) for each in (h[:-1], z[1:], gradients[1:]))
            below, above, out = flat
            torch.bmm(below.mT, above, out=out)
        torch.bmm(x.mT, z_first, out=d_first)

    return min(_timed(step, case.steps) for _ in range(rounds))


def _timed(step: object, steps: int) -> float:
    assert callable(step)
    step()
    started = perf_counter()
    for _ in range(steps):
        step()
    return (perf_counter() - started) / steps
