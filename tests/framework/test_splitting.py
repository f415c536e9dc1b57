from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions
from asterism.framework.problems import Problem, problems_to
from asterism.framework.splitting import leave_last_out, random_split, time_split

LOG = Interactions.from_events(
    ["ann", "ann", "ann", "bob", "cid", "cid"],
    ["tea", "milk", "rice", "tea", "rice", "salt"],
    weights=[1, 2, 3, 4, 5, 6],
    times=[10, 20, 30, 40, 50, 60],
)


def events(log: Interactions) -> list[tuple[Any, ...]]:
    """User, item, weight and time of every event."""
    owners = np.repeat(np.arange(len(log)), np.diff(log.indptr))
    times = [None] * len(owners) if log.times is None else log.times.tolist()
    return [
        (log.users[user], log.items[item], weight, time)
        for user, item, weight, time in zip(owners, log.indices, log.weights, times, strict=True)
    ]


def test_the_last_event_of_each_user_with_two_is_held_out() -> None:
    train, held_out = leave_last_out(LOG)
    assert train.users == held_out.users == ["ann", "bob", "cid"]
    assert [train[row] for row in range(3)] == [["tea", "milk"], ["tea"], ["rice"]]
    assert [held_out[row] for row in range(3)] == [["rice"], [], ["salt"]]
    assert events(held_out) == [("ann", "rice", 3, 30), ("cid", "salt", 6, 60)]


def test_the_latest_share_of_all_events_is_held_out() -> None:
    train, held_out = time_split(LOG, share=0.5)
    assert events(train) == [("ann", "tea", 1, 10), ("ann", "milk", 2, 20), ("ann", "rice", 3, 30)]
    assert events(held_out) == [("bob", "tea", 4, 40), ("cid", "rice", 5, 50), ("cid", "salt", 6, 60)]
    assert train[1] == train[2] == []  # users without a history stay


def test_each_part_has_the_items_that_occur_in_it() -> None:
    train, held_out = leave_last_out(LOG)
    assert (train.items, held_out.items) == (["tea", "milk", "rice"], ["rice", "salt"])


def test_events_of_one_moment_stay_together() -> None:
    log = Interactions.from_events(list("abcde"), list("vwxyz"), times=[1, 2, 2, 2, 3])
    train, held_out = time_split(log, share=0.6)
    assert [len(part.indices) for part in (train, held_out)] == [4, 1]
    together = Interactions.from_events(list("abc"), list("xyz"), times=[2, 2, 2])
    with pytest.raises(DataError, match=r"too many events are of one moment for this share"):
        time_split(together)


def test_a_random_split_has_the_share_and_depends_on_the_seed_alone() -> None:
    log = Interactions.from_events([str(event // 10) for event in range(1000)], [str(event % 10) for event in range(1000)])
    train, held_out = random_split(log, 0.3, random_state=1)
    assert (len(train.indices), len(held_out.indices)) == (700, 300)
    assert events(random_split(log, 0.3, random_state=1)[1]) == events(held_out)
    assert events(random_split(log, 0.3, random_state=2)[1]) != events(held_out)


PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), min_size=2, max_size=30)


@given(pairs=PAIRS, share=st.floats(0.1, 0.9), seed=st.integers(0, 9), way=st.integers(0, 2))
def test_no_event_is_lost_but_those_of_items_that_their_user_has_in_train(pairs: Any, share: float, seed: int, way: int) -> None:
    users, items = zip(*pairs, strict=True)
    log = Interactions.from_events(users, items, weights=np.arange(len(pairs)), times=np.arange(len(pairs)) // 2)
    told: list[Problem] = []
    ways = (leave_last_out, lambda log: random_split(log, share, seed), lambda log: time_split(log, share))
    try:
        with problems_to(told.append):
            train, held_out = ways[way](log)
    except DataError:
        return
    lost = sum(problem.count for problem in told)
    assert train.users == held_out.users == log.users
    assert Counter(events(train)) + Counter(events(held_out)) <= Counter(events(log))
    assert len(train.indices) + len(held_out.indices) + lost == len(log.indices)
    assert not {event[:2] for event in events(train)} & {event[:2] for event in events(held_out)}
    for part in (train, held_out):
        assert set(part.indices) == set(range(len(part.items)))
        assert all(part.indptr[1:] >= part.indptr[:-1])


def test_an_item_that_the_user_has_in_train_counts_for_nothing_and_that_is_told() -> None:
    log = Interactions.from_histories({"ann": ["tea", "milk", "tea"], "bob": ["tea", "milk"]})
    told: list[Problem] = []
    with problems_to(told.append):
        train, held_out = leave_last_out(log)
    assert [held_out[row] for row in range(2)] == [[], ["milk"]]
    assert train[0] == ["tea", "milk"]
    assert [(problem.count, problem.expected) for problem in told] == [(1, True)]
    with pytest.raises(
        DataError, match=r"^all 1 events to hold out are of items that their users touched before: nothing new is to be found"
    ):
        leave_last_out(Interactions.from_histories({"ann": ["tea", "tea"]}))


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_of_all_or_nothing_is_refused(share: float) -> None:
    for split in (random_split, time_split):
        with pytest.raises(DataError, match=r"must be above 0 and below 1 \(got .*\); 0.2 holds out every fifth event$"):
            split(LOG, share)


def test_where_nothing_is_left_on_one_side_it_is_said() -> None:
    with pytest.raises(
        DataError, match=r"^there is no event to hold out \(got 1 events of 1 users\); give it users with at least two events$"
    ):
        leave_last_out(Interactions.from_histories({"ann": ["tea"]}))
    with pytest.raises(DataError, match=r"^there is no event to learn from \(got 2 events of 1 users\); choose another share"):
        random_split(Interactions.from_histories({"ann": ["tea", "milk"]}), 0.9)
    with pytest.raises(DataError, match=r"^there is no event to hold out \(got 0 events"):
        random_split(Interactions.from_histories({"ann": []}))


def test_a_log_without_times_is_not_split_by_time() -> None:
    with pytest.raises(
        DataError, match=r"^the events have no times to split by; name the column that holds them, or split in another way$"
    ):
        time_split(Interactions.from_histories({"ann": ["tea", "milk"]}))
