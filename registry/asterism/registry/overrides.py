"""Changes to a spec from the command line: ``stages.topics.n_clusters=30``."""

from collections.abc import Iterable, Sequence
from typing import Any

from .problems import SpecProblem
from .reader import parse


def override(data: dict[str, Any], changes: Iterable[str], kinds: Sequence[str]) -> list[SpecProblem]:
    """Apply each ``path=value`` to a spec's plain data, in place; return what could not be applied."""
    return [problem for change in changes for problem in _apply(data, change, kinds)]


def _apply(data: dict[str, Any], change: str, kinds: Sequence[str]) -> list[SpecProblem]:
    path, equals, text = change.partition("=")
    if not equals or not path:
        return [SpecProblem("must be PATH=VALUE, such as stages.topics.n_clusters=30", file=f"--set {change}")]
    value = parse(text, f"--set {path}") if text else None
    if value and value.problems:
        return value.problems
    *outer, last = path.split(".")
    at: Any = data
    for step in outer:
        inner = _step(at, step, kinds)
        if inner is None:
            return [SpecProblem(f"there is no '{step}'; there are {', '.join(_names(at, kinds)) or 'none'}", file=f"--set {path}")]
        at = inner
    if not isinstance(at, dict):
        return [SpecProblem(f"'{'.'.join(outer)}' has no keys to set", file=f"--set {path}")]
    at[last] = value.data if value else ""
    return []


def _step(at: Any, step: str, kinds: Sequence[str]) -> Any:
    if isinstance(at, dict):
        return at.get(step)
    names = _names(at, kinds)
    return at[names.index(step)] if step in names else at[int(step)] if step.isdecimal() and int(step) < len(names) else None


def _names(at: Any, kinds: Sequence[str]) -> list[str]:
    if isinstance(at, dict):
        return list(at)
    return [_stage_name(stage, kinds) for stage in at] if isinstance(at, list) else []


def _stage_name(stage: Any, kinds: Sequence[str]) -> str:
    """Name a stage as the spec does: by `as`, else by its component."""
    if not isinstance(stage, dict):
        return ""
    component = next((str(value) for key, value in stage.items() if key in kinds), "")
    return str(stage.get("as") or component.rpartition(":")[2])
