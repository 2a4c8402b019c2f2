"""Optimizers: gradients to changes of the parameters, one file each."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.optimizers.adagrad import Adagrad
from gradx.optim.optimizers.adam import Adam
from gradx.optim.optimizers.adamw import AdamW
from gradx.optim.optimizers.rmsprop import RMSprop
from gradx.optim.optimizers.sgd import SGD

AnyOptimizer = Annotated[SGD | Adagrad | RMSprop | Adam | AdamW, Field(discriminator="kind"), short_form]

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "AnyOptimizer", "RMSprop"]
