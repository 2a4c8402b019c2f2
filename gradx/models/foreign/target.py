"""`loaded` and `built`: what `target: package.module:Class` names, and a module made of it."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from inspect import isclass, signature
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn
from torch.nn.parameter import is_lazy

from gradx.base.seeds import stream
from gradx.models.base import Model

ALLOWED = "a subclass of gradx.models.Model, one of torch.nn.Module, or a function that gives a torch.nn.Module"


class TargetError(ValueError):
    """What is wrong with a target, or with its arguments."""


@cache
def loaded(target: str) -> Callable[..., Any]:
    """The class or function that `package.module:Name` names; the current directory is looked into as `python -c` does.

    Raises:
        TargetError: it cannot be imported, or is neither.
    """
    module_name, colon, name = target.partition(":")
    if not colon or not all(part.isidentifier() for part in [*module_name.split("."), *name.split(".")]):
        raise TargetError(f"must be package.module:Class, like my_models:Net (got {target!r})")
    if not {"", os.getcwd()} & set(sys.path):
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = import_module(module_name)
    except (Exception, SystemExit) as error:
        raise TargetError(_why_not(module_name, error)) from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise TargetError(f"{module_name} has no {name!r}{_offer(found, part)}")
        found = getattr(found, part)
    if not callable(found):
        raise TargetError(f"{target} is {type(found).__name__} (allowed: {ALLOWED})")
    checked: Callable[..., Any] = found
    return checked


def is_ours(found: Callable[..., Any]) -> bool:
    """Whether it is an architecture in our own sense."""
    return isclass(found) and issubclass(found, Model)


def text(args: Mapping[str, Any]) -> str:
    """Arguments as one text, for caches."""
    return json.dumps(args, sort_keys=True)


@cache
def architecture(target: str, args: str) -> Model:
    """`target(**args)`, a Model of ours; args are JSON. Raises TargetError."""
    found, given = loaded(target), json.loads(args)
    assert isclass(found)
    assert issubclass(found, Model)
    kind = {"kind": "custom"} if found.model_fields["kind"].is_required() else {}
    try:
        made = found(**kind, **given)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise TargetError(f"{_call(target, args)} failed: {'; '.join(wrong)}") from error
    assert isinstance(made, Model)
    return made


def built(target: str, args: str, seed: int) -> nn.Module:
    """`target(**args)`, a module of the user's; what it draws comes from the stream "init" of `seed`.

    Raises:
        TargetError: it cannot be built, is no module, or does not know its sizes yet.
    """
    found = loaded(target)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream(seed, "init"))
            made = found(**json.loads(args))
    except Exception as error:
        raise TargetError(f"{_call(target, args)} failed: {_said(error)}{_signature(found)}") from error
    if not isinstance(made, nn.Module):
        raise TargetError(f"{_call(target, args)} gives {type(made).__name__} (allowed: {ALLOWED})")
    if any(is_lazy(each) for each in [*made.parameters(), *made.buffers()]):
        raise TargetError(f"{target} has lazy modules, which do not know their sizes (allowed: sizes that are given)")
    if not any(each.requires_grad for each in made.parameters()):
        raise TargetError(f"{_call(target, args)} has no parameters that can be trained")
    return made


def _why_not(module: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and module.split(".")[0] == error.name.split(".")[0]:
        return f"there is no module {error.name!r} in {os.getcwd()}, nor among what is installed"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if len(frames) > 1 else ""
    return f"cannot import {module}: {_said(error)}{place}"


def _offer(module: Any, name: str) -> str:
    """What could have been meant: the architectures and modules of a Python module."""
    known = [key for key, value in vars(module).items() if isclass(value) and issubclass(value, Model | nn.Module)]
    close = get_close_matches(name, known, n=1)
    listed = f" (it has: {', '.join(sorted(known))})" if known else f" (allowed: {ALLOWED})"
    return (f"; did you mean {close[0]!r}?" if close else "") + listed


def _call(target: str, args: str) -> str:
    return f"{target}({', '.join(f'{key}={value!r}' for key, value in json.loads(args).items())})"


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _signature(found: Callable[..., Any]) -> str:
    try:
        return f" (allowed: {signature(found)})"
    except (TypeError, ValueError):  # not everything tells
        return ""
