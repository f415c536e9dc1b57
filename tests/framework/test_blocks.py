"""A matrix is walked through in blocks, and one on disk does not come into memory whole."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from asterism.framework.blocks import MOST_ROWS, in_blocks, is_mapped, rows_at_once, size_of
from asterism.framework.values import Ranking, is_sparse


def mapped(folder: Path, array: Any, mode: Any = "r") -> Any:
    array.tofile(folder / "values.bin")
    return np.memmap(folder / "values.bin", array.dtype, mode=mode, shape=array.shape)


def mapped_csr(folder: Path, matrix: Any) -> Any:
    data, indices = matrix.data, matrix.indices
    data.tofile(folder / "data.bin")
    indices.tofile(folder / "indices.bin")
    maps = [np.memmap(folder / name, dtype, mode="r") for name, dtype in (("data.bin", data.dtype), ("indices.bin", indices.dtype))]
    return sparse.csr_matrix((*maps, matrix.indptr), shape=matrix.shape)


@given(st.integers(0, 30), st.integers(0, 3), st.integers(1, 40), st.integers(0, 35), st.sampled_from(["1-D", "2-D", "CSR"]))
def test_blocks_are_the_matrix(n_rows: int, width: int, rows: int, start: int, form: str) -> None:
    array = np.arange(n_rows * (width + 1), dtype=np.float32).reshape(n_rows, width + 1)
    matrix: Any = {"1-D": array[:, 0], "2-D": array, "CSR": sparse.csr_matrix(array)}[form]
    blocks = list(in_blocks(matrix, rows, start))
    assert [first for first, _ in blocks] == list(range(start, n_rows, rows))
    assert all(block.shape[0] == min(rows, n_rows - first) for first, block in blocks)
    whole = [block.toarray() if is_sparse(block) else block for _, block in blocks]
    expected = matrix.toarray() if is_sparse(matrix) else matrix
    assert np.array_equal(np.concatenate([expected[:start], *whole]), expected)


def test_block_that_was_let_go_can_still_be_read(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((5000, 16))
    blocks = list(in_blocks(mapped(tmp_path, array), 700))
    assert np.array_equal(np.concatenate([block for _, block in blocks]), array)


@pytest.mark.parametrize(
    "turn", [lambda a: a, lambda a: a[1:], lambda a: a[:, ::3], lambda a: a.T, lambda a: a[::-1], lambda a: np.asarray(a)]
)
def test_views_of_a_map_are_walked_through(tmp_path: Path, turn: Any) -> None:
    array = np.random.default_rng(0).random((900, 40))
    view = turn(mapped(tmp_path, array))
    assert is_mapped(view)
    assert np.array_equal(np.concatenate([block.copy() for _, block in in_blocks(view, 11)]), turn(array))


def test_csr_matrix_over_maps_is_walked_through(tmp_path: Path) -> None:
    matrix = sparse.random(3000, 50, 0.1, format="csr", random_state=0)
    over_maps = mapped_csr(tmp_path, matrix)
    assert is_mapped(over_maps)
    assert (sparse.vstack([block for _, block in in_blocks(over_maps, 301)]) != matrix).nnz == 0


def test_what_was_written_to_a_private_map_is_not_lost(tmp_path: Path) -> None:
    private = mapped(tmp_path, np.zeros((4096, 4)), mode="c")
    private[:] = 7
    for _, block in in_blocks(private, 1000):
        assert block.min() == 7
    assert private.min() == 7


def test_blocks_have_about_the_bytes_that_were_asked_for() -> None:
    assert rows_at_once(np.zeros((10_000, 1024), np.float32), 2**20) == 256
    assert rows_at_once(np.zeros((10, 1024)), 100) == 1
    assert rows_at_once(np.zeros(10**6, np.float32)) == MOST_ROWS
    assert rows_at_once(np.zeros((0, 5))) == MOST_ROWS
    assert rows_at_once(np.zeros((5, 0))) == MOST_ROWS
    full = sparse.csr_matrix(np.ones((1000, 500)))
    assert rows_at_once(full, 60_000) == 60_000 // (500 * 12 + 4)


def test_sizes_count_what_a_value_is_made_of() -> None:
    matrix = sparse.random(10, 10, 0.5, format="csr")
    assert size_of(np.zeros((3, 4), np.float32)) == 48
    assert size_of(matrix) == matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert size_of(["x" * 1000] * 3) > 3000
    assert size_of(np.array(["x" * 1000], object)) > 1000
    ranking = Ranking(np.zeros((5, 2), np.int64), np.zeros((5, 2), np.float32), ["i" * 100])
    assert 5 * 2 * 12 + 100 < size_of(ranking) < 1000
    assert size_of({"a": np.zeros(1000), "b": (1, "two", None)}) > 8000


def test_values_in_memory_are_not_mapped() -> None:
    assert not is_mapped(np.zeros(3))
    assert not is_mapped(sparse.csr_matrix(np.eye(2)))
    assert not is_mapped(["a"])


WALK = """
import sys
import numpy as np
from scipy import sparse
from asterism.framework.blocks import in_blocks

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))

path, form, n_cells = sys.argv[1], sys.argv[2], 75 * 2**20
data = np.memmap(path, np.float32, mode="r")
if form == "CSR":
    indices = np.memmap(path, np.int32, mode="r")
    matrix = sparse.csr_matrix((data, indices, np.arange(0, n_cells + 1, 1024, dtype=np.int32)), shape=(n_cells // 1024, 1024), copy=False)
else:
    matrix = data.reshape(-1, 1024)
before, most = resident(), 0
for _, block in in_blocks(matrix, 1024):
    total = block.sum()
    most = max(most, resident())
print(most - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("form", ["dense", "CSR"])
def test_memory_stays_bounded_while_300_mib_are_walked_through(tmp_path: Path, form: str) -> None:
    path = tmp_path / "values.bin"
    with path.open("wb") as file:
        for _ in range(75):
            file.write(bytes(4 * 2**20))
    done = subprocess.run([sys.executable, "-c", WALK, str(path), form], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 40  # MiB; without letting go it is 300, or 600
