"""What the page shows of what was made: recommendations for some users with their reasons, and generated items beside real ones."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from asterism.framework import DataError, FinishedRun
from asterism.framework.problems import problems_to

from .arrays import data_url, plain
from .points import strings_at
from .previews import Preview, Previewer, encoded

USERS, LONGEST = 12, 4
"""How many users are shown, and how many of them are those with the longest histories."""
TOUCHED, OFFERED = 12, 8
EXPLAINED, REASONS = 3, 2
"""For so many users the first items are explained, with so many reasons each."""
SAMPLES = 12


def recommendations_of(run: FinishedRun) -> list[dict[str, Any]]:
    """Return the part `recommendations` of the content."""
    found = []
    for stage in run.stages_giving("ranking"):
        users = list(_users(run, stage))
        found.append({"stage": stage, "component": run.result.stages[stage].label, "users": users})
    return found


def _users(run: FinishedRun, stage: str) -> Iterator[dict[str, Any]]:
    try:
        histories = run.records()
    except DataError:  # the log is gone: what was offered is in the table all the same
        histories = None
    rows = _sample_users(len(run.result.ids), None if histories is None else np.diff(histories.indptr))
    for place, (row, items, scores) in enumerate(_offered(run, stage, rows)):
        touched = [] if histories is None else list(histories[row])
        component = run.result.stages[stage].component if place < EXPLAINED else None
        yield {
            "id": strings_at(run.result.ids, np.array([row]))[0],
            "touched": touched[-TOUCHED:],
            "touched_total": len(touched),
            "items": [
                {"id": item, "score": plain(score, 4), "reasons": _reasons(component, touched, item)}
                for item, score in zip(items[:OFFERED], scores[:OFFERED], strict=True)
            ],
        }


def _sample_users(n: int, lengths: Any) -> list[int]:
    """Take the users with the longest histories, and some from everywhere."""
    longest = [] if lengths is None else np.argsort(-lengths, kind="stable")[:LONGEST].tolist()
    spread = np.linspace(0, n - 1, min(n, USERS)).astype(int).tolist()
    return list(dict.fromkeys([*longest, *spread]))[:USERS]


def _offered(run: FinishedRun, stage: str, rows: Sequence[int]) -> Iterator[tuple[int, list[str], list[float]]]:
    import pyarrow.dataset as ds

    columns = [stage, f"{stage}_scores"]
    table = ds.dataset(run.table, format="parquet").take(sorted(rows), columns=columns)
    of_row = dict(zip(sorted(rows), zip(*(table[name].to_pylist() for name in columns), strict=True), strict=True))
    yield from ((row, *of_row[row]) for row in rows)


def _reasons(component: Any, touched: Sequence[str], item: str) -> list[str]:
    """Let a recommender say why; none where it cannot."""
    if component is None or not touched:
        return []
    try:
        with problems_to(lambda problem: None):
            return [reason.text for reason in component.explain(list(touched), item, REASONS)]
    except DataError:
        return []


def samples_of(run: FinishedRun) -> list[dict[str, Any]]:
    """Return the part `samples`: what generators made, beside real records from everywhere in the source."""
    stages = [stage for stage in run.stages_giving("items") if (run.folder / "generated" / stage).is_dir()]
    if not stages:
        return []
    previewer, n = Previewer(run), len(run.result.ids)
    real = previewer.of(list(dict.fromkeys(np.linspace(0, n - 1, min(n, SAMPLES)).astype(int).tolist())))
    return [
        {
            "stage": stage,
            "component": run.result.stages[stage].label,
            "generated": [shown(previewer.show(item)) for item in _generated(run, stage)[:SAMPLES]],
            "real": [shown(preview) for preview in real],
        }
        for stage in stages
    ]


def _generated(run: FinishedRun, stage: str) -> list[Any]:
    """Read back what a run wrote of a generator; the fields of the source say how its own files are read, not these."""
    modality: Any = run.pipeline.modality
    return list(type(modality)().read(str(run.folder / "generated" / stage)))


def shown(preview: Preview) -> dict[str, str]:
    """Turn a preview into what the page takes."""
    if preview is None:
        return {}
    return {"text": preview} if isinstance(preview, str) else {"image": data_url(encoded(preview))}
