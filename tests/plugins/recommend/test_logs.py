"""Logs as recommenders see them: an order that tells nothing, sums and latest ratings, and nothing changed in place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.logs import Log, joined

events = st.lists(
    st.tuples(st.sampled_from(["u", "v", "w", "U", "w "]), st.sampled_from("abcdef"), st.sampled_from([0.5, 1.0, 2.0, 5.0])),
    min_size=1,
    max_size=30,
)


def build(rows, times=None):
    users, items, weights = zip(*rows, strict=True)
    return Interactions.from_events(users, items, weights, times)


def parts(log):
    return log.users, log.items, log.indptr.tolist(), log.columns.tolist(), log.weights.tolist()


def cells(rows):
    """Add up the events of each pair in plain Python."""
    sums = {}
    for user, item, weight in rows:
        sums[user, item] = sums.get((user, item), 0) + weight
    return sums


def as_cells(log, matrix):
    at = matrix.tocoo()
    return {(log.users[row], log.items[column]): value for row, column, value in zip(at.row, at.col, at.data.tolist(), strict=True)}


@settings(deadline=None)  # SciPy is imported in the first example
@given(events, st.randoms(use_true_random=False))
def test_the_order_of_users_and_of_events_between_users_tells_nothing(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    by_user = {user: iter([row for row in rows if row[0] == user]) for user, _, _ in rows}
    mixed = [next(by_user[user]) for user, _, _ in shuffled]  # each user's own events stay in order
    assert parts(Log.to_learn(build(rows))) == parts(Log.to_learn(build(mixed)))


@settings(deadline=None)  # likewise
@given(events)
def test_items_come_by_how_many_users_touched_them_and_then_by_id(rows):
    log = Log.to_learn(build(rows))
    touched = {item: len({user for user, its, _ in rows if its == item}) for _, item, _ in rows}
    assert log.items == sorted(touched, key=lambda item: (-touched[item], item))
    assert log.users == sorted({user for user, _, _ in rows})
    assert log.users_per_item.tolist() == [touched[item] for item in log.items]


@settings(deadline=None)  # likewise
@given(events)
def test_duplicates_add_up_in_the_matrix_and_count_once_as_touched(rows):
    log = Log.to_learn(build(rows))
    assert as_cells(log, log.matrix) == pytest.approx(cells(rows))
    assert as_cells(log, log.touched) == dict.fromkeys(cells(rows), 1.0)
    for matrix in (log.matrix, log.touched, log.ratings):
        assert matrix.dtype == np.float32
        assert matrix.shape == (len(log.users), len(log.items))
        for row in range(len(log)):
            columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
            assert (np.diff(columns) > 0).all()


@settings(deadline=None)  # likewise
@given(events)
def test_the_latest_of_several_ratings_counts(rows):
    log = Log.to_learn(build(rows))
    assert as_cells(log, log.ratings) == {(user, item): weight for user, item, weight in rows}


@settings(deadline=None)  # likewise
@given(events, st.permutations(["matrix", "touched", "ratings", "users_per_item", "owners"]))
def test_asking_for_a_matrix_does_not_change_the_log(rows, asked):
    log = Log.to_learn(build(rows))
    before, fresh = parts(log), Log.to_learn(build(rows))
    for name in asked:
        getattr(log, name)
    assert parts(log) == before
    for name in ("matrix", "touched", "ratings"):
        one, other = getattr(log, name), getattr(fresh, name)
        np.testing.assert_array_equal(one.toarray(), other.toarray())


@settings(deadline=None)  # likewise
@given(events)
def test_what_is_done_to_a_matrix_does_not_reach_the_log(rows):
    log = Log.to_learn(build(rows))
    before = parts(log)
    for matrix in (log.matrix, log.touched, log.ratings):
        matrix.data[:], matrix.indices[:], matrix.indptr[:] = -1, 0, 0
    assert parts(log) == before


@settings(deadline=None)  # likewise
@given(events, st.integers(0, 4), st.integers(0, 5))
def test_consecutive_users_are_cut_out_with_their_events(rows, first, n):
    log = Log.to_learn(build(rows, times=range(len(rows))))
    first = min(first, len(log))
    cut = log[slice(first, first + n)]
    assert cut.users == log.users[first : first + n]
    np.testing.assert_array_equal(cut.matrix.toarray(), log.matrix.toarray()[first : first + n])
    assert len(cut.times) == len(cut.columns) == len(cut.weights) == cut.indptr[-1]
    assert cut.owners.tolist() == [owner - first for owner in log.owners.tolist() if first <= owner < first + n]


@settings(deadline=None)  # likewise
@given(events, st.lists(st.integers(0, 4), max_size=6))
def test_some_users_are_taken_in_the_order_asked_for(rows, places):
    log = Log.to_learn(build(rows, times=range(len(rows))))
    asked = np.array([place % len(log) for place in places], np.int64)
    taken = log.at(asked)
    assert taken.users == [log.users[row] for row in asked]
    for row, place in enumerate(asked):
        one, same = taken[slice(row, row + 1)], log[slice(place, place + 1)]
        assert parts(one) == parts(same)
        assert one.times.tolist() == same.times.tolist()


def test_zero_is_a_rating_and_so_is_a_negative_number():
    log = Log.to_learn(build([("u", "a", 5.0), ("u", "a", 0.0), ("u", "b", -2.0)]))
    assert as_cells(log, log.ratings) == {("u", "a"): 0.0, ("u", "b"): -2.0}


def test_items_that_nobody_touched_are_dropped_unless_they_are_named_and_come_last_then():
    some = Interactions.from_histories({"u": ["b", "a"], "v": ["c"], "none": []}).for_users(["none", "u"])
    assert Log.to_learn(some).items == ["a", "b"]
    log = Log.to_learn(some, ["z", "a", "d"])
    assert (log.users, log.items, log.users_per_item.tolist()) == (["none", "u"], ["a", "b", "d", "z"], [1, 1, 0, 0])


@settings(deadline=None)  # likewise
@given(events, st.lists(st.sampled_from("abcdxyz"), unique=True))
def test_further_events_bring_their_own_items_after_those_that_are_known(rows, known):
    log = Log.to_add(build(rows).for_users(["u", "v"]), known)
    touched = {item for user, item, _ in rows if user in ("u", "v")}
    assert log.items == [*known, *sorted(touched - set(known))]
    expected = {(user, item): weight for (user, item), weight in cells(rows).items() if user in ("u", "v")}
    assert as_cells(log, log.matrix) == pytest.approx(expected)


def test_events_with_unknown_items_are_counted_and_left_out():
    histories, problems = Interactions.from_histories({"u": ["x", "a", "x"], "v": ["y"], "w": ["b"]}), []
    with problems_to(problems.append):
        log = Log.to_score(histories, ["b", "a"])
    assert parts(log) == (["u", "v", "w"], ["b", "a"], [0, 1, 1, 2], [1, 0], [1.0, 1.0])
    assert [(problem.message, problem.count) for problem in problems] == [("events with items unknown at fit were left out", 3)]


def test_the_users_of_bad_weights_are_named_whatever_the_order():
    log = Log.to_learn(build([("zoe", "a", -1.0), ("ann", "a", 1.0), ("eve", "b", 0.0)]))
    with pytest.raises(DataError) as caught:
        log.check_weights(signed=False)
    assert caught.value.ids == ("eve", "zoe")
    log.check_weights(signed=True)


@pytest.mark.parametrize("signed", [False, True])
def test_weights_beyond_all_measure_are_refused(signed):
    log = Log.to_learn(build([("ann", "a", 1e12), ("zoe", "a", 2e12)]))
    message = (
        r"^the weight of an event must be at most 1e\+12 in size \(got 1999999991808.0\) \(records 'zoe'\); "
        r"divide all weights by the same number$"
    )
    with pytest.raises(DataError, match=message):
        log.check_weights(signed)


def test_events_of_two_logs_are_put_together_in_order():
    one = Interactions.from_events(["u", "v", "u"], ["a", "b", "c"], [1, 2, 3], [5, 6, 7])
    other = Interactions.from_events(["w", "u"], ["d", "a"], [4, 5], [1, 6])
    both = joined(one, other)
    assert {user: both[row] for row, user in enumerate(both.users)} == {"u": ["a", "a", "c"], "v": ["b"], "w": ["d"]}
    assert both.weights.tolist() == [1, 5, 3, 2, 4]
    assert both.times.tolist() == [5, 6, 7, 6, 1]


def test_without_the_times_of_one_log_the_later_one_comes_after():
    one = Interactions.from_events(["u"], ["a"], [1], [5])
    other = Interactions.from_histories({"u": ["b"]})
    assert (joined(one, other).times, joined(one, other)[0]) == (None, ["a", "b"])
    assert joined(other, one)[0] == ["b", "a"]
