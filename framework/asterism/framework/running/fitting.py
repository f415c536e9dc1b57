"""How one stage of a run gets its result: from the store, batch by batch, by rounds of sums, or with all rows at once."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

import numpy as np

from ..blocks import in_blocks, is_mapped, rows_at_once
from ..engine import Engine, Lost
from ..errors import DataError
from ..problems import Problem, report_problem
from ..state import load_value
from ..store import Draft
from ..summation import Summable, Summary
from .batches import ApplyBatch, CheckBatch, Done, SummarizeBatch, left_out, stacked
from .feed import Feed, Part
from .keeping import bad_record, find_class
from .rounds import Rounds
from .sink import Budget, Sink

Route = Literal["batches", "sums", "whole"]
"""A stage is applied batch by batch; or it is first fitted by rounds of sums; or it is given all rows at once."""

SAMPLE_ROWS = 4096
"""Rows of the sample that a fit by sums begins with, spread over the data."""

Given = TypeVar("Given")


def route_of(component: Any, data: Any, verb: str, budget: Budget) -> Route:
    """Choose how a stage gets its result."""
    if not component.by_rows:
        return "whole"
    is_feed = isinstance(data, Feed)
    if verb == "apply" or component.is_stateless:
        return "batches" if is_feed or is_mapped(data) else "whole"
    # What is learned from records is about as large as they are, and as much again is needed on the way.
    fits = budget.has_room(2 * data.records.survey().n_bytes) if is_feed else not is_mapped(data)
    return "sums" if isinstance(component, Summable) and not fits else "whole"


def can_go_on(draft: Draft, data: Any, route: Route) -> bool:
    """Tell whether the rows that an earlier run left can be gone on from: not where the whole is computed at once, now or then."""
    return route != "whole" and all(note and "next" in note for note in draft.notes if isinstance(data, Feed))


@dataclass
class Watch:
    """What a stage tells the run while it is at work."""

    progress: Callable[[int, int], None]
    """Called with how much is done of how much; raises `Cancelled` where the run is to stop."""
    quarantine: Callable[[Problem], None]
    """Called with every record that is left out; raises where that is one too many."""


@dataclass
class Work:
    """One stage at work on its data, which is a `Feed` of records or the value of an earlier stage."""

    component: Any
    label: str
    """What messages call it."""
    data: Any
    verb: str
    engine: Engine
    sink: Sink
    watch: Watch
    bad: list[dict[str, Any]] = field(default_factory=list)
    """The records that this stage left out, as JSON keeps them."""
    width: int | None = None
    """Columns of the result, once they are known."""

    def go(self, route: Route) -> Any:
        """Fit and apply; return what the stage gives, None where the sink holds it."""
        if isinstance(self.data, Feed) and route != "batches" and self.engine.timeout and not self.data.is_checked:
            self._check_all(self.data)  # what learns from all records decodes them here, where nothing can be stopped in time
        if route == "whole":
            return self._left_out(self._learn if self.verb == "fit" else self._apply)
        if route == "sums":
            self._left_out(self._fit_by_sums)
        self._apply_to_feed() if isinstance(self.data, Feed) else self._apply_to_blocks()
        return None

    # All rows at once

    def _learn(self) -> Any:
        return self.component.learn(self._watched())

    def _apply(self) -> Any:
        return self.component.apply(self._watched())

    def _watched(self) -> Any:
        if not isinstance(self.data, Feed):
            self.watch.progress(0, 1)
            return self.data
        total = len(self.data)
        return self.data.left(lambda done: self.watch.progress(done, total))

    def _left_out(self, do: Callable[[], Given]) -> Given:
        """Do something that needs every record to be right; where some are not, leave them out and do it again."""
        while True:
            try:
                return do()
            except DataError as error:
                if error.is_final or not isinstance(self.data, Feed) or not self._leave_out(self.data, error):
                    raise

    def _leave_out(self, feed: Feed, error: DataError) -> bool:
        """Leave out the records that an error names, and all that cannot be decoded; False where it names none."""
        named = self._named(feed, error)
        if not named or len(named) >= len(feed):
            return False
        for row, identity in named:
            self._drop(feed, row, left_out(identity, error))
        self._check_all(feed)
        return True

    def _check_all(self, feed: Feed) -> None:
        """Leave out every record that cannot be decoded, or not in time."""
        for _, answer in self._answers(CheckBatch(feed.records.decode), feed.parts(self.component.batch_size)):
            self._drop_bad(feed, answer)
            self.watch.progress(0, len(feed))
        feed.is_checked = True

    def _named(self, feed: Feed, error: DataError) -> list[tuple[int, str]]:
        if error.ids:
            wanted = set(error.ids)
            return [(row, identity) for row, identity in enumerate(feed.records.ids) if identity in wanted and row not in feed.dropped]
        left = feed.rows_left() if error.rows else []
        return [(left[row], feed.records.ids[left[row]]) for row in error.rows if row < len(left)]

    # Batch by batch

    def _apply_to_feed(self) -> None:
        feed, draft = cast(Feed, self.data), self.sink.draft
        begin = self._resume(draft) if draft and draft.n_rows else 0
        done = draft.n_rows if draft else 0
        if done:
            self.watch.progress(done, len(feed))
        parts = feed.parts(self.component.batch_size, begin)
        marked = (part._replace(width=self.width, is_first=done == 0) for part in parts)
        for part, answer in self._answers(ApplyBatch(feed.records.decode, self.component, self.label), marked):
            bad = self._drop_bad(feed, answer)
            told = [{"message": problem.message, "count": problem.count, "ids": list(problem.ids)} for problem in answer.told]
            self._report(told)
            self.sink.add(answer.value, {"next": part.rows[-1] + 1, "width": self.width, "bad": bad, "told": told})
            done += len(part.rows) - len(bad)
            self.watch.progress(done, len(feed))
        self.sink.flush()

    def _resume(self, draft: Draft) -> int:
        """Return the first record that an earlier run left to do; leave out what it left out, and report what it reported."""
        for note in draft.notes:
            for bad in note["bad"]:
                self._drop(cast(Feed, self.data), *bad_record(bad))
            self._report(note["told"])
        self.width = draft.notes[-1]["width"]
        return int(draft.notes[-1]["next"])

    def _report(self, told: list[dict[str, Any]]) -> None:
        for problem in told:
            report_problem(problem["message"], count=problem["count"], ids=problem["ids"])

    def _answers(self, function: Callable[[Part], Done], parts: Iterator[Part]) -> Iterator[tuple[Part, Done]]:
        """Yield every part with what came of it; where a worker was lost over one, its records are tried one by one."""
        waiting: deque[Part] = deque()

        def passing() -> Iterator[Part]:
            for part in parts:
                waiting.append(part)
                yield part

        for answer in self.engine.map(function, passing()):
            part = waiting.popleft()
            if isinstance(answer, Lost):
                yield from self._lost(function, part, answer)
            else:
                yield from self._of_one_width(function, part, answer)

    def _lost(self, function: Callable[[Part], Done], part: Part, lost: Lost) -> Iterator[tuple[Part, Done]]:
        if len(part.rows) > 1:
            yield from self._answers(function, part.singles())
        else:
            yield part, Done(None, ((part.rows[0], Problem(lost.reason, ids=(part.entries[0].id,), quarantined=True)),))

    def _of_one_width(self, function: Callable[[Part], Done], part: Part, answer: Done) -> Iterator[tuple[Part, Done]]:
        """Do a part again that was sent out before the width of the rows was known, if it turns out to have another."""
        found = answer.value.shape[1] if getattr(answer.value, "ndim", 0) == 2 else None
        self.width = self.width or found
        yield part, answer if found in (None, self.width) else function(part._replace(width=self.width, is_first=False))

    def _drop_bad(self, feed: Feed, answer: Done) -> list[dict[str, Any]]:
        return [self._drop(feed, row, problem) for row, problem in answer.bad]

    def _drop(self, feed: Feed, row: int, problem: Problem) -> dict[str, Any]:
        feed.dropped.add(row)
        self.watch.quarantine(problem)
        self.bad.append({"row": row, "id": problem.ids[0], "reason": problem.message, "place": problem.place})
        return self.bad[-1]

    def _apply_to_blocks(self) -> None:
        total, step = self.data.shape[0], rows_at_once(self.data)
        begin = self.sink.draft.n_rows if self.sink.draft else 0
        self.watch.progress(begin, total)
        for start, block in in_blocks(self.data, step, begin):
            self.sink.add(self._applied_to(block, start), {})
            self.watch.progress(start + block.shape[0], total)
        self.sink.flush()

    def _applied_to(self, block: Any, start: int) -> Any:
        try:
            return self.component.apply(block)
        except DataError as error:
            error.rows = tuple(start + row for row in error.rows)  # it counts from the first row of the block
            raise

    # Rounds of sums

    def _fit_by_sums(self) -> None:
        left = self._last_checkpoint()
        if left and left.get("is_over"):
            vars(self.component).update(left["learned"])
            return
        rounds = Rounds(self.component, self.sink.draft, left, self.bad)
        if rounds.is_new:
            rounds.is_over = bool(self.component.begin(self._sample()))
        while not rounds.is_over:
            function, parts, n_parts = self._summands(rounds.n_parts)
            rounds.absorb(self.engine.fold(function, self._counted(parts, rounds.n_parts, n_parts), rounds.total, rounds.seen))

    def _last_checkpoint(self) -> dict[str, Any] | None:
        """Return where an earlier run stopped, and leave out the records that it had left out."""
        found = self.sink.draft.last_checkpoint() if self.sink.draft and not self.bad else None
        if found is None:
            return None
        left = cast("dict[str, Any]", load_value(*found, find_class))
        for bad in left["bad"]:
            self._drop(cast(Feed, self.data), *bad_record(bad))
        return left

    def _sample(self) -> Any:
        total = len(self.data) if isinstance(self.data, Feed) else self.data.shape[0]
        rows = np.unique(np.linspace(0, total - 1, min(total, SAMPLE_ROWS)).astype(np.int64))
        if isinstance(self.data, Feed):
            left = self.data.rows_left()
            return list(self.data.records.take([left[row] for row in rows]))
        # Block by block: rows from all over a mapped file would bring nearly all of it into memory.
        blocks = in_blocks(self.data, rows_at_once(self.data))
        return stacked([block[rows[(rows >= first) & (rows < first + block.shape[0])] - first] for first, block in blocks])

    def _summands(self, skipped: int) -> tuple[Callable[[Any], Summary], Iterator[Any], int]:
        """Return what adds up a batch, the batches after the first `skipped`, and how many there are in all."""
        if isinstance(self.data, Feed):
            size, feed = self.component.batch_size, self.data
            left = feed.rows_left() if skipped else []
            begin = left[skipped * size] if skipped * size < len(left) else (len(feed.records) if skipped else 0)
            return SummarizeBatch(feed.decode, self.component), feed.parts(size, begin), -(-len(feed) // size)
        step, total = rows_at_once(self.data), self.data.shape[0]
        blocks = (block for _, block in in_blocks(self.data, step, skipped * step))
        return self.component.summarize, blocks, -(-total // step)

    def _counted(self, parts: Iterator[Any], done: int, total: int) -> Iterator[Any]:
        for number, part in enumerate(parts, done):
            self.watch.progress(number, total)
            yield part
