"""From pydantic's `loc` to a path into the data: follows the annotations and drops the union tags that `loc` names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gradx.base.document import KeyPath


@dataclass(frozen=True)
class Place:
    """A place in the data. `annotation` is what may stand there: a type or a pydantic field, None if unknown."""

    path: KeyPath
    annotation: Any
    union: int | None = None  # length of the path up to the first union without a discriminator on the way


def place(model: type[BaseModel], loc: Sequence[str | int], data: Any) -> Place:
    """The place that `loc` of a pydantic error means in `data`, by the annotations of `model`.

    Where a validator of pydantic's put something else into `loc`, its elements are followed as far as the data go.
    """
    if (found := _walk(model, tuple(loc))) is not None:
        return found
    path: KeyPath = ()
    here: Any = data
    key: Any
    for key in loc:
        if (isinstance(here, dict) and key in here) or (isinstance(here, list) and key in range(len(here))):
            here, path = here[key], (*path, key)
    return Place(path, None)


def fields(annotation: Any) -> dict[str, FieldInfo]:
    """The fields of the model that `annotation` names, by the keys that a file uses; empty for any other type."""
    arms, _ = _arms(annotation)
    if len(arms) != 1 or not (isinstance(arms[0], type) and issubclass(arms[0], BaseModel)):
        return {}
    return {field.alias or name: field for name, field in arms[0].model_fields.items()}


def kinds(annotation: Any) -> list[str]:
    """The names that a family of parts goes by; empty when `annotation` is not a union with a discriminator."""
    arms, discriminator = _arms(annotation)
    return [tag for arm in arms for tag in _tags(arm, discriminator)] if discriminator else []


def _walk(annotation: Any, loc: KeyPath) -> Place | None:
    if not loc:
        return Place((), annotation)
    arms, discriminator = _arms(annotation)
    head, rest = loc[0], loc[1:]
    if discriminator:  # pydantic says the tag; once only for a union within a union, unless a validator lies between
        arm = next((arm for arm in arms if head in _tags(arm, discriminator)), None)
        return None if arm is None else _walk(arm, rest) or _walk(arm, loc)
    if len(arms) > 1:  # pydantic says which arm, in words of its own: take the one that the rest of `loc` fits
        found = next((found for arm in arms if (found := _walk(arm, rest)) is not None), None)
        return None if found is None else replace(found, union=0)
    below = _step(arms[0], head, rest)
    if below is None:
        return None
    return Place((head, *below.path), below.annotation, None if below.union is None else below.union + 1)


def _step(annotation: Any, head: str | int, rest: KeyPath) -> Place | None:
    """The place of `rest` below key `head` of a model, list or mapping."""
    origin = get_origin(annotation)
    if isinstance(head, str) and (known := fields(annotation)):
        return _walk(known[head], rest) if head in known else None if rest else Place((), None)
    if isinstance(head, int) and isinstance(origin, type) and issubclass(origin, (Sequence, set, frozenset)):
        return _walk(get_args(annotation)[0], rest)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Place((), None) if rest == ("[key]",) else _walk(get_args(annotation)[1], rest)
    return None


def _arms(annotation: Any) -> tuple[list[Any], str | None]:
    """The alternatives to null of an annotation, and its discriminator."""
    if isinstance(annotation, FieldInfo):
        arms, discriminator = _arms(annotation.annotation)
        return arms, _name(annotation) or discriminator
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        arms, discriminator = _arms(inner)
        return arms, next((name for mark in marks if (name := _name(mark))), discriminator)
    if get_origin(annotation) not in (Union, UnionType):
        return [annotation], None
    arms = [arm for arm in get_args(annotation) if arm is not NoneType]
    return _arms(arms[0]) if len(arms) == 1 else (arms, None)


def _name(mark: Any) -> str | None:
    """The discriminating key that a mark names."""
    key = getattr(mark, "discriminator", None)
    return key if isinstance(key, str) else None


def _tags(arm: Any, discriminator: str) -> list[str]:
    """The values of key `discriminator` that choose this arm of a union."""
    arms, _ = _arms(arm)
    if len(arms) > 1:
        return [tag for each in arms for tag in _tags(each, discriminator)]
    field = fields(arms[0]).get(discriminator)
    literal = field.annotation if field is not None else None
    return list(get_args(literal)) if get_origin(literal) is Literal else []
