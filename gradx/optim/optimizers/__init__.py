"""Optimizers: gradients to changes of the parameters, one file each."""

from typing import Annotated

from pydantic import Field

from gradx.base.part import short_form
from gradx.optim.optimizers.adagrad import Adagrad
from gradx.optim.optimizers.adam import Adam
from gradx.optim.optimizers.adamw import AdamW
from gradx.optim.optimizers.hessian_free import HessianFree
from gradx.optim.optimizers.lbfgs import LBFGS
from gradx.optim.optimizers.lion import Lion
from gradx.optim.optimizers.muon import Muon
from gradx.optim.optimizers.nadam import NAdam
from gradx.optim.optimizers.radam import RAdam
from gradx.optim.optimizers.rmsprop import RMSprop
from gradx.optim.optimizers.sgd import SGD

AnyOptimizer = Annotated[
    SGD | Adagrad | RMSprop | Adam | AdamW | NAdam | RAdam | Lion | Muon | LBFGS | HessianFree,
    Field(discriminator="kind"),
    short_form,
]

__all__ = [
    "LBFGS",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "AnyOptimizer",
    "HessianFree",
    "Lion",
    "Muon",
    "NAdam",
    "RAdam",
    "RMSprop",
]
