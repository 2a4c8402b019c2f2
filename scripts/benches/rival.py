"""The strongest rival: the same networks and the same numbers as one `jit(vmap(scan))` program in JAX.

Run as a module it answers with JSON: seconds to compile and to run. It has a process of its own: XLA takes all cores.
"""

import json
import sys
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np

from benches.cases import BATCH, DEPTH, LENGTH, Case

LR = 0.01


def main() -> None:
    kind, width, steps, members, rounds = sys.argv[1], *map(int, sys.argv[2:])
    print(json.dumps(timed(Case(kind, width, steps), members, rounds)))


def timed(case: Case, members: int, rounds: int) -> dict[str, float]:
    """Seconds to compile the training of `members` members, and of the best of some runs of it."""
    import jax

    jax.config.update("jax_enable_x64", True)  # norms are summed in float64, as gradx does
    values = np.random.default_rng(0)
    params = [values.normal(size=(members, *shape)).astype(np.float32) / shape[0] ** 0.5 for shape in _shapes(case)]
    inputs = (64,) if case.kind == "mlp" else (LENGTH, 2)
    x = values.normal(size=(members, case.steps, BATCH, *inputs)).astype(np.float32)
    y = values.integers(10, size=(members, case.steps, BATCH)) if case.kind == "mlp" else x[..., 0, 0]
    started = perf_counter()
    program = jax.jit(jax.vmap(_training(case))).lower(params, x, y).compile()
    compiled = perf_counter() - started
    seconds = []
    for _ in range(rounds):
        started = perf_counter()
        jax.block_until_ready(program(params, x, y))
        seconds.append(perf_counter() - started)
    return {"compile": compiled, "run": min(seconds)}


def _shapes(case: Case) -> list[tuple[int, ...]]:
    """Weights, then biases, of all layers."""
    if case.kind == "mlp":
        sizes = [64, *[case.width] * DEPTH, 10]
        pairs = list(pairwise(sizes))
        return [*pairs, *((out,) for _, out in pairs)]
    width = case.width
    return [(2, width), (width, width), (width, 1), (width,), (width,), (1,)]


def _training(case: Case) -> Any:
    """One member's training: (params, x, y) to everything measured at every step."""
    import jax
    import jax.numpy as jnp

    def forward(params: Any, taps: Any, x: Any) -> Any:
        """`taps` are zeros that are added where a gradient is wanted: before and after each activation."""
        before, after = taps
        if case.kind == "mlp":
            h, outputs = x, []
            for layer in range(DEPTH):
                z = h @ params[layer] + params[DEPTH + 1 + layer]
                h = jnp.tanh(z + before[layer]) + after[layer]
                outputs.append(h)
            return h @ params[DEPTH] + params[-1], jnp.stack(outputs)
        w_in, w, w_out, b_in, b, b_out = params
        below = x.transpose(1, 0, 2) @ w_in + b_in + b

        def cell(h: Any, now: Any) -> Any:
            z, d_z, d_h = now
            h = jnp.tanh(z + h @ w + d_z) + d_h
            return h, h

        h, outputs = jax.lax.scan(cell, jnp.zeros((BATCH, case.width), x.dtype), (below, before, after))
        return h @ w_out + b_out, outputs

    def loss_of(params: Any, taps: Any, x: Any, y: Any) -> Any:
        output, outputs = forward(params, taps, x)
        if case.kind == "mlp":
            logits = jax.nn.log_softmax(output)
            return -jnp.take_along_axis(logits, y[:, None], 1).mean(), outputs
        return ((output[:, 0] - y) ** 2).mean(), outputs

    def norm(values: Any, axis: Any) -> Any:
        return jnp.sqrt((values.astype(jnp.float64) ** 2).sum(axis))

    def measured(params: Any, gradients: Any, taps: Any, outputs: Any) -> Any:
        whole = [
            (norm(g, None), jnp.abs(g).max(), norm(LR * g, None) / norm(p, None))
            for g, p in zip(gradients, params, strict=True)
        ]
        inside = [(norm(tap, (2,)), (tap == 0).mean((1, 2)), jnp.abs(tap).max((1, 2))) for tap in taps]
        h = outputs.astype(jnp.float64)
        return whole, inside, h.mean((1, 2)), h.std((1, 2)), (jnp.abs(outputs) > 0.99).mean((1, 2))

    places = DEPTH if case.kind == "mlp" else LENGTH

    def step(params: Any, batch: Any) -> Any:
        zeros = jnp.zeros((places, BATCH, case.width), jnp.float32)
        (loss, outputs), (gradients, taps) = jax.value_and_grad(loss_of, (0, 1), has_aux=True)(
            params, (zeros, zeros), *batch
        )
        numbers = loss, measured(params, gradients, taps, outputs)
        return [p - LR * g for p, g in zip(params, gradients, strict=True)], numbers

    return lambda params, x, y: jax.lax.scan(step, params, (x, y))


if __name__ == "__main__":
    main()
