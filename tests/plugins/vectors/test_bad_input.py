"""What every installed reducer, clusterer and detector of this plugin does with data that it may not be able to use.

It answers with one finite row per record, or it refuses with a `DataError` that gives a rule and a way out: nothing else is raised, and
no warning leaves it.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import Component, DataError
from asterism.framework.problems import problems_to
from asterism.framework.values import is_sparse

KINDS = ("reducer", "clusterer", "detector")

FIELDS: dict[str, dict[str, Any]] = {
    "autoencoder": {"max_epochs": 3},
    "autoencoder_error": {"max_epochs": 3},
    "isolation_forest": {"n_estimators": 10},
    "tsne": {"perplexity": 5.0, "max_iter": 250},
    "umap": {"n_neighbors": 5, "n_epochs": 20},
}
"""Fields that make the slow ones quick."""

RANDOM = np.random.default_rng(0)
GOOD = RANDOM.random((40, 6)).astype(np.float32) + 6 * np.eye(4, 6, dtype=np.float32)[np.arange(40) % 4]


def with_value(value: float) -> Any:
    rows = GOOD.copy()
    rows[[3, 17], 2] = value
    return rows


def with_zero_rows() -> Any:
    rows = GOOD.copy()
    rows[[5, 6]] = 0
    return rows


def wide(rows: Any) -> Any:
    """Take every second column of a matrix twice as wide: no contiguous array."""
    return np.repeat(rows, 2, axis=1)[:, ::2]


REFUSED: dict[str, Callable[[], Any]] = {
    "nan": lambda: with_value(np.nan),
    "infinity": lambda: with_value(np.inf),
    "negative infinity": lambda: with_value(-np.inf),
    "no rows": lambda: GOOD[:0],
    "no columns": lambda: GOOD[:, :0],
    "one dimension": lambda: GOOD[0],
    "three dimensions": lambda: GOOD[np.newaxis],
    "texts": lambda: np.array([["a", "b"], ["c", "d"]]),
    "nan in csr": lambda: csr_matrix(with_value(np.nan)),
}

ANSWERED: dict[str, Callable[[], Any]] = {
    "float64": lambda: GOOD.astype(np.float64),
    "integers": lambda: (GOOD * 10).astype(np.int64),
    "small integers": lambda: (GOOD * 10).astype(np.uint8),
    "booleans beside numbers": lambda: (GOOD > 1).astype(np.int8) + np.arange(6, dtype=np.int8),
    "columns first": lambda: np.asfortranarray(GOOD),
    "not contiguous": lambda: wide(GOOD),
    "backwards": lambda: GOOD[::-1],
    "read only": lambda: np.frombuffer(GOOD.tobytes(), np.float32).reshape(GOOD.shape),
}

EITHER: dict[str, Callable[[], Any]] = {
    "one row": lambda: GOOD[:1],
    "two rows": lambda: GOOD[:2],
    "three rows": lambda: GOOD[:3],
    "one column": lambda: GOOD[:, :1],
    "constant columns": lambda: np.hstack([GOOD[:, :3], np.ones((40, 3), np.float32)]),
    "duplicate rows only": lambda: np.ones((40, 6), np.float32) * np.arange(1, 7, dtype=np.float32),
    "zeros only": lambda: np.zeros((40, 6), np.float32),
    "zero rows": with_zero_rows,
    "two different rows": lambda: GOOD[np.arange(40) % 2],
    "negative numbers": lambda: GOOD - 3,
    "huge numbers": lambda: GOOD * np.float32(1e15),
    "tiny numbers": lambda: GOOD * np.float32(1e-15),
    "csr": lambda: csr_matrix(GOOD),
    "csr with empty rows": lambda: csr_matrix(with_zero_rows()),
    "far outlier": lambda: np.vstack([GOOD, np.full((1, 6), 1e6, np.float32)]),
}


@cache  # it reads the metadata of everything that is installed
def installed() -> dict[str, Any]:
    found = [entry for kind in KINDS for entry in entry_points(group=f"asterism.{kind}") if entry.module.startswith("asterism.plugins.")]
    return {entry.name: entry for entry in sorted(found, key=lambda entry: entry.name)}


def made(name: str) -> Component:
    component: Component = installed()[name].load()(**FIELDS.get(name, {}))
    return component


each_component = pytest.mark.parametrize("name", installed())


def refuses(call: Callable[[], Any]) -> DataError:
    with pytest.raises(DataError) as refusal:
        call()
    return refusal.value


def check_answer(answer: Any, n_rows: int) -> None:
    assert answer.shape[0] == n_rows
    assert np.isfinite(answer.data if is_sparse(answer) else answer).all()


@each_component
@pytest.mark.parametrize("case", REFUSED)
def test_data_without_an_answer_are_refused(name: str, case: str) -> None:
    refusal = refuses(lambda: made(name).learn(REFUSED[case]()))
    assert refusal.reason
    if "nan" in case or "infinity" in case:
        assert str(refusal) == "the matrix holds NaN or infinity (rows 3, 17); leave these records out, or fill in the values"


@each_component
@pytest.mark.parametrize("case", ["nan", "infinity", "nan in csr"])
def test_new_rows_that_are_not_finite_are_refused_with_their_place(name: str, case: str) -> None:
    component = made(name)
    component.learn(GOOD)
    assert refuses(lambda: component.apply(REFUSED[case]())).rows == (3, 17)


@each_component
@pytest.mark.parametrize("width", [5, 7])
def test_rows_of_another_width_are_refused_with_both_widths(name: str, width: int) -> None:
    component = made(name)
    component.learn(GOOD)
    message = str(refuses(lambda: component.apply(np.ones((4, width), np.float32))))
    assert f"X has {width} features" in message
    assert "is expecting 6 features" in message
    assert message.endswith("give it a matrix with the same columns as in fit")


@each_component
@pytest.mark.parametrize("case", ANSWERED)
def test_numbers_of_any_type_and_order_are_answered_and_stay_unchanged(name: str, case: str) -> None:
    rows, before = ANSWERED[case](), ANSWERED[case]()
    component = made(name)
    with problems_to(lambda problem: None):
        check_answer(component.learn(rows), 40)
        check_answer(component.apply(rows), 40)
    assert np.array_equal(rows, before)


@each_component
@pytest.mark.parametrize("case", EITHER)
def test_odd_data_are_answered_or_refused_with_a_way_out(name: str, case: str) -> None:
    rows = EITHER[case]()
    component = made(name)
    with problems_to(lambda problem: None):
        try:
            learned = component.learn(rows)
        except DataError as error:
            refusal = error
        else:
            check_answer(learned, rows.shape[0])
            check_answer(component.apply(rows), rows.shape[0])
            return
    assert refusal.hint or "minimum of" in refusal.reason, str(refusal)  # scikit-learn's own words name the number needed
