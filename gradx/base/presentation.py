"""`Presentation`: the key `report` of a spec: what the report of an experiment or a sweep is to ask and to draw."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import Spec

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Presentation(Spec):
    """What a report says and draws first; what is left out is chosen from the axes."""

    question: Text | None = None  # one sentence with a question mark
    caption: Text | None = None  # of the first figure
    x: str | None = None  # the key that goes across: depth, init.gain ...
    y: str | None = None  # the result that goes up: growth.depth, loss.final, solved ...
    by: str | None = None  # the key whose values are compared: one line, one arm for each
