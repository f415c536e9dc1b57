import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cut_tree, linkage

from asterism.plugins.vectors.dendrogram import cut


@given(st.integers(2, 40), st.sampled_from(["ward", "complete", "average", "single"]), st.integers(0, 2**32 - 1))
def test_groups_are_those_of_scipy(n_rows: int, method: str, seed: int) -> None:
    joined = linkage(np.random.default_rng(seed).normal(size=(n_rows, 3)), method)
    for n_clusters in range(1, n_rows + 1):
        found, expected = cut(joined, n_clusters), cut_tree(joined, n_clusters)[:, 0]
        assert len(set(found.tolist())) == n_clusters
        assert len(set(zip(found.tolist(), expected.tolist(), strict=True))) == n_clusters


@pytest.mark.parametrize("n_clusters", [3, 4, 100])
def test_no_more_groups_than_rows(n_clusters: int) -> None:
    joined = linkage(np.array([[0.0], [1.0], [5.0]]))
    assert cut(joined, n_clusters).tolist() == [0, 1, 2]
    assert cut(np.empty((0, 4)), n_clusters).tolist() == [0]
