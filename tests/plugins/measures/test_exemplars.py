import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from asterism.plugins import group_means as module
from asterism.plugins.measures.exemplars import exemplars


def plainly(labels: Any, matrix: Any, ids: list[str], n: int) -> dict[int, list[str]]:
    found = {}
    for group in sorted(set(labels.tolist()) - {-1}):
        rows = np.flatnonzero(labels == group)
        distances = ((matrix[rows] - matrix[rows].mean(axis=0)) ** 2).sum(axis=1)
        found[group] = [ids[row] for row in rows[np.argsort(distances.round(9), kind="stable")][:n]]
    return found


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 5), sparse=st.booleans(), size=st.integers(1, 200))
def test_exemplars_are_those_of_a_plain_loop_over_groups(seed: int, n: int, sparse: bool, size: int) -> None:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(40, 6)) * (random.random((40, 6)) < 0.7)
    labels, ids = random.integers(-1, 4, 40), [f"r{row}" for row in range(40)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", size * 8)
        assert exemplars(labels, csr_matrix(matrix) if sparse else matrix, ids, n) == plainly(labels, matrix, ids, n)


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_records_that_are_alike_stay_in_their_order(make: Any) -> None:
    random = np.random.default_rng(0)
    matrix = np.repeat(random.normal(size=(1, 300)), 999, axis=0).astype(np.float32)
    assert exemplars(np.zeros(999, int), make(matrix), [str(row) for row in range(999)]) == {0: ["0", "1", "2"]}


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_pair_stays_in_its_order(make: Any) -> None:
    for seed in range(50):
        pair = np.random.default_rng(seed).normal(size=(2, 9)).astype(np.float32)
        assert exemplars(np.array([4, 4]), make(pair), ["a", "b"]) == {4: ["a", "b"]}


def test_group_of_one_record_has_one_exemplar() -> None:
    assert exemplars(np.array([5, 2, -1]), np.eye(3), ["a", "b", "c"]) == {2: ["b"], 5: ["a"]}


def test_no_group_has_no_exemplar() -> None:
    assert exemplars(np.array([-1, -1]), np.eye(2), ["a", "b"]) == {}


def test_inputs_stay_unchanged() -> None:
    matrix, labels = csr_matrix(np.eye(4)), np.array([0, 0, 1, 1])
    exemplars(labels, matrix, list("abcd"))
    assert (matrix.toarray() == np.eye(4)).all()
    assert labels.tolist() == [0, 0, 1, 1]


WALK = """
import sys
from resource import RUSAGE_SELF, getrusage

import numpy as np
import scipy.sparse
from asterism.plugins.measures.exemplars import exemplars

matrix = np.memmap(sys.argv[1], np.float32, "r", shape=(400_000, 128))
labels = np.arange(400_000) % 5
exemplars(labels[:1000], matrix[:1000], range(1000))
before = getrusage(RUSAGE_SELF).ru_maxrss
exemplars(labels, matrix, range(400_000))
print((getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_mapped_matrix_never_stands_in_memory_whole(tmp_path: Path) -> None:
    with (tmp_path / "matrix").open("wb") as stream:
        stream.truncate(400_000 * 128 * 4)  # 195 MiB of zeros
    done = subprocess.run([sys.executable, "-c", WALK, tmp_path / "matrix"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 80  # MiB: the blocks, and some dozens of bytes for each row
