"""Schedules of the learning rate, one file each; `AnySchedule` is the one list of them."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.schedules.base import Schedule as Schedule
from gradx.optim.schedules.constant import Constant as Constant
from gradx.optim.schedules.cosine import Cosine

AnySchedule = Annotated[Constant | Cosine, Field(discriminator="kind"), short_form]
