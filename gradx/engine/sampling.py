"""Which steps of a run are measured, and which evaluated."""

from math import log10

from gradx.spec import Measure


def sampled_steps(measure: Measure, steps: int) -> set[int]:
    """The steps (from 0) that are measured: every n, or about ten a decade; always the first and the last."""
    last = max(steps - 1, 0)
    if measure.every == "log":
        count = max(int(10 * log10(last)) + 1, 1) if last else 1
        chosen = {round(10 ** (number / 10)) for number in range(count)}
    else:
        chosen = set(range(0, last, measure.every))
    return {number for number in chosen if number <= last} | {0, last}


def evaluated_steps(measure: Measure, steps: int) -> set[int]:
    """After how many steps the test set is looked at: evenly, the last time at the end."""
    return {round(steps * count / measure.evaluations) for count in range(1, measure.evaluations + 1)}
