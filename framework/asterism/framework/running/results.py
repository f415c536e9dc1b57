"""How the result of a stage is had: taken from the store, or computed and kept there; in memory while there is room, else in files."""

import weakref
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..blocks import size_of
from ..fingerprint import NoDigest, digest_of, digest_stage
from ..problems import Problem
from ..result import Result
from ..settings import Settings
from ..stages import SOURCE, Stage
from ..store import Draft, Kept, Store
from ..values import n_rows
from .feed import Feed
from .fitting import Route, Watch, Work, can_go_on
from .keeping import bad_record, keep, take_up
from .pace import Pace
from .reports import Reports
from .sink import Budget, Sink


@dataclass
class Results:
    """Gets the results of one run, stage by stage."""

    verb: str
    settings: Settings
    result: Result
    reports: Reports
    pace: Pace
    budget: Budget
    wait: Callable[[], None]
    """Called again and again while another run computes what this one needs; raises `Cancelled` where this one is to stop."""
    feed: Feed | None = None
    """The records of the source, where it has any."""
    _scratch: Store | None = None

    def of(self, stage: Stage, data: Any, route: Route, watch: Watch) -> tuple[Any, int]:
        """Return the value of a stage, and how many rows of it came from the store."""
        key = self.result.keys[stage.name] = self._key(stage, route)
        store = self.settings.store if key else None
        if store is None:
            return self._compute(stage, data, route, None, watch), 0
        if (found := store.find(key)) and (taken := self._take_up(stage, found)) is not None:
            return taken
        with store.draft(key, self._about(stage), self.wait) as draft:
            if draft.complete:  # by another run, while this one waited
                if (taken := self._take_up(stage, draft.complete)) is not None:
                    return taken
                draft.start_over()
            if draft.n_rows and not can_go_on(draft, data, route):
                draft.start_over()
            reused = draft.n_rows
            return self._compute(stage, data, route, draft, watch), reused

    def _key(self, stage: Stage, route: Route) -> str:
        """Return the key of a stage's result; empty where something that decides it has no digest.

        A model that is applied is digested only for a store: a host may apply it to one record after the other.
        """
        if self.verb == "apply" and self.settings.store is None:
            return ""
        fed_by = self.result.fingerprint if stage.fed_by == SOURCE else self.result.keys.get(stage.fed_by, "")
        beside = [self.result.keys.get(other, "") for other in self.result.beside(stage).values()]
        dropped = sorted(self.feed.dropped) if self.feed is not None and stage.fed_by == SOURCE else []
        learned = stage.component.learned() if self.verb == "apply" else {}
        try:
            return digest_stage(stage, fed_by, self.verb, route == "sums", dropped, learned, *beside) if all([fed_by, *beside]) else ""
        except NoDigest:
            return ""

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
        return value, n_rows(value)

    def _compute(self, stage: Stage, data: Any, route: Route, draft: Draft | None, watch: Watch) -> Any:
        with ExitStack() as drafts:
            spill = partial(self._spill, stage, drafts)
            most = len(data) if isinstance(data, Feed) else len(self.result.ids)
            sink = Sink(self.budget, most, draft, spill)
            work = Work(stage.component, stage.label, data, self.verb, self.settings.engine, sink, watch)
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
            scratch = ExitStack()
            self._scratch = scratch.enter_context(Store.temporary(self.settings.scratch))
            weakref.finalize(self.result, scratch.close)
        return drafts.enter_context(self._scratch.draft(digest_of(stage.name), {}))

    def _about(self, stage: Stage) -> dict[str, Any]:
        return {"stage": stage.name, "component": stage.label, "version": stage.version}

    def _about_result(self, work: Work) -> dict[str, Any]:
        problems = [{"message": problem.message, "count": problem.count, "ids": problem.ids} for problem in self.reports.of_stage]
        return {"bad": work.bad, "problems": problems, "seconds": self.pace.seconds()}
