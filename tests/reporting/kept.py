"""Results directories made by hand: rows, a profile for each of them, and a spec.yaml."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradx.base.trace import Block
from gradx.store.runs import Results

HOSTILE = "\x1b[31mred\x1b]0;title\x07 [red]x[/red] \u202egnp\r\n\x9b2J <script>alert(1)</script> =1+1"


def kept(
    where: Path, rows: Sequence[Mapping[str, Any]], spec: str = "name: grid\n", profile: Sequence[float] = (1e-3, 1.0)
) -> Path:
    """Writes a results directory, every run with the same gradient norms by layer; gives its path."""
    results = Results(where)
    results.create(spec, {"python": "3.11"})
    runs = [row["run"] for row in rows]
    with results.claim(runs) as claim:
        if rows:
            places = [("grad_norm.preactivation", "layer", layer + 1) for layer in range(len(profile))]
            claim.write(Block(runs, np.array([0]), places, np.tile(np.array([[profile]]), (len(runs), 1, 1))))
            claim.commit(rows)
    return where


def tree(where: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a directory with its content and time: what reading must not change."""
    found = sorted(path for path in where.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}
