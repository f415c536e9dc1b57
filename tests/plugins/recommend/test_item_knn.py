"""Item neighbours against a dense brute-force version, and what happens to histories out of the ordinary."""

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions, NotFittedError, Pipeline, Stage, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend import neighbours
from asterism.plugins.recommend.item_knn import ItemKNN

HISTORIES = {"ann": ["a", "b"], "ben": ["a", "b", "c"], "cat": ["b", "c", "d"], "dan": ["d", "e"], "eve": ["a"]}


@pytest.fixture
def model():
    return ItemKNN().fit(Interactions.from_histories(HISTORIES))


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


def brute_force(model, train, histories, exclude_seen):
    """Score every item for every history with dense arrays and all neighbours."""
    matrix = dense(train, model.items_)
    weighed = bm25(matrix, model.bm25_k1, model.bm25_b) if model.weighting == "bm25" else matrix
    lengths = np.linalg.norm(weighed, axis=0)
    near = weighed.T @ weighed / (np.outer(lengths, lengths) + model.shrinkage)
    np.fill_diagonal(near, 0)
    history = dense(histories, model.items_)
    return np.where((history > 0) & exclude_seen, 0, history @ near)


def bm25(matrix, k1, b):
    weighed, average = np.zeros_like(matrix), matrix.sum() / matrix.shape[1]
    for user, item in zip(*np.nonzero(matrix), strict=True):
        touched = np.count_nonzero(matrix[user])
        rarity = np.log(1 + (matrix.shape[1] - touched + 0.5) / (touched + 0.5))
        length = 1 - b + b * matrix[:, item].sum() / average
        weighed[user, item] = rarity * matrix[user, item] * (k1 + 1) / (matrix[user, item] + k1 * length)
    return weighed


@settings(deadline=None)  # SciPy is imported in the first example
@given(events, st.sampled_from(["none", "bm25"]), st.sampled_from([0.0, 3.0]), st.integers(1, 10), st.booleans())
def test_rankings_equal_those_of_a_brute_force(rows, weighting, shrinkage, n, exclude_seen):
    train = log(rows)
    model = ItemKNN(weighting=weighting, n_neighbors=len(train.items), shrinkage=shrinkage).fit(train)
    ranking = model.recommend(train, n, exclude_seen)
    expected = brute_force(model, train, train, exclude_seen)
    for user in range(len(train)):
        found = ranking.rows[user][ranking.rows[user] >= 0]
        assert len(found) == len(set(found)) == min(n, np.count_nonzero(expected[user]))
        np.testing.assert_allclose(ranking.scores[user, : len(found)], expected[user, found], rtol=1e-5)
        np.testing.assert_allclose(ranking.scores[user, : len(found)], -np.sort(-expected[user])[: len(found)], rtol=1e-5)


@settings(deadline=None)  # likewise
@given(events, st.integers(1, 8))
def test_only_the_nearest_neighbours_are_kept_and_the_earlier_item_where_they_are_as_near(rows, n_neighbors):
    train = log(rows)
    every = ItemKNN(n_neighbors=8).fit(train).similarity_.toarray()
    kept = ItemKNN(n_neighbors=n_neighbors).fit(train).similarity_.toarray()
    for all_of_row, row in zip(every, kept, strict=True):
        nearest = sorted(np.flatnonzero(all_of_row), key=lambda item, of=all_of_row: (-of[item], item))[:n_neighbors]
        np.testing.assert_array_equal(np.flatnonzero(row), sorted(nearest))
        np.testing.assert_array_equal(row[nearest], all_of_row[nearest])


@settings(deadline=None)  # likewise
@given(events)
def test_a_history_alone_gets_the_ranking_that_it_gets_among_others(rows):
    train = log(rows)
    model = ItemKNN().fit(train)
    together = model.recommend(train, 5)
    for row, user in enumerate(train.users):
        alone = model.recommend(train.for_users([user]), 5)
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])
        np.testing.assert_array_equal(alone.scores[0], together.scores[row])


def test_small_blocks_give_the_same_bits(monkeypatch, model):
    train = Interactions.from_histories(HISTORIES)
    whole = model.recommend(train, 4)
    monkeypatch.setattr(neighbours, "CELLS", 5)
    cut = ItemKNN().fit(train)
    np.testing.assert_array_equal(cut.similarity_.toarray(), model.similarity_.toarray())
    np.testing.assert_array_equal(cut.recommend(train, 4).rows, whole.rows)
    np.testing.assert_array_equal(cut.recommend(train, 4).scores, whole.scores)


def test_order_of_users_does_not_matter(model):
    train = Interactions.from_histories(HISTORIES)
    other = ItemKNN().fit(Interactions.from_histories(dict(reversed(HISTORIES.items()))))
    assert other.items_ == model.items_ == ["a", "b", "c", "d", "e"]
    np.testing.assert_array_equal(other.recommend(train, 4).rows, model.recommend(train, 4).rows)


def test_histories_of_unseen_users_in_their_own_vocabulary_are_ranked(model):
    ranking = model.recommend(Interactions.from_histories({"new": ["b", "a"]}), 3)
    assert ranking[0] == ["c", "d"]
    assert ranking.rows.tolist() == [[2, 3, -1]]
    assert ranking.scores[0, 2] == 0


def test_seen_items_are_ranked_where_they_are_wanted(model):
    assert set(model.recommend(Interactions.from_histories({"new": ["b", "a"]}), 4, exclude_seen=False)[0]) == {"a", "b", "c", "d"}


def test_repeated_events_add_up():
    twice = Interactions.from_events(["u", "u", "u", "v"], ["a", "b", "a", "b"], [1, 1, 2, 1])
    once = Interactions.from_events(["u", "u", "v"], ["a", "b", "b"], [3, 1, 1])
    one, other = (ItemKNN().fit(train).recommend(train, 2) for train in (twice, once))
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_events_with_unknown_items_are_left_out_and_reported(model):
    problems = []
    with problems_to(problems.append):
        ranking = model.recommend(Interactions.from_histories({"p": ["x", "a", "x"], "q": ["b", "y"]}), 2)
    assert [str(problem) for problem in problems] == ["events with items unknown at fit were left out"]
    assert problems[0].count == 3
    np.testing.assert_array_equal(ranking.rows, model.recommend(Interactions.from_histories({"p": ["a"], "q": ["b"]}), 2).rows)


def test_histories_without_a_known_item_get_the_most_popular_and_are_reported(model):
    problems = []
    with problems_to(problems.append):
        ranking = model.recommend(Interactions.from_histories({"none": [], "some": ["d"], "other": ["x"]}), 7)
    assert ranking[0] == ranking[2] == ["a", "b", "c", "d", "e"]
    assert ranking.scores[0].tolist() == [3, 3, 2, 2, 1, 0, 0]
    assert problems[-1].message == "histories hold no known item and got the most popular ones"
    assert problems[-1].rows == (0, 2)


def test_an_item_without_neighbours_recommends_nothing():
    train = Interactions.from_histories({"u": ["a"], "v": ["b"]})
    ranking = ItemKNN().fit(train).recommend(train, 3)
    assert (ranking.rows == -1).all()
    assert (ranking.scores == 0).all()


def test_inputs_stay_as_they_were():
    train = Interactions.from_events(["u", "v", "u", "u"], ["b", "a", "a", "b"])
    before = [train.indptr.copy(), train.indices.copy(), train.weights.copy()]
    ItemKNN().fit(train).recommend(train, 2)
    for array, copy in zip((train.indptr, train.indices, train.weights), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_saved_and_loaded_model_gives_the_same_bits(model):
    train = Interactions.from_histories(HISTORIES)
    loaded = ItemKNN()
    load_state(loaded, *dump_state(model), resolve={}.__getitem__)
    np.testing.assert_array_equal(loaded.recommend(train, 4).rows, model.recommend(train, 4).rows)
    np.testing.assert_array_equal(loaded.recommend(train, 4).scores, model.recommend(train, 4).scores)


def test_runs_as_a_stage():
    result = Pipeline([Stage("next", ItemKNN(n_recommendations=2))]).fit(Interactions.from_histories(HISTORIES))
    assert result.values["next"].rows.shape == (5, 2)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 0, 1], "the weight of an event must be above 0 and finite (got 0.0) (rows 1); leave such events out, or shift the scale"),
        ([1, 1, -2], "the weight of an event must be above 0 and finite (got -2.0) (rows 1); leave such events out, or shift the scale"),
        ([np.nan, 1, 1], "the weight of an event must be above 0 and finite (got nan) (rows 0); leave such events out, or shift the scale"),
        ([1, np.inf, 1], "the weight of an event must be above 0 and finite (got inf) (rows 1); leave such events out, or shift the scale"),
    ],
)
def test_weights_that_mean_nothing_are_refused(model, weights, message):
    bad = Interactions.from_events(["u", "v", "v"], ["a", "a", "b"], weights)
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        ItemKNN().fit(bad)
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        model.recommend(bad, 2)


@pytest.mark.parametrize("users", [{}, {"nobody": []}])
def test_a_log_without_events_is_refused(users):
    with pytest.raises(DataError, match=r"^there is not one event to learn from \(got \d users without history\)$"):
        ItemKNN().fit(Interactions.from_histories(users))


def test_use_before_fit_is_refused():
    with pytest.raises(NotFittedError, match=r"^ItemKNN is not fitted yet, so it has no 'similarity_'; call fit first$"):
        ItemKNN().recommend(Interactions.from_histories(HISTORIES), 2)


def test_import_loads_no_heavy_library():
    code = "import sys, asterism.plugins.recommend.item_knn as m; sys.exit(bool({'pyarrow', 'scipy', 'sklearn'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
