"""Schedules of the learning rate, one file each; `AnySchedule` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.schedules.base import Schedule as Schedule
from gradx.optim.schedules.constant import Constant as Constant
from gradx.optim.schedules.cosine import Cosine as Cosine
from gradx.optim.schedules.exponential import Exponential as Exponential
from gradx.optim.schedules.step import Step as Step
from gradx.optim.schedules.warmup import Warmup as Warmup

AnySchedule = Annotated[
    Constant | Cosine | Step | Exponential | Warmup,
    Field(discriminator="kind"),
    short_form,
]
