"""`written`: plain data as YAML that `gradx.base.yaml` reads back."""

from collections.abc import Mapping
from typing import Any

import yaml

from gradx.base.yaml import scalar as value_of


def written(data: Mapping[str, Any]) -> str:
    """Plain data as YAML, keys in their order."""
    text: str = yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


class _Dumper(yaml.SafeDumper):
    """Puts text such as `1e3` in quotes: a number to YAML 1.2, as `gradx.base.yaml` reads it, but not to PyYAML."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = None if isinstance(value_of(data), str) else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(str, _Dumper.represent_str)
