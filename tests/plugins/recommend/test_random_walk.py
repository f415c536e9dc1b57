"""Walks of three steps against dense matrices."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.random_walk import RandomWalk

events = st.lists(
    st.tuples(st.integers(0, 6).map("user {}".format), st.integers(0, 7).map("item {}".format), st.sampled_from([0.5, 1.0, 2.0, 5.0])),
    min_size=1,
    max_size=40,
)


def log(rows):
    users, items, weights = zip(*rows, strict=True)
    return Interactions.from_events(users, items, weights)


def dense(log, items):
    matrix = np.zeros((len(log), len(items)))
    for user in range(len(log)):
        for event in range(log.indptr[user], log.indptr[user + 1]):
            matrix[user, items.index(log.items[log.indices[event]])] += log.weights[event]
    return matrix


def walks(matrix, alpha, beta):
    """Return the chances of walks from item to item, dense and in double precision."""
    to_item = np.where(matrix > 0, matrix / matrix.sum(axis=1, keepdims=True), 0) ** alpha * (matrix > 0)
    to_user = np.where(matrix > 0, matrix / matrix.sum(axis=0), 0).T ** alpha * (matrix > 0).T
    ends = to_user @ to_item / np.count_nonzero(matrix, axis=0) ** beta
    np.fill_diagonal(ends, 0)
    return ends


@settings(deadline=None, max_examples=80)  # SciPy is imported and loops are compiled in the first example
@given(events, st.sampled_from([0.0, 0.7, 1.0, 1.8]), st.sampled_from([0.0, 0.6, 1.0]))
def test_transitions_equal_those_of_dense_matrices(rows, alpha, beta):
    train = log(rows)
    model = RandomWalk(alpha=alpha, beta=beta).fit(train)
    expected = walks(dense(train, model.items_), alpha, beta)
    np.testing.assert_allclose(model.transitions_.toarray(), expected, rtol=1e-5, atol=1e-9)


def test_scores_add_up_the_walks_from_each_item_by_its_weight():
    train = log([("u", "a", 1), ("u", "b", 2), ("v", "b", 1), ("v", "c", 1), ("w", "a", 3), ("w", "c", 1), ("w", "d", 1)])
    model = RandomWalk().fit(train)
    asked = Interactions.from_events(["new", "new", "new"], ["a", "b", "a"], [1, 3, 1])
    expected = dense(asked, model.items_)[0] @ walks(dense(train, model.items_), 1.0, 0.3)
    ranking = model.recommend(asked, 4, exclude_seen=False)
    np.testing.assert_allclose(ranking.scores[0], -np.sort(-expected), rtol=1e-5)
    assert ranking[0] == [model.items_[place] for place in np.argsort(-expected)]


@settings(deadline=None, max_examples=30)  # likewise
@given(events, st.integers(1, 8))
def test_only_the_likeliest_ends_are_kept_and_the_earlier_item_where_they_are_as_likely(rows, n_neighbors):
    train = log(rows)
    every, kept = (RandomWalk(n_neighbors=n).fit(train).transitions_.toarray() for n in (8, n_neighbors))
    for all_of_row, row in zip(every, kept, strict=True):
        likeliest = sorted(np.flatnonzero(all_of_row), key=lambda item, of=all_of_row: (-of[item], item))[:n_neighbors]
        np.testing.assert_array_equal(np.flatnonzero(row), sorted(likeliest))
        np.testing.assert_array_equal(row[likeliest], all_of_row[likeliest])


def test_without_alpha_and_beta_it_is_the_chance_of_a_walk():
    train = Interactions.from_histories({"u": ["a", "b"], "v": ["a", "c"]})
    model = RandomWalk(beta=0.0).fit(train)
    assert model.items_ == ["a", "b", "c"]
    np.testing.assert_allclose(model.transitions_.toarray(), [[0, 0.25, 0.25], [0.5, 0, 0], [0.5, 0, 0]], rtol=1e-6)
    with problems_to(lambda problem: None):
        assert model.recommend(Interactions.from_histories({"new": ["b"]}), 3)[0] == ["a"]


def test_beta_holds_popular_items_back():
    train = Interactions.from_histories({"u": ["a", "hit", "rare"], "v": ["hit"], "w": ["hit"], "x": ["hit", "b"]})
    asked = Interactions.from_histories({"new": ["a"]})
    plain, held = (RandomWalk(beta=beta).fit(train).recommend(asked, 2).scores[0].tolist() for beta in (0.0, 1.0))
    assert plain[0] == plain[1]
    np.testing.assert_allclose(held, [plain[0], plain[0] / 4], rtol=1e-6)
