"""What most users touched, of late if wished: half-lives by hand, and updates."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions, dump_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.popular import DAY, Popular

NOW = 1_700_000_000.0


def timed(events):
    users, items, days = zip(*events, strict=True)
    return Interactions.from_events(users, items, times=[NOW - DAY * age for age in days])


def shown(model, history=("unheard",), n=9):
    with problems_to(lambda problem: None):
        ranking = model.recommend(Interactions.from_histories({"asked": history}), n)
    return dict(zip(ranking[0], ranking.scores[0].tolist(), strict=False))


def test_users_are_counted_and_not_events_or_weights():
    log = Interactions.from_events(["u", "u", "u", "v", "w"], ["a", "a", "a", "b", "b"], [9, 9, 9, 1, 1])
    assert shown(Popular().fit(log), ["b"]) == {"a": 1}
    assert shown(Popular().fit(log), ["a"]) == {"b": 2}


def test_an_event_counts_half_after_a_half_life():
    log = timed([("u", "old", 10), ("v", "old", 20), ("w", "new", 0), ("w", "mid", 5)])
    model = Popular(half_life_days=10).fit(log)
    assert model.latest_ == NOW
    scores = dict(zip(model.items_, model.scores_.tolist(), strict=True))
    assert scores == pytest.approx({"old": 0.5 + 0.25, "new": 1, "mid": 0.5**0.5})
    history = shown(model, ["mid"])
    assert list(history) == ["new", "old"]
    assert history == pytest.approx({"new": 1, "old": 0.75})


def test_each_event_counts_where_there_is_a_half_life():
    model = Popular(half_life_days=1).fit(timed([("u", "a", 0), ("u", "a", 1), ("u", "a", 2), ("v", "b", 0)]))
    assert dict(zip(model.items_, model.scores_.tolist(), strict=True)) == pytest.approx({"a": 1.75, "b": 1})


def test_times_do_not_matter_without_a_half_life():
    model = Popular().fit(timed([("u", "a", 0), ("v", "b", 900), ("w", "b", 900)]))
    assert shown(model, ["a"]) == {"b": 2}


def test_times_that_are_missing_are_refused():
    message = (
        "half_life_days needs the times of the events, and there are none; "
        "name the column of times with `time` in the source, or leave half_life_days out"
    )
    without = Interactions.from_histories({"u": ["a"]})
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        Popular(half_life_days=3).fit(without)
    model = Popular(half_life_days=3).fit(timed([("u", "a", 0), ("v", "b", 1)]))
    before = dump_state(model)
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        model.update(without)
    after = dump_state(model)
    assert after[1] == before[1]  # a refused update changes nothing
    assert all(np.array_equal(after[0][name], values) for name, values in before[0].items())


events = st.lists(
    st.tuples(st.integers(0, 5).map("user {}".format), st.sampled_from("abcdef"), st.integers(0, 60)), min_size=1, max_size=20
)


@settings(deadline=None, max_examples=60)  # SciPy is imported in the first example
@given(events, events, st.sampled_from([None, 0.5, 7.0, 1000.0]))
def test_an_update_is_a_fit_on_all_events(earlier, later, half_life_days):
    later = [(f"new {user}", item, days) for user, item, days in later]
    updated = Popular(half_life_days=half_life_days).fit(timed(earlier)).update(timed(later))
    fitted = Popular(half_life_days=half_life_days).fit(timed([*earlier, *later]))
    assert updated.items_ == fitted.items_
    assert updated.latest_ == fitted.latest_
    np.testing.assert_array_equal(updated.popularity_, fitted.popularity_)
    np.testing.assert_allclose(updated.scores_, fitted.scores_, rtol=1e-9)


def test_an_update_refuses_bad_weights_and_changes_nothing():
    model = Popular().fit(Interactions.from_histories({"u": ["a", "b"], "v": ["b"]}))
    with pytest.raises(DataError, match=r"must be above 0 and finite \(got -1.0\) \(records 'w'\)"):
        model.update(Interactions.from_events(["w"], ["c"], [-1]))
    assert (model.items_, model.popularity_.tolist()) == (["b", "a"], [2, 1])


def test_the_reason_is_how_many_touched_it():
    model = Popular().fit(Interactions.from_histories({"u": ["a", "b"], "v": ["b"]}))
    (reason,) = model.explain(["a"], "b")
    assert (reason.text, reason.weight, reason.items) == ("2 users touched b", 2.0, ("b",))
    with pytest.raises(DataError, match=r"^the item 'x' is not known; name one that can be recommended$"):
        model.explain(["a"], "x")


def test_who_has_no_history_gets_what_is_popular_of_late():
    model = Popular(half_life_days=1, blocked=("c",)).fit(timed([("u", "a", 9), ("v", "a", 9), ("w", "b", 0), ("w", "c", 0)]))
    with problems_to(lambda problem: None):
        ranking = model.recommend(Interactions.from_histories({"none": [], "unheard": ["x"], "some": ["c"]}), 3)
    assert [ranking[row] for row in range(3)] == [["b", "a"]] * 3
    np.testing.assert_array_equal(ranking.scores, ranking.scores[[2, 2, 2]])
    assert ranking.scores[0].tolist() == pytest.approx([1, 2 * 0.5**9, 0])
