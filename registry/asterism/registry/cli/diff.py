"""`asterism diff RUN_A RUN_B`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import Json, print_json

if TYPE_CHECKING:
    from ..difference import Change, Difference, Ids, Single, StageDifference
    from ..score_difference import ScoreDifference

Before = Annotated[Path, typer.Argument(metavar="RUN_A", help="The folder of a run.", show_default=False)]
After = Annotated[
    Path, typer.Argument(metavar="RUN_B", help="The folder of a later run on the same data, or part of it.", show_default=False)
]

SHOWN = 30
"""Rows of a table; the others are counted, and `--json` has them all."""


def diff(before: Before, after: After, json: Json = False) -> None:
    """Compare two runs: which group became which, which records moved, how scores are ordered, and what the metrics say."""
    from ..difference import compare

    difference = compare(before, after)
    if json:
        print_json(asdict(difference))
    else:
        typer.echo("\n".join(_lines(difference)))


def _lines(difference: "Difference") -> Iterator[str]:
    yield f"{difference.before} -> {difference.after}: {difference.shared:,} records in both"
    yield from _only(difference.before, difference.only_before)
    yield from _only(difference.after, difference.only_after)
    if difference.by_position:
        yield "  the runs have no ids of their own: records are the same where they stand in the same place"
    for name, stage in difference.stages.items():
        yield from ("", f"{name}: {_moved(stage, difference.shared)}; ari {stage.ari:.3f}, nmi {stage.nmi:.3f}", *_stage_lines(stage))
    for name, scores in difference.scores.items():
        yield from ("", f"{name}: rank correlation {scores.spearman:.3f}", *_rank_lines(scores))
    if difference.metrics:
        yield from ("", "metrics", *map(_metric, difference.metrics))


def _only(run: str, ids: "Ids") -> Iterator[str]:
    if ids.count:
        yield f"  only in {run}: {ids.count:,} ({_cut(ids.first, ids.count)})"


def _moved(stage: "StageDifference", shared: int) -> str:
    return f"{stage.moved:,} of {shared:,} records moved" if stage.moved else "no record moved"


def _stage_lines(stage: "StageDifference") -> Iterator[str]:
    if stage.pairs:
        yield f"  {'before':>6} {'after':>6} {'shared':>8}  {'jaccard':>7}  {'left':>5}  {'came':>5}"
    for pair in stage.pairs[:SHOWN]:
        yield f"  {pair.before:>6} {pair.after:>6} {pair.shared:>8,}  {pair.jaccard:>7.3f}  {pair.left:>5.0%}  {pair.came:>5.0%}"
    if len(stage.pairs) > SHOWN:
        yield f"  ... and {len(stage.pairs) - SHOWN:,} more pairs"
    yield from _single_lines("vanished", stage.vanished, "went to")
    yield from _single_lines("new", stage.appeared, "came from")
    if stage.moves:
        moves = [f"{move.id} ({_group(move.before)} -> {_group(move.after)})" for move in stage.moves]
        yield f"  moved (before -> after): {_cut(moves, stage.moved)}"


def _rank_lines(scores: "ScoreDifference") -> Iterator[str]:
    if scores.moves:
        moves = [f"{move.id} ({move.before:g} -> {move.after:g})" for move in scores.moves]
        yield f"  moved most (place before -> after, 1 is highest): {', '.join(moves)}"


def _single_lines(what: str, singles: "Sequence[Single]", verb: str) -> Iterator[str]:
    for single in singles[:SHOWN]:
        most = "" if single.nearest is None else f", of which {single.shared:,} {verb} {single.nearest}"
        yield f"  {what}: group {single.group} of {single.records:,}{most}"
    if len(singles) > SHOWN:
        yield f"  ... and {len(singles) - SHOWN:,} more groups {what}"


def _metric(change: "Change") -> str:
    numbers = " -> ".join("none" if number is None else f"{number:.4g}" for number in (change.before, change.after))
    return f"  {change.stage} {change.metric} {numbers}" + (f"  ({change.by:+.4g})" if change.by else "")


def _group(number: int) -> str:
    return "none" if number < 0 else str(number)


def _cut(texts: Sequence[str], count: int) -> str:
    more = count - len(texts)
    return ", ".join(texts) + (f" and {more:,} more" if more > 0 else "")
