"""Validation: every mistake at once, in our words, at the line and column where it stands."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from gradx.base import yaml
from gradx.base.errors import SpecError
from gradx.base.override import override
from gradx.base.part import Part, Spec, Varies, short_form
from gradx.base.validate import validate


class Relu(Part):
    kind: Literal["relu"] = "relu"


class Leaky(Part):
    kind: Literal["leaky_relu"] = "leaky_relu"
    slope: Varies[float] = Field(gt=0, lt=1)


AnyActivation = Annotated[Relu | Leaky, Field(discriminator="kind"), short_form]


class Dense(Part):
    kind: Literal["dense"] = "dense"
    dense: int = 1  # a key of the same name as the kind
    activation: AnyActivation = Relu()


class Block(Part):
    kind: Literal["block"] = "block"
    layers: list[AnyActivation]


AnyModel = Annotated[Dense | Block, Field(discriminator="kind"), short_form]


class Point(TypedDict):
    x: int


AnyPart = Annotated[AnyModel | Relu, Field(discriminator="kind"), short_form]
AnyPlain = Annotated[Annotated[Dense | Block, Field(discriminator="kind")] | Relu, Field(discriminator="kind")]


class Experiment(Spec):
    task: str
    depth: int = Field(default=1, ge=1, le=10_000_000)
    lr: Varies[float] = Field(default=0.1, gt=0)
    bias: bool = True
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    model: AnyModel = Dense()
    part: AnyPart | None = None
    plain: AnyPlain | None = None
    activations: list[AnyActivation] = Field(default_factory=list)
    named: dict[str, AnyActivation] = Field(default_factory=dict)
    one: Annotated[Leaky, short_form] | None = None
    widths: int | list[int] = 1
    several: AnyActivation | list[AnyActivation] | None = None
    start: int = 0
    end: int = 1
    lambda_: float = Field(default=0.0, alias="lambda")
    points: list[Point] = Field(default_factory=list)  # of a type that is no model
    short: dict[Annotated[str, Field(max_length=3)], int] = Field(default_factory=dict, max_length=2)

    @field_validator("start")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> "Experiment":
        if self.start >= self.end:
            raise ValueError("start must come before end")
        return self


def problems(text: str, *assignments: str) -> list[str]:
    """Each problem of a spec as line:column: message."""
    document = override(yaml.parse(text, "f"), assignments)
    with pytest.raises(SpecError) as error:
        validate(document, Experiment)
    return [f"{each.line}:{each.column}: {each.message}" for each in error.value.problems]


FAMILY = "(allowed: relu, leaky_relu)"


# One mistake each; `task: t` stands on line 1, the text from line 2 on.
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("depth: -3", "2:8: depth: must be at least 1 (got -3)"),
        ("depth: 10000001", "2:8: depth: must be at most 10000000 (got 10000001)"),
        ("depth: wide", "2:8: depth: must be a whole number (got 'wide')"),
        ("depth: true", "2:8: depth: must be a whole number (got true, a truth value)"),
        ("depth: 2.0", "2:8: depth: must be a whole number (got 2.0; write 2)"),
        ("depth: 2.5", "2:8: depth: must be a whole number (got 2.5)"),
        ("depth: '20'", "2:8: depth: must be a whole number (got '20'; remove the quotes)"),
        ("depth: 1_000", "2:8: depth: must be a whole number (got '1_000'; write 1000)"),
        ("depth:", "2:7: depth: must be a whole number (got null)"),
        ("depth: [1]", "2:8: depth: must be a whole number (got a list)"),
        ("lr: fast", "2:5: lr: must be a number (got 'fast')"),
        ("lr: 0", "2:5: lr: must be greater than 0 (got 0)"),
        ("lr: .inf", "2:5: lr: must be a finite number (got .inf)"),
        ("lr: .nan", "2:5: lr: must be a finite number (got .nan)"),
        ("lr: inf", "2:5: lr: must be a number (got 'inf'; numbers must be finite)"),
        ("lr: 0,1", "2:5: lr: must be a number (got '0,1'; write 0.1)"),
        ("lr: " + "x" * 99, f"2:5: lr: must be a number (got '{'x' * 55}...')"),
        ("lambda: x", "2:9: lambda: must be a number (got 'x')"),
        ("bias: no", "2:7: bias: must be true or false (got 'no'; write false)"),
        ("bias: On", "2:7: bias: must be true or false (got 'On'; write true)"),
        ("bias: 1", "2:7: bias: must be true or false (got 1)"),
        ("bias: 'true'", "2:7: bias: must be true or false (got 'true'; remove the quotes)"),
        ("mode: fanin", "2:7: mode: must be 'fan_in' or 'fan_out' (got 'fanin'; did you mean 'fan_in'?)"),
        ("model: dens", "2:8: unknown model 'dens'; did you mean 'dense'? (allowed: dense, block)"),
        ("model: {kind: 3}", "2:15: unknown model 3 (allowed: dense, block)"),
        ("model: {}", "2:8: model: missing key 'kind' (allowed: dense, block)"),
        ("model: [dense]", "2:8: model: must be a name or a mapping with a kind (got a list, which is an axis: write "
         "it under sweep:, or A,B without brackets on the command line; allowed: dense, block)"),
        ("model: 3", "2:8: model: must be a name or a mapping with a kind (got 3; allowed: dense, block)"),
        ("model: block", "2:8: model: missing key 'layers'"),
        ("model:\n  kind: dense\n  dense: x", "4:10: model.dense: must be a whole number (got 'x')"),
        ("model:\n  kind: dense\n  dens: 1", "4:3: model: unknown key 'dens'; did you mean 'dense'? "
         "(allowed here: kind, dense, activation)"),
        ("model: {kind: dense, activation: rleu}", f"2:34: unknown activation 'rleu'; did you mean 'relu'? {FAMILY}"),
        ("model: {kind: dense, activation: {kind: rleu}}",
         f"2:41: unknown activation 'rleu'; did you mean 'relu'? {FAMILY}"),
        ("model: {kind: dense, activation: leaky_relu}", "2:34: model.activation: missing key 'slope'"),
        ("model: {kind: block, layers: [relu, {kind: leaky_relu, slope: 2}]}",
         "2:63: model.layers[1].slope: must be less than 1 (got 2)"),
        ("activations: [relu, relo]", f"2:21: activations[1]: unknown kind 'relo'; did you mean 'relu'? {FAMILY}"),
        ("activations: relu", "2:14: activations: must be a list (got 'relu')"),
        ("named: {a: relu, b: {kind: relu, c: 1}}", "2:34: named.b: unknown key 'c' (allowed here: kind)"),
        ("named: {a: relo}", f"2:12: unknown a 'relo'; did you mean 'relu'? {FAMILY}"),
        ("part: {kind: dense, dense: x}", "2:28: part.dense: must be a whole number (got 'x')"),
        ("part: {kind: relu, slope: 1}", "2:20: part: unknown key 'slope' (allowed here: kind)"),
        ("part: {kind: block, layers: [leaky_relu]}", "2:30: part.layers[0]: missing key 'slope'"),
        ("plain: {kind: dense, activation: 3}",
         "2:34: plain.activation: must be a name or a mapping with a kind (got 3; allowed: relu, leaky_relu)"),
        ("plain: relu",
         "2:8: plain: must be a name or a mapping with a kind (got 'relu'; allowed: dense, block, relu)"),
        ("one: {slope: x}", "2:14: one.slope: must be a number (got 'x')"),
        ("one: {kind: relu, slope: 0.1}", "2:13: one.kind: must be 'leaky_relu' (got 'relu')"),
        ("widths: x", "2:9: widths: must be a whole number or must be a list (got 'x')"),
        ("widths: [1, x]", "2:13: widths[1]: must be a whole number (got 'x')"),
        ("several: leaky_relu", "2:10: several: missing key 'slope'"),
        ("several: [relu, relo]", f"2:17: several[1]: unknown kind 'relo'; did you mean 'relu'? {FAMILY}"),
        ("several: relo", f"2:10: unknown several 'relo'; did you mean 'relu'? {FAMILY}"),
        ("points: [{x: 1}, {x: y}]", "2:22: points[1].x: must be a whole number (got 'y')"),
        ("short: {abcd: 1}", "2:9: short.abcd: must have at most 3 characters (got 'abcd')"),
        ("short: {a: 1, b: 2, c: 3}", "2:8: short: must have at most 2 items (got a mapping)"),
        ("start: 3\nend: 5", "2:8: start: must be even"),
        ("start: 2", "1:1: start must come before end"),
    ],
)  # fmt: skip
def test_one_mistake_one_message_at_its_place(text: str, message: str) -> None:
    assert problems(f"task: t\n{text}\n") == [message]


def test_an_unknown_key_is_located_at_the_key_with_a_suggestion() -> None:
    (found,) = problems("task: t\ndepht: 3\n")
    assert found.startswith("2:1: unknown key 'depht'; did you mean 'depth'? (allowed here: task, depth, lr, bias, ")
    assert "lambda," in found


def test_a_missing_key_is_located_at_the_mapping() -> None:
    assert problems("# head\ndepth: 3\n") == ["2:1: missing key 'task'"]


def test_text_must_be_text() -> None:
    assert problems("task: 12\n") == ["1:7: task: must be text (got 12; put it in quotes)"]


def test_all_mistakes_at_once_in_the_order_of_the_file_then_of_the_command_line() -> None:
    text = "zz: 1\nmodel: {kind: dense, activation: rleu, dense: true}\ndepth: 0\n"
    found = problems(text, "lr=-1", "model.width=3")
    assert [each.split(": ")[0] for each in found] == ["1:1", "1:1", "2:34", "2:47", "3:8", "None:4", "None:7"]


def test_an_overridden_short_form_is_located_in_the_file_and_the_new_key_on_the_command_line() -> None:
    assert problems("task: t\nmodel: dens\n", "model.dense=2") == [
        "2:8: unknown model 'dens'; did you mean 'dense'? (allowed: dense, block)"
    ]
    assert problems("task: t\n", "model=dense", "model.dense=x") == [
        "None:13: model.dense: must be a whole number (got 'x')"
    ]


def test_further_findings_are_located_and_reported_together() -> None:
    document = yaml.parse("task: t\nlr: x\nmodel: dense\n", "f")
    findings = [(("lr",), "relu does not use this"), (("model", "width"), "width is missing"), ((), "odd")]
    with pytest.raises(SpecError) as error:
        validate(document, Experiment, lambda data: findings)
    assert [(each.line, each.column, each.path) for each in error.value.problems] == [
        (1, 1, ""), (2, 1, "lr"), (2, 5, "lr"), (3, 8, "model.width")
    ]  # fmt: skip
    with pytest.raises(SpecError, match=r"^f:1:1: odd"):
        validate(yaml.parse("task: t", "f"), Experiment, lambda data: [((), "odd")])


def test_hostile_values_reach_no_terminal() -> None:
    text = 'task: t\nlr: "\\e[31m"\n"k\\e\\u202e": 1\nmodel: "\\0"\nnamed: {"\\e": 3}\n'
    with pytest.raises(SpecError) as error:
        validate(yaml.parse(text, "f"), Experiment)
    assert len(error.value.problems) == 4
    assert str(error.value).replace("\n", "").isprintable()
    assert r"unknown key 'k\x1b\u202e'" in str(error.value)


def test_a_good_document_becomes_the_model() -> None:
    document = yaml.parse("task: t\nlr: 1e-3\nmodel: {kind: dense, activation: {kind: leaky_relu, slope: 0.1}}\n", "f")
    spec = validate(document, Experiment, lambda data: [])
    assert spec == Experiment(task="t", lr=1e-3, model=Dense(activation=Leaky(slope=0.1)))
