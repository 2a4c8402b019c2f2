"""`SCHEMA`: the JSON schema of the block `sweep:`, for editors."""

from typing import Any

_PATHS = {"pattern": r"^[A-Za-z_][A-Za-z0-9_.-]*$"}
_COUNT = {"type": "integer", "minimum": 1}


def _numbers(low: int, high: int, what: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "number"}, "minItems": low, "maxItems": high, "description": what}


def _form(what: str, optional: dict[str, Any] | None = None, **required: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "description": what,
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


_PAIR = _numbers(2, 2, "[a, b]")
_DRAW = {
    "oneOf": [
        _form("equally likely everywhere between a and b", uniform=_PAIR),
        _form("equally likely in every decade between a and b", log_uniform=_PAIR),
        _form("different whole numbers from a to b - 1", randint=_PAIR),
    ]
}
_AXIS = {
    "description": "the values that are tried",
    "anyOf": [
        {"type": "array", "minItems": 1},
        _form("from a to b (left out) in steps, 1 unless given", range=_numbers(2, 3, "[a, b, step]")),
        _form("n values in equal steps, both ends included", linspace=_numbers(3, 3, "[a, b, n]")),
        _form("n values by equal factors, both ends included", logspace=_numbers(3, 3, "[a, b, n]")),
        _form("n values drawn with a seed", {"seed": {"type": "integer", "minimum": 0}}, random=_DRAW, n=_COUNT),
    ],
}
_AXES = {"type": "object", "minProperties": 1, "propertyNames": _PATHS, "additionalProperties": _AXIS}
_POINT = {"type": "object", "propertyNames": _PATHS}  # empty: what the rest of the spec says
_BLOCK = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "grid": {"description": "each value with each other", **_AXES},
        "zip": {"description": "the first with the first, the second with the second ...", **_AXES},
        "list": {"description": "points written out", "type": "array", "minItems": 1, "items": _POINT},
    },
}
SCHEMA: dict[str, Any] = {
    "description": "values to try: the product of grid, zip and list; a list of such blocks is all their points",
    "anyOf": [_BLOCK, {"type": "array", "minItems": 1, "items": _BLOCK}],
}
