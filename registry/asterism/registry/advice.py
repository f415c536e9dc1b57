"""What to change in a spec whose run will not fit or takes for ever, said before it is started."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from asterism.framework.component import Component
from asterism.framework.errors import PluginError
from asterism.framework.memory import write_bytes
from asterism.framework.summation import Summable

from .growth import Growth

if TYPE_CHECKING:
    from .discovery import Discovery
    from .forecast import Forecast, StageForecast

STEEP = 1.5
"""From this power of the records on, a person should know how the time grows."""
LONG = 60.0
"""Seconds below which nobody minds."""
AFFORDABLE = 600.0
"""Seconds for which a number of records is named that a steep stage can do."""


def advise(discovery: "Discovery", found: "Forecast") -> Iterator[str]:
    """Yield one sentence for each thing that should be changed, or known, before the run is started."""
    sizes = {stage.stage.name: stage for stage in found.stages}
    for stage in found.stages:
        feeder = sizes.get(stage.stage.fed_by)
        if feeder and not stage.streams and feeder.bytes > found.budget:
            yield _too_large(discovery, stage, feeder, found)
        if stage.time.power >= STEEP and stage.seconds >= LONG:
            yield _too_slow(stage, found.records)
    if found.peak > found.free:
        yield _too_much(found)
    if found.disk > (free := shutil.disk_usage(Path()).free):
        yield f"the run writes {write_bytes(found.disk)}, and {write_bytes(free)} are free on the disk of this folder"


def _too_much(found: "Forecast") -> str:
    highest = max(found.stages, key=lambda stage: stage.peak)
    return (
        f"at its height, in stage '{highest.stage.name}', the run takes {write_bytes(found.peak)} of memory, "
        f"and {write_bytes(found.free)} are free: set `limit`, or use a machine with more"
    )


def _too_large(discovery: "Discovery", stage: "StageForecast", feeder: "StageForecast", found: "Forecast") -> str:
    others = list(streaming_like(discovery, stage.stage.component))
    ways = [f"use {' or '.join(others)} in its place, which can"] if others else []
    ways.append(f"set `limit` to about {_most(feeder.size, found.budget, found.records):,}")
    ways.append(f"give results `--memory {write_bytes(feeder.bytes)}`")
    return (
        f"stage '{stage.stage.name}' ({stage.stage.label}) cannot work block by block, and what '{feeder.stage.name}' gives it takes "
        f"{write_bytes(feeder.bytes)}, more than the {write_bytes(found.budget)} for results in memory: {', or '.join(ways)}"
    )


def _too_slow(stage: "StageForecast", records: int) -> str:
    name = f"stage '{stage.stage.name}' ({stage.stage.label})"
    text = f"{name} grows with {stage.time.words}: about {write_seconds(stage.seconds)} for {records:,}"
    if stage.seconds <= AFFORDABLE:
        return text
    most = _most(stage.time, AFFORDABLE, records)
    return f"{text}; {most:,} (`limit`) take about {write_seconds(stage.time.at(most))}"


def streaming_like(discovery: "Discovery", component: Component) -> Iterator[str]:
    """Name the installed components that could stand in a stage's place and need not see all rows at once."""
    for provider in discovery.providers(component.kind):
        try:
            cls = discovery.find(provider.group, provider.full_name)
        except PluginError:  # a broken plugin is nobody's way out
            continue
        if cls.by_rows and issubclass(cls, Summable) and (cls.takes, cls.gives) == (component.takes, component.gives):
            yield provider.label


def _most(growth: Growth, value: float, records: int) -> int:
    """Find for how many records a curve stays below a value: the largest number of two digits."""
    low, high = 1, records
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if growth.at(middle) <= value else (low, middle - 1)
    unit: int = 10 ** max(0, len(str(low)) - 2)
    return low // unit * unit


def write_seconds(seconds: float) -> str:
    """Write a duration with two digits or three, in the unit that a person would choose."""
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.5 * length:
            value = seconds / length
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
