"""What the page says of the run itself: what was done on which data, by which versions, in which time, and how good it is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asterism.framework import FinishedRun, Problem
from asterism.framework.errors import ModelError
from asterism.framework.finished import CREDENTIALS

from .arrays import plain

QUARANTINED = 100


def about_run(run: FinishedRun, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return the part `run` of the content; `problems` are those of the page, which stand behind those of the run."""
    state, result = run.state, run.result
    return {
        "verb": state.get("verb", "fit"),
        "noun": _noun(run),
        "records": len(result.ids),
        "quarantined": len(result.quarantine),
        "source": _source(run),
        "date": _date(run.table),
        "spec": _spec(state.get("spec")),
        "versions": {str(name): str(version) for name, version in state.get("versions", {}).items()},
        "stages": [_stage(run, name) for name in result.stages],
        "problems": [str(problem) for problem in (*result.problems, *problems)],
        "quarantine": [
            {"id": "".join(bad.ids[:1]), "place": bad.place, "reason": bad.message, "stage": bad.stage}
            for bad in result.quarantine[:QUARANTINED]
        ],
    }


def _noun(run: FinishedRun) -> str:
    modality = getattr(run.pipeline.modality, "modality", "")
    return "histories" if modality == "interactions" else f"{modality} records".strip()


def _source(run: FinishedRun) -> str:
    """Name what was read, without its folder."""
    return run.source if "://" in run.source else Path(run.source).name


def _date(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC") if path.is_file() else ""


def _spec(spec: Any) -> str:
    import yaml

    return CREDENTIALS.sub("", yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)) if spec else ""


def _stage(run: FinishedRun, name: str) -> dict[str, Any]:
    result, told = run.result, run.state.get("stages", {}).get(name, {})
    return {
        "name": name,
        "component": result.stages[name].label,
        "rows": int(told.get("rows", 0)),
        "seconds": round(result.seconds.get(name, 0.0), 3),
        "memory": result.memory.get(name, 0),
        "reused": result.reused.get(name, 0),
        "streamed": name in result.streamed,
    }


def metrics_of(run: FinishedRun) -> list[dict[str, Any]]:
    """Return the part `metrics`: every number with how to read it."""
    try:
        found = run.read_json("metrics.json")
    except ModelError:
        return []
    return [
        {"stage": stage, "name": name, "value": plain(value), "meaning": run.meanings.get(name, "")}
        for stage, values in found.items()
        for name, value in values.items()
    ]
