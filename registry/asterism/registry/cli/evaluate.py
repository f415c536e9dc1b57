"""`asterism evaluate RUN`."""

from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.framework.errors import DataError

from ..registry import Registry
from .common import Json, print_json

if TYPE_CHECKING:
    from asterism.framework.problems import Problem

    from ..evaluate import Evaluation
    from ..held_out import HeldOutEvaluation

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


class Ways(StrEnum):
    """How events are held out."""

    LEAVE_LAST_OUT = "leave-last-out"
    RANDOM = "random"
    TIME = "time"


Split = Annotated[
    Ways | None,
    typer.Option(
        "--split",
        metavar="WAY",
        help="Measure recommenders on events that they have not learned from: leave-last-out (of each user), random or time (the latest).",
        show_default=False,
    ),
]
Share = Annotated[
    float | None,
    typer.Option("--share", metavar="SHARE", help="Share of all events that is held out; by default 0.2.", show_default=False),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Seed of the random split and of the intervals; by default 0.", show_default=False),
]


def evaluate(
    run: Run, target: Target = None, metric: Names = None, split: Split = None, share: Share = None, seed: Seed = None, json: Json = False
) -> None:
    """Measure a run that is over, and write nothing. No stage is computed, but recommenders with --split: they learn anew from a part."""
    _check_options(split, target=target, share=share, seed=seed)
    if split is not None:
        _evaluate_held_out(run, metric, split, share, seed or 0, json)
        return
    from ..evaluate import evaluate as measure_again

    found = measure_again(Registry(), run, target=target, names=metric)
    if json:
        print_json(_as_json(found))
    else:
        typer.echo("\n".join(_lines(found, named=metric is not None)))


def _check_options(split: Ways | None, **given: object) -> None:
    """Refuse options that would have no effect."""
    used = {"target"} if split is None else {"seed"} if split is Ways.LEAVE_LAST_OUT else {"share", "seed"}
    for name, value in given.items():
        if value is not None and name not in used:
            reason = "has a meaning only with --split" if split is None else f"has no meaning with --split {split}"
            raise DataError(reason, place=f"--{name}", hint=f"leave --{name} out")


def _evaluate_held_out(run: Path, names: list[str] | None, split: Ways, share: float | None, seed: int, json: bool) -> None:
    from ..held_out import evaluate_held_out

    found = evaluate_held_out(Registry(), run, split=split, share=share, seed=seed, names=names)
    if json:
        print_json(_as_json(found))
    else:
        typer.echo("\n".join(_held_out_lines(found, named=names is not None)))


def _held_out_lines(found: "HeldOutEvaluation", named: bool) -> Iterator[str]:
    n_events, share = found.held_out_events + found.train_events, f" {found.share:g}" if found.share else ""
    users = f"{found.users:,} of {found.all_users:,} users"
    yield f"{found.run}: {found.split}{share}, {found.held_out_events:,} of {n_events:,} events held out, of {users}"
    for stage, label in found.components.items():
        best = "item" if found.cutoffs[stage] == 1 else f"{found.cutoffs[stage]:,} items"
        yield from ("", f"{stage} ({label}), the best {best} for each user")
        yield from _columns(dict(_with_intervals(found, stage)))
    if found.not_computed and named:
        yield from ("", "no stage has what these need", *_columns(_needs(found.not_computed)))
    if any(found.intervals.values()):
        yield from ("", "[intervals] of 95 %, from 1,000 draws of the users")
    yield from _problem_lines(found.problems)


def _with_intervals(found: "HeldOutEvaluation", stage: str) -> Iterator[tuple[str, str]]:
    intervals = found.intervals.get(stage, {})
    shown = {name: f"[{low:.4f}, {high:.4f}]" for name, (low, high) in intervals.items()}
    width = max(map(len, shown.values()), default=0)
    for name, number in found.metrics.get(stage, {}).items():
        yield name, f"{number:>8.4f}  {shown.get(name, ''):<{width}}  {found.meanings[name]}".rstrip()


def _as_json(found: "Evaluation | HeldOutEvaluation") -> dict[str, Any]:
    problems = [{"message": problem.message, "count": problem.count} for problem in found.problems]
    return {**asdict(found), "problems": problems}


def _lines(found: "Evaluation", named: bool) -> Iterator[str]:
    yield f"{found.run}: {found.records:,} records{_classes(found)}"
    for stage, numbers in found.metrics.items():
        yield from ("", f"{stage} ({found.components[stage]})", *_numbers(numbers, found.meanings))
    if found.not_computed and (named or not found.metrics):
        yield from ("", "no stage has what these need", *_columns(_needs(found.not_computed)))
        if not found.classes and any("targets" in needed for needed in found.not_computed.values()):
            yield "targets are known classes: name a column of the source that holds them with --target"
        if any("held_out" in needed for needed in found.not_computed.values()):
            yield "held_out are events that a recommender has not learned from: hold some out with --split"
    if found.on_request:
        yield from ("", f"only where they are named with --metric: {', '.join(found.on_request)}")
    yield from _problem_lines(found.problems)


def _problem_lines(problems: list["Problem"]) -> Iterator[str]:
    if problems:
        yield from ("", "Worth knowing", *(f"  - {problem}" for problem in problems))


def _needs(not_computed: dict[str, list[str]]) -> dict[str, str]:
    return {name: f"needs {', '.join(needed)}" for name, needed in not_computed.items()}


def _classes(found: "Evaluation") -> str:
    if not found.classes:
        return ""
    return f" of {found.classes:,} known classes" + (f" (column '{found.target}')" if found.target else "")


def _numbers(numbers: dict[str, float], meanings: dict[str, str]) -> list[str]:
    return _columns({name: f"{number:>10.4f}  {meanings[name]}".rstrip() for name, number in numbers.items()})


def _columns(texts: dict[str, str]) -> list[str]:
    width = max(map(len, texts), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in texts.items()]
