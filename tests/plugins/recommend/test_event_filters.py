"""Which events of the modality `interactions` are kept, and what is said of the others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.modality import InteractionLog

RATED = [("ann", "tea", 5, 10), ("ann", "milk", 2, 30), ("ann", "tea", 3, 20), ("bob", "tea", 4, 40), ("bob", "rum", 1, 50)]


def read(source, **fields):
    """Return the histories and what was reported."""
    problems = []
    with problems_to(problems.append):
        log = InteractionLog(**fields).read(source)
    assert all(problem.expected for problem in problems)  # a setting asked for each, so that `strict` lets it pass
    return {user: log[row] for row, user in enumerate(log.users)}, [str(problem) for problem in problems]


def message(source, **fields):
    with pytest.raises(DataError) as caught:
        InteractionLog(**fields).read(source)
    return str(caught.value)


def test_weights_below_the_least_are_left_out():
    kept = {"ann": ["tea", "tea"], "bob": ["tea"]}
    assert read(RATED, min_weight=3) == (kept, ["left out: 2 events of a weight below 3"])
    assert read(RATED, min_weight=1)[1] == []


def test_negative_weights_are_kept_unless_a_least_one_is_set():
    disliked = [("ann", "tea", -1.5), ("ann", "rum", 2)]
    assert InteractionLog().read(disliked).weights.tolist() == [-1.5, 2]
    assert read(disliked, min_weight=0) == ({"ann": ["rum"]}, ["left out: 1 event of a weight below 0"])


def test_feedback_that_is_implicit_counts_each_kept_event_once():
    log = InteractionLog(min_weight=4, feedback="implicit").read(RATED)
    assert (log.weights.tolist(), log.weights.dtype) == ([1, 1], np.float32)
    assert log.times.tolist() == [10, 40]


def test_moments_bound_what_is_kept_from_one_on_and_before_the_other():
    kept = {"ann": ["tea", "milk"], "bob": ["tea"]}
    said = ["left out: 1 event before 20", "left out: 1 event at or after 1970-01-01T00:00:50"]
    assert read(RATED, since=20, until="1970-01-01T00:00:50") == (kept, said)
    assert read(RATED, since=float(20))[1] == ["left out: 1 event before 20"]
    assert read(RATED, since="20.0")[1] == ["left out: 1 event before 20.0"]


def test_moments_need_times():
    hint = "name their column with `time`, or leave `since` out"
    assert message([("ann", "tea")], since=0) == f"the events have no times, which `since` needs; {hint}"
    assert message(RATED, until="soon") == "`until` must be seconds since 1970 or an ISO date (got 'soon'); such as 2024-12-31"


def test_filters_of_files_need_their_column(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,item,stars,when\nann,tea,4,10\n")
    assert (
        message(path, since="2024-01-01")
        == f"{path}: `since` needs the time of each event; name the column with `time`, or leave `since` out"
    )
    hint = "name the column with `weight`, or leave `min_weight` out"
    assert message(path, min_weight=3) == f"{path}: `min_weight` needs the weight of each event; {hint}"
    assert read(path, min_weight=3, weight="stars", since=10, time="when") == ({"ann": ["tea"]}, [])
    baskets = f"{path}: read as baskets, which has no use for `min_weight`; leave `min_weight` out, or declare another `format`"
    assert message(path, format="baskets", min_weight=2) == baskets


@pytest.mark.parametrize(("which", "weights"), [("keep", [5, 3, 2, 4, 1]), ("first", [5, 2, 4, 1]), ("last", [3, 2, 4, 1])])
def test_of_repeated_events_the_first_or_the_last_in_time_is_kept(which, weights):
    assert InteractionLog(duplicates=which).read(RATED).weights.tolist() == weights
    said = [] if which == "keep" else [f"left out: 1 event besides the {which} of a user with an item"]
    assert read(RATED, duplicates=which)[1] == said


def test_repeated_events_without_times_are_told_by_their_rows():
    events = [("ann", "tea", 1), ("ann", "rum", 2), ("ann", "tea", 3), ("ann", "tea", 4)]
    assert InteractionLog(duplicates="first").read(events).weights.tolist() == [1, 2]
    assert InteractionLog(duplicates="last").read(events).weights.tolist() == [2, 4]


def test_weight_is_looked_at_before_repetition():
    assert InteractionLog(duplicates="last", min_weight=4).read(RATED).weights.tolist() == [5, 4]


def test_least_counts_are_repeated_until_all_that_are_left_have_them():
    chain = {"a": ["x", "y"], "b": ["x", "y"], "c": ["y", "z"], "d": ["z"]}  # without d, z is too rare, and then c has too little
    settings = "min_user_events is 2, min_item_events is 2"
    kept = {"a": ["x", "y"], "b": ["x", "y"]}
    assert read(chain, min_user_events=2, min_item_events=2) == (kept, [f"left out: 2 users, 1 item, 3 events ({settings})"])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_core_is_the_largest_part_that_has_the_least_counts(events, of_user, of_item):
    left = [*events]
    while bad := [
        (user, item) for user, item in left if sum(u == user for u, _ in left) < of_user or sum(i == item for _, i in left) < of_item
    ]:
        left = [event for event in left if event not in bad]
    fields = {"min_user_events": of_user, "min_item_events": of_item}
    if not left:
        assert message(events, **fields).startswith("no event is left: ")
        return
    histories, _ = read(events, **fields)
    assert sorted((user, item) for user, history in histories.items() for item in history) == sorted((str(u), str(i)) for u, i in left)


def test_nothing_left_names_the_setting():
    assert message(RATED, min_weight=9) == "no event is left: 5 events of a weight below 9; change `min_weight`, or leave it out"
    assert message(RATED, min_user_events=9) == (
        "no event is left: min_user_events is 9, min_item_events is 1, and no users and items have as many together; "
        "lower `min_user_events` or `min_item_events`"
    )


def test_place_of_what_is_left_empty_is_told(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,item\nann,tea\n")
    assert message(path, min_item_events=2).startswith(f"{path}: no event is left: ")


def test_filters_apply_to_interactions_of_a_host_and_leave_them_as_they_are():
    log = Interactions.from_histories({"ann": ["tea", "rum", "tea"], "bob": ["rum"], "cat": []})
    kept = InteractionLog(duplicates="first").read(log)
    assert (kept.users, kept.items, [kept[row] for row in range(3)]) == (
        ["ann", "bob", "cat"],
        ["tea", "rum"],
        [["tea", "rum"], ["rum"], []],
    )
    assert log[0] == ["tea", "rum", "tea"]
    assert InteractionLog(min_user_events=2).read(log).users == ["ann"]
    assert InteractionLog(min_item_events=1, duplicates="keep").read(log) is log


def test_users_and_items_that_lose_all_their_events_go():
    log = InteractionLog(min_weight=3).read(RATED)
    assert (log.users, log.items, log.indptr.tolist(), log.indices.tolist()) == (["ann", "bob"], ["tea"], [0, 2, 3], [0, 0, 0])


def test_ids_that_differ_in_blanks_or_case_are_kept_apart_and_reported(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,item\nann,  Tea\nann,tea\nbob,TEA \nbob,rum\n")
    histories, said = read(path)
    assert histories == {"ann": ["  Tea", "tea"], "bob": ["TEA ", "rum"]}
    assert said == ["3 items differ from another one in blanks or case alone, such as '  Tea' and 'tea'; they are kept apart"]
    assert read([("Ann", "x"), ("ann", "x")])[1] == [
        "2 users differ from another one in blanks or case alone, such as 'Ann' and 'ann'; they are kept apart"
    ]
