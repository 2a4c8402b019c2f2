"""How many members train together: by cache and memory, by nothing that changes from call to call."""

import pytest
from common.runs import experiment

from gradx.engine.chunks import CACHE_BYTES, LEAST, MOST, last_cache, members_per_chunk
from gradx.engine.cohort import dims, open_source
from gradx.engine.estimate import estimate, member_bytes

PLENTY = 1 << 50


def chunk(cache_bytes=None, memory_bytes=PLENTY, **fields):
    one = experiment(**fields)
    return members_per_chunk(one, dims(one, open_source(one)), cache_bytes, memory_bytes)


def test_a_wider_network_has_fewer_members():
    counts = [chunk(32 << 20, width=width, depth=20, batch_size=32) for width in (4, 16, 32, 64, 1024)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2] > counts[-1] == LEAST


def test_memory_is_the_last_word():
    one = experiment(width=64, depth=20)
    need = member_bytes(one, dims(one, open_source(one))).all
    assert chunk(PLENTY, 3 * need, width=64, depth=20) == 3
    assert chunk(PLENTY, need // 2, width=64, depth=20) == 1
    assert chunk(PLENTY, width=64, depth=20) == MOST


def test_large_networks_train_one_by_one_where_memory_is_short():
    big = {"depth": 4, "width": 1800, "dtype": "float32", "batch_size": 32}
    one = experiment(**big)
    built = dims(one, open_source(one))
    assert estimate(one, built).parameters > 9.8e6
    assert chunk(PLENTY, 1 << 30, **big) == (1 << 30) // member_bytes(one, built).all < 5
    assert chunk(PLENTY, 1 << 20, **big) == 1
    assert chunk(PLENTY, 1 << 30, **big, optimizer="adam") < chunk(PLENTY, 1 << 30, **big)


def test_the_same_experiment_always_has_the_same_chunk():
    assert len({chunk(memory_bytes=None) for _ in range(3)}) == 1
    assert chunk(seed=1, optimizer={"kind": "sgd", "lr": 0.5}) == chunk(seed=2)


@pytest.mark.parametrize(
    ("sizes", "expected"), [(["32K", "1024K", "8M"], 8 << 20), (["odd"], CACHE_BYTES), ([], CACHE_BYTES)]
)
def test_the_cache_is_what_the_machine_says(tmp_path, sizes, expected):
    for number, size in enumerate(sizes):
        (tmp_path / f"index{number}").mkdir()
        (tmp_path / f"index{number}" / "size").write_text(f"{size}\n")
    assert last_cache(tmp_path) == expected
    assert last_cache(tmp_path / "missing") == CACHE_BYTES
