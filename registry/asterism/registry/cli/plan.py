"""`asterism plan SPEC`."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.framework.memory import parse_bytes, write_bytes

from ..registry import Registry
from .common import Changes, Json, SpecPath, print_json

if TYPE_CHECKING:
    from ..forecast import Forecast, StageForecast

Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="What results may take in memory, such as 2GiB; by default what the spec says, or half of what is free.",
        show_default=False,
    ),
]
Sample = Annotated[
    int | None,
    typer.Option(
        "--sample", metavar="N", min=1, help="Records of the largest sample; by default as many as there is time for.", show_default=False
    ),
]


def plan(spec: SpecPath, set_: Changes = None, memory: Memory = None, sample: Sample = None, json: Json = False) -> None:
    """Say what a run of a spec would take: seconds, memory and disk, stage by stage, from samples of its source."""
    from ..forecast import forecast

    starting = time.process_time()  # of a command, all of it is start-up until here

    registry, changes = Registry(), tuple(set_ or ())
    budget = None if memory is None else parse_bytes(memory)
    found = forecast(registry, lambda: registry.plan(spec, changes), memory=budget, sample=sample, starting=starting)
    if json:
        print_json(as_json(found))
    else:
        typer.echo("\n".join(as_text(found)))


def as_json(found: "Forecast") -> dict[str, Any]:
    """Write every number for scripts; seconds and bytes."""
    return {
        "name": found.name,
        "modality": found.modality,
        "records": found.records,
        "samples": found.samples,
        "stages": [_stage_as_json(stage) for stage in found.stages],
        "seconds": {
            "starting": found.starting,
            "opening": found.opening,
            "importing": found.importing,
            "stages": sum(stage.seconds for stage in found.stages),
            "writing": found.writing,
            "total": found.seconds,
        },
        "memory": {"peak": found.peak, "results": found.budget, "free": found.free},
        "disk": found.disk,
        "advice": found.advice,
    }


def _stage_as_json(stage: "StageForecast") -> dict[str, Any]:
    return {
        "name": stage.stage.name,
        "component": stage.stage.label,
        "from": stage.stage.fed_by,
        "rows": stage.rows,
        "columns": stage.columns,
        "sparse": stage.sparse,
        "bytes": stage.bytes,
        "on_disk": stage.on_disk,
        "seconds": stage.seconds,
        "power": stage.time.power if stage.time.rate else 0.0,
        "working": stage.working,
        "peak": stage.peak,
        "streams": stage.streams,
    }


def as_text(found: "Forecast") -> Iterator[str]:
    """Write the forecast for a person."""
    from ..advice import write_seconds

    noun = "histories" if found.modality == "interactions" else f"{found.modality} records".strip()
    samples = "all of them" if found.samples[-1] == found.records else f"samples of up to {found.samples[-1]:,}"
    yield f"{found.name}: {found.records:,} {noun}; from runs on {samples}"
    yield ""
    yield from _table(found)
    yield ""
    around = {"start": found.starting + found.importing, "source": found.opening, "writing": found.writing}
    yield f"time    {write_seconds(found.seconds)}, of which " + ", ".join(f"{name} {write_seconds(t)}" for name, t in around.items())
    of_results = f"results may take {write_bytes(found.budget)}, {write_bytes(found.free)} are free"
    yield f"memory  {write_bytes(found.peak)} at its height; {of_results}"
    yield f"disk    {write_bytes(found.disk)}"
    if found.advice:
        yield from ("", "Before you start", *(f"  - {advice}" for advice in found.advice))


def _table(found: "Forecast") -> Iterator[str]:
    from ..advice import write_seconds

    rows = [("stage", "result", "bytes", "time", "memory", "input")]
    for each in found.stages:
        streams = "streams" if each.streams else "whole"
        where = " (on disk)" if each.on_disk else ""
        size, peak = write_bytes(each.bytes) + where, write_bytes(each.peak)
        rows.append((each.stage.name, _shape(each), size, write_seconds(each.seconds), peak, streams))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, shape, *numbers, streams in rows:
        cells = (cell.rjust(width) for cell, width in zip(numbers, widths[2:], strict=False))
        yield "  ".join([name.ljust(widths[0]), shape.ljust(widths[1]), *cells, streams]).rstrip()


def _shape(stage: "StageForecast") -> str:
    columns = "" if stage.columns is None else f" x {stage.columns:,}"
    return f"{stage.rows:,}{columns}{' sparse' if stage.sparse else ''}"
