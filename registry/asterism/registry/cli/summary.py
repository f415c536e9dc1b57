"""`asterism summary RUN`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..registry import Registry
from ..runfolder import GENERATED
from .common import Json, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from asterism.framework.finished import FinishedRun

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]

SHOWN = 30
"""Groups in a table; the others are counted, and `--json` has them all."""
SHOWN_HIGHEST, SHOWN_PROBLEMS, SHOWN_KEYWORDS = 5, 10, 6
PLAIN_WIDTH = 10_000
"""Of tables that go to a file or another program, in characters: nothing is folded."""
MEBIBYTE = 2**20


def summary(run: Run, json: Json = False) -> None:
    """Show a run that is over: what was run, its stages, groups as people edited them, outliers, metrics and problems."""
    from ..finished import open_finished

    found = open_finished(Registry(), run)
    if json:
        print_json(_as_json(found))
        return
    _show(_parts(found))


def _show(parts: Iterator[Any]) -> None:
    """Print as wide as the terminal is; where there is none, each row of a table is one line, without colours."""
    from rich.console import Console
    from rich.text import Text

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=PLAIN_WIDTH, no_color=True)
    with console.capture() as captured:
        for part in parts:
            console.print(Text(_printable(part)) if isinstance(part, str) else part)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()), color=terminal.is_terminal)


def _as_json(run: "FinishedRun") -> dict[str, Any]:
    state, result = run.state, run.result
    return {
        "folder": str(run.folder),
        **{key: state.get(key) for key in ("name", "verb", "records", "quarantined", "versions")},
        "source": run.source,
        "stages": {name: _stage_json(run, name) for name in result.stages},
        "groups": {stage: _groups_json(run, stage) for stage in run.stages_giving("labels")},
        "outliers": {stage: dict(_highest(run, stage)) for stage in run.stages_giving("scores")},
        "metrics": run.read_json("metrics.json"),
        "meanings": dict(run.meanings),
        "edits": len(run.edits),
        "quarantine": dict(Counter(problem.message for problem in result.quarantine)),
        "problems": [{"stage": p.stage, "message": p.message, "count": p.count, "ids": list(p.ids)} for p in result.problems],
    }


def _stage_json(run: "FinishedRun", stage: str) -> dict[str, Any]:
    about = run.state.get("stages", {}).get(stage, {})
    kept = {key: about[key] for key in ("component", "rows", "columns", "reused", "streamed", "seconds", "memory") if key in about}
    return {"from": run.result.stages[stage].fed_by, **kept}


def _groups_json(run: "FinishedRun", stage: str) -> list[dict[str, Any]]:
    titles = run.titles(stage)
    found = [{"group": group, "title": titles[group], **about} for group, about in run.groups(stage).items()]
    return sorted(found, key=lambda group: -group["size"])


def _highest(run: "FinishedRun", stage: str) -> Iterator[tuple[str, float]]:
    """Yield the records that stand out most, with their scores."""
    import numpy as np

    scores = np.asarray(run.result.values[stage])
    for row in np.argsort(-scores, kind="stable")[:SHOWN_HIGHEST].tolist():
        yield run.result.ids[row], float(scores[row])


def _parts(run: "FinishedRun") -> Iterator[Any]:
    yield f"{run.state.get('name', run.folder.name)}: {_what(run)}"
    yield from ("", _stage_table(run))
    for stage in run.stages_giving("labels"):
        yield from ("", *_group_parts(run, stage))
    for stage in run.stages_giving("scores"):
        yield from ("", _table(f"{stage}: highest scores", [("record", ""), ("score", "right")], _score_rows(run, stage)))
    for stage in run.stages_giving("ranking"):
        yield from (
            "",
            _table(f"{stage}: the first histories", [("history", ""), ("recommended, best first", "")], _ranking_rows(run, stage)),
        )
    for stage in run.stages_giving("items"):
        yield from ("", f"{stage}: what was generated lies in {run.folder / GENERATED / stage}")
    metrics = run.read_json("metrics.json")
    if any(metrics.values()):
        yield from ("", _table("metrics", [("stage", ""), ("metric", ""), ("value", "right"), ("meaning", "")], _metric_rows(run, metrics)))
    yield from _trouble(run)


def _what(run: "FinishedRun") -> str:
    state = run.state
    edited = f", {len(run.edits):,} edits" if len(run.edits) else ""
    version = state.get("versions", {}).get("asterism", "?")
    return f"{state.get('verb')} on {run.source}, {len(run.result.ids):,} records{edited}, asterism {version}"


def _stage_table(run: "FinishedRun") -> "Table":
    rows = []
    for name, stage in run.result.stages.items():
        about = run.state.get("stages", {}).get(name, {})
        size = " x ".join(f"{about[side]:,}" for side in ("rows", "columns") if side in about)
        memory = f"{about['memory'] / MEBIBYTE:,.0f} MiB" if "memory" in about else ""
        reused = f"{about['reused']:,}" if about.get("reused") else ""
        rows.append((name, stage.label, stage.fed_by, size, reused, f"{about.get('seconds', 0):.2f}", memory))
    columns = [("stage", ""), ("component", ""), ("from", ""), ("rows", "right"), ("reused", "right"), ("seconds", "right")]
    return _table("stages", [*columns, ("memory", "right")], rows)


def _group_parts(run: "FinishedRun", stage: str) -> Iterator[Any]:
    found = _groups_json(run, stage)
    grouped, alone = [each for each in found if each["group"] >= 0], sum(each["size"] for each in found if each["group"] < 0)
    rows = [(str(each["group"]), f"{each['size']:,}", each["title"], _words(each)) for each in grouped[:SHOWN]]
    title = f"{stage}: {len(grouped):,} group{'' if len(grouped) == 1 else 's'}" + (f", {alone:,} records in none" if alone else "")
    yield _table(title, [("group", "right"), ("size", "right"), ("title", ""), ("", "")], rows)
    if len(grouped) > SHOWN:
        yield f"... and {len(grouped) - SHOWN:,} smaller groups"


def _words(about: dict[str, Any]) -> str:
    """Choose what to say of a group beside its title: its keywords, or else its exemplars."""
    words = [word for word in about.get("keywords") or about.get("exemplars") or [] if word not in about["title"].split(", ")]
    return ", ".join(words[:SHOWN_KEYWORDS])


def _ranking_rows(run: "FinishedRun", stage: str) -> list[tuple[str, ...]]:
    """Read what is recommended to the first users; no more of the table is read."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(run.table) as table:
        batch = next(table.iter_batches(batch_size=SHOWN_HIGHEST, columns=["id", stage]))
    return [
        (user, ", ".join(items[:SHOWN_KEYWORDS])) for user, items in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def _score_rows(run: "FinishedRun", stage: str) -> list[tuple[str, ...]]:
    return [(record, f"{score:.4g}") for record, score in _highest(run, stage)]


def _metric_rows(run: "FinishedRun", metrics: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    return [
        (stage, name, f"{value:.4f}", run.meanings.get(name, "")) for stage, numbers in metrics.items() for name, value in numbers.items()
    ]


def _trouble(run: "FinishedRun") -> Iterator[str]:
    reasons = Counter(problem.message for problem in run.result.quarantine)
    if reasons:
        yield from ("", f"{reasons.total():,} records could not be used", *(f"  {count:,} x {reason}" for reason, count in reasons.items()))
    problems = run.result.problems
    if problems:
        yield from ("", "Worth knowing", *(f"  - {problem}" for problem in problems[:SHOWN_PROBLEMS]))
    if len(problems) > SHOWN_PROBLEMS:
        yield f"  ... and {len(problems) - SHOWN_PROBLEMS:,} more"


def _table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> "Table":
    """Make a table; its columns are (header, "right" or "" for left), and empty ones are left out. Brackets are no markup."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    filled = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for header, side in (columns[at] for at in filled):
        table.add_column(header, justify="right" if side else "left", no_wrap=bool(side), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_printable(row[at])) for at in filled))
    return table


def _printable(text: str) -> str:
    """Leave out what moves a terminal's cursor or colours, and half of a surrogate pair, which cannot be printed."""
    return "".join(character if character.isprintable() else " " for character in text)
