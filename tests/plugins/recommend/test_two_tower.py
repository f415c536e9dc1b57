"""Two towers learn what goes together in content, and serve items and users that they have not seen."""

import csv

import numpy as np
import pytest

from asterism.framework import DataError, Interactions, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.framework.running.keeping import find_class
from asterism.plugins.recommend import scorer
from asterism.plugins.recommend.popular import Popular
from asterism.plugins.recommend.two_tower import TwoTower
from asterism.plugins.text.encoders.bag_of_words import BagOfWords
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.text.modality import Text

TOPICS = (
    ["comet", "telescope", "orbit", "star", "dust"],
    ["bread", "kitchen", "butter", "oven", "salt"],
    ["violin", "opera", "choir", "flute", "drum"],
)
PER_TOPIC = 12
"""Items of each topic; nobody has touched the last two."""
COLD = 2


def topic_of(item):
    return int(item[1])


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    """Write a table of items of three topics, three words of its topic and one of all for each."""
    random, path = np.random.default_rng(0), tmp_path_factory.mktemp("items") / "items.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "text"])
        for topic, words in enumerate(TOPICS):
            for number in range(PER_TOPIC):
                table.writerow([f"t{topic}-{number}", " ".join([*random.choice(words, 3, replace=False), "new"])])
    return path


@pytest.fixture(scope="module")
def train():
    """Let each of 60 users touch six items of one topic and one of any."""
    random, histories = np.random.default_rng(1), {}
    for user in range(60):
        own = random.choice(PER_TOPIC - COLD, 6, replace=False)
        histories[f"u{user:02}"] = [*(f"t{user % 3}-{number}" for number in own), f"t{random.integers(3)}-{random.integers(3)}"]
    return Interactions.from_histories(histories)


def towers(items, **fields):
    encoder = fields.pop("item_encoder", Tfidf())
    small = {"n_factors": 8, "hidden_size": 16, "epochs": 20, "minibatch_size": 64, "learning_rate": 0.01, "device": "cpu"}
    return TwoTower(catalogue=items, item_modality=Text(id="id"), item_encoder=encoder, **small | fields)


@pytest.fixture(scope="module")
def model(items, train):
    return towers(items).fit(train)


def share_of_own(ranking, topics):
    return np.mean([[topic_of(item) == topic for item in ranking[row]] for row, topic in enumerate(topics)])


def test_recommendations_are_of_the_topic_of_the_history(items, train, model):
    topics = [int(user[1:]) % 3 for user in train.users]
    learned, popular = (share_of_own(fitted.recommend(train, 4), topics) for fitted in (model, Popular().fit(train)))
    assert learned > 0.9 > popular + 0.3


def test_unseen_users_and_items_are_served_by_content(model):
    unseen = Interactions.from_histories({f"new {topic}": [f"t{topic}-0", f"t{topic}-4"] for topic in range(3)})
    ranking = model.recommend(unseen, len(model.items_))
    for topic in range(3):
        cold = [topic_of(item) for item in ranking[topic] if int(item[3:]) >= PER_TOPIC - COLD]
        assert len(cold) == 3 * COLD
        assert cold[:COLD] == [topic] * COLD


def test_the_loss_falls(model):
    assert len(model.loss_curve_) == 20
    assert model.loss_curve_[-1] < 0.9 * model.loss_curve_[0]


def test_items_that_the_catalogue_lacks_are_learned_by_their_id_and_reported(items, train):
    histories = {user: train[row] for row, user in enumerate(train.users)}
    more = Interactions.from_histories({**histories, **{f"v{number}": ["lost", "t1-0", "t1-1"] for number in range(20)}})
    problems = []
    with problems_to(problems.append):
        model = towers(items).fit(more)
    assert [problem.message for problem in problems] == ["items are not in the catalogue: 'lost'"]
    assert "lost" in model.recommend(Interactions.from_histories({"": ["t1-0", "t1-1"]}), 5)[0]


def test_same_seed_and_any_order_of_users_give_the_same_bits(items, train, model):
    turned = towers(items).fit(train.for_users(train.users[::-1]))
    other = towers(items, random_state=1).fit(train)
    np.testing.assert_array_equal(turned.item_factors_, model.item_factors_)
    assert not np.array_equal(other.item_factors_, model.item_factors_)


def test_random_numbers_and_threads_of_the_host_stay(items, train):
    import torch

    before, threads = torch.get_rng_state(), torch.get_num_threads()
    towers(items, epochs=1).fit(train)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_a_history_alone_and_in_small_blocks_gets_the_same_bits(train, model, monkeypatch):
    together = model.recommend(train, 5)
    monkeypatch.setattr(scorer, "CELLS", 200)
    cut = model.recommend(train, 5)
    np.testing.assert_array_equal(cut.scores, together.scores)
    np.testing.assert_array_equal(cut.rows, together.rows)
    for row in (0, 17, 59):
        alone = model.recommend(train.for_users([train.users[row]]), 5)
        np.testing.assert_array_equal(alone.scores[0], together.scores[row])


def test_saved_and_loaded_model_gives_the_same_bits(items, train, model):
    loaded = towers(items)
    load_state(loaded, *dump_state(model), find_class)
    np.testing.assert_array_equal(loaded.recommend(train, 5).rows, model.recommend(train, 5).rows)
    np.testing.assert_array_equal(loaded.recommend(train, 5).scores, model.recommend(train, 5).scores)


def test_scores_are_those_of_the_networks(train, model):
    import torch

    from asterism.plugins.recommend.two_tower_network import TwoTowers
    from asterism.plugins.training import with_weights

    n_ids, n_factors = int(np.count_nonzero(model.popularity_)), model.n_factors
    ids = np.zeros((n_ids, n_factors), np.float32)  # the vectors of items hold them already
    network = with_weights(TwoTowers(len(model.axes_), n_ids, model.hidden_size, n_factors), {**model.weights_, "ids.weight": ids})
    history = ["t0-1", "t0-2", "t2-1"]
    mean = model.item_factors_[[model.items_.index(item) for item in history]].mean(axis=0, keepdims=True)
    with torch.inference_mode():
        expected = (network.histories(torch.from_numpy(mean)) @ torch.from_numpy(model.item_factors_.T.copy())).numpy()[0]
    ranking = model.recommend(Interactions.from_histories({"": history}), len(model.items_), exclude_seen=False)
    np.testing.assert_allclose(ranking.scores[0], expected[ranking.rows[0]], rtol=1e-4, atol=1e-5)


def test_reasons_name_items_of_the_history(model):
    reasons = model.explain(["t0-1", "t0-2", "t1-1"], "t0-3")
    assert reasons[0].items[0].startswith("t0")


def test_few_components_and_weights_of_events_are_taken(items):
    train = Interactions.from_events(["u", "u", "u", "v", "v"], ["t0-1", "t0-2", "t1-1", "t1-1", "t1-2"], [1, 2, 3, 1, 5])
    model = towers(items, n_components=3, item_encoder=BagOfWords(), epochs=2).fit(train)
    assert model.axes_.shape == (3, 16)
    assert np.isfinite(model.item_factors_).all()
    assert model.item_factors_.shape == (3 * PER_TOPIC, 8)


def test_nothing_to_learn_from_is_refused(items):
    message = "nobody touched two items, so there is nothing to learn from; take `content`, which learns of no event"
    with pytest.raises(DataError, match=f"^{message}$"):
        towers(items).fit(Interactions.from_histories({"u": ["t0-1"], "v": ["t1-1", "t1-1"]}))


def test_update_places_new_items_by_their_content(items, train, tmp_path):
    catalogue = tmp_path / "items.csv"
    catalogue.write_bytes(items.read_bytes())
    model = towers(catalogue).fit(train)
    before = dict(zip(model.items_, model.item_factors_, strict=True))
    with catalogue.open("a", encoding="utf-8") as stream:
        stream.write("t2-99,violin opera choir new\n")
    model.update(Interactions.from_histories({"later": ["t2-11", "t2-99"]}))
    assert model.items_.index("t2-99") < model.items_.index("t2-10")
    for item, vector in zip(model.items_, model.item_factors_, strict=True):
        assert item == "t2-99" or np.array_equal(vector, before[item])
    ranking = model.recommend(Interactions.from_histories({"": ["t2-0", "t2-1", "t2-2"]}), len(model.items_))[0]
    assert ranking.index("t2-99") < 12
