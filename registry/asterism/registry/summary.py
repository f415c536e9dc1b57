"""What a person reads after a run: groups with size, keywords and exemplars, samples, recommendations, and what went wrong."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from asterism.framework.result import Result
from asterism.framework.stages import Stage
from asterism.framework.values import Ranking, n_rows

from .runfolder import DOCUMENTS, QUARANTINE

SHOWN_GROUPS = 30
SHOWN_USERS = 5
SHOWN_ITEMS = 4
SHOWN_SAMPLES = 5
SHOWN_REASONS = 3


def summarize(
    title: str,
    result: Result,
    metrics: dict[str, dict[str, float]],
    descriptions: dict[str, dict[str, dict[int, list[str]]]],
    meanings: Mapping[str, str] | None = None,
    cache: Path | None = None,
    details: Collection[str] = (),
) -> str:
    """Write the summary of a run as plain text, lines of at most 140 characters where the data allow.

    `details` are the describers whose texts do not stand in the line of a group; where there are no others, the shortest do.
    """
    lines = [f"{title}: {len(result.ids):,} {_noun(result)}", *_document_lines(result), *_quarantine_lines(result), ""]
    for name, stage in result.stages.items():
        value = result.values[name]
        body = list(_stage_lines(value, stage.component.gives, result, _shown(descriptions.get(name, {}), details)))
        if any(other.fed_by == name and other.component.gives == "labels" for other in result.stages.values()):
            body = body[:1]  # they are shown as the later stage leaves them
        further = [*notes_of(stage), *_metric_lines(metrics.get(name, {}), meanings or {})]
        if further and not body:  # a matrix, which nobody wants to read
            body = ["{:,} x {:,}".format(*value.shape)] if stage.component.gives == "matrix" else []
        if body := body + further:
            lines += [f"{name} ({stage.label}): {body[0]}", *(f"  {line}" for line in body[1:]), ""]
    if result.problems:
        lines += ["Worth knowing", *(f"  - {problem}" for problem in result.problems), ""]
    lines += [*_reuse_lines(result, cache), _time_line(result)]
    return "\n".join(lines) + "\n"


def _shown(described: dict[str, dict[int, list[str]]], details: Collection[str]) -> dict[str, dict[int, list[str]]]:
    if shown := {name: texts for name, texts in described.items() if name not in details}:
        return shown
    shortest = min(described, key=lambda name: sum(map(len, chain.from_iterable(described[name].values()))), default="")
    return {shortest: described[shortest]} if shortest else {}


def notes_of(stage: Stage) -> list[str]:
    """List what a component has to say of how it was fitted."""
    return [" ".join(str(note).split()) for note in vars(stage.component).get("notes_", ())]


def _noun(result: Result) -> str:
    modality = getattr(result.data, "modality", "")
    if modality == "interactions":
        return f"histories over {len(result.data.items):,} items"
    return f"{modality} records".strip()


def _document_lines(result: Result) -> Iterator[str]:
    if parents := result.about.get("parent"):
        yield f"passages of {len(set(parents)):,} documents ({DOCUMENTS})"


def _quarantine_lines(result: Result) -> Iterator[str]:
    bad = len(result.quarantine)
    if bad:
        reasons = Counter(problem.message for problem in result.quarantine).most_common()
        shown = ", ".join(f"{_one_line(reason, 80)} ({count:,})" for reason, count in reasons[:SHOWN_REASONS])
        more = f" and {len(reasons) - SHOWN_REASONS:,} other reasons" if len(reasons) > SHOWN_REASONS else ""
        yield f"{bad:,} of {bad + len(result.ids):,} records could not be used ({QUARANTINE}): {shown}{more}"


def _reuse_lines(result: Result, cache: Path | None) -> Iterator[str]:
    """Tell what came from an earlier run, and what never stood in memory whole."""
    parts = []
    for name, value in result.values.items():
        if reused := result.reused.get(name, 0):
            parts.append(name if reused >= n_rows(value) else f"{name} ({reused:,} of {n_rows(value):,} rows)")
    if parts:
        yield f"reused from {cache}: {', '.join(parts)}"
    if result.mapped:
        yield f"on disk, for want of memory: {', '.join(result.mapped)}"


def _stage_lines(value: Any, gives: str, result: Result, described: dict[str, dict[int, list[str]]]) -> Iterator[str]:
    if gives == "labels":
        yield from _group_lines(value, described)
    elif isinstance(value, Ranking):
        yield from _ranking_lines(value, result)
    elif gives == "items":
        yield f"{len(value):,} generated"
        yield from (f"{place}. {_one_line(item)}" for place, item in enumerate(value[:SHOWN_SAMPLES], 1) if isinstance(item, str))
    elif gives == "explanations":
        yield from _explanation_lines(value, result)
    elif getattr(value, "ndim", 0) == 1:
        yield f"from {value.min():.4g} to {value.max():.4g}"
        top = np.argsort(-value, kind="stable")[:SHOWN_USERS]
        yield f"highest: {', '.join(f'{result.ids[row]} ({value[row]:.4g})' for row in top)}"


def _group_lines(labels: Any, described: dict[str, dict[int, list[str]]]) -> Iterator[str]:
    groups, sizes = np.unique(labels, return_counts=True)
    found = int((groups >= 0).sum())
    yield f"{found:,} group{'' if found == 1 else 's'}"
    order = np.argsort(-sizes, kind="stable")[:SHOWN_GROUPS]
    yield f"{'group':>6} {'size':>7}  {'  |  '.join(described)}".rstrip()
    for at in order:
        texts = "  |  ".join(_words(described[name].get(int(groups[at]), [])) for name in described)
        name = "none" if groups[at] < 0 else str(groups[at])
        yield f"{name:>6} {sizes[at]:>7,}  {texts}".rstrip()
    if len(groups) > SHOWN_GROUPS:
        yield f"... and {len(groups) - SHOWN_GROUPS:,} smaller groups"


def _explanation_lines(texts: Sequence[str | None], result: Result) -> Iterator[str]:
    """Show some explanations, each sentence once."""
    yield f"{sum(text is not None for text in texts):,} of {len(texts):,} records"
    first = {text: row for row, text in reversed(list(enumerate(texts))) if text is not None}
    yield from (f"{result.ids[row]}: {_one_line(text)}" for text, row in list(reversed(first.items()))[:SHOWN_SAMPLES])


def _ranking_lines(ranking: Ranking, result: Result) -> Iterator[str]:
    yield f"{ranking.rows.shape[1]} of {len(ranking.items):,} items for each of {len(ranking):,} histories"
    sizes = np.diff(result.data.indptr)
    for row in np.argsort(-sizes, kind="stable")[:SHOWN_USERS]:
        touched = result.data[row]
        more = ", ..." if len(touched) > SHOWN_ITEMS else ""
        yield f"{result.ids[row]} (touched {_words(touched[:SHOWN_ITEMS])}{more}): {_words(ranking[row][:6])}"


def _metric_lines(metrics: dict[str, float], meanings: Mapping[str, str]) -> Iterator[str]:
    for name, value in metrics.items():
        meaning = f"  ({meanings[name]})" if meanings.get(name) else ""
        yield f"{name} {value:.3f}{meaning}"


def _time_line(result: Result) -> str:
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in result.seconds.items())
    return f"{sum(result.seconds.values()):.2f} s in stages: {parts}"


def _words(words: Sequence[str]) -> str:
    return ", ".join(_one_line(word) for word in words)


def _one_line(item: Any, width: int = 120) -> str:
    text = " ".join(str(item).split())
    return text if len(text) <= width else text[: width - 3] + "..."
