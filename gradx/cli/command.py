"""`Command`: a command of gradx, which ignores no file, filter or key that it is given."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

PATHS = ("FILE", "DIR", "PATH", "CONFIG")  # metavars
WORDS = ("FILTER", "KEY", "RESULT", "COLUMN")


class Command(TyperCommand):
    """A command that refuses a file, filter or key given twice, of which the last would count, and an empty path.

    Of settings (`--executor`, `--limit` ...) the last counts, so that what a script says can be said otherwise. An
    empty path comes of a shell variable that is not set, and would stand for the directory one is in.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments that are left. Ends with exit code 2 where one is wrong."""
        if not ctx.resilient_parsing:  # a line that is still being typed
            given, _, order = self.make_parser(ctx).parse_args(args=list(args))
            if problems := [*_repeated(order), *_empty(self.get_params(ctx), given)]:
                ctx.fail("; ".join(problems))
        return super().parse_args(ctx, args)


def _repeated(order: Sequence[Any]) -> Iterator[str]:
    """Options with a file, filter or key that were given more than once, in their order."""
    single = [one for one in order if one.param_type_name == "option" and not one.multiple]
    single = [one for one in single if one.metavar in (*PATHS, *WORDS)]
    for option, times in Counter(single).items():
        if times > 1:
            yield f"{option.opts[0]} is given {'twice' if times == 2 else f'{times} times'}"


def _empty(known: Sequence[Any], given: Mapping[str, Any]) -> Iterator[str]:
    """Paths of no characters."""
    for one in known:
        said = given.get(one.name)
        if one.metavar in PATHS and "" in (said if isinstance(said, list | tuple) else [said]):
            yield f"{one.opts[0] if one.param_type_name == 'option' else one.metavar} is empty"
