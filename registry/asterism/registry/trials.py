"""Runs of a spec on small samples of its source, timed, or with every allocation traced: what a forecast is made from."""

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.framework import DataError, Interactions, Ranking, Records
from asterism.framework.blocks import size_of
from asterism.framework.hooks import hookimpl
from asterism.framework.stages import Stage
from asterism.framework.values import is_sparse

from .artifact import save
from .growth import fit_growth
from .runs import write_results

if TYPE_CHECKING:
    from .build import Plan
    from .discovery import Discovery

FIRST = 60
"""Records of the first sample; each next one has twice as many."""
LARGEST = 10_000
"""Records of the largest sample that is taken where nobody names one."""
LAST = 4
"""A curve is fitted to this many of the largest samples; fixed costs hide the growth in smaller ones."""
TIME_NOISE = 0.003
"""Seconds by which two measurements of one thing differ."""
WRITING = "writing"
"""Stands among the stages for what follows them: measuring and writing the results."""


@dataclass
class Trial:
    """What one run on a sample showed, by stage."""

    n: int
    seconds: dict[str, float]
    shapes: dict[str, "Shape"]
    disk: int
    """Bytes that the results and the model took on disk."""
    cpu: float
    """Seconds of processor time of the whole trial."""
    held: dict[str, int] = field(default_factory=dict)
    """Bytes that each stage left behind: its result and what it learned. Traced trials only."""
    working: dict[str, int] = field(default_factory=dict)
    """Bytes that each stage took at its height beyond what was there before. Traced trials only."""

    @property
    def total(self) -> float:
        """Seconds of everything."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class Shape:
    """Size of one result."""

    rows: int
    columns: int | None
    """None where the result is no matrix."""
    bytes: int
    sparse: bool


class Trials:
    """Tries a spec on samples of its opened source, each time with fresh components."""

    def __init__(self, discovery: "Discovery", build: "Callable[[], Plan]", data: Any) -> None:
        self.discovery, self.build, self.data, self.size = discovery, build, data, len(data)

    def least(self, wanted: int | None) -> int:
        """Find how many records the spec needs at least, from `FIRST` on; these trials bear the imports."""
        n = min(FIRST, self.size, wanted or self.size)
        most = min(wanted or LARGEST, self.size)
        while True:
            try:
                return self.run(n).n
            except DataError as error:
                if n == self.size:  # the run would say the same
                    raise
                if n >= most:
                    hint = "try a larger --sample, or check that the source has enough records"
                    raise DataError(f"a sample of {n:,} records is too small for this spec: {error.reason}", hint=hint) from error
            n = min(2 * n, most)

    def timed(self, n: int, wanted: int | None, seconds: float, longest: float) -> list[Trial]:
        """Run ever larger samples from `n` records on while there is time: `seconds`, or a tenth of the run, but not over `longest`."""
        begin, trials = time.perf_counter(), [self._twice(n, seconds)]
        most = min(wanted or LARGEST, self.size)
        while trials[-1].n < most:
            last = trials[-1]
            n = 2 * last.n if 3 * last.n < most else most
            growth = fit_growth({trial.n: trial.total for trial in trials})
            few = wanted or len(trials) < LAST or growth.power > 1
            allowed = longest if few else min(longest, max(seconds, growth.at(self.size) / 10))
            if len(trials) > 2 and time.perf_counter() - begin + growth.at(n) > allowed:
                break
            trials.append(self._twice(n, seconds))
        for trial in trials[-2:] if _seem_steep(trials[-LAST:]) else ():  # a busy moment of the machine looks like that too
            if time.perf_counter() - begin + trial.total < 1.5 * longest:
                self._again(trial)
        return trials

    def _twice(self, n: int, seconds: float) -> Trial:
        """Run a sample, and again where that costs little."""
        trial = self.run(n)
        if trial.total < seconds / 20:
            self._again(trial)
        return trial

    def _again(self, trial: Trial) -> None:
        """Time a trial once more: the shorter time says more, on a machine that does other things too."""
        again = self.run(trial.n).seconds
        trial.seconds = {name: min(taken, again[name]) for name, taken in trial.seconds.items()}

    def traced(self, trials: list[Trial], seconds: float) -> list[Trial]:
        """Repeat the last trials with allocations traced, which takes some code several times as long, while there is time."""
        begin, done = time.perf_counter(), list[Trial]()
        tracemalloc.start()
        try:
            for trial in trials[-LAST:]:
                if len(done) > 1 and time.perf_counter() - begin + 2 * done[-1].total > seconds:
                    break
                done.append(self.run(trial.n))
        finally:
            tracemalloc.stop()
        return done

    def run(self, n: int) -> Trial:
        """Fit fresh components on `n` records and write what they give into a folder that is thrown away."""
        plan, sample = self.build(), take(self.data, n)
        gc.collect()
        watch, cpu = _Watch(), time.process_time()
        with TemporaryDirectory() as folder:
            # Kept as the run keeps it, but where no earlier run has left anything.
            cache = Path(folder) / "cache" if plan.options.cache else None
            options = replace(plan.options, cache=cache, limit=None, strict=False, max_bad=1.0)
            result = plan.pipeline.fit(sample, hooks=[watch], settings=options.settings())
            begin = time.perf_counter()
            watch.begin()
            save(self.discovery, plan.pipeline, Path(folder) / "model")
            write_results(self.discovery, plan.pipeline, result, Path(folder), options)
            watch.end(WRITING)
            seconds = {**result.seconds, WRITING: time.perf_counter() - begin}
            disk = bytes_in(Path(folder))
        shapes = {name: shape_of(value) for name, value in result.values.items()}
        return Trial(n, seconds, shapes, disk, time.process_time() - cpu, watch.held, watch.working)


def _seem_steep(trials: list[Trial]) -> bool:
    """Tell whether a stage seems to take more time than in step with the records."""
    return any(fit_growth({trial.n: trial.seconds[name] for trial in trials}, TIME_NOISE).power > 1 for name in trials[0].seconds)


class _Watch:
    """A hook that reads the traced memory around every stage."""

    def __init__(self) -> None:
        self.before, self.held, self.working = 0, dict[str, int](), dict[str, int]()

    def begin(self) -> None:
        if tracemalloc.is_tracing():
            tracemalloc.reset_peak()
            self.before = tracemalloc.get_traced_memory()[0]

    def end(self, name: str) -> None:
        if tracemalloc.is_tracing():
            now, peak = tracemalloc.get_traced_memory()
            self.held[name], self.working[name] = max(0, now - self.before), peak - self.before

    @hookimpl
    def before_stage(self) -> None:
        self.begin()

    @hookimpl
    def after_stage(self, stage: Stage) -> None:
        self.end(stage.name)


def take(data: Any, n: int) -> Any:
    """Take `n` records from all over the data, since sources are often sorted; the same ones each time."""
    if n >= len(data):
        return data
    rows = np.sort(np.random.default_rng(0).choice(len(data), n, replace=False, shuffle=False))
    if isinstance(data, Interactions):
        return data.for_users([data.users[row] for row in rows])
    return data.take(rows.tolist()) if isinstance(data, Records) else data[rows]


def bytes_in(folder: Path) -> int:
    """Add up the sizes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def shape_of(value: Any) -> Shape:
    """Measure one result of any kind."""
    if isinstance(value, Ranking):
        return Shape(len(value), value.rows.shape[1], value.rows.nbytes + value.scores.nbytes, sparse=False)
    if is_sparse(value):
        return Shape(value.shape[0], value.shape[1], size_of(value), sparse=True)
    if hasattr(value, "nbytes"):
        return Shape(len(value), value.shape[1] if value.ndim == 2 else None, value.nbytes, sparse=False)
    return Shape(len(value), None, sum(map(sys.getsizeof, value)), sparse=False)
