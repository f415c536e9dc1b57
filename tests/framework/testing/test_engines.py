"""The laws of engines catch engines that break them, and the shuffling engine is as hard on functions as it says."""

import os
from dataclasses import dataclass
from itertools import count

import numpy as np
import pytest

from asterism.framework import DataError, report_problem
from asterism.framework.engine import Engine, Lost
from asterism.framework.problems import problems_to
from asterism.framework.testing import Broken
from asterism.framework.testing.engines import PARTS, ShuffledEngine, check_engine


def _failures(engine):
    return {result.name: result.message for result in check_engine(engine).failures}


def test_shuffled_engine_keeps_the_laws_of_engines():
    for seed in range(5):
        check_engine(ShuffledEngine(random_state=seed)).raise_for_failures()


class Greedy(Engine):
    def map(self, function, parts):
        taken = [part for part, _ in zip(parts, range(1000), strict=False)]
        yield from map(function, taken)


def test_taking_parts_too_early_is_caught():
    assert _failures(Greedy()) == {"parts_are_taken_as_needed": "1001 parts were taken to answer part 0; take them as they are needed"}


class Reversed(Engine):
    def map(self, function, parts):
        if isinstance(parts, (list, range)):
            yield from [function(part) for part in reversed(parts)]
        else:
            yield from map(function, parts)


def test_another_order_is_caught():
    broken = _failures(Reversed())
    assert set(broken) == {
        "answers_come_in_order",
        "an_error_is_raised_in_its_place",
        "what_is_reported_is_heard",
        "a_fold_is_the_same_bit_for_bit",
    }
    assert broken["answers_come_in_order"].startswith("the squares of 0, 1, 2, ...: [361, 324,")


class Swallowing(Engine):
    def map(self, function, parts):
        with problems_to(lambda problem: None):
            for part in parts:
                try:
                    answer = function(part)
                except DataError as error:
                    answer = Lost(str(error))
                yield answer


def test_swallowing_errors_and_problems_is_caught():
    broken = _failures(Swallowing())
    assert set(broken) == {"an_error_is_raised_in_its_place", "what_is_reported_is_heard"}
    assert broken["an_error_is_raised_in_its_place"] == "an error of the function is not raised"
    assert broken["what_is_reported_is_heard"].startswith("problems: [] was given, [Problem(message='part 0'")


class Unclosable(Engine):
    def map(self, function, parts):
        return map(function, parts)


def test_an_iterator_that_cannot_be_closed_is_caught():
    assert _failures(Unclosable())["closing_stops"] == "the iterator of `map` has no `close`; write `map` as a generator"


@dataclass(frozen=True, kw_only=True)
class Forgetful(Engine):
    """Says that it works elsewhere, and passes nothing on about what it lost."""

    def map(self, function, parts):
        process = -os.getpid() if function.__name__ == "_process" else None
        for part in parts:
            yield process or (None if getattr(function, "__name__", "") == "_die_at_three" and part == 3 else function(part))


def test_lost_parts_without_lost_are_caught():
    assert _failures(Forgetful())["a_dead_worker_costs_its_part"] == "a part without an answer: None was given, Lost(...) is right"


def test_a_report_names_the_engine_and_raises():
    with pytest.raises(Broken, match=r"Greedy\(workers=1, timeout=None\): 5 passed, 1 failed, 2 skipped"):
        check_engine(Greedy()).raise_for_failures()


class Notes:
    """A function that would keep something for the next part, and notes who was called."""

    def __init__(self, path):
        self.path, self.calls = path, 0

    def __call__(self, part):
        self.calls += 1
        report_problem(f"part {part}")
        with self.path.open("a") as stream:
            stream.write(f"{part} ")
        return self.calls


def test_shuffled_engine_works_out_of_order_twice_on_some_and_on_fresh_copies(tmp_path):
    heard = []
    with problems_to(lambda problem: heard.append(problem.message)):
        answers = list(ShuffledEngine().map(Notes(tmp_path / "calls"), range(PARTS)))
    calls = [int(part) for part in (tmp_path / "calls").read_text().split()]
    assert answers == [1] * PARTS
    assert heard == [f"part {part}" for part in range(PARTS)]
    assert set(calls) == set(range(PARTS))
    assert PARTS < len(calls) < 2 * PARTS
    assert calls != sorted(calls)


def test_shuffled_engine_takes_a_window_at_a_time():
    taken = []
    answers = ShuffledEngine(window=3).map(abs, (taken.append(part) or part for part in count()))
    assert next(answers) == 0
    assert taken == [0, 1, 2]


def test_shuffled_engine_refuses_what_cannot_travel():
    with pytest.raises(AttributeError, match="Can't pickle local object"):
        list(ShuffledEngine().map(lambda part: part, [1]))


def test_shuffled_engine_leaves_no_door_to_the_part_that_was_given():
    part = np.zeros(3)
    (answer,) = ShuffledEngine().map(np.asarray, [part])
    assert answer is not part
