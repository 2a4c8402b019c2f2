"""From gradient to step: regularization adds to it, clipping bounds it, the optimizer turns it into a change."""

from gradx.optim.base import Clipping, Optimizer, Regularization, State
from gradx.optim.clipping import AnyClipping, NoClipping, NormClipping, ValueClipping
from gradx.optim.optimizers import SGD, Adagrad, Adam, AdamW, AnyOptimizer, RMSprop
from gradx.optim.problem import Problem
from gradx.optim.regularization import L1, L2, AnyRegularization, NoRegularization
from gradx.optim.schedules import AnySchedule, Constant, Schedule

__all__ = [
    "L1",
    "L2",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "AnyClipping",
    "AnyOptimizer",
    "AnyRegularization",
    "AnySchedule",
    "Clipping",
    "Constant",
    "NoClipping",
    "NoRegularization",
    "NormClipping",
    "Optimizer",
    "Problem",
    "RMSprop",
    "Regularization",
    "Schedule",
    "State",
    "ValueClipping",
]
