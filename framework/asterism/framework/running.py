"""One run of a pipeline: drives the stages, tells the hooks, stops when asked, and keeps what is done."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from .errors import AsterismError, Cancelled, DataError
from .hooks import hook_manager
from .problems import Problem, problems_to
from .result import Result
from .stages import Stage
from .values import Records, is_sparse, rows_not_finite

logger = logging.getLogger("asterism.framework")

SECONDS_BETWEEN_EVENTS = 0.1
"""Progress is told this often at most; a progress bar shows no more, and hooks cost time."""


class Run:
    """A single use: make it, `go`, throw it away. `open_source` is called within the run, so that what it reports is heard."""

    def __init__(
        self,
        stages: tuple[Stage, ...],
        open_source: Callable[[], Any],
        verb: str,
        hooks: Iterable[object],
        cancel: threading.Event | None,
        strict: bool,
    ) -> None:
        self.stages, self.open_source, self.verb, self.strict = stages, open_source, verb, strict
        self.cancel = cancel or threading.Event()
        self.hook = hook_manager(hooks).hook
        self.stage: Stage | None = None
        self.result = Result(None, [])

    def go(self) -> Result:
        """Run every stage; an error carries what was done until then as its ``partial`` attribute."""
        try:
            copy_context().run(self._run_all)
        except BaseException as error:
            self._explain(error)
            self._tell(error)
            raise
        return self.result

    def _run_all(self) -> None:
        with problems_to(self._take_problem):
            self.hook.before_run(stages=self.stages, verb=self.verb)
            self._open()
            for stage in self.stages:
                self._run_stage(stage)
            self.hook.after_run(result=self.result)

    def _open(self) -> None:
        data = self.result.data = self.open_source()
        rows = data.shape[0] if hasattr(data, "shape") else len(data)
        if rows == 0:
            raise DataError("the source is empty: there is not one record", hint="give it at least one")
        self.result.ids = list(getattr(data, "ids", ())) or [str(row) for row in range(rows)]
        self.result.targets = getattr(data, "targets", None)

    def _run_stage(self, stage: Stage) -> None:
        self.stage = stage
        self._stop_if_cancelled()
        self.hook.before_stage(stage=stage)
        begin = time.perf_counter()
        component = stage.component
        data = self._watched(self.result.values.get(stage.fed_by, self.result.data), stage, begin)
        value = component.learn(data) if self.verb == "fit" else component.apply(data)
        self._check(stage, value)
        seconds = time.perf_counter() - begin
        self.result.stages[stage.name], self.result.values[stage.name] = stage, value
        self.result.seconds[stage.name] = seconds
        logger.debug("stage %s took %.3f s", stage.name, seconds)
        self.hook.after_stage(stage=stage, value=value, seconds=seconds)
        self.stage = None

    def _watched(self, data: Any, stage: Stage, begin: float) -> Any:
        if not isinstance(data, Records):
            return data
        total, last = len(data), 0.0

        def watch(done: int) -> None:
            nonlocal last
            self._stop_if_cancelled()
            now = time.perf_counter()
            if done == total or now - last >= SECONDS_BETWEEN_EVENTS:
                last, rate = now, done / max(now - begin, 1e-9)
                self.hook.on_progress(stage=stage, done=done, total=total, rate=rate, eta=(total - done) / rate)

        return data.watched(watch)

    def _stop_if_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("the run was cancelled")

    def _check(self, stage: Stage, value: Any) -> None:
        """Hold a component to its word: one row per record, and finite numbers."""
        if not is_sparse(value) and not hasattr(value, "dtype"):
            return
        if value.shape[0] != len(self.result.ids):
            raise DataError(
                f"{stage.label} gave {value.shape[0]} rows for {len(self.result.ids)} records", hint="this is an error of that component"
            )
        if bad := rows_not_finite(value):
            raise DataError(f"{stage.label} gave NaN or infinity", rows=bad, hint="leave these records out, or choose another component")

    def _take_problem(self, problem: Problem) -> None:
        problem = replace(problem, stage=self.stage.name if self.stage else "", ids=problem.ids or self._ids(problem.rows))
        if self.strict:
            raise DataError(problem.message, stage=problem.stage, ids=problem.ids, hint="`strict` is on; without it the run would go on")
        self.result.problems.append(problem)
        self.hook.on_problem(problem=problem)

    def _ids(self, rows: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.result.ids[row] for row in rows if row < len(self.result.ids))

    def _tell(self, error: BaseException) -> None:
        try:
            self.hook.on_error(error=error)
        except Exception as second:  # the first error is the one to be told; the hook's own stands beside it
            error.add_note(f"a hook failed while it was told of this: {type(second).__name__}: {second}")

    def _explain(self, error: BaseException) -> None:
        """Say where a foreign error happened, fill in what only the run knows of ours, and attach what is done."""
        if isinstance(error, DataError):
            error.ids = error.ids or self._ids(error.rows)
            error.stage = error.stage or (self.stage.name if self.stage else "")
        elif self.stage and not isinstance(error, AsterismError):
            error.add_note(f"in stage '{self.stage.name}' ({self.stage.label})")
        error.partial = self.result  # type: ignore[attr-defined]  # documented in Pipeline.fit; every exception takes attributes
