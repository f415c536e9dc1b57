"""The model of order: it learns what follows what, and answers alike alone, in company, after loading and for one seed."""

import numpy as np
import pytest
import torch

from asterism.framework import DataError, Interactions, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend import sequential
from asterism.plugins.recommend.logs import Log
from asterism.plugins.recommend.sequential import Sequential

LETTERS = "abcdefghij"
SMALL = {"n_factors": 16, "epochs": 60, "dropout": 0.1, "learning_rate": 1e-2, "max_length": 6}


def cycles(n=60):
    """Histories of 4 letters in the order of the alphabet, which begins anew after the last letter."""
    return {f"u{row}": [LETTERS[(row + step) % 10] for step in range(4)] for row in range(n)}


@pytest.fixture(scope="module")
def model():
    return Sequential(**SMALL).fit(Interactions.from_histories(cycles()))


def assert_same(one, other):
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_what_follows_in_order_is_recommended_to_new_users(model):
    new = {letter: [LETTERS[place - 1], letter] for place, letter in enumerate(LETTERS)}
    ranking = model.recommend(Interactions.from_histories(new), 1)
    assert [ranking[row][0] for row in range(10)] == [*LETTERS[1:], "a"]


def test_the_same_items_in_another_order_are_followed_by_others():
    forth = {f"f{row}": ["a", "b", "x"] for row in range(30)}
    back = {f"b{row}": ["b", "a", "y"] for row in range(30)}
    model = Sequential(**SMALL).fit(Interactions.from_histories(forth | back))
    ranking = model.recommend(Interactions.from_histories({"p": ["a", "b"], "q": ["b", "a"]}), 1)
    assert (ranking[0], ranking[1]) == (["x"], ["y"])


@pytest.mark.parametrize("n_negatives", [3, 500])
def test_few_negatives_do_as_all_items_do(n_negatives):
    model = Sequential(**SMALL, n_negatives=n_negatives).fit(Interactions.from_histories(cycles()))
    assert model.recommend(Interactions.from_histories({"new": ["b", "c", "d"]}), 1)[0] == ["e"]


def test_the_sampled_loss_is_that_of_all_items_in_the_long_run():
    log = Log.to_learn(Interactions.from_histories(cycles()))
    network = Sequential(**SMALL)._network(10).eval()
    rows, draws = np.arange(60), torch.Generator().manual_seed(0)
    everything, sampled = (sequential._Lesson(log, 6, n, "cpu") for n in (10, 5000))
    sampled.draws_all = False
    with torch.no_grad():
        expected = everything.loss(network, rows, draws)
        assert float(sampled.loss(network, rows, draws)) == pytest.approx(float(expected), abs=0.02)


def test_a_history_alone_gets_the_ranking_that_it_gets_among_others(model):
    random = np.random.default_rng(0)
    histories = Interactions.from_histories({f"h{n}": random.choice(list(LETTERS), n).tolist() for n in range(1, 14)})
    together = model.recommend(histories, 5, exclude_seen=False)
    for row, user in enumerate(histories.users):
        alone = model.recommend(histories.for_users([user]), 5, exclude_seen=False)
        np.testing.assert_allclose(alone.scores[0], together.scores[row], atol=1e-5)
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])


def test_only_the_latest_items_count(model):
    long = list("jihgf") + list("abcdef")
    ranking = model.recommend(Interactions.from_histories({"long": long, "short": long[-6:]}), 10, exclude_seen=False)
    np.testing.assert_allclose(ranking.scores[0], ranking.scores[1], atol=1e-5)


def test_saved_and_loaded_model_gives_the_same_bits(model):
    histories, loaded = Interactions.from_histories(cycles(7)), Sequential(**SMALL)
    load_state(loaded, *dump_state(model), resolve={}.__getitem__)
    assert_same(loaded.recommend(histories, 4), model.recommend(histories, 4))


def test_one_seed_gives_one_model_whatever_the_order_of_users_and_the_threads(model):
    histories = Interactions.from_histories(cycles(7))
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        again = Sequential(**SMALL).fit(Interactions.from_histories(dict(reversed(cycles().items()))))
    finally:
        torch.set_num_threads(threads)
    other = Sequential(**SMALL, random_state=1).fit(Interactions.from_histories(cycles()))
    assert_same(again.recommend(histories, 4), model.recommend(histories, 4))
    assert not np.array_equal(other.item_factors_, model.item_factors_)


def test_events_with_unknown_items_are_left_out_and_reported(model):
    problems = []
    with problems_to(problems.append):
        ranking = model.recommend(Interactions.from_histories({"p": ["a", "?", "b"], "q": ["?"]}), 3)
    assert problems[0].message == "events with items unknown at fit were left out"
    assert ranking[0] == model.recommend(Interactions.from_histories({"p": ["a", "b"]}), 3)[0]
    assert problems[1].rows == (1,)


def test_long_histories_are_learned_from_in_pieces_that_tell_every_event_once():
    indptr = np.array([0, 1, 8, 8, 10, 23])
    starts, ends = sequential._pieces(indptr, 4)
    told = [event for start, end in zip(starts, ends, strict=True) for event in range(start + 1, end)]
    assert sorted(told) == [event for event in range(23) if event not in indptr]
    assert (ends - starts).max() == 5


@pytest.mark.parametrize("histories", [{"u": ["a"]}, {"u": ["a"], "v": ["b"]}])
def test_without_two_events_in_a_row_there_is_nothing_to_learn(histories):
    with pytest.raises(DataError, match="no history holds two events"):
        Sequential().fit(Interactions.from_histories(histories))


@pytest.mark.parametrize("histories", [{"u": ["a", "a"]}, {"u": ["a", "b"]}, {f"u{n}": [f"i{n % 18}", f"i{n // 2}"] for n in range(24)}])
def test_tiny_logs_are_learned_from(histories):
    model = Sequential(epochs=1).fit(Interactions.from_histories(histories))
    assert np.isfinite(model.recommend(Interactions.from_histories(histories), 2, exclude_seen=False).scores).all()


def test_held_out_histories_end_the_training():
    random = np.random.default_rng(0)
    noise = Interactions.from_histories({f"u{row}": random.choice(list(LETTERS), 5).tolist() for row in range(60)})
    model = Sequential(**SMALL | {"epochs": 200}, validation_fraction=0.2, patience=2).fit(noise)
    assert len(model.validation_curve_) == len(model.loss_curve_) < 200


def test_heads_that_do_not_divide_the_factors_are_refused():
    with pytest.raises(DataError, match=r"n_heads must divide n_factors \(got n_heads=3, n_factors=16\)"):
        Sequential(n_factors=16, n_heads=3).fit(Interactions.from_histories(cycles()))
