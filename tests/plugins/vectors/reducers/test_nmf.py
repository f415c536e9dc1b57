"""Rows as sums of parts, against scikit-learn's NMF."""

import logging
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import NMF as THEIRS

from asterism.framework import DataError
from asterism.framework.testing import check_component
from asterism.plugins.vectors.reducers.nmf import NMF

SETTINGS = [
    {},
    {"init": "random", "random_state": 3},
    {"alpha_W": 0.002, "l1_ratio": 0.5},
    {"solver": "mu", "max_iter": 1000},
    {"solver": "mu", "beta_loss": "kullback-leibler", "max_iter": 1000},
]


@pytest.fixture
def mixed() -> Any:
    """300 x 30: sums of 4 parts and some noise, none negative."""
    random = np.random.default_rng(5)
    return random.random((300, 4)) ** 2 @ (random.random((4, 30)) * (random.random((4, 30)) < 0.5)) + 0.01 * random.random((300, 30))


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_parts_are_those_of_scikit_learn_and_weights_at_least_as_good(mixed: Any, settings: Any, make: Any) -> None:
    X = make(mixed)
    ours = NMF(n_components=4, **settings).fit(X)
    theirs = THEIRS(4, **{"init": "nndsvda", "random_state": 0} | settings).fit(X)
    assert np.array_equal(ours.components_, theirs.components_)
    assert (ours.n_iter_, ours.reconstruction_err_) == (theirs.n_iter_, theirs.reconstruction_err_)
    assert ours.transform(X).dtype == np.float32
    if "beta_loss" not in settings and "alpha_W" not in settings:
        error, other = (np.linalg.norm(mixed - weights @ ours.components_) for weights in (ours.transform(X), theirs.transform(X)))
        assert error <= other * (1 + 1e-6)


@pytest.mark.filterwarnings("ignore:Maximum number of iterations")  # theirs is meant to go on as long as it can
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_weights_are_those_that_scikit_learn_comes_to_in_the_end(mixed: Any, settings: Any) -> None:
    ours = NMF(n_components=4, **settings).fit(mixed)
    theirs = THEIRS(4, **{"init": "nndsvda", "random_state": 0} | settings).fit(mixed)
    theirs.set_params(tol=1e-12, max_iter=5000)
    weights = theirs.transform(mixed[:20])
    np.testing.assert_allclose(ours.transform(mixed[:20]), weights, atol=1e-3 * weights.max())


@pytest.mark.parametrize("settings", [{**settings, "n_components": 3} for settings in SETTINGS if "init" not in settings], ids=str)
def test_component_keeps_the_laws_on_rows_that_are_not_negative(mixed: Any, settings: Any) -> None:
    check_component(NMF(**settings), data=mixed[:60].astype(np.float32), cold=False).raise_for_failures()


def test_parts_are_added_up_again(mixed: Any) -> None:
    component = NMF(n_components=4)
    assert np.abs(component.inverse_transform(component.fit_transform(mixed)) - mixed).max() < 0.1


def refused(component: Any, X: Any) -> str:
    with pytest.raises(DataError) as caught:
        component.fit(X)
    return str(caught.value)


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
def test_negative_values_are_refused_by_fit_and_transform(mixed: Any, make: Any) -> None:
    bad = mixed.copy()
    bad[[5, 17], 3] = -0.1
    expected = "Negative values in data: parts are only added here (rows 5, 17); leave these records out, or take pca, which subtracts too"
    assert refused(NMF(), make(bad)) == expected
    with pytest.raises(DataError) as caught:
        NMF().fit(mixed).transform(make(bad))
    assert str(caught.value) == expected


def test_bad_settings_and_too_few_records_are_refused(mixed: Any) -> None:
    assert refused(NMF(n_components=31), mixed) == ("n_components=31, but there are only 30 columns; lower it, or set init to 'random'")
    assert refused(NMF(n_components=4), mixed[:3]) == "n_components=4, but there are only 3 records; lower it, or set init to 'random'"
    assert refused(NMF(n_components=2), mixed[:1]) == "n_components=2, but there is only 1 record; lower it, or set init to 'random'"
    assert refused(NMF(beta_loss="kullback-leibler"), mixed) == (
        "beta_loss='kullback-leibler' needs another solver than 'cd'; set solver to 'mu'"
    )


def test_fit_that_does_not_settle_is_reported(mixed: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        NMF(n_components=4, max_iter=3).fit(mixed)
    message = "ended after max_iter=3 rounds, perhaps before the parts had settled; raise max_iter or tol"
    assert [record.getMessage() for record in caplog.records] == [message]


@pytest.mark.parametrize("value", [0.0, 2.0])
def test_rows_that_are_all_alike_stay_finite(value: float) -> None:
    component = NMF(n_components=1, max_iter=1000).fit(np.full((6, 4), value))
    weights = component.transform(np.full((6, 4), value))
    assert np.isfinite(weights).all()
    np.testing.assert_allclose(component.inverse_transform(weights), value, atol=1e-5)
