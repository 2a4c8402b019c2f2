"""The text of the sbatch script: what options become, and which are refused."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base.errors import SpecError
from gradx.executors.slurm_script import checked, script

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=30)


def test_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = {"partition": "gpu", "cpus_per_task": "2", "gres": "gpu:a100:1", "max_parallel": "4", "exclusive": ""}
    assert script(checked(options), "gradx-1f", Path("/shared/50% of it/gradx-1f"), 20) == (
        "#!/bin/sh\n"
        "#SBATCH --open-mode=append\n"
        "#SBATCH --partition=gpu\n"
        "#SBATCH --cpus-per-task=2\n"
        "#SBATCH --gres=gpu:a100:1\n"
        "#SBATCH --exclusive\n"
        "#SBATCH --job-name=gradx-1f\n"
        "#SBATCH --array=0-19%4\n"
        f"#SBATCH --chdir={tmp_path}\n"
        '#SBATCH --output="/shared/50%% of it/gradx-1f/%a.log"\n'
        f"exec {sys.executable} -m gradx.executors.task '/shared/50% of it/gradx-1f' \"$SLURM_ARRAY_TASK_ID\"\n"
    )


def test_all_of_an_array_may_run_at_the_same_time() -> None:
    assert "#SBATCH --array=0-0\n" in script({}, "x", Path("/x"), 1)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("partition", "a\n#SBATCH --uid=0", "cannot stand in a script"),
        ("partition", 'a"b', "cannot stand in a script"),
        ("partition", "a\\b", "cannot stand in a script"),
        ("partition\n", "a", "is no option of sbatch"),
        ("-p", "a", "is no option of sbatch"),
        ("p=a --uid", "a", "is no option of sbatch"),
        ("", "a", "is no option of sbatch"),
        ("array", "0-3", "is set by gradx"),
        ("output", "x.log", "is set by gradx"),
        ("wrap", "rm x", "is set by gradx"),
        ("test_only", "", "is set by gradx"),
        ("max_parallel", "0", "give a whole number from 1"),
        ("max_parallel", "two", "give a whole number from 1"),
        ("job_name", "../x", "up to 40 letters"),
    ],
)
def test_refused_options(key: str, value: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        checked({key: value})
    assert caught.value.problems[0].path == f"slurm.{key.replace('_', '-')}"


def test_all_mistakes_at_once_and_no_option_twice() -> None:
    with pytest.raises(SpecError) as caught:
        checked({"array": "1", "cpus_per_task": "1", "cpus-per-task": "2"})
    assert [problem.path for problem in caught.value.problems] == ["slurm.array", "slurm"]


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{3,8}(_[a-z]{2,5})?", fullmatch=True), PRINTABLE, max_size=4))
def test_an_option_that_passes_is_one_line_of_the_script(options: dict[str, str]) -> None:
    try:
        plain = checked(options)
    except SpecError:
        return
    lines = script(plain, "x", Path("/x"), 1).splitlines()
    for key, value in plain.items():
        if key not in ("max-parallel", "job-name", "open-mode"):
            (line,) = (line for line in lines if line.split("=")[0] == f"#SBATCH --{key}")
            assert shlex.split(line.removeprefix("#SBATCH "))[0].partition("=")[2] == value
    assert len(lines) == 7 + len(plain.keys() - {"max-parallel", "job-name", "open-mode"})


def test_a_folder_that_cannot_be_written_down_is_refused() -> None:
    with pytest.raises(SpecError, match="cannot stand in a script"):
        script({}, "x", Path('/a"b'), 1)


def test_the_script_is_one_for_the_shell(tmp_path: Path) -> None:
    path = tmp_path / "array.sh"
    path.write_text(script({"comment": "a b"}, "x", tmp_path / "it's", 1))
    subprocess.run(["sh", "-n", str(path)], check=True)
