import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import IsolationForest as Theirs

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.framework.state import dump_state, load_state
from asterism.plugins.vectors.detectors.isolation_forest import IsolationForest

SETTINGS: list[dict[str, Any]] = [
    {},
    {"n_estimators": 13, "random_state": 5},
    {"max_samples": 40},
    {"max_samples": 0.5},
    {"max_samples": 1},
    {"max_samples": 2},
    {"max_features": 3},
    {"max_features": 0.25},
    {"bootstrap": True},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_are_those_of_scikit_learn(rows: Any, settings: dict[str, Any], dtype: Any) -> None:
    X, unseen = rows[:200].astype(dtype), rows[200:].astype(dtype)
    options = {"random_state": 0, "n_estimators": 20, **settings}
    ours, theirs = IsolationForest(**options).fit(X), Theirs(contamination=0.1, **options).fit(X)
    np.testing.assert_allclose(ours.scores_, -theirs.score_samples(X), rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.anomaly_score(unseen), -theirs.score_samples(unseen), rtol=0, atol=1e-12)
    assert ours.offset_ == pytest.approx(theirs.offset_, abs=1e-12)
    assert np.array_equal(ours.predict(unseen), theirs.predict(unseen))


def test_sparse_rows_learn_and_score_as_dense_ones(sparse_rows: csr_matrix) -> None:
    dense, sparse = IsolationForest().fit(sparse_rows.toarray()), IsolationForest().fit(sparse_rows)
    assert np.array_equal(dense.scores_, sparse.scores_)
    assert np.array_equal(dense.anomaly_score(sparse_rows), sparse.anomaly_score(sparse_rows.toarray()))
    np.testing.assert_allclose(sparse.scores_, -Theirs(random_state=0).fit(sparse_rows).score_samples(sparse_rows), rtol=0, atol=1e-12)


def test_a_row_alone_scores_as_in_a_batch_and_as_it_did_in_training(rows: Any) -> None:
    detector = IsolationForest().fit(rows)
    assert np.array_equal(detector.anomaly_score(rows), detector.scores_)
    assert [float(detector.anomaly_score(rows[[row]])[0]) for row in range(50)] == detector.scores_[:50].tolist()


def test_what_is_learned_is_plain_arrays(rows: Any) -> None:
    detector = IsolationForest(n_estimators=5).fit(rows)
    arrays, tree = dump_state(detector)
    loaded = IsolationForest(n_estimators=5)
    load_state(loaded, arrays, tree, None)  # type: ignore[arg-type]  # no component is among what was learned
    assert np.array_equal(loaded.anomaly_score(rows), detector.scores_)
    assert {array.dtype.kind for array in arrays.values()} <= {"f", "i"}


def test_what_scores_rows_loads_no_forest_of_scikit_learn() -> None:
    code = "import sys, asterism.plugins.vectors.detectors.forest; print(any('sklearn' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_outliers_score_highest(blobs: Any) -> None:
    X = np.concatenate([blobs, np.full((3, 6), 60, np.float32)])
    assert set(np.argsort(IsolationForest().fit(X).scores_)[-3:]) == {400, 401, 402}


def test_rows_that_are_all_alike_score_alike() -> None:
    detector = IsolationForest().fit(np.ones((20, 3)))
    assert len(set(detector.scores_.tolist())) == 1
    assert (detector.predict(np.ones((2, 3))) == 1).all()


def test_more_samples_than_records_are_reported(rows: Any) -> None:
    told: list[Any] = []
    with problems_to(told.append):
        IsolationForest(max_samples=1000, n_estimators=2).fit(rows)
    assert [str(problem) for problem in told] == ["max_samples=1000, and there are only 300 records: each tree is grown on all of them"]


def test_more_features_than_columns_are_refused(rows: Any) -> None:
    with pytest.raises(DataError) as caught:
        IsolationForest(max_features=41).fit(rows)
    assert str(caught.value) == "max_features=41, but there are only 40 columns; lower it, or give it more columns"


def test_values_beyond_float32_are_refused(rows: Any) -> None:
    X = rows.copy()
    X[7, 3] = 1e39
    message = "the trees compare values as float32, which holds none beyond 3.4e38 (rows 7); scale the columns"
    for call in (lambda: IsolationForest().fit(X), lambda: IsolationForest(n_estimators=2).fit(rows).anomaly_score(X)):
        with pytest.raises(DataError) as caught:
            call()
        assert str(caught.value) == message


def test_one_row_is_refused() -> None:
    with pytest.raises(DataError, match="minimum of 2 is required"):
        IsolationForest().fit(np.ones((1, 3)))
