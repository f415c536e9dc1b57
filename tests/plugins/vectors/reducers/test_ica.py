"""Independent sources, against scikit-learn's FastICA."""

import logging
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import FastICA

from asterism.framework import DataError
from asterism.plugins.vectors.reducers.ica import ICA

SETTINGS = [{}, {"algorithm": "deflation"}, {"fun": "exp", "random_state": 2}, {"fun": "cube"}]


@pytest.fixture
def sources() -> Any:
    """1,000 x 3: a saw, a switch and heavy tails."""
    time = np.arange(1000)
    return np.column_stack([time / 37 % 1, (time // 61) % 2, np.random.default_rng(0).laplace(size=1000)])


@pytest.fixture
def mixed(sources: Any) -> Any:
    return sources @ np.random.default_rng(1).normal(size=(3, 5)) + 4


def same_up_to_sign(ours: Any, theirs: Any, tolerance: float) -> None:
    signs = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours, theirs * signs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_sources_are_those_of_scikit_learn(mixed: Any, settings: Any, dtype: Any) -> None:
    X = mixed.astype(dtype)
    ours, theirs = ICA(n_components=3, **settings).fit(X), FastICA(3, **{"random_state": 0} | settings).fit(X)
    placed = ours.transform(X)
    assert placed.dtype == np.float32
    same_up_to_sign(placed, theirs.transform(X), 1e-4 if dtype == np.float64 else 1e-2)
    np.testing.assert_allclose(placed.std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(ours.inverse_transform(placed), X, atol=1e-4)


def test_sources_are_found_again(sources: Any, mixed: Any) -> None:
    found = ICA(n_components=3).fit_transform(mixed)
    alike = np.abs(np.corrcoef(found.T, sources.T)[:3, 3:])
    assert sorted(alike.argmax(axis=1).tolist()) == [0, 1, 2]
    assert alike.max(axis=1).min() > 0.98


def test_largest_entry_of_each_component_is_positive(mixed: Any) -> None:
    components = ICA(n_components=3).fit(mixed).components_
    assert (components[np.arange(3), np.abs(components).argmax(axis=1)] > 0).all()


def test_order_of_the_records_does_not_matter(mixed: Any) -> None:
    order = np.random.default_rng(4).permutation(1000)
    straight, shuffled = ICA(n_components=3).fit(mixed), ICA(n_components=3).fit(mixed[order])
    np.testing.assert_allclose(straight.transform(mixed), shuffled.transform(mixed), atol=1e-4)


def test_sparse_rows_give_what_dense_ones_give(sparse_rows: Any) -> None:
    sparse, dense = (ICA(n_components=3, max_iter=1000).fit_transform(X) for X in (sparse_rows, sparse_rows.toarray()))
    np.testing.assert_allclose(sparse, dense, atol=1e-5)


def test_fit_that_does_not_settle_is_reported(mixed: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ICA(n_components=3, max_iter=2).fit(mixed)
    message = "ended after max_iter=2 rounds, perhaps before the sources had settled; raise max_iter or tol"
    assert [record.getMessage() for record in caplog.records] == [message]


def refused(component: Any, X: Any) -> str:
    with pytest.raises(DataError) as caught:
        component.fit(X)
    return str(caught.value)


def test_bad_input_is_refused(mixed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    few = "the records vary in only {} directions; lower it, or give it records that differ more"
    assert refused(ICA(n_components=4), mixed) == f"n_components=4, but {few.format(3)}"
    assert refused(ICA(n_components=4), mixed.astype(np.float32)) == f"n_components=4, but {few.format(3)}"
    assert refused(ICA(), np.ones((9, 4))) == f"n_components=2, but {few.format(0)}"
    assert refused(ICA(), np.repeat(mixed[:1], 9, axis=0)) == f"n_components=2, but {few.format(0)}"
    assert refused(ICA(n_components=6), mixed) == "n_components=6, but there are only 5 columns; lower it, or give it more columns"
    assert refused(ICA(n_components=3), mixed[:2]) == "n_components=3, but there are only 2 records; lower it, or give it more records"
    assert refused(ICA(), mixed[:1]).startswith("Found array with 1 sample(s)")
    monkeypatch.setattr("asterism.plugins.vectors.rows.available", lambda: 1024)
    assert refused(ICA(), csr_matrix(mixed)) == (
        "ICA needs dense rows, and 1,000 x 5 values would take 39.1 KiB, and 1 KiB of memory are free; "
        "put a reducer that takes CSR before it, such as svd"
    )
