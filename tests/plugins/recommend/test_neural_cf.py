"""Neural collaborative filtering on histories: it learns tastes, and answers alike alone, in company, after loading and for one seed."""

import numpy as np
import pytest
import torch

from asterism.framework import DataError, Interactions, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend import neural_cf
from asterism.plugins.recommend.neural_cf import NeuralCF

SMALL = {"n_factors": 8, "n_hidden": 8, "n_negatives": 16, "epochs": 40}


def two_tastes():
    """Histories of 4 of the 8 items of one of two kinds."""
    random = np.random.default_rng(0)
    return {f"u{row}": [f"{'ab'[row % 2]}{item}" for item in random.permutation(8)[:4]] for row in range(80)}


@pytest.fixture(scope="module")
def model():
    return NeuralCF(**SMALL).fit(Interactions.from_histories(two_tastes()))


def assert_same(one, other):
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_new_users_get_what_is_to_their_taste(model):
    ranking = model.recommend(Interactions.from_histories({"p": ["a1", "a2"], "q": ["b3"]}), 6)
    assert {item[0] for item in ranking[0]} == {"a"}
    assert {item[0] for item in ranking[1]} == {"b"}


def test_order_and_repetition_play_no_part(model):
    ranking = model.recommend(Interactions.from_histories({"p": ["a1", "b2", "a1"], "q": ["b2", "a1"]}), 6)
    np.testing.assert_array_equal(ranking.scores[0], ranking.scores[1])


def test_the_score_of_a_pair_is_that_in_the_table(model):
    network = NeuralCF(**SMALL)._network(16)
    network.last.weight.data.normal_(generator=torch.Generator().manual_seed(0))
    items, owners = torch.tensor([1, 2, 3, 4]), torch.tensor([0, 0, 0, 1])
    with torch.inference_mode():
        product, hidden = network.eval().histories(items, owners, 2)
        table = network.table((product, hidden), network.candidates(torch.arange(16)))
        pairs = network.pairs((product[[0, 1]], hidden[[0, 1]]), network.candidates(torch.tensor([5, 9])))
    np.testing.assert_allclose(pairs, [table[0, 5], table[1, 9]], rtol=1e-5, atol=1e-6)


def test_half_of_each_history_is_told_from_the_other():
    indptr = np.array([0, 2, 5, 9])
    told = neural_cf._halves(indptr, np.random.default_rng(0).random(9, np.float32))
    assert np.add.reduceat(told, indptr[:-1]).tolist() == [1, 1, 2]


def test_a_history_alone_gets_the_ranking_that_it_gets_among_others(monkeypatch, model):
    histories = Interactions.from_histories(two_tastes())
    monkeypatch.setattr(neural_cf, "HIDDEN_CELLS", 16 * 8 * 7)
    together = model.recommend(histories, 5)
    for row, user in enumerate(histories.users[:20]):
        alone = model.recommend(histories.for_users([user]), 5)
        np.testing.assert_allclose(alone.scores[0], together.scores[row], atol=1e-5)
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])


def test_one_seed_gives_one_model_whatever_the_order_of_users_and_the_threads(model):
    histories, threads = Interactions.from_histories(two_tastes()), torch.get_num_threads()
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        again = NeuralCF(**SMALL).fit(Interactions.from_histories(dict(reversed(two_tastes().items()))))
    finally:
        torch.set_num_threads(threads)
    other = NeuralCF(**SMALL, random_state=1).fit(histories)
    assert_same(again.recommend(histories, 5), model.recommend(histories, 5))
    assert not np.array_equal(other.weights_["items.weight"], model.weights_["items.weight"])


def test_saved_and_loaded_model_gives_the_same_bits(model):
    histories, loaded = Interactions.from_histories(two_tastes()), NeuralCF(**SMALL)
    load_state(loaded, *dump_state(model), resolve={}.__getitem__)
    assert_same(loaded.recommend(histories, 5), model.recommend(histories, 5))


def test_events_with_unknown_items_are_left_out_and_reported(model):
    problems = []
    with problems_to(problems.append):
        ranking = model.recommend(Interactions.from_histories({"p": ["a1", "?"], "q": ["?"]}), 3)
    assert problems[0].count == 2
    assert problems[1].rows == (1,)
    assert ranking[0] == model.recommend(Interactions.from_histories({"p": ["a1"]}), 3)[0]


@pytest.mark.parametrize("histories", [{"u": ["a"]}, {"u": ["a", "a"], "v": ["b"]}])
def test_without_two_items_in_a_history_there_is_nothing_to_learn(histories):
    with pytest.raises(DataError, match="no history holds two items"):
        NeuralCF().fit(Interactions.from_histories(histories))


@pytest.mark.parametrize("histories", [{"u": ["a", "b"]}, {f"u{n}": [f"i{n % 18}", f"i{n // 2}"] for n in range(24)}])
def test_tiny_logs_are_learned_from(histories):
    model = NeuralCF(epochs=2).fit(Interactions.from_histories(histories))
    assert np.isfinite(model.recommend(Interactions.from_histories(histories), 2, exclude_seen=False).scores).all()
