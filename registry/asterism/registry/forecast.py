"""What a run will take, before it is started: seconds, memory and disk, stage by stage, from trials on samples of the source."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from asterism.framework import Component, DataError, Records
from asterism.framework.blocks import MOST_ROWS
from asterism.framework.memory import available
from asterism.framework.problems import problems_to
from asterism.framework.stages import SOURCE, Stage
from asterism.framework.summation import Summable

from .growth import Growth, fit_growth, power_law
from .trials import LAST, TIME_NOISE, WRITING, Trial, Trials, bytes_in

if TYPE_CHECKING:
    from .build import Plan
    from .discovery import Discovery

TIMED_SECONDS, TRACED_SECONDS = 3.0, 2.0
"""What timed and traced samples may take together, each; timed ones also a tenth of the run."""
LONGEST_SECONDS = 7.0
"""Where a tenth of the run is more than this, timed samples stop here."""
MEMORY_NOISE = 64 * 1024
"""Bytes by which two measurements of one thing differ."""


@dataclass(frozen=True)
class StageForecast:
    """What one stage will do."""

    stage: Stage
    streams: bool
    """True where the component adds up sums or has nothing to learn, so that it never needs all rows at once."""
    rows: int
    columns: int | None
    """None where the result is no matrix."""
    sparse: bool
    size: Growth
    """Bytes of the result, by records."""
    bytes: int
    on_disk: bool
    """True where the result no longer fits into the budget beside the earlier ones, and is read back from a file."""
    time: Growth
    """Seconds, by records."""
    seconds: float
    working: int
    """Bytes that the stage takes beyond what was there before it."""
    peak: int
    """Bytes of the whole process while the stage is at its height."""


@dataclass(frozen=True)
class Forecast:
    """What a run will take; seconds and bytes throughout."""

    name: str
    modality: str
    records: int
    samples: list[int]
    """Sizes of the samples that were timed."""
    budget: int
    """Bytes that results may take in memory."""
    free: int
    """Bytes of memory that are free now."""
    stages: list[StageForecast]
    starting: float
    opening: float
    importing: float
    writing: float
    peak: int
    disk: int
    advice: list[str] = field(default_factory=list)
    """What to change where it will not fit or takes for ever."""

    @property
    def seconds(self) -> float:
        """Seconds from start to end of the process."""
        return self.starting + self.opening + self.importing + sum(stage.seconds for stage in self.stages) + self.writing


def forecast(
    discovery: "Discovery",
    build: "Callable[[], Plan]",
    *,
    memory: int | None = None,
    sample: int | None = None,
    starting: float = 0.0,
) -> Forecast:
    """Say what a run of a spec will take.

    Parameters
    ----------
    discovery
        Where components are found.
    build
        Makes a plan with fresh components each time, such as ``lambda: registry.plan("spec.yaml")``.
    memory
        Bytes that results may take in memory; by default what the spec says, or half of what is free.
    sample
        Records of the largest sample; by default as many as there is time for.
    starting
        Seconds that the process took until here.

    Raises
    ------
    DataError
        Where the source cannot be used, with the message of a run; where the largest sample is too small for the spec.
    """
    from .advice import advise

    free, begin = available(), time.process_time()
    plan = build()
    starting += time.process_time() - begin  # the first time, a spec is checked with all that this imports
    with TemporaryDirectory() as folder:
        opened = _open(discovery, plan, Path(folder))
        trials = Trials(discovery, build, opened.data)
        begin = time.process_time()
        least = trials.least(sample)
        warming, base = time.process_time() - begin, _resident()
        timed = trials.timed(least, sample, TIMED_SECONDS, LONGEST_SECONDS)
        traced = trials.traced(timed, TRACED_SECONDS)
    budget = next(amount for amount in (memory, plan.options.memory, free // 2) if amount is not None)
    made = _Made(plan, opened, timed[-LAST:], traced, base, budget)
    found = made.forecast(free, starting, importing=max(0.0, warming - timed[0].cpu), samples=[trial.n for trial in timed])
    found.advice.extend(advise(discovery, found))
    return found


@dataclass(frozen=True)
class _Opened:
    """The source of a run, and what it took to open it."""

    data: Any
    seconds: float
    reading: float
    """Seconds of one pass over the entries."""
    peak: int
    disk: int


def _open(discovery: "Discovery", plan: "Plan", folder: Path) -> _Opened:
    """Open the source as a run does, with its messages; reading the ids is the pass over all records that a run makes too."""
    if not (plan.path or plan.sample):
        raise DataError("the spec names nothing to read", place="source", hint="give it a `path`, or a `sample`")
    begin = time.perf_counter()
    source = plan.path or discovery.load("sample", cast(str, plan.sample))(folder)
    with problems_to(lambda problem: None):  # the run will say them
        data = plan.modality.read(source)
        if plan.options.limit is not None and isinstance(data, Records):
            data = data.head(plan.options.limit)
        middle = time.perf_counter()
        if isinstance(data, Records):
            data.place = str(source)
        data.ids  # noqa: B018  # reading them is the pass
    end = time.perf_counter()
    return _Opened(data, end - begin, end - middle, _highest(), bytes_in(folder))


@dataclass(frozen=True)
class _Made:
    """Everything measured, from which a forecast follows."""

    plan: "Plan"
    opened: _Opened
    timed: list[Trial]
    traced: list[Trial]
    base: int
    """Bytes that the process has after its imports."""
    budget: int

    def forecast(self, free: int, starting: float, importing: float, samples: list[int]) -> Forecast:
        stages, held = self._stages()
        return Forecast(
            name=self.plan.name,
            modality=getattr(self.opened.data, "modality", ""),
            records=self._size,
            samples=samples,
            budget=self.budget,
            free=free,
            stages=stages,
            starting=starting,
            opening=self.opened.seconds,
            importing=importing,
            writing=self._seconds(WRITING)[1],
            peak=max(self.opened.peak, *(stage.peak for stage in stages), self.base + held + self._traced("working", WRITING)),
            disk=self.opened.disk + self._disk() + sum(stage.bytes for stage in stages if stage.on_disk),
        )

    @property
    def _size(self) -> int:
        return len(self.opened.data)

    def _stages(self) -> tuple[list[StageForecast], int]:
        """Go through the stages as a run does, adding up what is held; return it too."""
        stages: list[StageForecast] = []
        held = results = 0
        for stage in self.plan.pipeline.stages:
            made = self._stage(stage, held, self._rows_at_once(stage, stages), results)
            stages.append(made)
            results += 0 if made.on_disk else made.bytes
            held += max(0, self._traced("held", stage.name) - (made.bytes if made.on_disk else 0))
        return stages, held

    def _rows_at_once(self, stage: Stage, earlier: list[StageForecast]) -> int:
        """Return how many rows a stage gets at once: blocks of what is on disk where it streams, else all."""
        feeder = next((other for other in earlier if other.stage.name == stage.fed_by), None)
        if not streams(stage.component) or feeder is None or not feeder.on_disk:
            return self._size
        return min(self._size, MOST_ROWS)

    def _stage(self, stage: Stage, held: int, rows_at_once: int, results: int) -> StageForecast:
        shapes = {trial.n: trial.shapes[stage.name] for trial in self.timed}
        columns = {n: float(shape.columns) for n, shape in shapes.items() if shape.columns is not None}
        n, last = list(shapes.items())[-1]
        per_record = len({shape.rows for shape in shapes.values()}) == len(shapes)  # some may have been left out
        size, bytes_ = self._extrapolate({n: float(shape.bytes) for n, shape in shapes.items()}, 1.0, exact=True)
        growth, seconds = self._seconds(stage.name)
        working = self._traced("working", stage.name, rows_at_once)
        return StageForecast(
            stage=stage,
            streams=streams(stage.component),
            rows=round(last.rows / n * self._size) if per_record else last.rows,
            columns=round(power_law(columns).at(self._size)) if columns else None,
            sparse=last.sparse,
            size=size,
            bytes=round(bytes_),
            on_disk=results + bytes_ > self.budget,
            time=growth,
            seconds=seconds + (self._reading() if stage.fed_by == SOURCE else 0.0),
            working=working,
            peak=self.base + held + working,
        )

    def _seconds(self, name: str) -> tuple[Growth, float]:
        return self._extrapolate({trial.n: trial.seconds[name] for trial in self.timed}, TIME_NOISE)

    def _traced(self, what: str, name: str, rows: int | None = None) -> int:
        seen = {trial.n: float(getattr(trial, what)[name]) for trial in self.traced}
        growth, whole = self._extrapolate(seen, MEMORY_NOISE, exact=True)
        return round(whole if rows in (None, self._size) else growth.at(rows))

    def _disk(self) -> int:
        return round(self._extrapolate({trial.n: float(trial.disk) for trial in self.timed}, 1.0, exact=True)[1])

    def _extrapolate(self, seen: dict[int, float], noise: float, *, exact: bool = False) -> tuple[Growth, float]:
        """Return the curve, and the value for the whole source: what was measured, where a sample was the whole."""
        growth = fit_growth(seen, noise, exact=exact)
        return growth, seen[self._size] if self._size in seen else growth.at(self._size)

    def _reading(self) -> float:
        """Seconds of a pass over the file that samples, whose entries are in a list, did not make."""
        return self.opened.reading if self.timed[-1].n < self._size else 0.0


def streams(component: Component) -> bool:
    """Tell whether a component can do its work without ever seeing all rows at once."""
    return component.by_rows and (component.is_stateless or isinstance(component, Summable))


def _resident() -> int:
    from psutil import Process

    return int(Process().memory_info().rss)


def _highest() -> int:
    """Return the most memory that the process has had so far, as far as the system tells."""
    if sys.platform == "linux":  # `getrusage` would tell of the process that started this one
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), _resident())
    return _resident()
