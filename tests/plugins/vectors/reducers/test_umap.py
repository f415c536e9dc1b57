import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.neighbours import Neighbours
from asterism.plugins.vectors.reducers.umap import UMAP, fit_curve

QUICK = {"n_epochs": 30}


@pytest.fixture(scope="module")
def umap_learn() -> Any:
    """Call umap-learn by hand; it warns of its own imports, and that a seed costs it its threads."""

    def call(X: Any, **settings: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import umap

            return umap.UMAP(**{"random_state": 0, **settings}).fit_transform(X)

    return call


@pytest.mark.parametrize(
    "settings",
    [
        {"n_epochs": 200},
        {"metric": "cosine", "n_components": 3, "n_epochs": 50},
        {"metric": "manhattan", "n_components": 1, "n_epochs": 50},
        {"init": "random", "random_state": 5, "n_neighbors": 5, "n_epochs": 50},
        {"min_dist": 0.3, "spread": 2.0, "learning_rate": 0.5, "negative_sample_rate": 3, "repulsion_strength": 2.0, "n_epochs": 50},
        {"set_op_mix_ratio": 0.5, "local_connectivity": 2.0, "n_epochs": 50},
        {"local_connectivity": 1.5, "n_epochs": 5},
    ],
    ids=repr,
)
@pytest.mark.parametrize("scale", [0.05, 1.0], ids=["one part", "four parts"])
def test_map_is_that_of_umap_learn_bit_for_bit(blobs: Any, umap_learn: Any, settings: dict[str, Any], scale: float) -> None:
    X = blobs - (1 - scale) * 12 * np.eye(4, 6, dtype=np.float32)[np.arange(400) % 4]
    assert np.array_equal(UMAP(**settings).fit_transform(X), umap_learn(X, **settings))


def test_map_of_a_csr_matrix_is_that_of_umap_learn_with_the_same_neighbours(sparse_rows: Any, umap_learn: Any) -> None:
    ours = UMAP(**QUICK, metric="cosine").fit(sparse_rows)
    distances, rows = Neighbours.restored(ours.index_).nearest(sparse_rows, 15)
    theirs = umap_learn(sparse_rows, **QUICK, metric="cosine", precomputed_knn=(rows, distances.astype(np.float32)))
    assert np.array_equal(ours.embedding_, theirs)


def test_rows_of_many_parts_start_near_parts_that_are_near() -> None:
    random = np.random.default_rng(0)
    centres = np.arange(12)[:, np.newaxis] * np.array([[0.4, 0.0, 0.0]])
    X = centres[np.arange(240) % 12] + 1e-3 * random.normal(size=(240, 3))
    placed = UMAP(n_neighbors=10, **QUICK).fit_transform(X)
    middles = np.stack([placed[part::12].mean(axis=0) for part in range(12)])
    apart = np.linalg.norm(middles[:, np.newaxis] - middles, axis=2)
    assert np.isfinite(placed).all()
    assert np.diagonal(apart, 1).mean() < apart[0, 6:].mean()


def test_training_rows_are_placed_where_fit_placed_them_bit_for_bit(blobs: Any) -> None:
    component = UMAP(**QUICK)
    placed = component.fit_transform(blobs)
    assert placed.dtype == np.float32
    assert placed.shape == (400, 2)
    assert np.array_equal(placed, component.embedding_)
    assert np.array_equal(component.transform(blobs), placed)
    assert np.array_equal(component.transform(blobs[::-1]), placed[::-1])
    assert np.array_equal(component.transform(csr_matrix(blobs)), placed)


def test_new_row_lies_among_those_of_its_group(blobs: Any) -> None:
    component = UMAP().fit(blobs[:300])
    new, known = component.transform(blobs[300:]), component.embedding_
    nearest = ((new[:, np.newaxis] - known) ** 2).sum(axis=2).argmin(axis=1)
    assert np.array_equal(nearest % 4, np.arange(300, 400) % 4)
    assert np.array_equal(new, np.concatenate([component.transform(blobs[[row]]) for row in range(300, 400)]))


def test_copies_share_one_place_however_many_there_are(blobs: Any) -> None:
    X = np.vstack([blobs[:60], np.repeat(blobs[:2], 40, axis=0)])
    component = UMAP(**QUICK).fit(X)
    assert len(np.unique(component.embedding_, axis=0)) == 60
    assert np.array_equal(component.embedding_[60:100], np.repeat(component.embedding_[:1], 40, axis=0))
    assert np.array_equal(component.fit_transform(X), component.transform(X))


@pytest.mark.parametrize("value", [0.0, 3.0])
@pytest.mark.parametrize("init", ["spectral", "random"])
def test_rows_that_are_all_alike_share_one_place(value: float, init: Any) -> None:
    placed = UMAP(init=init, **QUICK).fit_transform(np.full((50, 4), value))
    assert np.isfinite(placed).all()
    assert len(np.unique(placed, axis=0)) == 1


@pytest.mark.parametrize("n_rows", [4, 5, 9])
def test_few_rows_have_a_map_of_fewer_neighbours_and_that_is_reported(n_rows: int) -> None:
    X, problems = np.random.default_rng(0).random((n_rows, 4)), list[Problem]()
    component = UMAP(**QUICK)
    with problems_to(problems.append):
        placed = component.fit_transform(X)
    assert np.isfinite(placed).all()
    assert np.isfinite(component.transform(X + 0.01)).all()
    assert [str(problem) for problem in problems] == [
        f"n_neighbors=15 counts a record itself, and there are only {n_rows} records; took {n_rows - 1}"
    ]
    assert component.n_neighbors == 15


@pytest.mark.parametrize("change", [lambda X: X.astype(np.int64), np.asfortranarray, lambda X: np.repeat(X, 2, axis=1)[:, ::2]])
def test_integers_and_other_layouts_give_the_same_map(blobs: Any, change: Any) -> None:
    X = np.round(blobs)
    assert np.array_equal(UMAP(**QUICK).fit_transform(change(X)), UMAP(**QUICK).fit_transform(X))


def test_constant_columns_change_nothing(blobs: Any) -> None:
    wider = np.hstack([blobs, np.full((400, 2), 7, np.float32)])
    assert np.array_equal(UMAP(**QUICK).fit_transform(wider), UMAP(**QUICK).fit_transform(blobs))


@pytest.mark.parametrize(("n_components", "n_rows"), [(2, 2), (2, 3), (5, 6)])
def test_too_few_rows_for_the_components_are_refused(n_components: int, n_rows: int) -> None:
    with pytest.raises(DataError) as caught:
        UMAP(n_components=n_components).fit(np.random.default_rng(0).random((n_rows, 9)))
    assert str(caught.value) == (
        f"n_components={n_components} needs two records more than that, but there are only {n_rows} records; "
        "lower it, or give it more records"
    )


def test_one_row_and_nan_are_refused(blobs: Any) -> None:
    with pytest.raises(DataError, match="minimum of 2 is required"):
        UMAP().fit(blobs[:1])
    blobs[3, 2] = np.nan
    with pytest.raises(DataError, match=r"NaN or infinity \(rows 3\); leave these records out"):
        UMAP().fit(blobs)


def test_rows_of_zeros_have_no_cosine(blobs: Any) -> None:
    blobs[[2, 5]] = 0
    for X in (blobs, csr_matrix(blobs)):
        with pytest.raises(DataError, match=r"rows of zeros have no direction \(rows 2, 5\)"):
            UMAP(metric="cosine").fit(X)


def test_values_too_large_to_compare_are_refused(blobs: Any) -> None:
    blobs[[3, 8]] = 1e20
    with pytest.raises(DataError, match=r"^values this large have no distances in float32 \(rows 3, 8\); scale the columns first"):
        UMAP().fit(blobs)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan"])
@pytest.mark.parametrize("factor", [1e-30, 1e15])
def test_tiny_and_large_values_have_a_finite_map(blobs: Any, metric: Any, factor: float) -> None:
    X = blobs * np.float32(factor)
    component = UMAP(metric=metric, **QUICK)
    assert np.isfinite(component.fit_transform(X)).all()
    assert np.isfinite(component.transform(X * np.float32(1.01))).all()


def test_eigenvectors_that_are_not_found_give_a_random_start_and_that_is_reported(blobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.sparse import linalg

    def fail(*_: Any, **__: Any) -> None:
        raise linalg.ArpackNoConvergence("no convergence", np.empty(0), np.empty((0, 0)))

    monkeypatch.setattr(linalg, "eigsh", fail)
    problems = list[Problem]()
    with problems_to(problems.append):
        placed = UMAP(**QUICK).fit_transform(blobs)
    assert np.isfinite(placed).all()
    assert [str(problem) for problem in problems] == 4 * [
        "the eigenvectors of a graph of 100 records were not found; they start at random places"
    ]


def test_inputs_stay_unchanged(sparse_rows: Any) -> None:
    before = sparse_rows.copy()
    UMAP(**QUICK).fit(sparse_rows[:50]).transform(sparse_rows)
    assert (sparse_rows != before).nnz == 0


@pytest.mark.parametrize(("spread", "min_dist", "a", "b"), [(1.0, 0.1, 1.577, 0.8951), (1.0, 0.5, 0.583, 1.334)])
def test_curve_is_the_one_that_umap_learn_documents(spread: float, min_dist: float, a: float, b: float) -> None:
    assert fit_curve(spread, min_dist) == pytest.approx((a, b), rel=1e-3)


def test_nobody_who_does_not_fit_it_loads_numba() -> None:
    code = "import sys, asterism.plugins.vectors.reducers.umap; assert not {'numba', 'scipy', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
