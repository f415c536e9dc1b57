import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import DataError, Result, Stage, Upstream
from asterism.plugins.explain.belonging import Belonging, squared_distances
from asterism.plugins.vectors.clusterers.kmeans import KMeans


def of_blobs(distance: float, n_groups: int = 4) -> tuple[Belonging, np.ndarray, Upstream]:
    labels = np.arange(400) % n_groups
    rows = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32) + distance * np.eye(n_groups, 8, dtype=np.float32)[labels]
    stages = {"groups": Stage("groups", KMeans(), "source")}
    upstream = Upstream(Result(rows, [str(row) for row in range(400)], stages=stages, values={"groups": labels}), "groups")
    return Belonging.of(labels, np.arange(n_groups), upstream), labels, upstream


@pytest.mark.parametrize("distance", [2, 10, 1000])
@pytest.mark.parametrize("n_groups", [2, 4, 8])
def test_shares_have_room_to_fall_however_tight_the_groups_are(distance: float, n_groups: int) -> None:
    belonging, labels, upstream = of_blobs(distance, n_groups)
    shares = belonging.shares(upstream.matrix(), upstream)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares[np.arange(400), labels].mean() == pytest.approx((1 + 1 / n_groups) / 2, abs=0.06)


def test_the_nearest_mean_has_the_largest_share() -> None:
    belonging, labels, upstream = of_blobs(20)
    assert belonging.shares(upstream.matrix(), upstream).argmax(axis=1).tolist() == labels.tolist()


@pytest.mark.parametrize("make", [np.asarray, csr_matrix])
def test_distances_are_those_to_every_mean(make) -> None:
    rows = np.array([[0, 0, 3], [4, 0, 0]], np.float32)
    assert squared_distances(make(rows), np.array([[0.0, 0, 0], [0, 4, 0]])).tolist() == [[9, 25], [16, 32]]


def test_rows_of_another_width_are_refused() -> None:
    belonging, _, upstream = of_blobs(5)
    with pytest.raises(DataError, match="the matrix has 7 columns, in fit it had 8"):
        belonging.shares(upstream.matrix()[:, :7], upstream)


def test_records_that_are_all_alike_have_a_scale() -> None:
    rows, labels = np.ones((6, 2), np.float32), np.array([0, 0, 0, 1, 1, 1])
    upstream = Upstream(Result(rows, list("abcdef"), stages={"g": Stage("g", KMeans(), "source")}, values={"g": labels}), "g")
    assert (Belonging.of(labels, np.array([0, 1]), upstream).shares(rows, upstream) == 0.5).all()
