"""Recommending by content against plain cosines, what is known of items that nobody touched, and catalogues that do not fit."""

import csv
import re

import numpy as np
import pytest
from PIL import Image as Picture

from asterism.framework import DataError, Encoder, Interactions, Pipeline, Settings, Stage, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.framework.running.keeping import find_class
from asterism.framework.store import Store
from asterism.plugins.image.encoders.color_histogram import ColorHistogram
from asterism.plugins.image.modality import Image
from asterism.plugins.recommend import scorer
from asterism.plugins.recommend.content import Content
from asterism.plugins.recommend.modality import InteractionLog
from asterism.plugins.text.encoders.hashing import Hashing
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.text.modality import Text

BOOKS = {
    "sky": "a comet and its tail of dust",
    "stars": "the comet returns each century",
    "loaf": "bread and butter in the kitchen",
    "oven": "kitchen recipes for bread",
    "lens": "dust of the comet in a telescope",
    "quiet": "of the",
}
HISTORIES = {"ann": ["sky", "stars"], "ben": ["loaf", "oven", "sky"], "cat": ["oven", "loaf", "loaf"], "dan": ["stars"]}
COLOURS = {"rose": (230, 40, 10), "poppy": (240, 50, 20), "leaf": (20, 230, 80), "moss": (30, 240, 90)}


def write_table(path, texts):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "text"), *texts])
    return path


@pytest.fixture
def books(tmp_path):
    return write_table(tmp_path / "books.csv", BOOKS.items())


def of_books(books, encoder=None, **fields):
    return Content(catalogue=books, item_modality=Text(id="id"), item_encoder=encoder or Tfidf(stop_words="english"), **fields)


@pytest.fixture
def model(books):
    with problems_to(lambda problem: None):  # of the book without a word
        return of_books(books).fit(Interactions.from_histories(HISTORIES))


@pytest.fixture
def flowers(tmp_path):
    folder = tmp_path / "flowers"
    folder.mkdir()
    for name, colour in COLOURS.items():
        Picture.new("RGB", (16, 16), colour).save(folder / f"{name}.png")
    return folder


def of_flowers(flowers, **fields):
    return Content(catalogue=flowers, item_modality=Image(), item_encoder=ColorHistogram(), **fields)


def told(act):
    problems = []
    with problems_to(problems.append):
        result = act()
    return result, problems


def cosines(model, vectors, histories):
    """Score all items for histories of equal weights with plain numpy."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    profiles = np.array([sum(unit[model.items_.index(item)] for item in history) for history in histories])
    return profiles / np.linalg.norm(profiles, axis=1, keepdims=True) @ unit.T


def test_scores_of_texts_are_plain_cosines(model):
    vectors = Tfidf(stop_words="english").fit(list(BOOKS.values())).transform([BOOKS[item] for item in model.items_]).toarray()
    ranking = model.recommend(Interactions.from_histories(HISTORIES), 6, exclude_seen=False)
    for row, expected in enumerate(cosines(model, vectors, HISTORIES.values())):
        found = ranking.rows[row][ranking.rows[row] >= 0]
        assert set(found) == set(np.flatnonzero(expected > 0))
        np.testing.assert_allclose(ranking.scores[row, : len(found)], expected[found], rtol=1e-5)


def test_scores_of_images_are_plain_cosines(flowers):
    train = Interactions.from_histories({"ann": ["rose.png"], "ben": ["leaf.png", "rose.png"]})
    model = of_flowers(flowers).fit(train)
    vectors = model.encoder_.transform([np.full((16, 16, 3), COLOURS[item.removesuffix(".png")], np.uint8) for item in model.items_])
    ranking = model.recommend(train, 4, exclude_seen=False)
    for row, expected in enumerate(cosines(model, np.asarray(vectors), [train[0], train[1]])):
        found = ranking.rows[row][ranking.rows[row] >= 0]
        np.testing.assert_allclose(ranking.scores[row, : len(found)], expected[found], rtol=1e-5)
        assert (np.delete(expected, found) <= 1e-6).all()


def test_an_item_that_nobody_touched_is_recommended_by_its_words(model):
    assert model.items_[-1] == "quiet"
    assert "lens" not in {item for history in HISTORIES.values() for item in history}
    assert model.recommend(Interactions.from_histories({"unseen": ["sky", "stars"]}), 3)[0] == ["lens"]


def test_weights_and_age_decide_what_a_profile_is_like(books):
    train = Interactions.from_events(["u", "u"], ["loaf", "sky"], [3, 1])
    (heavy, recent), _ = told(lambda: [of_books(books, half_life_events=age).fit(train) for age in (None, 0.25)])
    assert heavy.recommend(train, 1)[0] == ["oven"]
    assert recent.recommend(train, 1)[0] != ["oven"]


def test_items_that_the_catalogue_lacks_are_reported_and_not_recommended(books):
    train = Interactions.from_histories({**HISTORIES, "eve": ["lost", "gone"], "fay": ["lost", "sky"]})
    model, problems = told(lambda: of_books(books).fit(train))
    assert [(problem.message, problem.count) for problem in problems[-1:]] == [("items are not in the catalogue: 'lost', 'gone'", 2)]
    ranking, problems = told(lambda: model.recommend(train, 8))
    assert not {"lost", "gone"}.intersection(item for row in range(len(ranking)) for item in ranking[row])
    assert ranking[len(train) - 1] == model.recommend(Interactions.from_histories({"only": ["sky"]}), 8)[0]
    assert problems[0].message == "histories get nothing, because no item that may be recommended is like theirs"
    assert problems[0].rows == (2, 4)  # there is no third book about bread


def test_a_history_of_unknown_items_gets_the_most_popular(model):
    ranking, problems = told(lambda: model.recommend(Interactions.from_histories({"new": ["elsewhere"]}), 2))
    assert ranking[0] == ["loaf", "oven"]
    assert [problem.message for problem in problems] == [
        "events with items unknown at fit were left out",
        "histories hold no known item and got the most popular ones",
    ]


def test_items_are_found_by_a_free_text(model):
    found = model.search("the dusty tail, dust of a comet", 2)
    assert [item for item, _ in found] == ["sky", "lens"]
    assert found[0][1] > found[1][1] > 0
    assert told(lambda: model.search("submarine"))[0] == []


def test_items_that_are_blocked_are_not_found(books):
    model, _ = told(lambda: of_books(books, blocked=("sky",)).fit(Interactions.from_histories(HISTORIES)))
    assert [item for item, _ in model.search("comet dust", 1)] == ["lens"]


def test_items_are_found_by_a_picture(flowers):
    model = of_flowers(flowers).fit(Interactions.from_histories({"ann": ["rose.png"]}))
    found = model.search(np.full((8, 8, 3), (235, 45, 15), np.uint8), 2)
    assert {item for item, _ in found} == {"rose.png", "poppy.png"}


def test_reasons_are_the_words_in_common_and_add_up_to_the_cosine(model):
    reasons = model.explain(["sky", "loaf", "stars"], "lens")
    assert [reason.text for reason in reasons] == ["both speak of 'comet'", "both speak of 'dust'"]
    assert reasons[0].items in (("sky",), ("stars",))
    assert reasons[1].items == ("sky",)
    ranking = model.recommend(Interactions.from_histories({"": ["sky", "loaf", "stars"]}), 6)
    cosine = ranking.scores[0, ranking[0].index("lens")]
    assert sum(reason.weight for reason in reasons) == pytest.approx(cosine, rel=1e-5)
    assert model.explain(["sky", "loaf", "stars"], "lens", n=1) == reasons[:1]


def test_without_words_the_nearest_items_are_the_reasons(books, flowers):
    hashed, _ = told(lambda: of_books(books, Hashing(stop_words="english")).fit(Interactions.from_histories(HISTORIES)))
    assert hashed.explain(["loaf", "sky"], "lens")[0].text == "it is like 'sky'"
    shown = of_flowers(flowers).fit(Interactions.from_histories({"ann": ["rose.png"]}))
    reasons = shown.explain(["leaf.png", "rose.png", "rose.png"], "poppy.png")
    assert reasons[0].items == ("rose.png",)
    assert 0 < reasons[0].weight <= 1.0001


def test_what_cannot_be_explained_is_refused(model):
    with pytest.raises(DataError, match="the item 'elsewhere' is not known; name one that can be recommended"):
        model.explain(["sky"], "elsewhere")
    assert model.explain(["sky"], "quiet") == []


@pytest.mark.parametrize("encoder", [Tfidf(stop_words="english"), Hashing()], ids=["tfidf", "hashing"])
def test_a_history_alone_and_in_small_blocks_gets_the_same_bits(books, monkeypatch, encoder):
    train = Interactions.from_histories(HISTORIES)
    model, _ = told(lambda: of_books(books, encoder).fit(train))
    together = model.recommend(train, 4)
    monkeypatch.setattr(scorer, "CELLS", 7)
    cut = model.recommend(train, 4)
    np.testing.assert_array_equal(cut.scores, together.scores)
    for row, user in enumerate(train.users):
        alone = model.recommend(train.for_users([user]), 4)
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])
        np.testing.assert_array_equal(alone.scores[0], together.scores[row])


def test_order_of_users_does_not_matter(books, model):
    other, _ = told(lambda: of_books(books).fit(Interactions.from_histories(dict(reversed(HISTORIES.items())))))
    train = Interactions.from_histories(HISTORIES)
    assert other.items_ == model.items_
    np.testing.assert_array_equal(other.recommend(train, 4).scores, model.recommend(train, 4).scores)


def test_saved_and_loaded_model_gives_the_same_bits(books, model):
    loaded = of_books(books)
    load_state(loaded, *dump_state(model), find_class)
    train = Interactions.from_histories(HISTORIES)
    np.testing.assert_array_equal(loaded.recommend(train, 4).rows, model.recommend(train, 4).rows)
    np.testing.assert_array_equal(loaded.recommend(train, 4).scores, model.recommend(train, 4).scores)
    assert loaded.search("comet dust") == model.search("comet dust")
    assert loaded.explain(["sky"], "lens") == model.explain(["sky"], "lens")


def test_the_encoder_that_was_given_is_not_fitted(books):
    encoder = Tfidf(stop_words="english")
    told(lambda: of_books(books, encoder).fit(Interactions.from_histories(HISTORIES)))
    assert encoder.learned() == {}


def test_a_damaged_image_is_left_out_and_reported(flowers):
    (flowers / "torn.png").write_bytes(b"no image")
    train = Interactions.from_histories({"ann": ["rose.png", "torn.png"]})
    model, problems = told(lambda: of_flowers(flowers).fit(train))
    assert problems[0].ids == ("torn.png",)
    assert problems[0].message.startswith("items cannot be decoded and are left out, the first: ")
    assert model.recommend(train, 1)[0] == ["poppy.png"]


def test_a_catalogue_that_does_not_fit_is_refused_with_the_way_out(tmp_path, books):
    train, missing = Interactions.from_histories(HISTORIES), tmp_path / "none.csv"
    twice = write_table(tmp_path / "twice.csv", [("sky", "one"), ("sky", "two")])
    log = Content(catalogue=books, item_modality=InteractionLog(), item_encoder=Tfidf())
    pictures = Content(catalogue=books, item_modality=Text(id="id"), item_encoder=ColorHistogram())
    numbered = Content(catalogue=books, item_modality=Text(), item_encoder=Tfidf())
    for model, message in (
        (log, "`item_modality` must give records (got interactions); name one such as text, image or video"),
        (pictures, "the items are read as text, and ColorHistogram reads image; name another `item_encoder` or `item_modality`"),
        (numbered, f"{books}: no item of the log is in the catalogue: it has '0', '1', '2', the log 'sky', 'stars', 'loaf'; let "),
        (of_books(twice), f"{twice}: ids must be unique; these stand more than once: 'sky'; describe each item once, or name another"),
        (of_books(missing), f"{missing}: "),
    ):
        with pytest.raises(DataError, match=f"^{re.escape(message)}"):
            model.fit(train)


class NoCentury(Encoder):
    """Encode the length of a text, and refuse to speak of centuries."""

    def transform(self, records):
        texts = list(records)
        if bad := [row for row, text in enumerate(texts) if "century" in text]:
            raise DataError("a century is too long", rows=bad)
        return np.array([[len(text)] for text in texts], np.float32)


def test_a_text_that_the_encoder_cannot_use_is_named_by_its_id(books):
    with pytest.raises(DataError, match=f"^{re.escape(str(books))}: a century is too long \\(records 'stars'\\)$"):
        of_books(books, NoCentury()).fit(Interactions.from_histories(HISTORIES))


def test_what_the_encoder_reports_names_the_items(books):
    _, problems = told(lambda: of_books(books).fit(Interactions.from_histories(HISTORIES)))
    assert str(problems[0]) == "catalogue: rows of zeros, because no term of the text is known (records 'quiet')"
    assert problems[0].rows == ()


def test_a_changed_catalogue_is_read_anew(books, tmp_path):
    settings = Settings(store=Store(tmp_path / "store"))
    train = Interactions.from_histories(HISTORIES)

    def run():
        return told(lambda: Pipeline([Stage("next", of_books(books))]).fit(train, settings=settings))[0]

    first, again = run(), run()
    write_table(books, [*BOOKS.items(), ("new", "comet century dust")])
    changed = run()
    assert first.keys == again.keys
    assert changed.keys != first.keys
    assert "new" in changed.values["next"].items


def test_update_takes_in_what_is_new_in_the_catalogue(books, model):
    before = model.recommend(Interactions.from_histories(HISTORIES), 4)
    write_table(books, [*BOOKS.items(), ("new", "comet century dust")])
    later = Interactions.from_histories({"eve": ["lens", "lost"], "fay": ["lens"], "gus": ["lens"], "hal": ["lens", "sky"]})
    _, problems = told(lambda: model.update(later))
    assert [problem.message for problem in problems] == ["items are not in the catalogue: 'lost'"]
    assert model.items_ == ["lens", "sky", "loaf", "oven", "stars", "lost", "new", "quiet"]
    assert model.popularity_.tolist() == [4, 3, 2, 2, 2, 1, 0, 0]
    after = model.recommend(Interactions.from_histories(HISTORIES), 4)
    assert after[0][0] == "new"
    assert dict(zip(before[3], before.scores[3], strict=False)).items() <= dict(zip(after[3], after.scores[3], strict=False)).items()


def test_update_without_new_items_counts_users_and_keeps_the_audience(books):
    train = Interactions.from_histories(HISTORIES)
    model, _ = told(lambda: of_books(books, diversity=0.5).fit(train))
    model.update(Interactions.from_histories({"eve": ["stars"], "fay": ["stars"]}))
    assert model.items_[0] == "stars"
    assert model.audience_.getnnz(axis=1).tolist() == model.popularity_.tolist()
    assert "lens" in model.recommend(train, 3)[0]
