import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.tree import ExtraTreeRegressor

from asterism.plugins.vectors.detectors import forest as module
from asterism.plugins.vectors.detectors.forest import Forest, _rounded_down, flatten, sums_of_values


def grown(n_trees: int = 7, n_rows: int = 400) -> tuple[Forest, list[ExtraTreeRegressor]]:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(n_rows, 6)).astype(np.float32), random.normal(size=n_rows)
    trees = [ExtraTreeRegressor(max_depth=9, random_state=seed).fit(X, y) for seed in range(n_trees)]
    parts = [tree.tree_ for tree in trees]
    return flatten(parts, [np.arange(6)] * n_trees, [tree.value.ravel() for tree in parts]), trees


def test_rows_end_in_the_leaves_that_scikit_learn_finds() -> None:
    forest, trees = grown()
    X = np.random.default_rng(1).normal(size=(300, 6)).astype(np.float32)
    np.testing.assert_allclose(sums_of_values(forest, X), sum(tree.predict(X) for tree in trees), rtol=1e-12)


def test_values_just_at_a_threshold_go_left() -> None:
    forest, trees = grown()
    cuts = forest.thresholds[np.isfinite(forest.thresholds)][:200]
    X = np.concatenate([np.repeat(step[:, np.newaxis], 6, axis=1) for step in (cuts, np.nextafter(cuts, np.float32(9)))])
    np.testing.assert_allclose(sums_of_values(forest, X), sum(tree.predict(X) for tree in trees), rtol=1e-12)


@given(st.floats(-1e30, 1e30))
def test_a_rounded_threshold_compares_as_itself(threshold: float) -> None:
    (rounded,) = _rounded_down(np.array([threshold]))
    near = np.float32(threshold)
    for value in (near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf))):
        assert (value > rounded) == (float(value) > threshold)


def test_a_tree_without_a_cut_gives_its_one_value() -> None:
    X = np.ones((5, 2), np.float32)
    tree = ExtraTreeRegressor(random_state=0).fit(X, np.full(5, 3.0)).tree_
    assert sums_of_values(flatten([tree], [np.arange(2)], [tree.value.ravel()]), X).tolist() == [3.0] * 5


def test_blocks_and_sparse_rows_change_nothing(monkeypatch) -> None:
    forest, _ = grown()
    X = np.random.default_rng(1).normal(size=(300, 6)).astype(np.float32)
    X[np.abs(X) < 0.7] = 0
    whole = sums_of_values(forest, X)
    monkeypatch.setattr(module, "VISITS", 7 * 11)
    monkeypatch.setattr(module, "DENSE_VALUES", 6 * 13)
    assert np.array_equal(sums_of_values(forest, X), whole)
    assert np.array_equal(sums_of_values(forest, csr_matrix(X)), whole)
    assert np.array_equal([sums_of_values(forest, X[[row]])[0] for row in range(300)], whole)


def test_no_rows_give_no_sums() -> None:
    assert sums_of_values(grown()[0], np.empty((0, 6), np.float32)).shape == (0,)
