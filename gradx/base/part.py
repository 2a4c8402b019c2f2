"""`Part`: the frozen spec that every model, task, init, optimizer ... of gradx is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")


@dataclass(frozen=True)
class _Varies:
    """Marks a field whose value may differ between the members of one cohort."""


Varies = Annotated[T, _Varies()]
"""`Varies[float]`: a hyperparameter that is a vector over members; every other field belongs to the cohort's shape."""


class Spec(BaseModel):
    """A frozen, strict pydantic model: unknown keys, coercions, inf and NaN are errors."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Part(Spec):
    """One part of an experiment, named by its `kind`; code and formula live in the same class.

    The class docstring is what `gradx explain KIND` prints: first line what it is, then the formula, then `Reference:`.
    """

    kind: str
    uses: ClassVar[frozenset[str]] = frozenset()  # the flat experiment keys that this part reads

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Why this part does not go with others of an experiment: the path of what is wrong, and a message.

        Args:
            data: the raw experiment, not yet validated; `said` reads from it.
        """
        yield from ()


def by_name(value: Any) -> Any:
    """The short form of a part: `tanh` is `{kind: tanh}`."""
    return {"kind": value} if isinstance(value, str) else value


def said(data: Mapping[str, Any], key: str, field: str = "kind", default: Any = None) -> Any:
    """What raw data say of a part: its kind, or another field; `default` where they do not."""
    given = data.get(key)
    if isinstance(given, str | Part):
        given = by_name(given) if isinstance(given, str) else given.model_dump()
    return given.get(field, default) if isinstance(given, Mapping) else default


class _ShortForm:
    """Lets a union of parts take a name in place of a mapping, in validation and in the JSON schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(by_name, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        mapping = handler(schema)
        return {"anyOf": [{"enum": sorted(mapping["discriminator"]["mapping"])}, mapping]}


short_form = _ShortForm()


@cache
def parts(union: Any) -> dict[str, type[Part]]:
    """The members of a family by kind: `parts(AnyModel)["rnn"]`."""
    arms = get_args(get_args(union)[0]) or (get_args(union)[0],)
    return {arm.model_fields["kind"].default: arm for arm in arms}


def varying(part: Spec, prefix: str = "") -> Iterator[str]:
    """Dotted paths of the fields of `part` that may differ between members (and are set), nested parts included."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, Spec):
            yield from varying(value, f"{prefix}{name}.")
        elif value is not None and varies(field):
            yield f"{prefix}{name}"


def varies(field: FieldInfo) -> bool:
    """Whether a field is marked as `Varies`."""
    return any(isinstance(mark, _Varies) for mark in field.metadata)
