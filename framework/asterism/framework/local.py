"""The engine `local`: partitions are worked on in this process, or in worker processes of this machine."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any

from .engine import Engine, Lost
from .problems import Problem, problems_to, report_problem
from .summation import Summary
from .workers import InWorker, Message, Worker, dumps, explain, refuse_unguarded_script, usable_cores

WORTH_STARTING = 2.0
"""Seconds of work that must be left, as far as one can tell, before worker processes are started by themselves."""

STARTS = 3
"""How many workers in a row may die before they are ready, until it is clear that there is something wrong with all of them."""


@dataclass(frozen=True, kw_only=True)
class LocalEngine(Engine):
    """Works here, or in worker processes: with more than one worker, or with a `timeout`, which only ends what can be killed.

    With `workers` None, it works here at first and starts a worker per core once so much is left that it pays. What cannot
    travel to a worker (a function from a prompt, a part with an open file) is worked on here, and that is reported where workers or a
    time limit were asked for.
    """

    def __post_init__(self) -> None:
        for name, value, least in (("workers", self.workers, 1), ("timeout", self.timeout, 1e-3)):
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}, or None (got {value})")

    def map(self, function: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
        """See `Engine.map`; at most two parts more than there are workers are in memory."""
        refuse_unguarded_script()
        count = self.workers or usable_cores()
        left = iter(parts)
        if self.timeout is None and count == 1:
            for part in left:
                yield function(part)
            return
        if self.timeout is None and self.workers is None:
            yield from _until_it_pays(function, left, len(parts) if isinstance(parts, Sized) else None)
        yield from _Crew(function, left, count, self.timeout, is_asked_for=self.workers is not None or self.timeout is not None).answers()

    def fold(
        self,
        summarize: Callable[[Any], Summary],
        parts: Iterable[Any],
        total: Summary | None = None,
        seen: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """See `Engine.fold`; always here, with all the threads of linear algebra: with fewer of them the last bits of a sum are others."""
        return Engine.fold(LocalEngine(workers=1), summarize, parts, total, seen)


def _until_it_pays(function: Callable[[Any], Any], parts: Iterator[Any], count: int | None) -> Iterator[Any]:
    """Work here, until workers would save more than their start costs; of unknown length, what took long is taken to last as long again."""
    spent, shortest = 0.0, float("inf")  # the shortest: the first part often waits for imports
    for done, part in enumerate(parts, 1):
        begin = time.perf_counter()
        answer = function(part)
        took = time.perf_counter() - begin
        spent, shortest = spent + took, min(shortest, took)
        yield answer
        if (spent if count is None else (count - done) * shortest) > WORTH_STARTING:
            return


@dataclass(eq=False)
class _Task:
    """A part on its way, with what was reported about it."""

    part: Any
    outcome: Message | None = None
    """``answer`` or ``error``, once it is known."""
    is_given: bool = False
    is_told: bool = False
    """True where a worker did it in vain, so that what it reports when it is done again has been heard."""
    problems: deque[Problem] = field(default_factory=deque)


@dataclass(eq=False)
class _Crew:
    """The workers of one `map`, and the parts that they are on, in order."""

    function: Callable[[Any], Any]
    parts: Iterator[Any]
    count: int
    timeout: float | None
    is_asked_for: bool
    """False where the engine chose workers by itself, so that nobody need be told that there are none."""
    staff: list[Worker] = field(default_factory=list)
    window: deque[_Task] = field(default_factory=deque)
    travelling: Any = None
    """The function, as it travels."""
    failed_starts: int = 0
    is_at_end: bool = False
    is_stuck: bool = False
    """True once something could not travel: all that is not yet given to a worker is worked on here."""

    def answers(self) -> Iterator[Any]:
        """Yield the answers in the order of the parts."""
        try:
            self._fill()
            while self.window:
                yield self._first()
                self._fill()
        finally:
            for worker in self.staff:
                worker.dismiss()
            for worker in self.staff:
                worker.end()

    def _first(self) -> Any:
        """Wait for the answer to the first part; what is reported about later ones waits for its turn, so that the order is always one."""
        task = self.window[0]
        while task.outcome is None and (task.is_given or not self.is_stuck):
            self._tell(task)
            self._step()
        self._tell(task)
        self.window.popleft()
        if task.outcome is None:
            with problems_to(lambda problem: None) if task.is_told else nullcontext():
                return self.function(task.part)
        kind, content = task.outcome
        if kind == "error":
            raise content
        return content

    def _tell(self, task: _Task) -> None:
        while task.problems:
            problem = task.problems.popleft()
            report_problem(problem.message, count=problem.count, rows=problem.rows, ids=problem.ids)

    def _step(self) -> None:
        """Wait until a worker says something or its time is up."""
        deadlines = [worker.deadline for worker in self.staff if worker.deadline is not None]
        patience = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        ready = wait([worker.connection for worker in self.staff], patience)
        for worker in list(self.staff):
            if worker.connection in ready:
                self._take(worker, *worker.hear())
            elif worker.is_overdue:
                worker.kill()
                worker.end()
                self._lose(worker, f"took longer than {self.timeout:g} s")
        self._fill()

    def _take(self, worker: Worker, kind: str, content: Any) -> None:
        if kind == "problem":
            worker.task.problems.append(content)
        elif kind == "answer":
            self._finish(worker, (kind, content))
        elif kind == "error":
            error, trace = content
            error.__cause__ = InWorker(trace)
            self._finish(worker, (kind, error))
        elif kind == "stuck":
            self._give_up(content, worker)
        elif kind == "unsendable":
            worker.task.is_told = True
            self._give_up(content, worker)
        elif kind == "died":
            self._lose(worker, f"its worker died ({content})")

    def _finish(self, worker: Worker, outcome: Message) -> None:
        worker.task.outcome = outcome
        worker.task = worker.deadline = None

    def _lose(self, worker: Worker, reason: str) -> None:
        """Go on without a worker that is gone; another takes its place when there is something to do."""
        self.staff.remove(worker)
        if worker.task is not None:
            self._finish(worker, ("answer", Lost(reason)))
        self.failed_starts = 0 if worker.is_ready else self.failed_starts + 1
        if self.failed_starts == STARTS:
            self._give_up(f"{STARTS} in a row did not come to life; {reason}")

    def _fill(self) -> None:
        """Take parts while there is room, and give them out."""
        room = 1 if self.is_stuck else self.count + 2
        while len(self.window) < room and not self.is_at_end:
            try:
                self.window.append(_Task(next(self.parts)))
            except StopIteration:
                self.is_at_end = True
            except Exception as error:  # is raised when the parts before it are answered, as if there were no workers
                self.window.append(_Task(None, ("error", error)))
                self.is_at_end = True
            self._give_out()
        self._give_out()

    def _give_out(self) -> None:
        waiting = [task for task in self.window if task.outcome is None and not task.is_given]
        idle = [worker for worker in self.staff if worker.is_idle]
        for task, worker in zip(waiting, idle, strict=False):
            if not self.is_stuck:
                self._give(task, worker)
        starting = sum(not worker.is_ready for worker in self.staff)
        for _ in range(min(self.count - len(self.staff), len(waiting) - len(idle) - starting)):
            if not self.is_stuck:
                self._hire()

    def _give(self, task: _Task, worker: Worker) -> None:
        try:
            part = dumps(task.part)
        except Exception as error:
            return self._give_up(explain(error))
        task.is_given = True
        try:
            worker.give(part, task, self.timeout)
        except OSError:
            self._lose(worker, f"its worker died ({worker.end()})")

    def _hire(self) -> None:
        try:
            self.travelling = self.travelling or dumps(self.function)
            self.staff.append(Worker(self.travelling, max(1, usable_cores() // self.count)))
        except Exception as error:  # the function cannot be pickled, or the system starts no process
            self._give_up(explain(error))

    def _give_up(self, reason: str, worker: Worker | None = None) -> None:
        """Work here from now on; what other workers are on is still awaited."""
        if worker and worker.task:
            worker.task.is_given = False
            worker.task = worker.deadline = None
        if self.is_asked_for and not self.is_stuck:
            limit = "" if self.timeout is None else f", without the limit of {self.timeout:g} s"
            report_problem(f"worker processes cannot be used, so that the work is done in one process{limit}: {reason}")
        self.is_stuck = True
