"""What all recommenders of this family have in common: filters, diversity, ties, blocks, threads, cold and exhausted histories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions, NotFittedError, Pipeline, Stage, dump_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend import ease, scorer
from asterism.plugins.recommend.als import ALS
from asterism.plugins.recommend.bpr import BPR
from asterism.plugins.recommend.ease import EASE
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.recommend.popular import Popular
from asterism.plugins.recommend.scorer import Scorer
from asterism.plugins.recommend.svd_pp import SVDpp

HISTORIES = {"ann": ["a", "b", "c", "d"], "ben": ["a", "b", "c"], "cat": ["a", "b", "e"], "dan": ["a", "e"], "eve": ["f"]}
"""Touched by 4, 3, 2, 2, 1, 1 users: the order of the items is a, b, c, e, d, f."""
LOG = Interactions.from_histories(HISTORIES)


class Listed(Scorer):
    """Gives every history the scores that a field lists, in the order of `items_`."""

    values: tuple[float, ...] = (6.0, 5.0, 4.0, 3.0, 2.0, 1.0)
    """The scores."""

    def _learn(self, log):
        """Learn nothing."""

    def _scorer(self):
        return lambda histories: np.tile(np.array(self.values, np.float32), (len(histories), 1))


def heard(work):
    problems = []
    with problems_to(problems.append):
        found = work()
    return found, [(problem.message, problem.count, problem.rows) for problem in problems]


def best(model, history=("f",), n=6, log=LOG, **options):
    """Recommend to one history; return the items, and what is reported."""
    asked = Interactions.from_histories({"asked": history})
    ranking, problems = heard(lambda: model.fit(log).recommend(asked, n, **options))
    return ranking[0], problems


def test_items_are_kept_by_how_many_users_touched_them_and_equals_by_id():
    model = Listed().fit(LOG)
    assert model.items_ == ["a", "b", "c", "e", "d", "f"]
    assert model.popularity_.tolist() == [4, 3, 2, 2, 1, 1]


def test_equal_scores_are_ranked_by_popularity_and_then_by_id():
    assert best(Listed(values=(1.0,) * 6))[0] == ["a", "b", "c", "e", "d"]
    assert best(Listed(values=(1.0, 1.0, 2.0, 2.0, 1.0, 1.0)), n=3)[0] == ["c", "e", "a"]


def test_no_number_and_minus_infinity_are_never_recommended():
    assert best(Listed(values=(1.0, np.nan, -np.inf, -2.0, np.nan, 3.0)))[0] == ["a", "e"]


def test_only_allowed_items_are_recommended():
    assert best(Listed(allowed=("d", "a", "f"))) == (["a", "d"], [])
    assert best(Listed(allowed=())) == ([], [])


def test_blocked_items_are_never_recommended_allowed_or_not():
    assert best(Listed(blocked=("a", "d"))) == (["b", "c", "e"], [])
    assert best(Listed(allowed=("a", "b", "c"), blocked=("b",))) == (["a", "c"], [])


def test_unknown_names_in_filters_are_reported_once():
    model = Listed(allowed=("a", "A", "a ", "b"), blocked=("x",)).fit(LOG)
    ranking, problems = heard(lambda: model.recommend(Interactions.from_histories({"warm": ["f"], "cold": []}), 3))
    assert ranking[0] == ranking[1] == ["a", "b"]
    assert problems == [
        ("`allowed` names items that are unknown", 2, ()),
        ("`blocked` names items that are unknown", 1, ()),
        ("histories hold no known item and got the most popular ones", 1, (1,)),
    ]


def test_cold_histories_get_the_popular_items_that_are_allowed():
    expected = [("histories hold no known item and got the most popular ones", 1, (0,))]
    assert best(Listed(allowed=("d", "b", "e")), []) == (["b", "e", "d"], expected)
    assert best(Listed(blocked=("a",)), [], n=2) == (["b", "c"], expected)


def test_popularity_is_held_against_items():
    values = (6.0, 5.0, 4.0, 3.9, 2.1, 1.0)
    assert best(Listed(values=values))[0] == ["a", "b", "c", "e", "d"]
    model = Listed(values=values, popularity_penalty=1.0).fit(LOG)
    ranking = model.recommend(Interactions.from_histories({"asked": ["f"]}), 6)
    assert ranking[0] == ["d", "c", "e", "b", "a"]
    np.testing.assert_allclose(ranking.scores[0, :5], [2.1, 4 / 2, 3.9 / 2, 5 / 3, 6 / 4], rtol=1e-6)


def test_popularity_makes_a_score_below_0_worse():
    model = Listed(values=(-1.0,) * 6, popularity_penalty=0.5).fit(LOG)
    ranking = model.recommend(Interactions.from_histories({"asked": ["f"]}), 6)
    assert ranking[0] == ["d", "c", "e", "b", "a"]
    np.testing.assert_allclose(ranking.scores[0, :5], [-1, -(2**0.5), -(2**0.5), -(3**0.5), -2], rtol=1e-6)


def test_more_items_than_there_are_fill_up_with_minus_1():
    ranking = Listed().fit(LOG).recommend(LOG, 9)
    assert ranking.rows.shape == (5, 9)
    assert ranking.rows[0].tolist() == [3, 5, -1, -1, -1, -1, -1, -1, -1]
    assert ranking.scores[0].tolist() == [3, 1, 0, 0, 0, 0, 0, 0, 0]


def test_the_field_decides_whether_a_run_leaves_out_what_was_seen():
    for exclude_seen, expected in ((True, ["e", "f"]), (False, ["a", "b"])):
        stage = Stage("next", Listed(n_recommendations=2, exclude_seen=exclude_seen))
        pipeline = Pipeline([stage])
        assert pipeline.fit(LOG).values["next"][0] == expected
        assert pipeline.apply(LOG).values["next"][0] == expected


def test_users_who_have_seen_everything_are_reported():
    asked = Interactions.from_histories({"all": list("fedcba"), "most": list("abcde"), "again": list("abcdeff")})
    ranking, problems = heard(lambda: Listed().fit(LOG).recommend(asked, 3))
    assert [ranking[row] for row in range(3)] == [[], ["f"], []]
    assert problems == [("users have seen every item, so nothing is left to recommend", 2, (0, 2))]
    assert heard(lambda: Listed().fit(LOG).recommend(asked, 3, exclude_seen=False))[1] == []


# Refused fits


def too_many(monkeypatch):
    monkeypatch.setattr(ease, "MOST_ITEMS", 6)
    return EASE(), Interactions.from_histories({"u": [f"item {item}" for item in range(9)]})


def nothing_to_tell_apart(monkeypatch):
    return BPR(n_factors=2, epochs=1), Interactions.from_histories({"u": [f"item {item}" for item in range(9)]})


def without_times(monkeypatch):
    timed = Interactions.from_events(["u", "v"], ["a", "b"], times=[1, 2])
    return Popular(half_life_days=1).fit(timed), LOG


def far_apart(monkeypatch):
    return SVDpp(learning_rate=0.5), Interactions.from_events(["u", "u", "v"], ["a", "b", "a"], [1e6, -1e6, 3e6])


@pytest.mark.parametrize("case", [too_many, nothing_to_tell_apart, without_times, far_apart])
def test_a_refused_fit_leaves_what_was_learned_before(monkeypatch, case):
    model, bad = case(monkeypatch)
    fresh = type(model)(**model.get_params())
    with pytest.raises(DataError):
        fresh.fit(bad)
    with pytest.raises(NotFittedError):
        fresh.recommend(LOG, 2)
    model = model if model.learned() else model.fit(LOG)
    tree, before = dump_state(model)[1], heard(lambda: model.recommend(LOG, 3))[0]
    with pytest.raises(DataError):
        model.fit(bad)
    after = heard(lambda: model.recommend(LOG, 3))[0]
    assert dump_state(model)[1] == tree
    assert after.items == before.items
    np.testing.assert_array_equal(after.scores, before.scores)


# Diversity


def most_diverse(scores, audiences, n, diversity, width):
    """Choose by maximal marginal relevance, in plain Python: places in `scores`, which come best first."""
    order = sorted((place for place in range(len(scores)) if scores[place] > -np.inf), key=lambda place: (-scores[place], place))[:width]
    if not order:
        return []
    low, high = scores[order[-1]], scores[order[0]]
    own = {place: (scores[place] - low) / (high - low) if high > low else 1.0 for place in order}
    chosen = []

    def value(place):
        near = [len(audiences[place] & audiences[it]) / (len(audiences[place]) * len(audiences[it])) ** 0.5 for it in chosen]
        return round((1 - diversity) * own[place] - diversity * max(near, default=0), 6)

    while len(chosen) < min(n, len(order)):
        chosen.append(max((place for place in order if place not in chosen), key=lambda place: (value(place), -order.index(place))))
    return chosen


logs = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=5), min_size=2, max_size=12).filter(any)


@settings(deadline=None, max_examples=60)  # SciPy is imported and loops are compiled in the first example
@given(logs, st.lists(st.integers(0, 5), min_size=8, max_size=8), st.sampled_from([0.1, 0.3, 0.5, 0.77, 1.0]), st.integers(1, 4))
def test_diversity_is_maximal_marginal_relevance(lists, values, diversity, n):
    log = Interactions.from_histories({f"user {place}": items for place, items in enumerate(lists)})
    items = sorted({item for history in lists for item in history})
    model = Listed(values=tuple(map(float, values[: len(items)])), diversity=diversity).fit(log)
    audiences = [{user for user, history in enumerate(lists) if item in history} for item in model.items_]
    ranking, _ = heard(lambda: model.recommend(Interactions.from_histories({"asked": [model.items_[0]]}), n))
    scores = [-np.inf, *model.values[1:]]
    assert ranking.rows[0][ranking.rows[0] >= 0].tolist() == most_diverse(scores, audiences, n, diversity, n * 10)


@pytest.mark.parametrize("diversity", [0.05 * step for step in range(1, 20)])
def test_what_is_as_good_and_as_different_is_ranked_by_popularity_and_then_by_id(diversity):
    log = Interactions.from_histories({"u": ["a"], "v": ["b"], "w": ["c"], "x": ["d"], "y": ["e"]})
    assert best(Listed(values=(1.0, 3.0, 3.0, 3.0, 1.0), diversity=diversity), ["e"], n=3, log=log)[0] == ["b", "c", "d"]


def test_diversity_that_is_asked_for_only_after_the_fit_is_refused():
    model = Listed().fit(LOG).set_params(diversity=0.5)
    message = (
        r"^diversity needs to know who touched what, and the model was fitted without it; "
        r"fit it again, with diversity above 0, or set diversity to 0$"
    )
    with pytest.raises(DataError, match=message):
        model.recommend(LOG, 2)


def test_values_of_diverse_items_never_rise():
    random = np.random.default_rng(0)
    log = Interactions.from_events(
        [f"u{user}" for user in random.integers(0, 30, 200)], [f"i{item}" for item in random.integers(0, 25, 200)]
    )
    ranking = ItemKNN(diversity=0.6).fit(log).recommend(log, 8)
    for row in range(len(ranking)):
        assert (np.diff(ranking.scores[row, : len(ranking[row])]) <= 0).all()


def test_only_the_best_candidates_are_looked_at_for_diversity(monkeypatch):
    monkeypatch.setattr(scorer, "CANDIDATES", 2)
    log = Interactions.from_histories({"u": ["a", "b"], "v": ["a", "b", "c"], "w": ["d"], "x": ["e"]})
    model = Listed(values=(9.0, 8.0, 7.0, 6.0, 1.0), diversity=1.0)
    assert best(model, ["e"], n=1, log=log)[0] == ["a"]
    assert best(model, ["e"], n=2, log=log)[0] == ["a", "d"]


@pytest.mark.parametrize("make", [lambda: Popular(diversity=0.7), lambda: EASE(diversity=0.7), lambda: ItemKNN(diversity=0.7)])
def test_an_update_tells_diversity_of_the_new_users(make):
    later = Interactions.from_histories({"fay": ["g", "b", "f"], "gil": ["g", "d", "f"], "hal": ["f"]})
    together = Interactions.from_histories({**HISTORIES, "fay": ["g", "b", "f"], "gil": ["g", "d", "f"], "hal": ["f"]})
    updated, fitted = make().fit(LOG).update(later), make().fit(together)
    assert updated.items_ == fitted.items_
    np.testing.assert_array_equal(updated.audience_.sum(axis=1), fitted.audience_.sum(axis=1))
    asked = Interactions.from_histories({"one": ["c"], "two": ["g", "a"]})
    one, other = updated.recommend(asked, 5), fitted.recommend(asked, 5)
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)


def test_items_folded_in_have_an_audience():
    later = Interactions.from_histories({"fay": ["g", "b"], "gil": ["g", "b"]})
    model = ALS(n_factors=2, max_iter=2, diversity=0.5).fit(LOG).update(later)
    assert model.audience_.shape == (7, 7)
    assert dict(zip(model.items_, model.audience_.sum(axis=1).A1.tolist(), strict=True)) == dict(
        zip(model.items_, model.popularity_.tolist(), strict=True)
    )


# Blocks and threads


@pytest.mark.parametrize("diversity", [0.0, 0.5])
@pytest.mark.parametrize("cores", [1, 2, 5])
def test_small_blocks_in_one_thread_or_many_give_the_same_bits(monkeypatch, cores, diversity):
    random = np.random.default_rng(1)
    log = Interactions.from_events(
        [f"u{user}" for user in random.integers(0, 40, 300)], [f"i{item}" for item in random.integers(0, 30, 300)]
    )
    for model in (ItemKNN(diversity=diversity).fit(log), ALS(n_factors=5, max_iter=2, diversity=diversity).fit(log)):
        whole = model.recommend(log, 6)
        monkeypatch.setattr(scorer, "usable_cores", lambda: cores)
        for cells in (1, 70, 1000):
            monkeypatch.setattr(scorer, "CELLS", cells)
            cut = model.recommend(log, 6)
            np.testing.assert_array_equal(cut.rows, whole.rows)
            np.testing.assert_array_equal(cut.scores.view(np.int32), whole.scores.view(np.int32))
        monkeypatch.undo()


def test_blocks_cover_every_row_once_and_hold_so_many_cells_at_most(monkeypatch):
    monkeypatch.setattr(scorer, "CELLS", 20)
    for n_rows, n_columns in ((0, 3), (1, 30), (7, 6), (9, 3), (5, 0)):
        parts = list(scorer.blocks(n_rows, n_columns))
        assert [row for part in parts for row in range(part.start, part.stop)] == list(range(n_rows))
        assert all((part.stop - part.start) * n_columns <= 20 or part.stop - part.start == 1 for part in parts)
