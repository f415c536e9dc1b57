"""Neighbours of users against a dense brute force, and what becomes of a model that learns from further events."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend import neighbours
from asterism.plugins.recommend.user_knn import UserKNN

HISTORIES = {"ann": ["a", "b"], "ben": ["a", "b", "c"], "cat": ["b", "c", "d"], "dan": ["d", "e"], "eve": ["a"]}

events = st.lists(
    st.tuples(st.integers(0, 6).map("user {}".format), st.integers(0, 7).map("item {}".format), st.sampled_from([0.5, 1.0, 2.0, 5.0])),
    min_size=1,
    max_size=40,
)
fields = st.fixed_dictionaries(
    {
        "weighting": st.sampled_from(["none", "tfidf", "bm25"]),
        "similarity": st.sampled_from(["cosine", "jaccard", "dot"]),
        "shrinkage": st.sampled_from([0.0, 3.0]),
        "bm25_b": st.sampled_from([0.0, 0.75]),
    }
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


def weighed(model, rows, train):
    """Weigh rows by what the training rows say of the columns and of the mean length."""
    rarity = np.log(1 + len(train) / (1 + np.count_nonzero(train, axis=0)))
    if model.weighting == "none":
        return rows
    if model.weighting == "tfidf":
        return rarity * np.sqrt(rows)
    length = 1 - model.bm25_b + model.bm25_b * rows.sum(axis=1, keepdims=True) / train.sum(axis=1).mean()
    return rarity * rows * (model.bm25_k1 + 1) / (rows + model.bm25_k1 * length)


def brute_force(model, train, histories):
    """Score every item by all users who share one with the history."""
    ours, theirs = weighed(model, histories, train), weighed(model, train, train)
    product, shared = ours @ theirs.T, (histories > 0).astype(float) @ (train > 0).T
    lengths = np.outer(np.linalg.norm(ours, axis=1), np.linalg.norm(theirs, axis=1))
    counts = np.add.outer((histories > 0).sum(axis=1), (train > 0).sum(axis=1))
    with np.errstate(invalid="ignore"):  # of users without history
        near = {
            "cosine": product / (lengths + model.shrinkage),
            "jaccard": shared / (counts - shared + model.shrinkage),
            "dot": product,
        }[model.similarity]
    return np.nan_to_num(near) @ train


@settings(deadline=None, max_examples=60)  # SciPy is imported and loops are compiled in the first example
@given(events, events, fields)
def test_scores_equal_those_of_a_brute_force(rows, asked, options):
    train = log(rows)
    model = UserKNN(n_neighbors=99, **options).fit(train)
    known = [(user, item, weight) for user, item, weight in asked if item in model.items_] or [("user 0", model.items_[0], 1.0)]
    histories = log(known)
    expected = brute_force(model, dense(train.for_users(model.users_), model.items_), dense(histories, model.items_))
    with problems_to(lambda problem: None):
        ranking = model.recommend(histories, 8, exclude_seen=False)
    for row in range(len(histories)):
        found = ranking.rows[row][ranking.rows[row] >= 0]
        assert len(found) == np.count_nonzero(expected[row] > 0)
        np.testing.assert_allclose(ranking.scores[row, : len(found)], expected[row, found], rtol=1e-4)


def test_only_the_nearest_users_count():
    train = Interactions.from_histories({"near": ["a", "b", "x"], "far": ["a", "c", "d", "e", "y"], "no": ["z"]})
    asked = Interactions.from_histories({"new": ["a", "b"]})
    assert UserKNN(n_neighbors=1).fit(train).recommend(asked, 5)[0] == ["x"]
    assert UserKNN(n_neighbors=2).fit(train).recommend(asked, 5)[0] == ["x", "c", "d", "e", "y"]


def test_of_users_as_near_the_first_by_id_counts():
    train = Interactions.from_histories({"zoe": ["a", "z"], "ann": ["a", "y"], "eve": ["a", "x"]})
    assert UserKNN(n_neighbors=1, weighting="none").fit(train).recommend(Interactions.from_histories({"new": ["a"]}), 5)[0] == ["y"]


def test_the_weight_of_an_item_in_a_near_history_counts():
    train = Interactions.from_events(["u", "u", "u"], ["a", "b", "c"], [1, 1, 5])
    ranking = UserKNN(weighting="none").fit(train).recommend(Interactions.from_histories({"new": ["a"]}), 2)
    assert ranking[0] == ["c", "b"]
    np.testing.assert_allclose(ranking.scores[0, 0] / ranking.scores[0, 1], 5, rtol=1e-6)


def test_nobody_shares_an_item_so_nothing_is_recommended():
    train = Interactions.from_histories({"u": ["a"], "v": ["b", "c"]})
    assert UserKNN().fit(train).recommend(Interactions.from_histories({"new": ["a"]}), 3)[0] == []


def test_small_blocks_give_the_same_bits(monkeypatch):
    train = Interactions.from_histories(HISTORIES)
    whole = UserKNN().fit(train).recommend(train, 4)
    monkeypatch.setattr(neighbours, "ROWS_AT_ONCE", 2)
    cut = UserKNN().fit(train).recommend(train, 4)
    np.testing.assert_array_equal(cut.rows, whole.rows)
    np.testing.assert_array_equal(cut.scores, whole.scores)
