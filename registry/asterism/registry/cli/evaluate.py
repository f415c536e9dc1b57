"""`asterism evaluate RUN`."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..registry import Registry
from .common import Json, print_json

if TYPE_CHECKING:
    from ..evaluate import Evaluation

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="COLUMN",
        help="Column of the run's source that holds the known classes; by default those that the run knew.",
        show_default=False,
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", metavar="NAME", help="Compute this metric; may stand several times. By default all but slow ones.", show_default=False
    ),
]


def evaluate(run: Run, target: Target = None, metric: Names = None, json: Json = False) -> None:
    """Measure a run that is over; no stage is computed, and nothing is written."""
    from ..evaluate import evaluate as measure_again

    found = measure_again(Registry(), run, target=target, names=metric)
    if json:
        print_json(_as_json(found))
    else:
        typer.echo("\n".join(_lines(found, named=metric is not None)))


def _as_json(found: "Evaluation") -> dict[str, Any]:
    problems = [{"message": problem.message, "count": problem.count} for problem in found.problems]
    return {**asdict(found), "problems": problems}


def _lines(found: "Evaluation", named: bool) -> Iterator[str]:
    yield f"{found.run}: {found.records:,} records{_classes(found)}"
    for stage, numbers in found.metrics.items():
        yield from ("", f"{stage} ({found.components[stage]})", *_numbers(numbers, found.meanings))
    if found.not_computed and (named or not found.metrics):
        needs = {name: f"needs {', '.join(needed)}" for name, needed in found.not_computed.items()}
        yield from ("", "no stage has what these need", *_columns(needs))
        if not found.classes and any("targets" in needed for needed in found.not_computed.values()):
            yield "targets are known classes: name a column of the source that holds them with --target"
    if found.on_request:
        yield from ("", f"only where they are named with --metric: {', '.join(found.on_request)}")
    if found.problems:
        yield from ("", "Worth knowing", *(f"  - {problem}" for problem in found.problems))


def _classes(found: "Evaluation") -> str:
    if not found.classes:
        return ""
    return f" of {found.classes:,} known classes" + (f" (column '{found.target}')" if found.target else "")


def _numbers(numbers: dict[str, float], meanings: dict[str, str]) -> list[str]:
    return _columns({name: f"{number:>10.4f}  {meanings[name]}".rstrip() for name, number in numbers.items()})


def _columns(texts: dict[str, str]) -> list[str]:
    width = max(map(len, texts), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in texts.items()]
