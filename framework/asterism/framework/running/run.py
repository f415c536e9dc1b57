"""One run of a pipeline: drives the stages, tells the hooks, stops when asked, and keeps what is done."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from ..blocks import is_mapped
from ..errors import AsterismError, Cancelled, DataError
from ..fingerprint import NoDigest, RecordsDigest, digest_of
from ..hooks import hook_manager
from ..memory import available, peak
from ..problems import problems_to
from ..records import Entry, Records
from ..result import Result
from ..settings import Settings
from ..stages import SOURCE, Stage
from ..strings import Strings
from ..upstream import Upstream
from ..values import Joint, is_sparse, n_rows, rows_not_finite, with_empty_rows, without_rows
from .feed import Feed
from .fitting import Route, Watch, route_of
from .pace import Pace
from .reports import Reports
from .results import Results
from .sink import Budget

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
        self.results = Results(verb, settings, self.result, self.reports, self.pace, self.budget, self._stop_if_cancelled)

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
            self.result.ids = list(getattr(data, "ids", ())) or [str(row) for row in range(n_rows(data))]
        if not len(self.result.ids):
            raise DataError("the source is empty: there is not one record", hint="give it at least one")
        self.pace.n_records = len(self.result.ids)

    def _read_index(self, records: Records[Any]) -> None:
        if self.settings.limit is not None:
            records = self.result.data = records.head(self.settings.limit)
        digest = RecordsDigest(records)

        def each(entries: list[Entry]) -> None:
            self._stop_if_cancelled()
            digest.add(entries)

        index = records.survey(each)
        self.feed = self.results.feed = Feed(records)
        self.result.fingerprint = str(digest)
        self.result.ids, self.result.targets, self.result.about = index.ids, index.targets, dict(index.about)

    # One stage

    def _run_stage(self, stage: Stage) -> None:
        self.stage = stage
        self.reports.begin(stage)
        self._stop_if_cancelled()
        self.hook.before_stage(stage=stage)
        begin = time.perf_counter()
        data, dropped = self._fed(stage)
        route = route_of(stage.component, data, self.verb, self.budget)
        value, reused = self.results.of(stage, data, route, self._watch(stage))
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
        return self._joint(stage, value) if stage.component.beside else value, self.dropped[stage.fed_by]

    def _joint(self, stage: Stage, value: Any) -> Joint:
        """Join what feeds a stage with what it needs beside."""
        joint = self.result.joint(stage, value, lambda other: self._aligned(self.result.values[other], other, stage.fed_by))
        if "upstream" not in stage.component.beside:
            return joint
        return Joint(value, {**joint.others, "upstream": self._upstream(stage.fed_by)})

    def _upstream(self, stage: str) -> Upstream:
        """Tell what the value of a stage was made of."""
        rows = self._rows_of(stage) if self.dropped[stage] else None
        terms = self.result.terms_of(stage)
        in_step = {terms: self._aligned(self.result.values[terms], terms, stage)} if terms else {}
        # Of the run as it is now: what is left out later has its place among the rows of this stage.
        now = replace(self.result, values=dict(self.result.values), stages=dict(self.result.stages))
        return Upstream(now, stage, rows, in_step)

    def _aligned(self, value: Any, stage: str, like: str) -> Any:
        """Return the rows of `value`, which `stage` gave, for the records that `like` has rows of; one that is not there is empty."""
        if self.dropped[stage] == self.dropped[like]:
            return value
        rows = {row: place for place, row in enumerate(self._rows_of(stage))}
        places = [rows.get(row, -1) for row in self._rows_of(like)]
        return value[places] if min(places, default=0) >= 0 else with_empty_rows(value, places)

    def _done(self, stage: Stage, value: Any, seconds: float, reused: int, route: Route) -> None:
        if stage.like and self.verb == "fit":
            ids = [self.result.ids[row] for row in self._rows_of(stage.name)]
            stage = replace(stage, renumber=stage.like(ids, value))
        shown = stage.shown(value)
        result = self.result
        result.stages[stage.name], result.values[stage.name], result.seconds[stage.name] = stage, shown, seconds
        result.reused[stage.name], result.memory[stage.name] = reused, peak()
        if route != "whole":
            result.streamed.append(stage.name)
        if not reused:
            self.pace.learn(stage, len(result.ids), seconds)
        logger.debug("stage %s took %.3f s", stage.name, seconds)
        self.hook.after_stage(stage=stage, value=shown, seconds=seconds, reused=reused)
        self.stage = None

    def _rows_of(self, stage: str) -> list[int]:
        """List the places in the source of the rows of a stage."""
        return [row for row in range(len(self.result.ids)) if row not in self.dropped[stage]]

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
        if value.dtype.kind != "O" and (bad := rows_not_finite(value)):
            rows = self._rows_of(stage.name)
            hint = "leave these records out, or choose another component"
            raise DataError(f"{stage.label} gave NaN or infinity", ids=[self.result.ids[rows[row]] for row in bad], hint=hint)

    def _align(self) -> None:
        """Leave the records in quarantine out of everything, so that row and id stay together everywhere."""
        feed, self.feed = self.feed, None  # once: what is told of an error after this has the ids that are left
        if feed is None or not feed.dropped:
            return
        for name, value in self.result.values.items():
            if late := feed.dropped - self.dropped[name]:
                self.result.values[name] = without_rows(value, [at for at, row in enumerate(self._rows_of(name)) if row in late])
        left = feed.rows_left()
        self.result.ids = Strings(self.result.ids[row] for row in left)
        if self.result.targets is not None:
            self.result.targets = Strings(self.result.targets[row] for row in left)
        self.result.about = {name: Strings(known[row] for row in left) for name, known in self.result.about.items()}
        self.result.data = feed.left(lambda done: None)

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
