"""A result as a small piece of HTML, for notebooks: its stages, its groups, and what went wrong."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from .values import Ranking

if TYPE_CHECKING:
    from .result import Result

Titles = Callable[[str], Mapping[int, str]]
"""Tells what to call the groups of a stage."""

SHOWN_GROUPS, SHOWN_PROBLEMS = 15, 8
# Everything that a table needs, so that no style of the page is needed and none is changed; colours are those of the page around.
LINE = "border-bottom:1px solid color-mix(in srgb, currentColor 25%, transparent)"
CELL = f"text-align:left;padding:.15em .9em .15em 0;{LINE};background:none;color:inherit"
TABLE = "border-collapse:collapse;font-size:inherit;margin:.3em 0;color:inherit"


def as_html(result: "Result", titles: Titles | None = None, shapes: Mapping[str, str] | None = None) -> str:
    """Write a result as a ``<div>``: no script, no link, every text escaped.

    `titles` tells what to call groups, by default by the names that people gave them. `shapes` tells of values how large they are, so
    that they need not be read; by default each value is asked.
    """
    parts = [f"<strong>{len(result.ids):,} records, {len(result.stages):,} stages</strong>", _stage_table(result, shapes)]
    for name, stage in result.stages.items():
        if stage.component.gives == "labels" and name in result.values:
            called = titles(name) if titles else result.names.get(name, {})
            parts.append(_folded(f"groups of {name}", _group_table(np.asarray(result.values[name]), called)))
    if told := [*result.problems, *result.quarantine]:
        count = f"{len(told):,} problem{'' if len(told) == 1 else 's'}"
        parts.append(_folded(count, _list(map(str, told[:SHOWN_PROBLEMS]), len(told) - SHOWN_PROBLEMS)))
    return f'<div style="color:inherit">{"".join(parts)}</div>'


def _stage_table(result: "Result", shapes: Mapping[str, str] | None) -> str:
    rows = []
    for name, stage in result.stages.items():
        is_told = shapes is not None and stage.component.gives != "labels"  # groups are read anyway
        told = (shapes or {}).get(name, "") if is_told else _shape(result.values.get(name), stage.component.gives)
        seconds = result.seconds.get(name)
        rows.append((name, stage.label, stage.component.gives, told, "" if seconds is None else f"{seconds:.2f}"))
    return _table(("stage", "component", "gives", "", "seconds"), rows)


def _shape(value: Any, gives: str) -> str:
    """Say in a few words how large a value is."""
    if value is None:
        return ""
    if gives == "labels":
        return count_groups(np.asarray(value))
    if isinstance(value, Ranking):
        return f"{len(value):,} rankings of {len(value.items):,} items"
    if hasattr(value, "shape"):
        return " x ".join(f"{length:,}" for length in value.shape)
    return f"{len(value):,}" if isinstance(value, Sequence) else ""


def count_groups(labels: Any) -> str:
    """Say how many groups there are, and how many records belong to none."""
    groups, alone = len(np.unique(labels[labels >= 0])), int((labels < 0).sum())
    return f"{groups:,} group{'' if groups == 1 else 's'}" + (f", {alone:,} in none" if alone else "")


def _group_table(labels: Any, titles: Mapping[int, str]) -> str:
    groups, sizes = np.unique(labels, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    rows = [
        ("none" if groups[at] < 0 else str(groups[at]), f"{sizes[at]:,}", titles.get(int(groups[at]), "") if groups[at] >= 0 else "")
        for at in order[:SHOWN_GROUPS]
    ]
    return _table(("group", "size", "title"), rows) + _more(len(groups) - SHOWN_GROUPS, "smaller groups")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th style="{CELL}" scope="col">{escape(text)}</th>' for text in header)
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return f'<table style="{TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cells(row: Sequence[str]) -> Iterator[str]:
    for text in row:
        yield f'<td style="{CELL}">{escape(text)}</td>'


def _list(texts: Iterable[str], n_more: int) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>{_more(n_more, 'more')}"


def _more(count: int, what: str) -> str:
    return f"<div>... and {count:,} {what}</div>" if count > 0 else ""


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"
