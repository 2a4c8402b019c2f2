"""`panel`: what `gradx run` prints at its end: verdict, profiles, training, claims, where it lies, what to try next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from gradx.base.untrained import untrained
from gradx.reporting.runs.advice import advise
from gradx.reporting.runs.differing import described
from gradx.reporting.runs.expected import Claim
from gradx.reporting.runs.profiles import Profile, profiles
from gradx.reporting.symbols import JUDGED, outcome
from gradx.reporting.terminal.claims import claims_section
from gradx.reporting.terminal.page import Page
from gradx.reporting.terminal.sparkline import decades, sparkline
from gradx.reporting.text import Styled, duration, number

if TYPE_CHECKING:
    import pandas as pd

BESIDE = 100  # columns from which two charts stand beside each other
GAP = 4  # columns between them
CHART_WIDTH = 100  # at most
AXES: tuple[Literal["depth", "time"], ...] = ("depth", "time")


def panel(
    row: Mapping[str, Any],
    trace: "pd.DataFrame",
    claims: Sequence[Claim],
    results: str,
    config: str,
    overrides: Sequence[str] = (),
) -> RenderableType:
    """What there is to say about one run, for any width and encoding; no frame, so that commands can be copied.

    Print it with `soft_wrap=True` to keep paths that are longer than the console in one piece.

    Args:
        row: the run's row of `runs/`; any value may be missing.
        trace: the run's rows of `trace/`.
        claims: of the spec's `expect`, judged.
        results: the results directory.
        config: the path of the YAML, as the user gave it.
        overrides: `path=value` texts that the run was started with.
    """
    return _Panel(row, trace, claims, results, config, overrides)


def run_section(page: Page, row: Mapping[str, Any], trace: "pd.DataFrame") -> None:
    """What was run, its verdicts, the gradient norm by layer and time, and how training went."""
    _title(page, row)
    _verdicts(page, row)
    for axis in AXES:
        _charts(page, profiles(trace, axis))
    _training(page, row)


def advice_section(page: Page, row: Mapping[str, Any], config: str, overrides: Sequence[str]) -> None:
    """Changes to the experiment that are worth a try, as commands."""
    for place, advice in enumerate(advise(row, config, overrides), 1):
        page.prose([(f"{place}. {advice.why}", "")], indent=2, hang=3)
        page.command(advice.words, indent=5)


@dataclass(frozen=True)
class _Panel:
    row: Mapping[str, Any]
    trace: "pd.DataFrame"
    claims: Sequence[Claim]
    results: str
    config: str
    overrides: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        page = Page(console, options.max_width, options.ascii_only)
        run_section(page, self.row, self.trace)
        claims_section(page, self.claims, self.row)
        _place(page, self.results)
        _next(page, self.row, self.config, self.overrides)
        yield from page.lines


def _title(page: Page, row: Mapping[str, Any]) -> None:
    seconds = _value(row, "seconds")
    page.prose(
        [
            (_text(row, "name") or "run", "bold"),
            (f"  run {_text(row, 'run') or '-'}", ""),
            (f"  {duration(seconds)}" if seconds is not None else "", "dim"),
        ]
    )
    page.prose([(described(row), "dim")])


def _verdicts(page: Page, row: Mapping[str, Any]) -> None:
    page.blank()
    judged = [axis for axis in ("depth", "time") if _text(row, f"verdict.{axis}")]
    for axis in judged:
        word, where = _text(row, f"verdict.{axis}"), "over depth" if axis == "depth" else "through time"
        page.prose([(f"{outcome(word).char} {word}", outcome(word).style), (f" {where}", "bold")])
        page.prose([(_text(row, f"evidence.{axis}"), "")], indent=2)
    status = _text(row, "status") or "finished"
    if status == "failed" or not judged:
        page.prose([(f"{outcome(status).char} {status}", outcome(status).style)])
    if status == "failed":
        for line in (_text(row, "error") or "no message").strip().splitlines()[:10]:
            page.prose([(line, "")], indent=2)
    elif not judged:
        page.prose([(f"no verdict: {_why_none(row)}", "dim")], indent=2)
    if hidden := _text(row, "profile.time"):
        page.prose([("time profile ", "bold"), (hidden, "")])


def _why_none(row: Mapping[str, Any]) -> str:
    measured = _text(row, "measure.quantities")
    if measured and not {"layer_norms", "time_norms"} & set(measured.split(", ")):
        return "neither layer_norms nor time_norms is among measure.quantities"
    return "there is nothing to compare along: one layer, and no time that was measured"


def _charts(page: Page, found: list[Profile]) -> None:
    """The profiles of one axis on one scale, beside each other where there is room."""
    if not found:
        return
    page.heading(f"Gradient norm by {found[0].unit}", f"L2, {found[0].tap}")
    beside = len(found) > 1 and page.width >= BESIDE
    width = min((page.width - GAP) // 2 if beside else page.width, CHART_WIDTH) - 2
    scale = decades(value for profile in found for value in profile.values)
    blocks = [_chart(profile, scale, width, page.ascii_only) for profile in found]
    if beside:
        left, right = blocks
        margin = " " * GAP
        blocks = [[f"{a:<{width}}{margin}{b}".rstrip() for a, b in zip_longest(left, right, fillvalue="")]]
    for block in blocks:
        page.verbatim(block, indent=2)


def _chart(profile: Profile, scale: tuple[int, int] | None, width: int, ascii_only: bool) -> list[str]:
    when = f"after {profile.step} steps" if profile.step else "before training"
    lines = sparkline(
        profile.positions, profile.values, width=width, unit=profile.unit, scale=scale, ascii_only=ascii_only
    )
    return [f"{when}:", *lines]


def _training(page: Page, row: Mapping[str, Any]) -> None:
    steps, done, diverged_at = (_value(row, key) for key in ("steps", "steps_done", "diverged_at"))
    if steps is None and _value(row, "loss.first") is None:
        return
    page.heading("Training", f"{number(done, 12)} of {number(steps, 12)} steps" if steps else "none: steps is 0")
    if diverged_at is not None:
        mark = outcome("diverged")
        where = f"at step {diverged_at:.0f}" if diverged_at != steps or not steps else "on the test set"
        page.prose([(f"{mark.char} diverged", mark.style), (f": the loss was not finite {where}", "")], indent=2)
    chance = _value(row, "loss.chance")
    by_chance = f", chance {number(chance)}" if chance is not None else ""
    _pair(page, "loss", row, "loss", by_chance)
    if _value(row, "loss.test") is not None:
        _fact(page, "test loss", [(number(_value(row, "loss.test")), "")])
    if _value(row, "metric.final") is not None:
        chance = _value(row, "metric.chance")
        scored = number(_value(row, "metric.final")) + (f", chance {number(chance)}" if chance is not None else "")
        pieces = [(f"{scored}  ", ""), _verdict(row)]
        _fact(page, f"test {_text(row, 'metric.name') or 'metric'}", pieces)
    _pair(page, "gradient norm", row, "grad_norm", " before clipping" if _clips(row) else "")
    rate = _value(row, "clip_rate")
    if _clips(row) and rate is not None:
        turned = _value(row, "clip_cosine.min")
        cosine = "" if turned in (None, 1) else f"; cosine with the gradient before: {number(turned, 3)} or more"
        _fact(page, "clipping", [(f"{_text(row, 'clipping')}, in {number(100 * rate, 3)} % of the steps{cosine}", "")])


def _place(page: Page, results: str) -> None:
    page.heading("Results")
    page.verbatim([results], indent=2)
    traces = f"{results.rstrip('/')}/trace"
    page.verbatim([f"import pandas as pd; pd.read_parquet({traces!r})"], indent=2)


def _next(page: Page, row: Mapping[str, Any], config: str, overrides: Sequence[str]) -> None:
    page.heading("What to try next")
    if "--control" in overrides:  # its changes are what makes it the control arm
        page.prose([("The arm that is to meet what is expected:", "")], indent=2)
        page.command(("gradx", "run", config, *(word for word in overrides if word != "--control")), indent=5)
        return
    advice_section(page, row, config, overrides)


def _fact(page: Page, label: str, pieces: list[Styled]) -> None:
    page.prose([(f"{label:<15} ", "dim"), *pieces], indent=2, hang=2)


def _pair(page: Page, label: str, row: Mapping[str, Any], key: str, note: str) -> None:
    first, final = _value(row, f"{key}.first"), _value(row, f"{key}.final")
    if first is not None or final is not None:
        _fact(page, label, [(f"{number(first)} → {number(final)}{note}", "")])


def _value(row: Mapping[str, Any], key: str) -> float | None:
    """A number, NaN and inf too; None where it is missing."""
    value = row.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _verdict(row: Mapping[str, Any]) -> Styled:
    """Whether the task is solved; of an untrained network that is not asked."""
    if untrained(row):
        return "of the network that was not trained", "dim"
    solved = None if row.get("solved") is None else bool(row["solved"])
    words = {True: "solved", False: "not solved", None: "solved or not: unknown"}
    return f"{JUDGED[solved].char} {words[solved]}", JUDGED[solved].style


def _clips(row: Mapping[str, Any]) -> bool:
    return _text(row, "clipping") not in ("", "none")
