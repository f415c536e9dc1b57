"""Several recommenders together: both fusions by hand, updates, reasons, and how a spec names them."""

import json
import re

import numpy as np
import pytest

from asterism.framework import DataError, Interactions, Recommender, dump_state, load_state
from asterism.framework.kinds import Ranking
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.ease import EASE
from asterism.plugins.recommend.hybrid import Hybrid
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.recommend.popular import Popular
from asterism.plugins.recommend.rules import Rules
from asterism.plugins.recommend.slim import SLIM
from asterism.registry import Registry

HISTORIES = {"ann": ["a", "b"], "ben": ["a", "b", "c"], "cat": ["b", "c", "d"], "dan": ["d", "e"], "eve": ["a"], "fay": ["f", "e", "d"]}
LOG = Interactions.from_histories(HISTORIES)


class Scored(Recommender):
    """Gives everybody the items of a list, with scores."""

    scores: tuple[tuple[str, float], ...] = ()
    """Items and scores, best first."""

    def fit(self, interactions, y=None):
        self.items_ = sorted(item for item, _ in self.scores)
        return self

    def recommend(self, histories, n, exclude_seen=True):
        rows, scores = np.full((len(histories), n), -1, np.int64), np.zeros((len(histories), n), np.float32)
        for row in range(len(histories)):
            left = [pair for pair in self.scores if not exclude_seen or pair[0] not in histories[row]][:n]
            rows[row, : len(left)] = [self.items_.index(item) for item, _ in left]
            scores[row, : len(left)] = [score for _, score in left]
        return Ranking(rows, scores, self.items_)


FIRST = Scored(scores=(("x", 10.0), ("y", 6.0), ("z", 2.0)))
SECOND = Scored(scores=(("z", -1.0), ("q", -2.0)))
NOTHING = Scored()


def heard(work):
    problems = []
    with problems_to(problems.append):
        found = work()
    return found, [(problem.message, problem.count, problem.rows) for problem in problems]


def shown(model, history=("a",), n=9, **options):
    ranking = model.fit(LOG).recommend(Interactions.from_histories({"asked": history}), n, **options)
    return dict(zip(ranking[0], ranking.scores[0].tolist(), strict=False))


def test_scores_are_brought_to_0_and_1_and_added_up():
    found = shown(Hybrid(recommenders=(FIRST, SECOND)))
    assert list(found) == ["z", "x", "y", "q"]
    assert found == pytest.approx({"z": 0.01 + 1, "x": 1, "y": 0.01 + 0.99 / 2, "q": 0.01})


def test_scores_are_weighed():
    found = shown(Hybrid(recommenders=(FIRST, SECOND), weights=(2.0, 0.5)))
    assert found == pytest.approx({"x": 2, "y": 2 * (0.01 + 0.99 / 2), "z": 2 * 0.01 + 0.5, "q": 0.5 * 0.01})
    assert list(found) == ["x", "y", "z", "q"]


def test_scores_that_are_all_the_same_count_as_the_best():
    same = Scored(scores=(("d", 3.0), ("b", 3.0)))
    assert shown(Hybrid(recommenders=(same, SECOND))) == pytest.approx({"b": 1, "d": 1, "z": 1, "q": 0.01})
    assert shown(Hybrid(recommenders=(Scored(scores=(("only", 0.25),)),))) == {"only": 1}


def test_ranks_are_inverted_and_added_up():
    found = shown(Hybrid(recommenders=(FIRST, SECOND), fusion="ranks"))
    assert list(found) == ["z", "x", "q", "y"]  # the second of both comes by id
    assert found == pytest.approx({"z": 1 / 63 + 1 / 61, "x": 1 / 61, "q": 1 / 62, "y": 1 / 62})


def test_ranks_are_weighed():
    found = shown(Hybrid(recommenders=(FIRST, SECOND), fusion="ranks", weights=(1.0, 3.0)))
    assert found == pytest.approx({"z": 1 / 63 + 3 / 61, "q": 3 / 62, "x": 1 / 61, "y": 1 / 62})


@pytest.mark.parametrize("fusion", ["scores", "ranks"])
def test_only_the_best_of_each_count_and_as_many_as_are_asked_for(fusion):
    shallow = Hybrid(recommenders=(FIRST, SECOND), depth=1, fusion=fusion)
    assert list(shown(shallow, n=1)) == ["x"]
    assert set(shown(shallow, n=2)) == {"x", "z"}
    assert len(shown(shallow, n=3)) == 3
    assert len(shown(shallow)) == 4


@pytest.mark.parametrize("fusion", ["scores", "ranks"])
def test_one_that_has_nothing_to_give_gives_nothing(fusion):
    alone, together = (Hybrid(recommenders=parts, fusion=fusion) for parts in ((FIRST,), (FIRST, NOTHING)))
    assert shown(alone) == shown(together)
    assert shown(Hybrid(recommenders=(FIRST, NOTHING), fusion=fusion), list("xyz")) == {}


def test_seen_items_are_left_out_unless_they_are_wanted():
    model = Hybrid(recommenders=(FIRST, SECOND))
    assert "x" not in shown(model, ["x"])
    assert "x" in shown(model, ["x"], exclude_seen=False)


def test_items_are_those_that_were_touched_and_those_that_any_of_them_can_give():
    model = Hybrid(recommenders=(FIRST, SECOND)).fit(LOG)
    assert model.items_ == ["a", "b", "d", "c", "e", "f", "q", "x", "y", "z"]
    assert model.popularity_.tolist() == [3, 3, 3, 2, 2, 1, 0, 0, 0, 0]
    assert [type(part) for part in model.parts_] == [Scored, Scored]
    assert not any(part.learned() for part in model.recommenders)


def test_the_only_one_gives_its_own_order():
    for part in (ItemKNN(), EASE(l2=5.0)):
        alone, together = part.fit(LOG), Hybrid(recommenders=(type(part)(**part.get_params()),)).fit(LOG)
        for row in range(len(LOG)):
            assert together.recommend(LOG, 4)[row] == alone.recommend(LOG, 4)[row]


@pytest.mark.parametrize(("weights", "count"), [((1.0,), 1), ((1.0, 2.0, 3.0), 3), ((), 0)])
def test_weights_of_another_number_are_refused(weights, count):
    message = f"there are {count} weights for 2 recommenders; give one for each, or none"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        Hybrid(recommenders=(FIRST, SECOND), weights=weights).fit(LOG)


def test_what_several_report_is_reported_once():
    model = Hybrid(recommenders=(ItemKNN(), Popular(), EASE(blocked=("q",)))).fit(LOG)
    asked = Interactions.from_histories({"warm": ["a", "unheard"], "cold": [], "all": list("abcdef")})
    assert sorted(heard(lambda: model.recommend(asked, 2))[1]) == [
        ("`blocked` names items that are unknown", 1, ()),
        ("events with items unknown at fit were left out", 1, ()),
        ("histories hold no known item and got the most popular ones", 1, (1,)),
        ("users have seen every item, so nothing is left to recommend", 1, (2,)),
    ]


def test_a_fit_reports_nothing_that_nobody_asked_for():
    assert heard(lambda: Hybrid(recommenders=(ItemKNN(), Popular())).fit(LOG))[1] == []


def test_an_update_updates_each_of_them():
    later = Interactions.from_histories({"gil": ["a", "g"], "hal": ["g", "d"]})
    parts = (ItemKNN(), Popular(), EASE(l2=5.0))
    model = Hybrid(recommenders=parts).fit(LOG).update(later)
    fitted = Hybrid(recommenders=parts).fit(Interactions.from_histories({**HISTORIES, "gil": ["a", "g"], "hal": ["g", "d"]}))
    assert model.items_ == fitted.items_ == ["a", "d", "b", "c", "e", "g", "f"]
    asked = Interactions.from_histories({"new": ["g"], "other": ["a", "b"]})
    np.testing.assert_array_equal(model.recommend(asked, 3).rows, fitted.recommend(asked, 3).rows)


def test_an_update_that_one_of_them_refuses_changes_none():
    model = Hybrid(recommenders=(Popular(), SLIM(l1=0.1))).fit(LOG)
    before = json.dumps(dump_state(model)[1])
    with pytest.raises(DataError, match=r"^SLIM cannot learn from further events alone; fit it again, on the old events and the new ones$"):
        model.update(Interactions.from_histories({"gil": ["a", "g"]}))
    assert json.dumps(dump_state(model)[1]) == before
    assert model.parts_[0].popularity_.tolist() == [3, 3, 3, 2, 2, 1]


def test_each_that_knows_the_item_gives_its_reasons():
    model = Hybrid(recommenders=(ItemKNN(), Popular(), Rules(min_support=0.1)), weights=(1.0, 0.1, 0.5)).fit(LOG)
    reasons = model.explain(["a", "e"], "b")
    assert [reason.weight for reason in reasons] == sorted((reason.weight for reason in reasons), reverse=True)
    assert [reason.text for reason in reasons] == ["a is in the history", "{a} -> b: confidence 0.67, lift 1.3", "3 users touched b"]
    assert [reason.weight for reason in reasons] == pytest.approx([1, 0.5, 0.1])
    assert model.explain(["a", "e"], "b", n=1) == reasons[:1]


def test_where_none_knows_the_item_there_is_no_reason():
    model = Hybrid(recommenders=(ItemKNN(), Popular())).fit(LOG)
    with pytest.raises(DataError, match=r"^no recommender has a reason for the item 'x'; name one that can be recommended$"):
        model.explain(["a"], "x")


def test_saved_and_loaded_it_gives_the_same_bits():
    model = Hybrid(recommenders=(ItemKNN(), Hybrid(recommenders=(Popular(), EASE())))).fit(LOG)
    arrays, tree = dump_state(model)
    again = Hybrid(recommenders=model.recommenders)
    classes = {cls.__name__: cls for cls in (ItemKNN, Popular, EASE, Hybrid)}
    load_state(again, arrays, json.loads(json.dumps(tree)), lambda name: classes[name.rpartition(":")[2]])
    np.testing.assert_array_equal(again.recommend(LOG, 4).scores, model.recommend(LOG, 4).scores)


@pytest.mark.parametrize("fusion", ["scores", "ranks"])
def test_filters_work_on_what_was_put_together(fusion):
    parts = (ItemKNN(), Popular())
    plain = shown(Hybrid(recommenders=parts, fusion=fusion))
    allowed, blocked = (
        Hybrid(recommenders=parts, fusion=fusion, depth=1, **fields) for fields in ({"allowed": ("e", "f")}, {"blocked": ("b", "d")})
    )
    assert set(shown(allowed)) == {"e", "f"}
    assert set(shown(blocked, n=1)) <= set(plain) - {"b", "d"}
    assert shown(blocked, n=1)


def test_who_has_no_history_gets_what_most_users_touched():
    model = Hybrid(recommenders=(FIRST, SECOND)).fit(LOG)
    ranking, problems = heard(lambda: model.recommend(Interactions.from_histories({"none": []}), 4))
    assert ranking[0] == ["a", "b", "d", "c"]
    assert problems == [("histories hold no known item and got the most popular ones", 1, (0,))]


# In a spec


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{user},{item}" for user, items in HISTORIES.items() for item in items]
    (tmp_path / "log.csv").write_text("\n".join(["user,item", *rows]) + "\n")

    def write(*lines):
        head = "asterism: 1\nname: try\nseed: 4\nsource: {modality: interactions, path: log.csv}\nstages:\n  - recommender: hybrid\n"
        (tmp_path / "spec.yaml").write_text(head + "".join(f"    {line}\n" for line in lines))
        return tmp_path / "spec.yaml"

    return write


def test_a_spec_lists_names_and_mappings(registry, spec):
    path = spec(
        "recommenders:", "  - popular", "  - {recommender: als, n_factors: 2, max_iter: 2}", "weights: [1, 2]", "n_recommendations: 2"
    )
    plan = registry.plan(path)
    model = plan.pipeline.stages[0].component
    assert [type(part).__name__ for part in model.recommenders] == ["Popular", "ALS"]
    assert (model.recommenders[1].n_factors, model.recommenders[1].random_state) == (2, 4)  # the seed of the spec reaches it
    assert model.weights == (1.0, 2.0)
    assert plan.pipeline.fit("log.csv")["hybrid"].rows.shape == (6, 2)


def test_a_filled_spec_says_all_of_each_and_gives_the_same_again(registry, spec):
    filled = registry.plan(
        spec("recommenders: [popular, {recommender: hybrid, recommenders: [item_knn, {recommender: slim, l1: 2}]}]")
    ).filled
    first, second = filled["stages"][0]["recommenders"]
    assert first["recommender"] == "popular"
    assert first["half_life_days"] is None
    assert [part["recommender"] for part in second["recommenders"]] == ["item_knn", "slim"]
    assert second["recommenders"][1]["l1"] == 2
    again = registry.plan(filled)
    assert again.filled == filled
    assert type(again.pipeline.stages[0].component.recommenders[1]).__name__ == "Hybrid"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("depth: 5", "spec.yaml:6:5: stages[0] (recommender/hybrid): recommenders: is missing"),
        (
            "recommenders: popular",
            "spec.yaml:7:19: stages[0] (recommender/hybrid): recommenders: must be a list of one recommender or more (got 'popular')",
        ),
        (
            "recommenders: {recommender: popular}",
            "spec.yaml:7:19: stages[0] (recommender/hybrid): recommenders: "
            "must be a list of one recommender or more (got {'recommender': 'popular'})",
        ),
        (
            "recommenders: []",
            "spec.yaml:7:19: stages[0] (recommender/hybrid): recommenders: must be a list of one recommender or more (got [])",
        ),
        (
            "recommenders: [popular, 2]",
            "spec.yaml:7:29: stages[0] (recommender/hybrid): recommenders[1]: must name one, such as {recommender: NAME, ...} (got 2)",
        ),
        (
            "recommenders: [{clusterer: kmeans}]",
            "spec.yaml:7:20: stages[0] (recommender/hybrid): recommenders[0]: "
            "must name one, such as {recommender: NAME, ...} (got {'clusterer': 'kmeans'})",
        ),
        (
            "recommenders: [popular, populr]",
            "spec.yaml:7:29: stages[0] (recommender/hybrid): recommenders[1]: "
            "no recommender is called 'populr'; did you mean 'popular'?  (asterism list recommender)",
        ),
        (
            "recommenders: [{recommender: als, n_factors: 0}]",
            "spec.yaml:7:39: stages[0] (recommender/hybrid): recommenders[0] (recommender/als): n_factors: must be >= 1 (got 0)",
        ),
        (
            "recommenders: [{recommender: als, factors: 3}]",
            "spec.yaml:7:39: stages[0] (recommender/hybrid): recommenders[0] (recommender/als): "
            "factors: is unknown; did you mean 'n_factors'?",
        ),
        (
            "recommenders: [{recommender: hybrid}]",
            "spec.yaml:7:20: stages[0] (recommender/hybrid): recommenders[0] (recommender/hybrid): recommenders: is missing",
        ),
    ],
)
def test_every_wrong_shape_is_told_with_its_place(registry, spec, line, message):
    problems = [str(problem) for problem in registry.check(spec(line))]
    assert [problem[problem.index("spec.yaml") :] for problem in problems] == [message]


def test_a_saved_pipeline_recommends_the_same(registry, spec, tmp_path):
    pipeline = registry.build(spec("recommenders: [item_knn, {recommender: ease, l2: 5}]", "fusion: ranks"))
    before = pipeline.fit("log.csv")["hybrid"]
    registry.save(pipeline, tmp_path / "model")
    after = registry.load_pipeline(tmp_path / "model").apply("log.csv")["hybrid"]
    assert after.items == before.items
    np.testing.assert_array_equal(after.rows, before.rows)
    np.testing.assert_array_equal(after.scores, before.scores)
