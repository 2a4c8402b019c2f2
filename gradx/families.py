"""The families of parts, and which part a spec chooses."""

from collections.abc import Mapping
from typing import Any

from gradx.activations import AnyActivation
from gradx.base.part import Part
from gradx.base.part import parts as parts
from gradx.inits import AnyInit
from gradx.models import AnyModel
from gradx.normalizations import AnyNormalization
from gradx.optim import AnyClipping, AnyOptimizer, AnyRegularization, AnySchedule
from gradx.quantities import AnyQuantity
from gradx.residuals import AnyResidual
from gradx.tasks import AnyTask

FAMILIES: dict[str, Any] = {
    "models": AnyModel,
    "tasks": AnyTask,
    "activations": AnyActivation,
    "inits": AnyInit,
    "normalizations": AnyNormalization,
    "residuals": AnyResidual,
    "optimizers": AnyOptimizer,
    "schedules": AnySchedule,
    "clipping": AnyClipping,
    "regularization": AnyRegularization,
    "quantities": AnyQuantity,
}
"""What `gradx ls` lists, and under which name."""

KEYS: dict[str, Any] = {
    "architecture": AnyModel,
    "activation": AnyActivation,
    "init": AnyInit,
    "normalization": AnyNormalization,
    "residual": AnyResidual,
    "task": AnyTask,
    "optimizer": AnyOptimizer,
    "schedule": AnySchedule,
    "clipping": AnyClipping,
    "regularization": AnyRegularization,
}
"""Which key of an experiment takes a part of which family."""


def chosen(data: Mapping[str, Any], key: str) -> type[Part] | None:
    """The class of the part that raw data names under `key`, if it names one that exists."""
    given = data.get(key)
    if isinstance(given, Part):
        return type(given)
    kind = given.get("kind") if isinstance(given, Mapping) else given
    return parts(KEYS[key]).get(kind) if isinstance(kind, str) else None
