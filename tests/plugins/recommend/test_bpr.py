"""BPR: groups that were planted, seeds, and logs in which there is nothing to tell apart."""

import re

import numpy as np
import pytest

from asterism.framework import DataError, Interactions
from asterism.plugins.recommend.bpr import BPR

FIELDS = {"n_factors": 8, "epochs": 60, "learning_rate": 0.05}


def planted(n_users=60, n_items=8):
    """Users of three groups, each of which touches half of the items of its own."""
    random = np.random.default_rng(0)
    touched = {f"user {user}": random.choice(n_items, n_items // 2, replace=False) for user in range(n_users)}
    return Interactions.from_histories(
        {user: [f"{'abc'[place % 3]}{item}" for item in its] for place, (user, its) in enumerate(touched.items())}
    )


@pytest.fixture(scope="module")
def model():
    return BPR(**FIELDS).fit(planted())


def test_groups_that_were_planted_are_found(model):
    ranking = model.recommend(planted(), 4)
    for row in range(60):
        assert {item[0] for item in ranking[row]} == {"abc"[row % 3]}


def test_an_unseen_user_gets_the_rest_of_their_group(model):
    ranking = model.recommend(Interactions.from_histories({"new": ["b0", "b1"], "other": ["c3"]}), 5)
    assert {item[0] for item in ranking[0]} == {"b"}
    assert {item[0] for item in ranking[1]} == {"c"}


def test_what_was_touched_scores_above_what_was_not(model):
    log = planted()
    ranking = model.recommend(log, 24, exclude_seen=False)
    right = total = 0
    for row in range(60):
        score = dict(zip(ranking[row], ranking.scores[row].tolist(), strict=True))
        liked, others = set(log[row]), set(score) - set(log[row])
        right += sum(score[one] > score[other] for one in liked for other in others)
        total += len(liked) * len(others)
    assert right / total > 0.9


def test_a_seed_gives_the_same_bits_and_another_others(model):
    again, other = BPR(**FIELDS).fit(planted()), BPR(**FIELDS, random_state=1).fit(planted())
    np.testing.assert_array_equal(again.item_factors_.view(np.int32), model.item_factors_.view(np.int32))
    assert not np.allclose(other.item_factors_, model.item_factors_)
    assert model.item_factors_.dtype == np.float32


def test_weights_and_repetitions_play_no_part(model):
    log = planted()
    users = [user for row, user in enumerate(log.users) for _ in log[row]]
    items = [item for row in range(60) for item in log[row]]
    heavy = BPR(**FIELDS).fit(Interactions.from_events(users * 2, items * 2, np.linspace(1, 9, 2 * len(users))))
    np.testing.assert_array_equal(heavy.item_factors_, model.item_factors_)


@pytest.mark.parametrize("histories", [{"u": ["a", "b"], "v": ["b", "a"]}, {"u": ["a", "b"], "v": ["b", "a", "a"], "none": []}])
def test_where_everybody_touched_everything_there_is_nothing_to_tell_apart(histories):
    message = "every user touched every item, so there is nothing to tell apart; take `popular`, or a log in which users differ"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        BPR().fit(Interactions.from_histories(histories))


def test_the_largest_steps_stay_finite():
    model = BPR(n_factors=3, epochs=5, learning_rate=1.0, l2=0.0).fit(planted())
    assert np.isfinite(model.item_factors_).all()


def test_a_descent_that_runs_away_is_refused_with_the_way_out():
    with pytest.raises(DataError, match=r"^the descent ran away: its steps became larger and larger; lower learning_rate$"):
        BPR(n_factors=3, epochs=100, learning_rate=30.0, l2=1.0).fit(planted())
