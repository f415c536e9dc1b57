"""`asterism explain RUN`."""

from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.framework.errors import DataError, OutputError

from ..registry import Registry
from .common import Json, print_json

if TYPE_CHECKING:
    from ..explanations import GroupExplanation, RecommendationExplanation, RecordExplanation

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
Record = Annotated[str | None, typer.Option("--record", metavar="ID", help="Explain why this record is in its group.", show_default=False)]
Group = Annotated[int | None, typer.Option("--group", metavar="N", help="Explain what sets this group apart.", show_default=False)]
User = Annotated[
    str | None, typer.Option("--user", metavar="ID", help="Explain a recommendation to this user, of --item.", show_default=False)
]
Item = Annotated[str | None, typer.Option("--item", metavar="ID", help="The item that is recommended.", show_default=False)]
Stage = Annotated[
    str | None,
    typer.Option("--stage", metavar="NAME", help="The stage to explain; by default the last one that can be.", show_default=False),
]
Picture = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.png", help="Draw the parts of an image over it, as a PNG.", show_default=False)
]

SHOWN = 12
"""Parts that are shown; `--json` has them all."""
BAR = 12
"""Columns of the longest bar on either side."""
NAME = 44
"""Columns of a name at most."""


class Ways(StrEnum):
    """How a record is explained."""

    LIME = "lime"
    SHAP = "shap"


With = Annotated[Ways, typer.Option("--with", metavar="WAY", help="How a record is explained: lime or shap.")]


def explain(
    run: Run,
    record: Record = None,
    group: Group = None,
    user: User = None,
    item: Item = None,
    stage: Stage = None,
    with_: With = Ways.LIME,
    out: Picture = None,
    json: Json = False,
) -> None:
    """Explain why a record is in its group, what sets a group apart, or why an item is recommended; nothing is written into the run."""
    from .. import explanations

    _check_options(record, group, user, item, out)
    if record is not None:
        found = explanations.explain_record(Registry(), run, record, stage=stage, explainer=with_.value)
        _draw(found, out)
        print_json(found.as_json()) if json else _show_record(found, out)
    elif group is not None:
        of_group = explanations.explain_group(Registry(), run, group, stage=stage)
        print_json(of_group.as_json()) if json else _show_group(of_group)
    else:
        of_item = explanations.explain_recommendation(Registry(), run, user or "", item or "", stage=stage)
        print_json(asdict(of_item)) if json else _show_recommendation(of_item)


def _check_options(record: str | None, group: int | None, user: str | None, item: str | None, out: Path | None) -> None:
    """Refuse what does not say one thing."""
    wanted = [record is not None, group is not None, user is not None or item is not None]
    if sum(wanted) != 1:
        raise DataError("one thing can be explained at a time", hint="give --record ID, --group N, or --user ID with --item ID")
    if (user is None) != (item is None):
        raise DataError("a recommendation has a user and an item", hint="give both --user and --item")
    if out is not None and record is None:
        raise DataError("only the record of an image can be drawn", place="--out", hint="give --record ID")


def _draw(found: "RecordExplanation", out: Path | None) -> None:
    if out is None:
        return
    picture: bytes | None = found.component.picture(found.item, found.explanation)
    if picture is None:
        raise DataError(f"record '{found.record}' has no patches that could be drawn", place="--out", hint="leave --out away")
    try:
        out.write_bytes(picture)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror}") from error


def _show_record(found: "RecordExplanation", out: Path | None) -> None:
    typer.echo(f"{found.record} is in {_named(found.group, found.title)} of '{found.stage}'")
    _show_bars((part.name, part.weight) for part in found.explanation.parts[:SHOWN])
    if len(found.explanation.parts) > SHOWN:
        typer.echo(f"  ... and {len(found.explanation.parts) - SHOWN:,} more parts, that weigh less")
    typer.echo(f"{found.explainer}: {found.explanation.text}")
    if out is not None:
        typer.echo(f"drawn in {out}")


def _named(group: int, title: str) -> str:
    return f"group {group}" if title == f"group {group}" else f"group {group} ({title})"


def _show_group(found: "GroupExplanation") -> None:
    typer.echo(f"{_named(found.group, found.title)} of '{found.stage}': {found.size:,} records")
    for name, texts in found.described.items():
        if name in ("keywords", "names"):
            typer.echo(f"  {name}: {', '.join(texts)}")
    for name, explanation in found.explanations.items():
        typer.echo(f"\n{name}: {explanation.text}")
        _show_bars((part.name if part.role == "condition" else f"{part.role} {part.name}", part.weight) for part in explanation.parts)


def _show_recommendation(found: "RecommendationExplanation") -> None:
    typer.echo(f"{found.item} is recommended to {found.user} by '{found.stage}'" + ("" if found.reasons else ", for no reason that shows"))
    _show_bars((reason.text, reason.weight) for reason in found.reasons)


def _show_bars(weights: Iterable[tuple[str, float]]) -> None:
    """Print a line for each weight: its name, the number, and a bar to the left or the right of a middle."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [(" ".join(name.split()), weight) for name, weight in weights]
    if not rows:
        return
    longest = max(abs(weight) for _, weight in rows) or 1.0
    table = Table.grid(padding=(0, 1))
    for options in ({"overflow": "ellipsis", "no_wrap": True, "max_width": NAME}, {"justify": "right", "min_width": 7}, {"no_wrap": True}):
        table.add_column(**options)
    for name, weight in rows:
        table.add_row(Text(f"  {name}"), f"{weight:+.3f}", _bar(weight / longest))
    Console(highlight=False, soft_wrap=False).print(table)


def _bar(share: float) -> Any:
    from rich.text import Text

    length = round(abs(share) * BAR)
    if share < 0:
        return Text(" " * (BAR - length) + "█" * length, style="blue")
    return Text(" " * BAR + "█" * length, style="dark_orange")
