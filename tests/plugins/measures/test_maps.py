from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.manifold import trustworthiness as theirs

from asterism.framework import Matrix, Reducer
from asterism.plugins.measures import maps as module
from asterism.plugins.measures.distances import sample
from asterism.plugins.measures.maps import continuity, neighbourhood_hit, trustworthiness

MAKE = {"dense": np.asarray, "CSR": csr_matrix}


class First(Reducer):
    """Keeps the first two columns."""

    def transform(self, X: Matrix) -> Matrix:
        return X[:, :2]


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@given(seed=st.integers(0, 2**32 - 1), n_neighbors=st.integers(1, 9))
def test_numbers_are_those_of_scikit_learn(make: Any, seed: int, n_neighbors: int) -> None:
    random = np.random.default_rng(seed)
    wide = random.normal(size=(40, 6))
    narrow = wide[:, :3] + random.normal(size=(40, 3))
    kept = trustworthiness(First(), make(narrow), make(wide), n_neighbors)
    found = continuity(First(), make(narrow), make(wide), n_neighbors)
    assert kept == pytest.approx(theirs(wide, narrow, n_neighbors=n_neighbors))
    assert found == pytest.approx(theirs(narrow, wide, n_neighbors=n_neighbors))


def test_many_records_give_the_numbers_of_a_sample() -> None:
    wide = np.random.default_rng(0).normal(size=(1500, 4))
    rows = sample(1500, 500)
    assert trustworthiness(First(), wide[:, :2], wide) == pytest.approx(theirs(wide[rows], wide[rows, :2]))
    rows = sample(1500, 200)
    assert continuity(First(), wide[:, :2], wide, n_sample=200) == pytest.approx(theirs(wide[rows, :2], wide[rows]))


@pytest.mark.parametrize("measure", [trustworthiness, continuity])
def test_same_neighbours_score_one(measure: Any) -> None:
    narrow = np.random.default_rng(0).normal(size=(50, 2))
    assert measure(First(), narrow, np.hstack([narrow, np.zeros((50, 1))])) == 1


@pytest.mark.parametrize("measure", [trustworthiness, continuity])
def test_equal_rows_are_nobodys_intruders(measure: Any) -> None:
    assert measure(First(), np.ones((30, 2)), np.full((30, 3), 0.1)) == 1
    pairs = np.repeat(np.random.default_rng(0).normal(size=(20, 2)), 6, axis=0)  # each row and five copies: the neighbours in any order
    assert measure(First(), pairs, np.hstack([pairs, pairs])) == 1


@pytest.mark.parametrize("measure", [trustworthiness, continuity])
def test_reduction_that_lowers_no_width_has_no_number(measure: Any) -> None:
    rows = np.random.default_rng(0).normal(size=(30, 3))
    assert measure(First(), rows / 2, rows) is None
    assert measure(First(), np.hstack([rows, rows]), rows) is None


@pytest.mark.parametrize("n", [0, 1, 2, 10])
@pytest.mark.parametrize("measure", [trustworthiness, continuity])
def test_too_few_records_have_no_number(measure: Any, n: int) -> None:
    assert measure(First(), np.zeros((n, 2)), np.zeros((n, 3))) is None


def plainly(matrix: Any, targets: list[str], k: int) -> float:
    distances = ((matrix[:, np.newaxis] - matrix) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :k]
    return float((np.array(targets)[nearest] == np.array(targets)[:, np.newaxis]).mean())


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 8))
def test_neighbourhood_hit_is_that_of_a_plain_loop(make: Any, seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    matrix, targets = random.normal(size=(30, 3)), ["a", "b", *random.choice([*"abc"], 28)]
    assert neighbourhood_hit(First(), make(matrix), targets, k) == pytest.approx(plainly(matrix, targets, k))


def test_neighbourhood_hit_of_many_records_looks_for_neighbours_among_more_than_it_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 2000)
    matrix, targets = random.normal(size=(2000, 2)) + 2 * classes[:, np.newaxis], classes.astype(str).tolist()
    exact = plainly(matrix, targets, 5)
    monkeypatch.setattr(module, "SAMPLE", 300)
    assert neighbourhood_hit(First(), matrix, targets) == pytest.approx(exact, abs=0.03)
    monkeypatch.setattr(module, "CANDIDATES", 1000)
    assert neighbourhood_hit(First(), matrix, targets) == pytest.approx(exact, abs=0.03)


def test_copies_are_neighbours_and_no_record_is_its_own() -> None:
    assert neighbourhood_hit(First(), np.zeros((20, 2), np.float32), [*"ab"] * 10, n_neighbors=19) == pytest.approx(9 / 19)
    # Of 60 copies, the six that are found need not be the record itself and five others.
    assert neighbourhood_hit(First(), np.zeros((60, 2), np.float32), [*"ab"] * 30) == pytest.approx(0.5, abs=0.5)
    alternating = np.repeat(np.arange(10.0), 2)[:, np.newaxis]
    assert neighbourhood_hit(First(), alternating, [*"ab"] * 10, n_neighbors=1) == 0


@pytest.mark.parametrize("targets", [[], ["a"] * 9, [*"ababa"]])
def test_one_class_or_too_few_records_have_no_hit(targets: list[str]) -> None:
    assert neighbourhood_hit(First(), np.zeros((len(targets), 2)), targets) is None
