"""`gradx ls runs`: found, chosen, sorted, printed."""

from pathlib import Path

import pytest
from reporting.rows import failed, grid_rows

from gradx.base.errors import SpecError
from gradx.reporting.runs.listing import places
from gradx.reporting.terminal.printing import show_runs
from gradx.store.runs import Results


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of 6 runs of which one failed and one has diverged, and another experiment, besides a hidden one."""
    where = tmp_path_factory.mktemp("results")
    rows = grid_rows(depth=[2, 10, 30], seed=[0, 1])
    rows[0] |= {"loss.final": float("nan"), "status": "diverged"}
    rows[1] = failed(rows[1])
    rows[5] |= {"loss.final": 0.5}
    _write(where / "grid", rows)
    _write(where / "other", [one | {"run": "f" * 12, "name": "other"} for one in grid_rows(width=["wide"])])
    _write(where / ".smoke" / "hidden", [one | {"run": "e" * 12} for one in grid_rows(seed=[9])])
    return where


def _write(where: Path, rows: list[dict]) -> None:
    results = Results(where)
    results.create("name: x\n", {})
    with results.claim([one["run"] for one in rows]) as claim:
        claim.commit(rows)


def listed(capsys, *words) -> list[str]:
    show_runs(*words)
    got = capsys.readouterr()
    assert got.err == ""
    return [line.split() for line in got.out.splitlines()]


def test_all_runs_sorted_by_what_differs(root: Path, capsys) -> None:
    lines = listed(capsys, root / "grid")
    assert lines[0][:4] == ["depth", "seed", "run", "status"]
    assert [line[:2] for line in lines[1:7]] == [
        ["2", "0"],
        ["2", "1"],
        ["10", "0"],
        ["10", "1"],
        ["30", "0"],
        ["30", "1"],
    ]
    both = listed(capsys, root)
    assert both[0][0] == "name"
    assert [line[0] for line in both[1:8]] == ["grid"] * 6 + ["other"]
    assert not any("e" * 12 in line for line in both)
    assert any("e" * 12 in line for line in listed(capsys, root / ".smoke"))


def test_where(root: Path, capsys) -> None:
    assert [line[0] for line in listed(capsys, root / "grid", "depth >= 10 and loss.final > 1")[1:4]] == [
        "10",
        "10",
        "30",
    ]
    assert listed(capsys, root / "grid", "status == failed")[1][0] == "000000000001"
    # NaN is a loss, a missing one is none: the run that failed does not match.
    lines = listed(capsys, root / "grid", "not loss.final < 1")
    assert [line[:2] for line in lines[1:5]] == [["2", "0"], ["10", "0"], ["10", "1"], ["30", "0"]]
    assert listed(capsys, root, "depth > 1000") == [f"no runs in {root} where depth > 1000".split()]


def test_sort_and_limit(root: Path, capsys) -> None:
    assert listed(capsys, root / "grid", None, "loss.final")[1][:2] == ["30", "1"]
    assert [line[0] for line in listed(capsys, root / "grid", None, "-depth")[1:7]] == [
        "30",
        "30",
        "10",
        "10",
        "2",
        "2",
    ]
    lines = listed(capsys, root / "grid", None, "-depth", 2)
    assert [line[0] for line in lines[1:3]] == ["30", "30"]
    assert lines[-1][:4] == ["…", "4", "more", "runs:"]
    assert len(listed(capsys, root / "grid", None, None, 0)) == len(listed(capsys, root / "grid"))
    assert listed(capsys, root, None, "width")[1][0] == "grid"  # numbers here, words there


@pytest.mark.parametrize(
    ("where", "sort", "said"),
    [
        ("depht > 1", None, "--where: unknown column 'depht'; did you mean 'depth'?"),
        ("depth >", None, "--where: not an expression"),
        (None, "-loss.finl", "--sort: unknown column 'loss.finl'; did you mean 'loss.final'?"),
        (None, "\x1b[2J", r"--sort: unknown column '\x1b[2J' (allowed: run, name,"),
    ],
)  # fmt: skip
def test_mistakes(root: Path, where: str | None, sort: str | None, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        show_runs(root, where, sort)
    assert str(caught.value).startswith(said)


def test_no_directory_and_no_runs(tmp_path: Path, capsys) -> None:
    with pytest.raises(SpecError, match="is not a directory"):
        show_runs(tmp_path / "none")
    show_runs(tmp_path, "depth > 1", "depth")
    assert capsys.readouterr().out == f"no runs in {tmp_path}; make one: gradx run CONFIG --results {tmp_path}\n"


def test_an_experiment_called_runs_makes_no_results_directory_of_its_folder(tmp_path: Path) -> None:
    _write(tmp_path / "runs", grid_rows(seed=[0]))
    assert [results.paths.root for results in places(tmp_path)] == [tmp_path / "runs"]
    (tmp_path / "runs" / "spec.yaml").unlink()
    assert [results.paths.root for results in places(tmp_path / "runs")] == [tmp_path / "runs"]
    assert places(tmp_path) == []


def names(root: Path) -> list[str]:
    return [str(results.paths.root.relative_to(root)) for results in places(root)]


def test_links_are_followed_and_a_directory_with_two_names_is_there_once(tmp_path: Path) -> None:
    root, other = tmp_path / "results", tmp_path / "other"
    _write(root / "grid", grid_rows(seed=[0]))
    _write(other / "far", grid_rows(seed=[1]))
    _write(other / "many" / "deep", grid_rows(seed=[2]))
    (root / "again").symlink_to(root / "grid")  # sorts before its own name
    (root / "linked").symlink_to(other / "far")
    (root / "others").symlink_to(other)
    assert names(root) == ["grid", "linked", "others/many/deep"]
    assert names(root / "linked") == ["."]
    (root / "grid").rename(tmp_path / "gone")
    (root / ".hidden").symlink_to(tmp_path / "gone")
    assert names(root) == ["linked", "others/many/deep"]


def test_no_link_leads_up_or_in_circles(tmp_path: Path) -> None:
    root, other = tmp_path / "results", tmp_path / "other"
    _write(root / "grid", grid_rows(seed=[0]))
    _write(tmp_path / "beside", grid_rows(seed=[1]))
    other.mkdir()
    for link, to in (("up", ".."), ("self", "."), ("top", "/"), ("nowhere", "none"), ("round", other)):
        (root / link).symlink_to(to)
    (other / "back").symlink_to(root)
    (root / "grid" / "out").symlink_to(root)
    assert names(root) == ["grid"]
