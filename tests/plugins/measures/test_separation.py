import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from asterism.plugins.measures import separation as module
from asterism.plugins.measures.separation import calinski_harabasz, davies_bouldin, silhouette

EVERY = [silhouette, calinski_harabasz, davies_bouldin]
MAKE = {"float32": lambda X: X.astype(np.float32), "float64": np.asarray, "CSR": lambda X: csr_matrix(X.astype(np.float32))}


def blobs(seed: int = 0, n: int = 60, n_groups: int = 4, apart: float = 3.0) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, n_groups, n)
    return labels, random.normal(size=(n, 5)) + apart * random.normal(size=(n_groups + 1, 5))[labels]


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@given(seed=st.integers(0, 2**32 - 1), n_groups=st.integers(2, 9), apart=st.sampled_from([0.0, 1.0, 30.0]))
def test_numbers_are_those_of_scikit_learn_without_the_noise(make: Any, seed: int, n_groups: int, apart: float) -> None:
    labels, matrix = blobs(seed, n_groups=n_groups, apart=apart)
    grouped = labels >= 0
    assume(len(np.unique(labels[grouped])) > 1)
    theirs = labels[grouped], make(matrix[grouped])
    dense = theirs[1].toarray() if make is MAKE["CSR"] else theirs[1]
    assert silhouette(labels, make(matrix)) == pytest.approx(silhouette_score(dense.astype(float), theirs[0]), abs=1e-6)
    assert calinski_harabasz(labels, make(matrix)) == pytest.approx(calinski_harabasz_score(dense, theirs[0]), rel=1e-5)
    assert davies_bouldin(labels, make(matrix)) == pytest.approx(davies_bouldin_score(dense, theirs[0]), rel=1e-5)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_silhouette_of_several_tiles_is_that_of_scikit_learn(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TILE", 64)
    labels, matrix = blobs(n=500, n_groups=30)
    grouped = labels >= 0
    expected = silhouette_score(matrix[grouped], labels[grouped])
    assert silhouette(labels, make(matrix)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("offset", [0, 1000])
@pytest.mark.parametrize("copies", [1, 3])
def test_float32_gives_the_digits_of_float64_for_tight_groups_and_copies(offset: float, copies: int) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 5, 400)
    matrix = offset + random.normal(size=(5, 20))[labels] + 0.001 * random.normal(size=(400, 20))
    matrix, labels = np.repeat(matrix, copies, axis=0).astype(np.float32), np.repeat(labels, copies)
    exact = silhouette_score(np.asarray(matrix, np.float64) - offset, labels)
    assert silhouette(labels, matrix) == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_very_large_and_very_small_values_give_the_same_silhouette(scale: float) -> None:
    labels, matrix = blobs()
    scaled = (matrix * scale).astype(np.float32)
    assert silhouette(labels, scaled) == pytest.approx(silhouette(labels, matrix), abs=1e-6)


def test_silhouette_of_many_records_is_that_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, matrix = blobs(n=3000)
    exact = silhouette(labels, matrix)
    monkeypatch.setattr(module, "SAMPLE", 1000)
    assert silhouette(labels, matrix) == silhouette(labels, matrix)
    assert silhouette(labels, matrix) != exact
    assert silhouette(labels, matrix) == pytest.approx(exact, abs=0.02)


def test_record_alone_in_its_group_counts_nothing() -> None:
    assert silhouette(np.array([0, 0, 1]), np.array([[0.0], [0.0], [1.0]])) == pytest.approx(2 / 3)
    assert silhouette(np.arange(3), np.eye(3)) == 0


@pytest.mark.parametrize("measure", EVERY)
@pytest.mark.parametrize("labels", [[-1] * 6, [0] * 6, [-1, -1, 3, 3, 3, 3]])
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_fewer_than_two_groups_give_no_number(measure: Any, labels: list[int], make: Any) -> None:
    assert measure(np.array(labels), make(np.random.default_rng(0).random((6, 3)))) is None


@pytest.mark.parametrize("measure", [calinski_harabasz, davies_bouldin])
def test_as_many_groups_as_records_give_no_number(measure: Any) -> None:
    assert measure(np.arange(4), np.eye(4)) is None


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize("value", [0.0, 0.1, 7.3])
def test_equal_rows_only_give_the_documented_numbers(make: Any, value: float) -> None:
    labels, matrix = np.arange(12) % 3, make(np.full((12, 4), value))
    assert silhouette(labels, matrix) == 0
    assert calinski_harabasz(labels, matrix) == 1
    assert davies_bouldin(labels, matrix) == 0


@pytest.mark.parametrize("measure", EVERY)
def test_no_record_gives_no_number(measure: Any) -> None:
    assert measure(np.array([], np.int64), np.zeros((0, 3), np.float32)) is None


@pytest.mark.parametrize("measure", EVERY)
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_inputs_stay_unchanged(measure: Any, make: Any) -> None:
    labels, matrix = blobs()
    given_, kept = make(matrix), make(matrix.copy())
    measure(labels, given_)
    assert (given_ != kept).sum() == 0


def test_whole_numbers_are_measured_too() -> None:
    labels, matrix = np.array([0, 0, 1, 1]), np.array([[0, 0], [0, 1], [5, 5], [5, 6]])
    assert silhouette(labels, matrix) == pytest.approx(silhouette_score(matrix, labels))


WALK = """
import sys
from resource import RUSAGE_SELF, getrusage

import numpy as np
import scipy.sparse
from asterism.plugins.measures.separation import calinski_harabasz, davies_bouldin, silhouette

matrix = np.memmap(sys.argv[1], np.float32, "r", shape=(400_000, 128))
labels = np.arange(400_000) % 5
for measure in (calinski_harabasz, davies_bouldin, silhouette):
    measure(labels[:20_000], matrix[:20_000])
before = getrusage(RUSAGE_SELF).ru_maxrss
for measure in (calinski_harabasz, davies_bouldin, silhouette):
    measure(labels, matrix)
print((getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_mapped_matrix_never_stands_in_memory_whole(tmp_path: Path) -> None:
    with (tmp_path / "matrix").open("wb") as stream:
        stream.truncate(400_000 * 128 * 4)  # 195 MiB of zeros
    done = subprocess.run([sys.executable, "-c", WALK, tmp_path / "matrix"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 100  # MiB: the blocks, and some dozens of bytes for each row
