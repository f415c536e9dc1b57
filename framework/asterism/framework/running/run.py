"""One run of a pipeline: drives the stages, tells the hooks, stops when asked, and keeps what is done."""

import logging
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..blocks import is_mapped, size_of
from ..errors import AsterismError, Cancelled, DataError
from ..fingerprint import NoDigest, RecordsDigest, digest_of, digest_stage
from ..hooks import hook_manager
from ..memory import available
from ..problems import Problem, problems_to
from ..records import Entry, Records
from ..result import Result
from ..settings import Settings
from ..stages import SOURCE, Stage
from ..store import Draft, Kept, Store
from ..strings import Strings
from ..values import is_sparse, rows_not_finite, without_rows
from .feed import Feed
from .fitting import Route, Watch, Work, can_go_on, route_of
from .keeping import bad_record, keep, take_up
from .pace import Pace
from .reports import Reports
from .sink import Budget, Sink

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
        settings: Settings,
    ) -> None:
        self.stages, self.open_source, self.verb, self.settings = stages, open_source, verb, settings
        self.cancel = cancel or threading.Event()
        self.hook = hook_manager(hooks).hook
        self.stage: Stage | None = None
        self.result = Result(None, [])
        self.reports = Reports(settings, self.result, self.hook, ids_of=self._ids)
        self.budget = Budget(available() // 2 if settings.memory is None else settings.memory)
        self.pace = Pace(stages, settings.store)
        self.feed: Feed | None = None
        self.dropped: dict[str, frozenset[int]] = {SOURCE: frozenset()}
        self.keys: dict[str, str] = {}
        self._scratch: Store | None = None

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
        with problems_to(self.reports.take):
            self.hook.before_run(stages=self.stages, verb=self.verb)
            self._open()
            for stage in self.stages:
                self._run_stage(stage)
            self._align()
            self.hook.after_run(result=self.result)

    # The source

    def _open(self) -> None:
        data = self.result.data = self.open_source()
        if isinstance(data, Records):
            self._read_index(data)
        else:
            self.result.fingerprint = _digest(data)
            rows = data.shape[0] if hasattr(data, "shape") else len(data)
            self.result.ids = list(getattr(data, "ids", ())) or [str(row) for row in range(rows)]
        if not len(self.result.ids):
            raise DataError("the source is empty: there is not one record", hint="give it at least one")
        self.keys[SOURCE] = self.result.fingerprint
        self.pace.n_records = len(self.result.ids)

    def _read_index(self, records: Records[Any]) -> None:
        if self.settings.limit is not None:
            records = self.result.data = records.head(self.settings.limit)
        digest = RecordsDigest(records)

        def each(entries: list[Entry]) -> None:
            self._stop_if_cancelled()
            digest.add(entries)

        index = records.survey(each)
        self.feed, self.result.fingerprint = Feed(records), str(digest)
        self.result.ids, self.result.targets = index.ids, index.targets

    # One stage

    def _run_stage(self, stage: Stage) -> None:
        self.stage = stage
        self.reports.begin(stage)
        self._stop_if_cancelled()
        self.hook.before_stage(stage=stage)
        begin = time.perf_counter()
        data, dropped = self._fed(stage)
        route = route_of(stage.component, data, self.verb, self.budget)
        key = self.keys[stage.name] = self._key(stage, route)
        value, reused = self._result_of(stage, data, route, key)
        self.dropped[stage.name] = dropped | frozenset(self.feed.dropped if stage.fed_by == SOURCE and self.feed is not None else ())
        self._check(stage, value, route)
        seconds = time.perf_counter() - begin
        self._done(stage, value, seconds, reused, route)

    def _fed(self, stage: Stage) -> tuple[Any, frozenset[int]]:
        """Return what feeds a stage, in memory where it was found to have room there, and which records are not in it."""
        if stage.fed_by == SOURCE:
            return self.result.data if self.feed is None else self.feed, frozenset(self.feed.dropped if self.feed is not None else ())
        value = self.result.values[stage.fed_by]
        if stage.fed_by not in self.result.mapped and is_mapped(value):
            value = self.result.values[stage.fed_by] = value.copy()
        return value, self.dropped[stage.fed_by]

    def _key(self, stage: Stage, route: Route) -> str:
        """Return the key of a stage's result; empty where something that decides it has no digest."""
        fed_by = self.keys.get(stage.fed_by, "")
        dropped = sorted(self.feed.dropped) if self.feed is not None and stage.fed_by == SOURCE else []
        learned = stage.component.learned() if self.verb == "apply" else {}
        try:
            return digest_stage(stage, fed_by, self.verb, route == "sums", dropped, learned) if fed_by else ""
        except NoDigest:
            return ""

    def _result_of(self, stage: Stage, data: Any, route: Route, key: str) -> tuple[Any, int]:
        """Return the value of a stage, and how many rows of it came from the store."""
        store = self.settings.store if key else None
        if store is None:
            return self._compute(stage, data, route, None), 0
        if (found := store.find(key)) and (taken := self._take_up(stage, found)) is not None:
            return taken
        with store.draft(key, self._about(stage), self._stop_if_cancelled) as draft:
            if draft.complete:  # by another run, while this one waited
                if (taken := self._take_up(stage, draft.complete)) is not None:
                    return taken
                draft.start_over()
            if draft.n_rows and not can_go_on(draft, data, route):
                draft.start_over()
            reused = draft.n_rows
            return self._compute(stage, data, route, draft), reused

    def _take_up(self, stage: Stage, kept: Kept) -> tuple[Any, int] | None:
        value = take_up(kept, stage.component)
        if value is None:
            return None
        for row, problem in map(bad_record, kept.about["bad"]):
            if self.feed is not None:
                self.feed.dropped.add(row)
            self.reports.leave_out(problem)
        for told in kept.about["problems"]:
            self.reports.take(Problem(told["message"], told["count"], ids=tuple(told["ids"])))
        value = self._held(stage, value, kept)
        return value, value.shape[0] if hasattr(value, "shape") else len(value)

    def _compute(self, stage: Stage, data: Any, route: Route, draft: Draft | None) -> Any:
        with ExitStack() as drafts:
            spill = partial(self._spill, stage, drafts)
            n_rows = len(data) if isinstance(data, Feed) else len(self.result.ids)
            sink = Sink(self.budget, n_rows, draft, spill)
            work = Work(stage.component, stage.label, data, self.verb, self.settings.engine, sink, self._watch(stage))
            self.pace.begin(draft.n_rows if draft else 0)
            value = work.go(route)
            whole = sink.in_memory() if route != "whole" else value
            if sink.draft is None and not self.budget.has_room(size_of(whole)):
                sink.draft = spill()
            kept = keep(sink.draft, stage.component, value, **self._about_result(work)) if sink.draft else None
        return self._held(stage, kept.value() if whole is None and kept else whole, kept)

    def _held(self, stage: Stage, value: Any, kept: Kept | None) -> Any:
        """Hold a result in memory, if there is room; otherwise return it as it lies in its file."""
        if self.budget.take(size_of(value)):
            return value
        self.result.mapped.append(stage.name)
        return kept.value() if kept else value

    def _spill(self, stage: Stage, drafts: ExitStack) -> Draft:
        """Open a draft in temporary files, which go when nobody has the result any more."""
        if self._scratch is None:
            folder = Path(tempfile.mkdtemp(prefix=".asterism-", dir=self.settings.scratch))
            weakref.finalize(self.result, shutil.rmtree, folder, ignore_errors=True)
            self._scratch = Store(folder, durable=False)
        return drafts.enter_context(self._scratch.draft(digest_of(stage.name), {}))

    def _about(self, stage: Stage) -> dict[str, Any]:
        return {"stage": stage.name, "component": stage.label, "version": stage.version}

    def _about_result(self, work: Work) -> dict[str, Any]:
        problems = [{"message": problem.message, "count": problem.count, "ids": problem.ids} for problem in self.reports.of_stage]
        return {"bad": work.bad, "problems": problems, "seconds": self.pace.seconds()}

    def _done(self, stage: Stage, value: Any, seconds: float, reused: int, route: Route) -> None:
        if stage.like and self.verb == "fit":
            ids = [self.result.ids[row] for row in self._rows_of(stage)]
            stage = replace(stage, renumber=stage.like(ids, value))
        shown = stage.shown(value)
        result = self.result
        result.stages[stage.name], result.values[stage.name], result.seconds[stage.name] = stage, shown, seconds
        result.keys[stage.name], result.reused[stage.name] = self.keys[stage.name], reused
        if route != "whole":
            result.streamed.append(stage.name)
        if not reused:
            self.pace.learn(stage, len(result.ids), seconds)
        logger.debug("stage %s took %.3f s", stage.name, seconds)
        self.hook.after_stage(stage=stage, value=shown, seconds=seconds, reused=reused)
        self.stage = None

    def _rows_of(self, stage: Stage) -> list[int]:
        """List the places in the source of the rows of a stage."""
        return [row for row in range(len(self.result.ids)) if row not in self.dropped[stage.name]]

    def _watch(self, stage: Stage) -> Watch:
        last = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last
            self._stop_if_cancelled()
            now = time.perf_counter()
            if done == total or now - last >= SECONDS_BETWEEN_EVENTS:
                last, rate = now, self.pace.rate(done)
                eta = self.pace.seconds_left(stage, done, total, rate)
                self.hook.on_progress(stage=stage, done=done, total=total, rate=rate, eta=eta)

        return Watch(progress, self.reports.leave_out)

    def _stop_if_cancelled(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("the run was cancelled")

    def _check(self, stage: Stage, value: Any, route: Route) -> None:
        """Hold a component to its word: one row per record, and finite numbers."""
        if not is_sparse(value) and not hasattr(value, "dtype"):
            return
        expected = len(self.result.ids) - len(self.dropped[stage.name])
        if value.shape[0] != expected:
            raise DataError(f"{stage.label} gave {value.shape[0]} rows for {expected} records", hint="this is an error of that component")
        if stage.fed_by == SOURCE and route == "batches":  # every batch was looked at
            return
        if bad := rows_not_finite(value):
            rows = self._rows_of(stage)
            hint = "leave these records out, or choose another component"
            raise DataError(f"{stage.label} gave NaN or infinity", ids=[self.result.ids[rows[row]] for row in bad], hint=hint)

    def _align(self) -> None:
        """Leave the records in quarantine out of everything, so that row and id stay together everywhere."""
        final = frozenset(self.feed.dropped if self.feed is not None else ())
        if not final or self.feed is None:
            return
        for name, value in self.result.values.items():
            if late := final - self.dropped[name]:
                rows = [row for row in range(len(self.result.ids)) if row not in self.dropped[name]]
                self.result.values[name] = without_rows(value, [at for at, row in enumerate(rows) if row in late])
        left = self.feed.rows_left()
        self.result.ids = Strings(self.result.ids[row] for row in left)
        if self.result.targets is not None:
            self.result.targets = Strings(self.result.targets[row] for row in left)
        self.result.data = self.feed.left(lambda done: None)

    def _ids(self, rows: Iterable[int]) -> tuple[str, ...]:
        """Return the ids of the rows that the stage sees: those of the source, without the records that are left out."""
        rows = list(rows)
        if rows and self.feed is not None and self.feed.dropped:
            left = self.feed.rows_left()
            rows = [left[row] for row in rows if row < len(left)]
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
        with suppress(Exception):  # what is done is worth keeping, aligned or not
            self._align()
        error.partial = self.result  # type: ignore[attr-defined]  # documented in Pipeline.fit; every exception takes attributes


def _digest(data: Any) -> str:
    try:
        return digest_of(data)
    except NoDigest:
        return ""
