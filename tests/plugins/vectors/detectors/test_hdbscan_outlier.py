from typing import Any

import hdbscan
import numpy as np
import pytest

from asterism.framework import DataError
from asterism.plugins.vectors.detectors.hdbscan_outlier import HDBSCANOutlier


@pytest.fixture
def heaps() -> Any:
    random = np.random.default_rng(0)
    return (random.normal(size=(600, 5)) + 4 * random.normal(size=(6, 5))[random.integers(0, 6, 600)]).astype(np.float32)


@pytest.mark.parametrize("min_cluster_size", [5, 10, 25])
def test_scores_are_those_of_the_package_hdbscan(heaps: Any, min_cluster_size: int) -> None:
    ours = HDBSCANOutlier(min_cluster_size=min_cluster_size, min_samples=10).fit(heaps)
    theirs = hdbscan.HDBSCAN(min_cluster_size=min_cluster_size, min_samples=9, approx_min_span_tree=False).fit(heaps.astype(np.float64))
    # Edges of one length join in another order here and there.
    assert np.mean(np.abs(ours.scores_ - theirs.outlier_scores_) < 1e-9) > 0.97


def test_copies_of_training_rows_score_as_they_did(heaps: Any) -> None:
    rows = np.vstack([heaps, heaps[:50]])
    detector = HDBSCANOutlier().fit(rows)
    assert np.array_equal(detector.anomaly_score(rows), detector.scores_)


def test_rows_far_from_everything_score_highest(heaps: Any) -> None:
    detector = HDBSCANOutlier(min_cluster_size=10).fit(heaps)
    far, near = detector.anomaly_score(np.vstack([np.full(5, 1e4), heaps[detector.scores_.argmin()] + 1e-4]))
    assert far > 0.99
    assert near < 0.2
    assert detector.predict(np.full((1, 5), 1e4)).tolist() == [-1]


def test_rows_that_are_all_alike_are_no_outliers() -> None:
    assert HDBSCANOutlier().fit(np.ones((30, 3))).scores_.tolist() == [0.0] * 30


def test_fewer_records_than_neighbours_are_refused(heaps: Any) -> None:
    with pytest.raises(DataError) as refusal:
        HDBSCANOutlier(min_samples=9).fit(heaps[:8])
    assert str(refusal.value) == "min_samples=9, but there are only 8 records; lower it, or give it more records"
