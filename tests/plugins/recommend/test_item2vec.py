"""Item vectors by company: like company means like items; seeds, loading, company of other histories and tiny logs."""

import numpy as np
import pytest

from asterism.framework import DataError, Interactions, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.item2vec import Item2Vec

LIKE = {"n_factors": 8, "epochs": 60, "sample": 0, "learning_rate": 0.1}


def two_tastes():
    """Histories of 4 of the 8 items of one of two kinds."""
    random = np.random.default_rng(0)
    return {f"u{row}": [f"{'ab'[row % 2]}{item}" for item in random.permutation(8)[:4]] for row in range(80)}


@pytest.fixture(scope="module")
def model():
    return Item2Vec(**LIKE).fit(Interactions.from_histories(two_tastes()))


def assert_same(one, other):
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_items_in_like_company_are_recommended(model):
    ranking = model.recommend(Interactions.from_histories({"p": ["a1", "a2"], "q": ["b3"]}), 6)
    assert {item[0] for item in ranking[0]} == {"a"}
    assert {item[0] for item in ranking[1]} == {"b"}


def test_scores_are_cosines_with_the_mean_of_unit_vectors(model):
    history = ["a1", "b2", "a1"]
    vectors = {item: vector.astype(float) for item, vector in zip(model.items_, model.item_factors_, strict=True)}
    mean = sum(vectors[item] for item in history)
    ranking = model.recommend(Interactions.from_histories({"u": history}), 16, exclude_seen=False)
    for item, score in zip(ranking[0], ranking.scores[0], strict=True):
        assert score == pytest.approx(vectors[item] @ mean / np.linalg.norm(mean), abs=1e-6)
    np.testing.assert_allclose([np.linalg.norm(vector) for vector in vectors.values()], 1, rtol=1e-6)


def test_only_the_latest_events_count_where_that_is_wished(model):
    latest = Item2Vec(**LIKE, n_last=2)
    load_state(latest, *dump_state(model), resolve={}.__getitem__)
    asked = Interactions.from_histories({"long": ["b1", "b2", "a3", "a4"], "short": ["a3", "a4"], "one": ["a4"]})
    ranking = latest.recommend(asked, 16, exclude_seen=False)
    np.testing.assert_array_equal(ranking.scores[0], ranking.scores[1])
    np.testing.assert_array_equal(ranking.rows[2], model.recommend(asked, 16, exclude_seen=False).rows[2])


def test_a_window_keeps_company_near():
    chain = {f"u{row}": list("abcdefghij") for row in range(40)}
    model = Item2Vec(**LIKE, window=1).fit(Interactions.from_histories(chain))
    assert set(model.recommend(Interactions.from_histories({"u": ["e"]}), 2)[0]) <= set("cdfg")


def test_a_history_alone_gets_the_bits_that_it_gets_among_others(model):
    histories = Interactions.from_histories(two_tastes())
    together = model.recommend(histories, 5)
    for row, user in enumerate(histories.users[:10]):
        alone = model.recommend(histories.for_users([user]), 5)
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])
        np.testing.assert_allclose(alone.scores[0], together.scores[row], atol=1e-6)


def test_one_seed_gives_one_model_whatever_the_order_of_users(model):
    histories = Interactions.from_histories(two_tastes())
    again = Item2Vec(**LIKE).fit(Interactions.from_histories(dict(reversed(two_tastes().items()))))
    other = Item2Vec(**LIKE, random_state=1).fit(histories)
    assert_same(again.recommend(histories, 5), model.recommend(histories, 5))
    assert not np.array_equal(other.item_factors_, model.item_factors_)


def test_saved_and_loaded_model_gives_the_same_bits(model):
    histories, loaded = Interactions.from_histories(two_tastes()), Item2Vec(**LIKE)
    load_state(loaded, *dump_state(model), resolve={}.__getitem__)
    assert_same(loaded.recommend(histories, 5), model.recommend(histories, 5))


def test_events_with_unknown_items_are_left_out_and_reported(model):
    problems = []
    with problems_to(problems.append):
        ranking = model.recommend(Interactions.from_histories({"p": ["a1", "?"], "q": ["?"]}), 3)
    assert problems[0].count == 2
    assert problems[1].rows == (1,)
    assert ranking[0] == model.recommend(Interactions.from_histories({"p": ["a1"]}), 3)[0]


def test_without_two_events_in_a_history_there_is_nothing_to_learn():
    with pytest.raises(DataError, match="no history holds two events"):
        Item2Vec().fit(Interactions.from_histories({"u": ["a"], "v": ["b"]}))


@pytest.mark.parametrize("histories", [{"u": ["a", "a"]}, {"u": ["a", "b"]}, {f"u{n}": [f"i{n % 18}", f"i{n // 2}"] for n in range(24)}])
def test_tiny_logs_are_learned_from(histories):
    model = Item2Vec().fit(Interactions.from_histories(histories))
    assert np.isfinite(model.recommend(Interactions.from_histories(histories), 2, exclude_seen=False).scores).all()


def test_steps_that_are_too_large_are_reported():
    with pytest.raises(DataError, match="lower `learning_rate`"):
        Item2Vec(**LIKE | {"learning_rate": 1e6}).fit(Interactions.from_histories(two_tastes()))
