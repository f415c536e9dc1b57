from typing import Any

import numpy as np
import pytest
from sklearn.cluster import MeanShift as TheirMeanShift
from sklearn.cluster import estimate_bandwidth

from asterism.framework import DataError
from asterism.plugins.vectors.clusterers.mean_shift import MeanShift


@pytest.mark.parametrize("bin_seeding", [False, True])
@pytest.mark.parametrize("cluster_all", [False, True])
def test_centres_and_groups_are_those_of_scikit_learn(blobs: Any, bin_seeding: bool, cluster_all: bool) -> None:
    options: dict[str, Any] = {"bandwidth": 6.0, "bin_seeding": bin_seeding, "cluster_all": cluster_all}
    ours, theirs = MeanShift(**options).fit(blobs), TheirMeanShift(**options).fit(blobs)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-5, atol=1e-5)
    assert np.array_equal(ours.labels_, theirs.labels_)


def test_bandwidth_is_the_one_that_scikit_learn_estimates(blobs: Any) -> None:
    found = MeanShift(quantile=0.2).fit(blobs)
    assert found.bandwidth_ == pytest.approx(estimate_bandwidth(blobs, quantile=0.2, n_samples=400, random_state=0), rel=1e-6)
    assert found.notes_ == [f"{found.n_clusters_} centres, bandwidth {found.bandwidth_:.4g}"]


def test_rows_far_from_every_centre_belong_to_none_where_that_is_wanted(blobs: Any) -> None:
    far = np.full((1, 6), 1e3, np.float32)
    assert MeanShift(bandwidth=6.0, cluster_all=False).fit(blobs).predict(far).tolist() == [-1]
    assert MeanShift(bandwidth=6.0).fit(blobs).predict(far)[0] >= 0


def test_records_that_are_all_alike_are_one_group() -> None:
    found = MeanShift().fit(np.ones((20, 3)))
    assert found.n_clusters_ == 1
    assert found.labels_.tolist() == [0] * 20


def test_records_that_are_mostly_alike_have_no_bandwidth() -> None:
    rows = np.zeros((50, 2))
    rows[0] = 5
    with pytest.raises(DataError) as refusal:
        MeanShift(quantile=0.01).fit(rows)
    assert str(refusal.value) == ("most records are alike, so the bandwidth comes out as 0; set bandwidth to a distance, or raise quantile")
