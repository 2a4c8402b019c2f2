"""`UNITS`, `HEADINGS`: along what the gradient norm is measured, and what one step of that is called."""

from collections.abc import Mapping
from typing import Literal

Direction = Literal["depth", "time"]

UNITS: Mapping[Direction, str] = {"depth": "layer", "time": "time step"}
"""In sentences and labels, where a step is one of training."""

HEADINGS: Mapping[Direction, str] = {"depth": "layer", "time": "step"}
"""Of columns, where there is less room."""
