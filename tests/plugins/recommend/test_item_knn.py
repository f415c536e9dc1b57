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
from asterism.plugins.recommend import neighbours, scorer
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


def weighed_by(model, texts):
    """Weigh a dense matrix whose rows are texts and whose columns are words, cell by cell."""
    weighed, average = np.zeros_like(texts), texts.sum() / len(texts)
    for row, column in zip(*np.nonzero(texts), strict=True):
        rarity = np.log(1 + len(texts) / (1 + np.count_nonzero(texts[:, column])))
        length = 1 - model.bm25_b + model.bm25_b * texts[row].sum() / average
        strength = texts[row, column]
        weighed[row, column] = {
            "none": strength,
            "tfidf": rarity * np.sqrt(strength),
            "bm25": rarity * strength * (model.bm25_k1 + 1) / (strength + model.bm25_k1 * length),
        }[model.weighting]
    return weighed


def nearness(model, rows):
    """Compare all rows of a dense matrix with each other, pair by pair."""
    near = np.zeros((len(rows), len(rows)))
    for one, other in np.ndindex(near.shape):
        if one == other or not (shared := np.count_nonzero((rows[one] > 0) & (rows[other] > 0))):
            continue
        product = rows[one] @ rows[other]
        either = np.count_nonzero((rows[one] > 0) | (rows[other] > 0))
        near[one, other] = {
            "cosine": product / (np.linalg.norm(rows[one]) * np.linalg.norm(rows[other]) + model.shrinkage),
            "jaccard": shared / (either + model.shrinkage),
            "dot": product,
        }[model.similarity]
    return near


def brute_force(model, train, histories, exclude_seen):
    """Score every item for every history with dense arrays and all neighbours."""
    near = nearness(model, weighed_by(model, dense(train, model.items_).T))
    history = dense(histories, model.items_)
    return np.where((history > 0) & exclude_seen, 0, history @ near)


fields = st.fixed_dictionaries(
    {
        "weighting": st.sampled_from(["none", "tfidf", "bm25"]),
        "similarity": st.sampled_from(["cosine", "jaccard", "dot"]),
        "shrinkage": st.sampled_from([0.0, 3.0]),
        "bm25_k1": st.sampled_from([0.4, 1.2]),
        "bm25_b": st.sampled_from([0.0, 0.75, 1.0]),
    }
)


def quiet(work):
    with problems_to(lambda problem: None):
        return work()


@settings(deadline=None)  # SciPy is imported in the first example
@given(events, fields, st.integers(1, 10), st.booleans())
def test_rankings_equal_those_of_a_brute_force(rows, options, n, exclude_seen):
    train = log(rows)
    model = ItemKNN(n_neighbors=len(train.items), **options).fit(train)
    ranking = quiet(lambda: model.recommend(train, n, exclude_seen))
    expected = brute_force(model, train, train, exclude_seen)
    for user in range(len(train)):
        found = ranking.rows[user][ranking.rows[user] >= 0]
        assert len(found) == len(set(found)) == min(n, np.count_nonzero(expected[user]))
        np.testing.assert_allclose(ranking.scores[user, : len(found)], expected[user, found], rtol=1e-5)
        np.testing.assert_allclose(ranking.scores[user, : len(found)], -np.sort(-expected[user])[: len(found)], rtol=1e-5)


def test_cosine_without_weighting_is_that_of_scikit_learn():
    from sklearn.metrics.pairwise import cosine_similarity

    train = Interactions.from_histories(HISTORIES)
    model = ItemKNN(weighting="none").fit(train)
    expected = cosine_similarity(dense(train, model.items_).T) - np.eye(5)
    np.testing.assert_allclose(model.similarity_.toarray(), expected, atol=1e-6)


def test_jaccard_is_that_of_scikit_learn_whatever_the_weighting():
    from sklearn.metrics import jaccard_score

    train = Interactions.from_histories(HISTORIES)
    model = ItemKNN(weighting="bm25", similarity="jaccard").fit(train)
    columns = dense(train, model.items_).T.astype(int)
    expected = [[jaccard_score(one, other) for other in columns] for one in columns] - np.eye(5)
    np.testing.assert_allclose(model.similarity_.toarray(), expected, atol=1e-6)


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
    together = quiet(lambda: model.recommend(train, 5))
    for row, user in enumerate(train.users):
        alone = quiet(lambda: model.recommend(train.for_users([user]), 5))  # noqa: B023  # it is called at once
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])
        np.testing.assert_array_equal(alone.scores[0], together.scores[row])


def test_small_blocks_give_the_same_bits(monkeypatch, model):
    train = Interactions.from_histories(HISTORIES)
    whole = model.recommend(train, 4)
    monkeypatch.setattr(neighbours, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(scorer, "CELLS", 5)
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
    ("weights", "got", "user"),
    [([1, 0, 1], "0.0", "v"), ([1, 1, -2], "-2.0", "v"), ([np.nan, 1, 1], "nan", "u"), ([1, np.inf, 1], "inf", "v")],
)
def test_weights_that_mean_nothing_are_refused(model, weights, got, user):
    message = f"the weight of an event must be above 0 and finite (got {got}) (records '{user}'); leave such events out, or shift the scale"
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
    with pytest.raises(NotFittedError, match=r"^ItemKNN is not fitted yet, so it has no 'items_'; call fit first$"):
        ItemKNN().recommend(Interactions.from_histories(HISTORIES), 2)


def test_import_loads_no_heavy_library():
    code = "import sys, asterism.plugins.recommend.item_knn as m; sys.exit(bool({'pyarrow', 'scipy', 'sklearn'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
