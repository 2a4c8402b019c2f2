"""`gradient_limits`: where number formats end, and where a norm that is computed in float32 reads 0 or inf."""

from collections.abc import Mapping, Sequence
from math import inf, isnan, sqrt
from typing import Any, NamedTuple

from gradx.reporting.elements import Limit, Series


class Format(NamedTuple):
    """A binary floating point format: the smallest number above 0, a subnormal one, and the largest."""

    smallest: float
    largest: float


FORMATS = {
    "float16": Format(2.0**-24, (2 - 2.0**-10) * 2.0**15),
    "bfloat16": Format(2.0**-133, (2 - 2.0**-7) * 2.0**127),
    "float32": Format(2.0**-149, (2 - 2.0**-23) * 2.0**127),
}

UNDERFLOW = 2.0**-75
"""Of a norm at most this, no entry has a square above 2^-150, half the smallest float32: all of them round to 0."""

OVERFLOW = 2.0**64 * sqrt(1 - 2.0**-25)
"""The sum of squares of a norm from here on rounds to 2^128, which float32 does not have: it reads inf."""

STILL = 2.0**-24
"""A change of more than this part of a float32 number is never rounded away; one of less than half of it always is."""

NEAR = 1e6
"""A limit that is further from every value than this factor is not worth the room it takes in a page."""


def gradient_limits(rows: Sequence[Mapping[str, Any]]) -> list[Limit]:
    """Those of float32 and bfloat16, and of float16 where one of the runs is in it, divided by its loss scale."""
    found = [
        Limit(UNDERFLOW, "a norm computed in float32 reads 0", "below"),
        Limit(OVERFLOW, "a norm computed in float32 reads inf", "above"),
        Limit(FORMATS["bfloat16"].smallest, "bfloat16 ends: no gradient below", "below"),
        Limit(FORMATS["float32"].smallest, "float32 ends: no gradient below", "below"),
        Limit(FORMATS["bfloat16"].largest, "bfloat16 and float32 end", "above"),
    ]
    scales = {float(row.get("loss_scale") or 1) for row in rows if row.get("dtype") == "float16"}
    if len(scales) == 1:  # several would be several lines for one thing
        (scale,) = scales
        scaled = f" (loss scale {scale:g})" if scale != 1 else ""
        found.append(Limit(FORMATS["float16"].smallest / scale, f"float16 ends: no gradient below{scaled}", "below"))
        found.append(Limit(FORMATS["float16"].largest / scale, f"float16 ends{scaled}", "above"))
    return found


def update_limits(rows: Sequence[Mapping[str, Any]]) -> list[Limit]:
    """Of the ratio of update to weights, where all runs are in float32."""
    if any(row.get("dtype") != "float32" for row in rows):
        return []
    return [Limit(STILL, "float32 weights stand still", "below")]


def near(limits: Sequence[Limit], found: Sequence[Series]) -> list[Limit]:
    """Those that some value comes near to, or lies beyond; all where something is 0 or inf, for that may be why."""
    values = [value for one in found for value in (*one.y, *one.low, *one.high) if value is not None]
    below = min((value for value in values if value >= 0), default=inf)
    above = max((value for value in values if not isnan(value)), default=0.0)
    return [
        limit
        for limit in limits
        if (below <= limit.value * NEAR if limit.beyond == "below" else above >= limit.value / NEAR)
    ]
