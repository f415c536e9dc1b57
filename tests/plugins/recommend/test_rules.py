"""Recommending by association rules: which rules fire, in words and in tables, by sums, and from data out of the ordinary."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions, Summable, add_up, dump_state, fit_by_sums, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.rules import Rules

BASKETS = {
    "ann": ["bread", "butter", "jam"],
    "ben": ["bread", "butter", "jam"],
    "cat": ["bread", "butter"],
    "dan": ["beer", "crisps"],
    "eve": ["beer", "crisps", "bread"],
    "fay": ["jam"],
}


def learned(baskets=BASKETS, **fields):
    return Rules(**fields).fit(Interactions.from_histories(baskets))


@pytest.fixture(scope="module")
def model():
    return learned()


def recommended(model, *histories, n=5, **options):
    ranking = model.recommend(Interactions.from_histories({f"user {at}": history for at, history in enumerate(histories)}), n, **options)
    return [dict(zip(ranking[row], ranking.scores[row].tolist(), strict=False)) for row in range(len(ranking))]


def best_rules(model, history, exclude_seen):
    """Fire the rules of the table one by one."""
    table, scores = model.tables()["rules"], {}
    for antecedent, consequent, value in zip(table["antecedent"], table["consequent"], table[model.score_by], strict=True):
        if len(consequent) == 1 and set(antecedent) <= set(history) and not (exclude_seen and consequent[0] in history):
            scores[consequent[0]] = max(scores.get(consequent[0], 0), value)
    return scores


logs = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6), min_size=1, max_size=25).filter(any)
fields = st.fixed_dictionaries(
    {
        "min_support": st.sampled_from([0.01, 0.1, 0.2]),
        "min_confidence": st.sampled_from([0.0, 0.1, 0.5]),
        "min_lift": st.sampled_from([0.0, 1.0]),
        "max_length": st.none() | st.integers(1, 4),
        "itemsets": st.sampled_from(["all", "closed", "maximal"]),
        "max_consequent": st.none() | st.integers(1, 2),
        "score_by": st.sampled_from(["confidence", "lift"]),
    }
)


def as_log(lists):
    return Interactions.from_histories({f"user {place:02}": items for place, items in enumerate(lists)})


def quiet(work):
    with problems_to(lambda problem: None):
        return work()


@settings(deadline=None, max_examples=40)
@given(logs, fields, st.booleans())
def test_the_score_of_an_item_is_that_of_the_best_rule_that_fires(lists, options, exclude_seen):
    log = as_log(lists)
    model = quiet(lambda: Rules(**options).fit(log))
    ranking = quiet(lambda: model.recommend(log, 7, exclude_seen=exclude_seen))
    for row, history in enumerate(lists):
        if history:
            scores = dict(zip(ranking[row], ranking.scores[row].tolist(), strict=False))
            assert scores == pytest.approx(best_rules(model, history, exclude_seen), rel=1e-6)
            assert list(scores.values()) == sorted(scores.values(), reverse=True)


@settings(deadline=None, max_examples=40)
@given(logs, fields, st.lists(st.integers(0, 25), max_size=3))
def test_fitting_by_sums_learns_the_same_bit_for_bit(lists, options, cuts):
    log = as_log(lists)
    bounds = sorted({0, len(lists), *(cut for cut in cuts if cut < len(lists))})
    batches = [log.for_users(log.users[begin:end]) for begin, end in pairwise(bounds)]
    at_once, summed = (quiet(lambda: Rules(**options).fit(log)), quiet(lambda: fit_by_sums(Rules(**options), batches)))
    (arrays, tree), (their_arrays, their_tree) = dump_state(at_once), dump_state(summed)
    assert json.dumps(tree, sort_keys=True) == json.dumps(their_tree, sort_keys=True)
    assert arrays.keys() == their_arrays.keys()
    for name, values in arrays.items():
        assert (values.dtype, values.tobytes()) == (their_arrays[name].dtype, their_arrays[name].tobytes()), name


def test_batches_may_number_their_items_each_in_its_own_way():
    names = list(BASKETS)
    batches = [Interactions.from_histories({name: BASKETS[name] for name in part}) for part in (names[3:], names[:3])]
    assert fit_by_sums(Rules(), batches).tables() == learned().tables()


def test_a_summary_changes_nothing_and_halves_add_up():
    log = Interactions.from_histories(BASKETS)
    model = Rules()
    assert isinstance(model, Summable)
    model.begin(log)
    while True:
        before = {name: np.copy(value) for name, value in model.learned().items()}
        whole = model.summarize(log)
        halves = add_up(model.summarize(log.for_users(part)) for part in (log.users[:2], log.users[2:]))
        assert all(np.array_equal(value, model.learned()[name]) for name, value in before.items())
        plain, added = ({name: np.asarray(value).tolist() for name, value in summary.items()} for summary in (whole, halves))
        assert plain == added
        if model.absorb(whole):
            break


def test_a_rule_fires_where_its_whole_antecedent_is_in_the_history(model):
    with_bread, with_both = recommended(model, ["bread"], ["bread", "butter"])
    assert with_bread == pytest.approx({"butter": 3 / 4, "jam": 2 / 4})
    assert with_both["jam"] == pytest.approx(2 / 3)


def test_lift_prefers_what_is_rare_without_the_history():
    by_confidence, by_lift = (recommended(learned(score_by=by), ["beer"])[0] for by in ("confidence", "lift"))
    assert by_confidence["crisps"] == pytest.approx(1)
    assert by_lift["crisps"] == pytest.approx(3)


def test_the_reasons_are_the_rules_that_fire(model):
    reasons = model.explain(["bread", "butter", "beer"], "jam")
    assert [reason.text for reason in reasons] == [
        "{butter} -> jam: confidence 0.67, lift 1.3",
        "{bread, butter} -> jam: confidence 0.67, lift 1.3",
        "{bread} -> jam: confidence 0.50, lift 1.0",
    ]
    assert [reason.items for reason in reasons] == [("butter",), ("bread", "butter"), ("bread",)]
    assert reasons[0].weight == pytest.approx(2 / 3)
    assert model.explain(["bread", "butter", "beer"], "jam", n=1) == reasons[:1]


def test_where_no_rule_fires_there_is_no_reason_and_no_recommendation(model):
    assert model.explain(["jam"], "beer") == []
    assert "beer" not in recommended(model, ["jam"])[0]


def test_a_history_of_unknown_items_is_explained_by_popularity(model):
    assert model.explain(["tea"], "jam")[0].text == "nothing in the history is known, and 3 users touched jam"


def test_an_unknown_item_cannot_be_explained(model):
    with pytest.raises(DataError, match="the item 'tea' is not known"):
        model.explain(["jam"], "tea")


def test_the_tables_spell_itemsets_and_rules_best_first(model):
    tables = model.tables()
    assert list(tables) == ["itemsets", "rules"]
    assert list(tables["itemsets"]) == ["items", "size", "count", "support"]
    assert tables["itemsets"]["items"][:3] == [["bread"], ["butter"], ["jam"]]
    assert tables["itemsets"]["count"] == sorted(tables["itemsets"]["count"], reverse=True)
    rules = tables["rules"]
    assert list(rules) == ["antecedent", "consequent", "support", "confidence", "lift", "leverage", "conviction", "zhang"]
    assert rules["lift"] == sorted(rules["lift"], reverse=True)
    first = {name: values[0] for name, values in rules.items()}
    assert (first["antecedent"], first["consequent"], first["conviction"]) == (["crisps"], ["beer"], None)
    assert first["lift"] == pytest.approx(3)
    json.dumps(tables, allow_nan=False)


def test_only_the_itemsets_asked_for_are_shown():
    shown = {which: learned(itemsets=which).tables()["itemsets"]["items"] for which in ("all", "closed", "maximal")}
    assert shown["maximal"] == [["beer", "crisps"], ["bread", "butter", "jam"]]
    assert len(shown["maximal"]) < len(shown["closed"]) < len(shown["all"])


def test_saved_and_loaded_it_recommends_the_same(model):
    arrays, tree = dump_state(model)
    again = Rules()
    load_state(again, arrays, json.loads(json.dumps(tree)), lambda name: Rules)
    assert recommended(again, ["bread"], ["beer"]) == recommended(model, ["bread"], ["beer"])
    assert again.tables() == model.tables()


def test_unknown_items_are_left_out_and_reported(model):
    problems = []
    with problems_to(problems.append):
        with_tea, without = recommended(model, ["tea", "bread"], ["bread"])
    assert with_tea == without
    assert [problem.message for problem in problems] == ["events with items unknown at fit were left out"]


def test_an_empty_history_gets_what_is_popular_and_is_reported(model):
    problems = []
    with problems_to(problems.append):
        (found,) = recommended(model, [], n=2)
    assert found == {"bread": 4, "butter": 3}
    assert len(problems) == 1


def test_an_item_twice_in_a_basket_counts_once():
    twice = {user: [*items, *items] for user, items in BASKETS.items()}
    assert learned(twice).tables() == learned().tables()


@pytest.mark.parametrize("baskets", [{"ann": ["tea", "cake"]}, {"ann": ["tea"], "ben": ["tea"]}, {"ann": ["tea"], "ben": ["cake"]}])
def test_one_basket_or_one_item_makes_no_rule_which_is_reported(baskets):
    problems = []
    with problems_to(problems.append):
        model = learned(baskets)
    assert [problem.message.split(",")[0] for problem in problems] == ["no rule is good enough"]
    assert model.tables()["rules"]["lift"] == []
    assert recommended(model, ["tea"]) == [{}]


def test_who_has_seen_everything_gets_nothing_and_is_reported(model):
    problems = []
    with problems_to(problems.append):
        assert recommended(model, ["bread", "butter", "jam", "beer", "crisps"]) == [{}]
    assert [problem.message for problem in problems] == ["users have seen every item, so nothing is left to recommend"]


def test_two_users_are_needed_however_small_the_least_support():
    assert min(learned(min_support=1e-9).tables()["itemsets"]["count"]) == 2


def test_a_share_is_not_rounded_up_by_its_last_digit():
    baskets = {f"user {place}": ["tea", "cake"] if place < 7 else ["beer", "tea"] for place in range(100)}
    assert ["cake", "tea"] in [sorted(items) for items in learned(baskets, min_support=0.07).tables()["itemsets"]["items"]]


def test_nothing_to_learn_from_is_refused():
    nothing = Interactions.from_histories({"ann": []})
    for fit in (Rules().fit, lambda log: fit_by_sums(Rules(), [log])):
        with pytest.raises(DataError, match="there is not one event to learn from"):
            fit(nothing)


def test_diversity_cannot_be_had_from_sums():
    with pytest.raises(DataError, match="set diversity to 0"):
        fit_by_sums(Rules(diversity=0.5), [Interactions.from_histories(BASKETS)])


def test_millions_of_itemsets_are_refused_with_the_way_out():
    items = [f"item {place}" for place in range(30)]
    with pytest.raises(DataError, match="raise min_support, or lower max_length"):
        learned({"ann": items, "ben": items}, max_length=None)
