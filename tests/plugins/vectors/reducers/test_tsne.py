from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.manifold import TSNE as THEIR_TSNE
from sklearn.manifold import trustworthiness

from asterism.framework import DataError
from asterism.plugins import cells
from asterism.plugins.vectors import neighbours
from asterism.plugins.vectors.reducers import tsne
from asterism.plugins.vectors.reducers.tsne import TSNE

QUICK = {"max_iter": 250, "perplexity": 10.0}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"init": "random", "random_state": 5, "metric": "cosine"},
        {"metric": "manhattan", "perplexity": 7.5, "early_exaggeration": 4.0, "learning_rate": 100.0, "n_components": 3},
        {"method": "exact", "n_components": 4},
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_map_is_that_of_scikit_learn(blobs: Any, settings: dict[str, Any], dtype: Any) -> None:
    X = blobs[:60].astype(dtype)
    settings = {"random_state": 0, **QUICK, **settings}
    ours, theirs = TSNE(**settings).fit(X), THEIR_TSNE(**settings)
    assert np.array_equal(ours.embedding_, theirs.fit_transform(X).astype(np.float32))
    assert ours.kl_divergence_ == theirs.kl_divergence_


def test_map_of_a_csr_matrix_is_that_of_scikit_learn(sparse_rows: Any) -> None:
    X = sparse_rows[:60]
    assert np.array_equal(TSNE(**QUICK).fit_transform(X), THEIR_TSNE(random_state=0, **QUICK).fit_transform(X))


def test_training_rows_are_placed_where_fit_placed_them_bit_for_bit(blobs: Any) -> None:
    component, X = TSNE(**QUICK), blobs[:60]
    placed = component.fit_transform(X)
    assert placed.dtype == np.float32
    assert placed.shape == (60, 2)
    assert np.array_equal(placed, component.embedding_)
    assert np.array_equal(component.transform(X), placed)
    assert np.array_equal(component.transform(X[::-1]), placed[::-1])


def test_new_row_lies_among_those_of_its_group(blobs: Any) -> None:
    component = TSNE(perplexity=5.0, max_iter=400).fit(blobs[:80])
    new, known = component.transform(blobs[80:120]), component.embedding_
    nearest = ((new[:, np.newaxis] - known) ** 2).sum(axis=2).argmin(axis=1)
    assert np.array_equal(nearest % 4, np.arange(80, 120) % 4)
    assert np.array_equal(new[[7]], component.transform(blobs[[87]]))


def test_copies_share_one_place(blobs: Any) -> None:
    X = np.vstack([blobs[:60], blobs[:20]])
    component = TSNE(**QUICK).fit(X)
    assert np.array_equal(component.embedding_[:20], component.embedding_[60:])
    assert np.array_equal(component.fit_transform(X), component.transform(X))


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_rows_that_are_all_alike_share_one_place(value: float) -> None:
    placed = TSNE(**QUICK).fit_transform(np.full((30, 4), value))
    assert np.isfinite(placed).all()
    assert len(np.unique(placed, axis=0)) == 1


@pytest.mark.parametrize("n_rows", [2, 3, 5])
def test_few_rows_have_a_map(n_rows: int) -> None:
    X = np.random.default_rng(0).random((n_rows, 4))
    component = TSNE(max_iter=250)
    placed = component.fit_transform(X)
    assert placed.shape == (n_rows, 2)
    assert np.isfinite(placed).all()
    assert np.isfinite(component.transform(X + 0.01)).all()


def test_constant_columns_change_nothing_but_rounding(blobs: Any) -> None:
    X = np.hstack([blobs[:60], np.full((60, 2), 7, np.float32)])
    assert np.isfinite(TSNE(**QUICK).fit_transform(X)).all()


@pytest.mark.parametrize("change", [lambda X: X.astype(np.int64), np.asfortranarray, lambda X: np.repeat(X, 2, axis=0)[::2]])
def test_integers_and_other_layouts_are_taken(blobs: Any, change: Any) -> None:
    X = np.round(blobs[:60])
    assert np.array_equal(TSNE(**QUICK).fit_transform(change(X)).shape, (60, 2))


@pytest.mark.parametrize(
    ("settings", "shape", "message"),
    [
        (
            {"perplexity": 30.0},
            (20, 4),
            "perplexity=30 needs more records than that, but there are only 20; take 19 at most, better 6.33, or 'auto'",
        ),
        (
            {"n_components": 4},
            (20, 9),
            "n_components=4, but the trees of method='barnes_hut' have at most 3 axes; lower it, or take method='exact'",
        ),
        ({}, (20, 1), "n_components=2 with init='pca', but there is only 1 column; lower it, or take init='random'"),
        ({"n_components": 3}, (2, 9), "n_components=3 with init='pca', but there are only 2 records; lower it, or take init='random'"),
    ],
)
def test_settings_that_do_not_suit_the_data_are_refused(settings: dict[str, Any], shape: tuple[int, int], message: str) -> None:
    with pytest.raises(DataError) as caught:
        TSNE(**settings).fit(np.random.default_rng(0).random(shape))
    assert str(caught.value) == message


def test_csr_matrix_of_too_few_columns_for_the_start_is_refused() -> None:
    with pytest.raises(DataError, match="n_components=2 with init='pca', but there are only 2 columns"):
        TSNE().fit(csr_matrix(np.random.default_rng(0).random((20, 2))))


def test_exact_method_says_how_much_memory_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsne, "EXACT_TABLES", 10**9)
    with pytest.raises(
        DataError, match=r"^method='exact' compares all records, and 20 x 20 distances would take 2.91 TiB, .* are free; take"
    ):
        TSNE(method="exact").fit(np.random.default_rng(0).random((20, 4)))


def test_one_row_and_nan_are_refused(blobs: Any) -> None:
    with pytest.raises(DataError, match="minimum of 2 is required"):
        TSNE().fit(blobs[:1])
    blobs[3, 2] = np.nan
    with pytest.raises(DataError, match=r"NaN or infinity \(rows 3\); leave these records out"):
        TSNE().fit(blobs)


def test_rows_of_zeros_have_no_cosine(blobs: Any) -> None:
    blobs[[2, 5]] = 0
    for X in (blobs, csr_matrix(blobs)):
        with pytest.raises(DataError, match=r"rows of zeros have no direction \(rows 2, 5\)"):
            TSNE(metric="cosine").fit(X)


def test_values_too_large_to_compare_are_refused() -> None:
    X = np.random.default_rng(0).random((20, 4))
    X[[3, 8]] *= 1e20
    with pytest.raises(DataError) as caught:
        TSNE().fit(X)
    assert (
        str(caught.value)
        == "values this large have no distances in float32 (rows 3, 8); scale the columns first, for example by standardize"
    )


def test_inputs_stay_unchanged(sparse_rows: Any) -> None:
    before = sparse_rows.copy()
    TSNE(**QUICK).fit(sparse_rows[:50]).transform(sparse_rows)
    assert (sparse_rows != before).nnz == 0


@pytest.mark.parametrize("init", ["pca", "random"])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_map_of_many_rows_is_drawn_from_the_neighbours_that_the_index_finds(
    rows: Any, init: Any, metric: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"init": init, "metric": metric, "random_state": 0, **QUICK}
    theirs = THEIR_TSNE(**settings)
    expected = theirs.fit_transform(rows)
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 100)
    monkeypatch.setattr(cells, "SHARE_SEARCHED", 1.0)  # so that it finds those that scikit-learn finds
    ours = TSNE(**settings).fit(rows)
    assert ours.notes_ == [f"neighbours: approximate (17 cells, 17 searched), {metric}, among 300 records"]
    assert ours.kl_divergence_ == pytest.approx(theirs.kl_divergence_, rel=0.02)
    assert trustworthiness(rows, ours.embedding_, metric=metric) == pytest.approx(trustworthiness(rows, expected, metric=metric), abs=0.01)
    assert np.array_equal(ours.transform(rows), ours.embedding_)
