"""`stack`: the specs of a cohort's members as one spec whose varying fields are vectors; how to use these."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

from gradx.base.part import Spec, varying

S = TypeVar("S", bound=Spec)


def stack(parts: Sequence[S], device: torch.device | str = "cpu") -> S:
    """One unvalidated copy of `parts` in which every `Varies` field is a float64 tensor of shape (member, 1).

    Nested parts are stacked too. A field that is None for all members stays None; every other field is shared.

    Raises:
        ValueError: there are no parts, or they differ in kind, in which fields are set, or in a fixed field.
    """
    if not parts:
        raise ValueError("stack needs the spec of at least one member, got none")
    first = parts[0]
    if len(kinds := {type(part) for part in parts}) > 1:
        raise ValueError(f"one cohort cannot hold different kinds, got {sorted(kind.__name__ for kind in kinds)}")
    if any(set(varying(part)) != set(varying(first)) for part in parts):
        raise ValueError(f"the members of a cohort must have the same fields set, got {list(parts)}")
    vectors = set(varying(first))
    fields = {
        name: _stacked(name, [getattr(part, name) for part in parts], name in vectors, device)
        for name in type(first).model_fields
    }
    return cast(S, type(first).model_construct(_fields_set=set(first.model_fields_set), **fields))


def like(value: float | Tensor, reference: Tensor) -> Tensor:
    """A coefficient, computed in float64, in the dtype and on the device of the tensor it is about to meet.

    Without the cast a float64 vector (member, 1) would promote a float32 tensor (member, parameter) to float64.
    """
    return torch.as_tensor(value, dtype=reference.dtype, device=reference.device)


def aligned(value: float | Tensor, x: Tensor) -> float | Tensor:
    """A number of each member, (member, 1) or (member,), with as many axes as x (member, ...); one for all as it is."""
    return value.view(-1, *[1] * (x.ndim - 1)) if isinstance(value, Tensor) else value


def anywhere(value: float | Tensor) -> bool:
    """Whether a hyperparameter differs from zero for any member. Waits for the device: not for use inside a step."""
    return bool(torch.as_tensor(value).any())  # sync


def _stacked(name: str, values: list[Any], varies: bool, device: torch.device | str) -> Any:
    if isinstance(values[0], Spec):
        return stack(values, device)
    if varies:
        return torch.tensor(values, dtype=torch.float64, device=device).unsqueeze(1)
    if any(value != values[0] for value in values):
        raise ValueError(f"{name} may not differ between the members of a cohort, got {values}")
    return values[0]
