from typing import Any

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from asterism.framework import DataError
from asterism.plugins.vectors import rows as rows_module
from asterism.plugins.vectors.clusterers.agglomerative import Agglomerative

LINKAGES: list[Any] = ["ward", "complete", "average", "single"]


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("count", [2, 7])
def test_groups_are_those_of_scikit_learn(rows: Any, linkage: Any, count: int) -> None:
    ours = Agglomerative(n_clusters=count, linkage=linkage).fit(rows)
    theirs = AgglomerativeClustering(count, linkage=linkage).fit(rows)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1


@pytest.mark.parametrize(("metric", "theirs"), [("cosine", "cosine"), ("manhattan", "manhattan")])
def test_other_distances_are_those_of_scikit_learn(rows: Any, metric: Any, theirs: str) -> None:
    ours = Agglomerative(n_clusters=5, linkage="average", metric=metric).fit(rows)
    expected = AgglomerativeClustering(5, linkage="average", metric=theirs).fit(rows)
    assert adjusted_rand_score(ours.labels_, expected.labels_) == 1


def test_groups_end_at_a_distance_as_in_scikit_learn(rows: Any) -> None:
    threshold = float(np.median(Agglomerative(n_clusters=2).fit(rows).linkage_[:, 2]))
    ours = Agglomerative(n_clusters=None, distance_threshold=threshold).fit(rows)
    theirs = AgglomerativeClustering(None, distance_threshold=threshold).fit(rows)
    assert ours.n_clusters_ == theirs.n_clusters_
    assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1


def test_auto_finds_separate_heaps_and_keeps_the_curve(blobs: Any) -> None:
    found = Agglomerative().fit(blobs)
    assert found.n_clusters_ == 4
    assert found.criterion_curve_[:, 0].tolist()[:3] == [2, 3, 4]
    assert found.notes_ == ["n_clusters 4 by silhouette, tried 2 to 20"]


def test_groups_are_numbered_by_falling_size(rows: Any) -> None:
    sizes = np.bincount(Agglomerative(n_clusters=6).fit(rows).labels_)
    assert (np.diff(sizes) <= 0).all()


def test_new_rows_join_the_group_of_the_nearest_training_row(blobs: Any) -> None:
    found = Agglomerative(n_clusters=4).fit(blobs)
    assert np.array_equal(found.predict(blobs), found.labels_)
    assert np.array_equal(found.predict(blobs + 0.01), found.labels_)


def test_copies_have_one_group_even_where_there_are_more_groups_than_different_rows() -> None:
    rows = np.repeat(np.eye(3, dtype=np.float32), 5, axis=0)
    found = Agglomerative(n_clusters=8).fit(rows)
    assert found.n_clusters_ == 3
    assert np.array_equal(found.predict(rows), found.labels_)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"n_clusters": 3, "distance_threshold": 2.0},
            "one of n_clusters=3 and distance_threshold=2.0 decides where to stop; set the other one to null",
        ),
        ({"n_clusters": None}, "one of n_clusters=None and distance_threshold=None decides where to stop; set the other one to null"),
        (
            {"n_clusters": 3, "metric": "cosine"},
            "linkage='ward' has Euclidean distances (got metric='cosine'); take 'average' or 'complete'",
        ),
        ({"n_clusters": 301}, "n_clusters=301, but there are only 300 records; lower it, or give it more records"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(rows: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as refusal:
        Agglomerative(**fields).fit(rows)
    assert str(refusal.value) == message


def test_more_records_than_there_is_memory_for_are_refused(rows: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(rows_module, "available", lambda: 100_000)
    with pytest.raises(DataError) as refusal:
        Agglomerative(n_clusters=3).fit(rows)
    assert str(refusal.value) == (
        "the distances of 300 records to each other would take 350 KiB, and 97.7 KiB of memory are free; "
        "take kmeans or bisecting_kmeans, which need none"
    )


def test_rows_of_zeros_have_no_cosine(rows: Any) -> None:
    rows[[3, 8]] = 0
    with pytest.raises(DataError) as refusal:
        Agglomerative(n_clusters=3, linkage="average", metric="cosine").fit(rows)
    assert refusal.value.rows == (3, 8)
