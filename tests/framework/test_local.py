"""The engine `local`: order, bounds, what is lost, what is raised, what is reported, and when it starts processes at all."""

import math
import os
import re
import sys
import threading
import time
from importlib import import_module
from itertools import count
from pathlib import Path

import psutil
import pytest

from asterism.framework.engine import Lost
from asterism.framework.local import LocalEngine
from asterism.framework.problems import problems_to
from asterism.framework.testing.engines import check_engine
from asterism.framework.workers import InWorker

FUNCTIONS = '''
import os, re, signal, sys, threading, time
from asterism.framework import DataError, report_problem
from asterism.framework.workers import usable_cores

def process(part): return os.getpid()
def process_after(seconds): time.sleep(seconds); return os.getpid()
def cores(part): return usable_cores()

def fate(part):
    if part == "exit": os._exit(3)
    if part == "success": os._exit(0)
    if isinstance(part, signal.Signals): os.kill(os.getpid(), part)
    if part == "linger": time.sleep(60)
    if part == "hold": re.match("(a+)+b", "a" * 60)  # holds the interpreter's lock
    if part == "leave": sys.exit(4)
    return part

class Odd(Exception):
    def __init__(self, one, two): super().__init__(f"{one} and {two}")

def fail(part):
    if part == "odd":
        error = Odd(1, 2)
        error.add_note("a note")
        raise error
    if part == "lock":
        error = ValueError("holds a lock")
        error.lock = threading.Lock()
        raise error
    if part == "data":
        raise DataError("no", place="p", hint="h", rows=[1], ids=["a"])
    return 1 // part

def lock(part):
    report_problem(f"made {part}")
    return threading.Lock() if part == 2 else part

def await_answer(path):
    report_problem("say something")
    end = time.monotonic() + 50
    while not os.path.exists(path) and time.monotonic() < end: time.sleep(0.01)
    return os.path.exists(path)

def report_late(part):
    time.sleep(0.1 if part == 0 else 0)
    report_problem(f"first of {part}")
    report_problem(f"second of {part}")

class Doomed:
    """Cannot be brought to life elsewhere."""
    def __reduce__(self): return os._exit, (7,)
    def __call__(self, part): return part

class Foreign:
    """Is not known elsewhere."""
    def __reduce__(self): return int, ("no number",)
    def __call__(self, part): return part

class CountsItsCopies:
    copies = 0
    def __setstate__(self, state): type(self).copies += 1
    def __getstate__(self): return {"some": "thing"}
    def __call__(self, part): return type(self).copies
'''


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Functions in a module of their own, which a worker can import as it could a plugin."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "functions_of_the_engine_test.py").write_text(FUNCTIONS)
    sys.path.insert(0, str(folder))
    yield import_module("functions_of_the_engine_test")
    sys.path.remove(str(folder))


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    files, children = _open_files(), _children()
    yield
    assert _children() == children
    assert _open_files() == files


def _children():
    return {child.pid for child in psutil.Process().children(recursive=True)}


def _open_files():
    return psutil.Process().num_fds()


def _answers(engine, function, parts):
    """The answers, and what was reported meanwhile."""
    problems = []
    with problems_to(problems.append):
        return list(engine.map(function, parts)), [str(problem) for problem in problems]


@pytest.mark.parametrize("settings", [{}, {"workers": None}, {"workers": 2, "timeout": 1.0}])
def test_local_engine_keeps_the_laws_of_engines(settings):
    report = check_engine(LocalEngine(**settings))
    report.raise_for_failures()
    assert len([result for result in report.results if result.skipped]) == (0 if "timeout" in settings else 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"workers": 0}, "workers must be at least 1, or None (got 0)"),
        ({"timeout": 0}, "timeout must be at least 0.001, or None (got 0)"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LocalEngine(**settings)


def test_one_worker_without_timeout_works_here_and_takes_one_part_at_a_time():
    taken = []
    answers = LocalEngine().map(lambda part: (part, os.getpid()), (taken.append(part) or part for part in count()))
    assert next(answers) == (0, os.getpid())
    assert taken == [0]


def test_a_function_that_raises_stop_iteration_does_not_end_the_answers_early(work):
    def stop(part):
        raise StopIteration

    for engine in (LocalEngine(), LocalEngine(workers=None)):
        with pytest.raises(RuntimeError, match="generator raised StopIteration"):
            list(engine.map(stop, [1]))


def test_two_parts_more_than_workers_are_in_memory(work):
    taken = []
    answers = LocalEngine(workers=2).map(work.process, (taken.append(part) or part for part in range(20)))
    for number, _ in enumerate(answers, 1):
        assert len(taken) <= number + 3  # the part that was just answered is no longer one of them
    assert len(taken) == 20


def test_no_more_processes_than_parts_are_started(work):
    others = _children()
    answers = LocalEngine(workers=8).map(work.process, [1])
    assert next(answers) != os.getpid()
    assert len(_children() - others) == 1
    answers.close()


def test_short_work_is_done_here_when_the_engine_chooses(work):
    assert set(LocalEngine(workers=None).map(work.process, range(1000))) == {os.getpid()}
    assert set(LocalEngine(workers=None).map(work.process, iter(range(1000)))) == {os.getpid()}


def test_long_work_goes_to_processes_when_the_engine_chooses(work, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr("asterism.framework.local.WORTH_STARTING", 0.5)
    known = list(LocalEngine(workers=None).map(work.process_after, [0.1] * 9))
    assert known[0] == os.getpid()
    assert os.getpid() not in known[1:]
    unknown = list(LocalEngine(workers=None).map(work.process_after, iter([0, 0.6, 0, 0])))
    assert unknown[:2] == [os.getpid()] * 2
    assert os.getpid() not in unknown[2:]


def test_one_core_is_used_here_when_the_engine_chooses(work, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    monkeypatch.setattr("asterism.framework.local.WORTH_STARTING", 0.5)
    assert set(LocalEngine(workers=None).map(work.process_after, [0.1] * 9)) == {os.getpid()}


def test_a_worker_leaves_the_other_cores_to_its_like(work):
    assert list(LocalEngine(workers=2).map(work.cores, range(3))) == [1, 1, 1]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("exit", "its worker died (exit status 3)"),
        ("success", "its worker died (exit status 0)"),
        (9, "its worker died (signal 9, SIGKILL)"),
        (11, "its worker died (signal 11, SIGSEGV)"),
    ],
)
def test_a_worker_that_dies_costs_its_part_alone(work, part, reason):
    part = work.signal.Signals(part) if isinstance(part, int) else part
    assert list(LocalEngine(workers=2).map(work.fate, ["a", part, "b", part, "c"])) == ["a", Lost(reason), "b", Lost(reason), "c"]


@pytest.mark.parametrize("part", ["linger", "hold"])
def test_a_part_that_takes_for_ever_is_lost(work, part):
    engine = LocalEngine(workers=2, timeout=1.5)  # a worker that has to wait for the processor is not to be taken for one that hangs
    assert list(engine.map(work.fate, ["a", part, "b", "c"])) == ["a", Lost("took longer than 1.5 s"), "b", "c"]


def test_the_time_that_the_caller_takes_is_not_the_time_of_a_part(work):
    answers = LocalEngine(workers=2, timeout=1.0).map(work.fate, "ab")
    assert [time.sleep(1.1) or answer for answer in answers] == list("ab")


def test_an_error_travels_with_what_belongs_to_it(work):
    answers = LocalEngine(workers=2).map(work.fail, [1, "data", 1])
    assert next(answers) == 1
    with pytest.raises(ValueError, match=r"p: no \(records 'a'\); h") as raised:
        next(answers)
    assert (raised.value.rows, raised.value.place, raised.value.hint) == ((1,), "p", "h")
    assert isinstance(raised.value.__cause__, InWorker)
    assert 'raise DataError("no"' in str(raised.value.__cause__)


def test_an_error_of_the_language_travels_too(work):
    with pytest.raises(ZeroDivisionError):
        list(LocalEngine(workers=2).map(work.fail, [0]))
    with pytest.raises(SystemExit, match="4"):
        list(LocalEngine(workers=2).map(work.fate, ["leave"]))


@pytest.mark.parametrize(("part", "message", "notes"), [("odd", "Odd: 1 and 2", ["a note"]), ("lock", "ValueError: holds a lock", [])])
def test_an_error_that_cannot_travel_becomes_a_runtime_error(work, part, message, notes):
    with pytest.raises(RuntimeError) as raised:
        list(LocalEngine(workers=2).map(work.fail, [part]))
    assert str(raised.value) == message
    assert getattr(raised.value, "__notes__", []) == notes


def test_an_error_of_the_source_comes_after_the_answers_before_it(work):
    def parts():
        yield from range(3)
        raise OSError("the disk is gone")

    answers = LocalEngine(workers=2).map(work.fate, parts())
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(answers)


def test_what_is_reported_is_heard_while_the_part_is_worked_on(work, tmp_path):
    path = tmp_path / "heard"
    with problems_to(lambda problem: path.touch()):
        assert list(LocalEngine(workers=2).map(work.await_answer, [str(path)])) == [True]


def test_what_is_reported_is_heard_in_the_order_of_the_parts(work):
    heard = _answers(LocalEngine(workers=3), work.report_late, range(4))[1]
    assert heard == [f"{which} of {part}" for part in range(4) for which in ("first", "second")]


def test_a_listener_that_raises_stops_the_work(work):
    def refuse(problem):
        raise ValueError(problem.message)

    with problems_to(refuse), pytest.raises(ValueError, match="first of 0"):
        list(LocalEngine(workers=2).map(work.report_late, range(100)))


def test_a_function_that_cannot_travel_is_called_here_and_that_is_said_once():
    name = "test_a_function_that_cannot_travel_is_called_here_and_that_is_said_once.<locals>.<lambda>"
    answers, heard = _answers(LocalEngine(workers=2), lambda part: part + 1, range(5))
    assert answers == [1, 2, 3, 4, 5]
    assert heard == [
        f"worker processes cannot be used, so that the work is done in one process: AttributeError: Can't pickle local object '{name}'"
    ]
    _, heard = _answers(LocalEngine(timeout=30), lambda part: part + 1, range(5))
    assert heard[0].startswith("worker processes cannot be used, so that the work is done in one process, without the limit of 30 s: Attr")


def test_nobody_is_told_where_the_engine_would_have_chosen_processes(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr("asterism.framework.local.WORTH_STARTING", 0.5)
    answers, heard = _answers(LocalEngine(workers=None), lambda seconds: time.sleep(seconds) or os.getpid(), [0.1] * 9)
    assert set(answers) == {os.getpid()}
    assert heard == []


def test_from_a_part_that_cannot_travel_on_the_work_is_done_here(work):
    odd = threading.Lock()
    parts = [1, 2, 3, odd, 5, 6, 7]
    answers, heard = _answers(LocalEngine(workers=2), work.fate, iter(parts))
    assert answers == parts
    assert heard == [
        "worker processes cannot be used, so that the work is done in one process: TypeError: cannot pickle '_thread.lock' object"
    ]


def test_an_answer_that_cannot_travel_is_made_again_here(work):
    answers, heard = _answers(LocalEngine(workers=2), work.lock, range(6))
    assert [answer if isinstance(answer, int) else "lock" for answer in answers] == [0, 1, "lock", 3, 4, 5]
    assert sorted(line for line in heard if line.startswith("made")) == [f"made {part}" for part in range(6)]
    assert sum("cannot pickle" in line for line in heard) == 1


def test_a_function_that_no_worker_understands_is_called_here(work):
    answers, heard = _answers(LocalEngine(workers=2), work.Foreign(), range(3))
    assert answers == [0, 1, 2]
    assert heard[0].endswith(": ValueError: invalid literal for int() with base 10: 'no number'")


def test_a_function_that_kills_every_worker_at_its_start_is_called_here(work):
    answers, heard = _answers(LocalEngine(workers=2), work.Doomed(), range(3))
    assert answers == [0, 1, 2]
    assert heard[0].endswith(": 3 in a row did not come to life; its worker died (exit status 7)")
    assert len(heard) == 1


def test_the_function_travels_once_to_each_worker(work):
    assert set(LocalEngine(workers=2).map(work.CountsItsCopies(), range(20))) == {1}


def test_closing_ends_workers_that_are_at_work(work):
    answers = LocalEngine(workers=2).map(work.fate, ["a", "linger", "hold", "linger"])
    assert next(answers) == "a"
    begin = time.monotonic()
    answers.close()
    assert time.monotonic() - begin < 30  # "linger" takes 60 s, and "hold" has no end


def test_large_parts_and_answers_pass(work):
    large = [bytes([part]) * 3_000_000 for part in range(8)]
    assert list(LocalEngine(workers=2).map(work.fate, large)) == large


def test_a_library_function_is_enough():
    assert list(LocalEngine(workers=2).map(math.sqrt, [4, 9])) == [2, 3]


def test_maps_in_several_threads_do_not_disturb_each_other(work):
    found = {}

    def collect(name):
        found[name] = list(LocalEngine(workers=2).map(work.fate, [f"{name}{part}" for part in range(10)]))

    threads = [threading.Thread(target=collect, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == {name: [f"{name}{part}" for part in range(10)] for name in "ab"}


def test_paths_of_the_source_travel(work, tmp_path):
    assert list(LocalEngine(workers=2).map(Path.exists, [tmp_path, tmp_path / "no"])) == [True, False]
