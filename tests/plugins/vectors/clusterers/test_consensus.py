from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from asterism.framework import DataError
from asterism.plugins.vectors import rows as rows_module
from asterism.plugins.vectors.clusterers.consensus import Consensus


def test_separate_heaps_are_found_with_their_number(blobs: Any) -> None:
    found = Consensus(max_size=8).fit(blobs)
    assert found.n_clusters_ == 4
    assert adjusted_rand_score(found.labels_, np.arange(400) % 4) == 1


def test_bent_groups_that_no_single_kmeans_finds_are_found() -> None:
    rows, classes = make_moons(400, noise=0.04, random_state=0)
    found = Consensus(n_clusters=2, n_members=60, max_size=30).fit(rows)
    assert adjusted_rand_score(found.labels_, classes) > 0.9


def test_training_rows_find_their_own_signature_again(rows: Any) -> None:
    found = Consensus().fit(rows)
    assert np.array_equal(found.predict(rows), found.labels_)
    assert len(found.notes_) == 1


def test_linkage_is_that_of_the_whole_co_association_matrix(blobs: Any) -> None:
    found = Consensus(n_clusters=4, n_members=10, max_size=6).fit(blobs)
    said = found.signatures_[:, np.newaxis] == found.signatures_
    apart = 1 - said.mean(axis=2)
    assert found.linkage_[0, 2] == pytest.approx(apart[~np.eye(len(apart), dtype=bool)].min())
    assert found.weights_.sum() == 400


def test_membership_is_largest_in_the_own_group_of_separate_heaps(blobs: Any) -> None:
    found = Consensus(n_clusters=4, max_size=8).fit(blobs)
    shares = found.membership(blobs)
    assert shares.shape == (400, 4)
    assert np.array_equal(shares.argmax(axis=1), found.labels_)
    assert (shares >= 0).all()
    assert (shares <= 1).all()


def test_csr_gives_what_the_array_gives(rows: Any) -> None:
    assert np.array_equal(Consensus(n_clusters=3).fit(csr_matrix(rows)).labels_, Consensus(n_clusters=3).fit(rows).labels_)


def test_records_that_are_all_alike_are_one_group() -> None:
    assert Consensus().fit(np.ones((20, 3))).n_clusters_ == 1


def test_fewer_records_than_clusters_are_refused() -> None:
    with pytest.raises(DataError) as refusal:
        Consensus(n_clusters=6).fit(np.eye(5))
    assert str(refusal.value) == "n_clusters=6, but there are only 5 records; lower it, or give it more records"


def test_more_signatures_than_there_is_memory_for_are_refused(rows: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(rows_module, "available", lambda: 10_000)
    with pytest.raises(DataError) as refusal:
        Consensus(n_clusters=3, max_size=40).fit(rows)
    assert str(refusal.value).endswith("and 9.77 KiB of memory are free; lower n_members or max_size, or reduce the columns first")
