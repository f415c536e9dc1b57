"""Engines under test: one that is as hard on functions as a cluster is, and the laws that every engine keeps.

An author's whole test of an engine::

    from asterism.framework.testing.engines import check_engine

    def test_engine():
        check_engine(MyEngine(workers=2)).raise_for_failures()
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

from ..engine import Engine, Lost
from ..errors import DataError
from ..problems import Problem, problems_to, report_problem
from ..summation import Summary, add_up
from .report import Broken, CheckResult, NotChecked, Report

Outcome = tuple[list[Problem], Any, Exception | None]


@dataclass(frozen=True, kw_only=True)
class ShuffledEngine(Engine):
    """Works on parts in a shuffled order, kills some of them, and lets everything travel: what passes here can run on a cluster.

    A killed part is worked on again: the answer of the first try, and what it reported, are thrown away. Functions, parts, answers and
    errors are pickled, and each part meets a fresh copy of the function, so that none can keep anything for the next.
    """

    random_state: int = 0
    """Seed of the order, and of who is killed."""
    window: int = 8
    """How many parts are taken and shuffled at once."""
    killed: float = 0.3
    """Share of the parts that are killed once."""

    def map(self, function: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
        """See `Engine.map`."""
        random, left = np.random.default_rng(self.random_state), iter(parts)
        while window := list(islice(left, self.window)):
            outcomes: dict[int, Outcome] = {}
            for place in random.permutation(len(window)):
                if random.random() < self.killed:
                    _work(function, window[place])
                outcomes[int(place)] = _work(function, window[place])
            for place in range(len(window)):
                yield _give(*outcomes.pop(place))


def _travel(value: Any) -> Any:
    return ForkingPickler.loads(ForkingPickler.dumps(value))


def _work(function: Callable[[Any], Any], part: Any) -> Outcome:
    problems: list[Problem] = []
    with problems_to(problems.append):
        try:
            return problems, _travel(_travel(function)(_travel(part))), None
        except Exception as error:  # is raised when it is the part's turn
            return problems, None, _travel(error)


def _give(problems: list[Problem], answer: Any, error: Exception | None) -> Any:
    for problem in problems:
        report_problem(problem.message, count=problem.count, rows=problem.rows, ids=problem.ids)
    if error:
        raise error
    return answer


def check_engine(engine: Engine) -> Report:
    """Run every law on `engine`, whose workers must be able to import this module, and report on each."""
    return Report(repr(engine), [_result(law, engine) for law in LAWS])


def _result(law: Callable[[Engine], None], engine: Engine) -> CheckResult:
    name = law.__name__
    try:
        law(engine)
    except NotChecked as reason:
        return CheckResult(name, True, skipped=str(reason))
    except AssertionError as broken:
        return CheckResult(name, False, str(broken))
    except Exception as error:
        return CheckResult(name, False, f"{type(error).__name__}: {error}")
    return CheckResult(name, True)


# The laws. Functions that travel are plain functions of this module, as an engine's workers import them.

PARTS = 20
AHEAD = 100
"""How many parts an engine may have taken whose answers nobody has asked for."""


def answers_come_in_order(engine: Engine) -> None:
    """An answer for each part, in the order of the parts, from a list as from a generator; none for none."""
    for parts in (list(range(PARTS)), iter(range(PARTS))):
        _same("the squares of 0, 1, 2, ...", list(engine.map(_square_slowly, parts)), [part * part for part in range(PARTS)])
    _same("no parts", list(engine.map(_square_slowly, [])), [])


def parts_are_taken_as_needed(engine: Engine) -> None:
    """A source without end is no trouble."""
    taken = _Taken()
    answers = engine.map(_square_slowly, taken)
    for part in range(PARTS):
        _same("an endless source", next(answers), part * part)
        if taken.parts > part + 1 + AHEAD:
            raise Broken(f"{taken.parts} parts were taken to answer part {part}; take them as they are needed")
    _close(answers)


def closing_stops(engine: Engine) -> None:
    """Once its iterator is closed, an engine takes no more parts."""
    taken = _Taken()
    answers = engine.map(_square_slowly, taken)
    next(answers)
    _close(answers)
    before = taken.parts
    time.sleep(0.1)
    if taken.parts > before:
        raise Broken(f"{taken.parts - before} parts were taken after the iterator had been closed")


def an_error_is_raised_in_its_place(engine: Engine) -> None:
    """The answers before it come first; it keeps its class, notes and attributes."""
    answers = engine.map(_refuse_three, range(PARTS))
    _same("the parts before an error", list(islice(answers, 3)), [0, 1, 2])
    try:
        next(answers)
    except DataError as error:
        _same("an error", str(error), "here: three is refused (records 'three'); leave it out")
        _same("the notes of an error", getattr(error, "__notes__", []), ["a note"])
        _same("the rows of an error", error.rows, (3,))
    else:
        raise Broken("an error of the function is not raised")


def what_is_reported_is_heard(engine: Engine) -> None:
    """Problems are reported here, with rows and ids, in the order of the parts."""
    heard: list[Problem] = []
    with problems_to(heard.append):
        for _ in engine.map(_report, range(PARTS)):
            pass
    _same("problems", heard, [Problem(f"part {part}", 1, (part,), (str(part),)) for part in range(PARTS)])


def a_dead_worker_costs_its_part(engine: Engine) -> None:
    """`Lost` stands for that part, the others are answered."""
    _need_workers(engine)
    _only_three_is_lost(list(engine.map(_die_at_three, range(PARTS))))


def a_slow_part_is_lost(engine: Engine) -> None:
    """`Lost` stands for a part that takes longer than `timeout`, the others are answered."""
    if engine.timeout is None:
        raise NotChecked("the engine has no timeout")
    _only_three_is_lost(list(engine.map(partial(_linger_at_three, 4 * engine.timeout + 1), range(PARTS))))


def a_fold_is_the_same_bit_for_bit(engine: Engine) -> None:
    """Sums are added up in the order of the parts, and a fold goes on from the total of another."""
    expected = add_up(map(_summarize, range(PARTS)))["sum"].tobytes()
    _same("a fold", engine.fold(_summarize, range(PARTS))["sum"].tobytes(), expected)
    half = engine.fold(_summarize, range(PARTS // 2))
    _same("a fold in two", engine.fold(_summarize, range(PARTS // 2, PARTS), half)["sum"].tobytes(), expected)


LAWS = (
    answers_come_in_order,
    parts_are_taken_as_needed,
    closing_stops,
    an_error_is_raised_in_its_place,
    what_is_reported_is_heard,
    a_dead_worker_costs_its_part,
    a_slow_part_is_lost,
    a_fold_is_the_same_bit_for_bit,
)


class _Taken:
    """An endless source that counts what was taken from it."""

    def __init__(self) -> None:
        self.parts = 0

    def __iter__(self) -> Iterator[int]:
        for part in count():
            self.parts += 1
            yield part


def _same(what: str, given: Any, expected: Any) -> None:
    if given != expected:
        raise Broken(f"{what}: {given!r:.200} was given, {expected!r:.200} is right")


def _close(answers: Iterator[Any]) -> None:
    close = getattr(answers, "close", None)
    if close is None:
        raise Broken("the iterator of `map` has no `close`; write `map` as a generator")
    close()


def _need_workers(engine: Engine) -> None:
    if os.getpid() in engine.map(_process, range(PARTS)):
        raise NotChecked("the engine works in this process, whose death would end the check too")


def _only_three_is_lost(answers: list[Any]) -> None:
    _same("the other parts", [*answers[:3], *answers[4:]], [part for part in range(PARTS) if part != 3])
    if not isinstance(answers[3], Lost):
        raise Broken(f"a part without an answer: {answers[3]!r:.200} was given, Lost(...) is right")


def _square_slowly(part: int) -> int:
    time.sleep(0.01 if part % 4 == 0 else 0)  # so that those after it are done before it
    return part * part


def _refuse_three(part: int) -> int:
    if part == 3:
        error = DataError("three is refused", place="here", hint="leave it out", rows=[3], ids=["three"])
        error.add_note("a note")
        raise error
    return part


def _report(part: int) -> None:
    report_problem(f"part {part}", rows=[part], ids=[str(part)])


def _process(part: int) -> int:
    return os.getpid()


def _die_at_three(part: int) -> int:
    if part == 3:
        os._exit(1)
    return part


def _linger_at_three(seconds: float, part: int) -> int:
    if part == 3:
        time.sleep(seconds)
    return part


def _summarize(part: int) -> Summary:
    return {"sum": np.random.default_rng(part).normal(size=50) * 10.0 ** (part % 9)}
