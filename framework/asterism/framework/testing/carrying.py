"""How a component, its data and its answer travel between processes: through `state`, as arrays and JSON in a folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..component import Component
from ..records import Records
from ..result import Result
from ..stages import Stage
from ..state import Resolve, dump_state, load_state
from ..upstream import Upstream
from ..values import Interactions, Joint, Ranking


class Parcel(Component):
    """Holds anything that a learned attribute may hold."""


def send(content: dict[str, Any], folder: Path, name: str) -> None:
    """Write `content` as ``<name>.npz`` and ``<name>.json``; `TypeError` where it holds what a state may not hold."""
    parcel: Any = Parcel()
    parcel.content_ = {key: _plain(value) for key, value in content.items()}
    arrays, tree = dump_state(parcel)
    np.savez(folder / f"{name}.npz", **{str(place): array for place, array in enumerate(arrays.values())})  # type: ignore[arg-type]  # numpy types the arrays as its own option
    (folder / f"{name}.json").write_text(json.dumps({"names": list(arrays), "tree": tree}), encoding="utf-8")


def receive(folder: Path, name: str, resolve: Resolve) -> dict[str, Any]:
    """Read what `send` wrote; `resolve` finds the classes of components."""
    text = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with np.load(folder / f"{name}.npz") as file:
        arrays = {name: file[str(place)] for place, name in enumerate(text["names"])}
    parcel = Parcel()
    load_state(parcel, arrays, text["tree"], resolve)
    return {key: _value(content) for key, content in parcel.content_.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Records):
        return {
            "form": "records",
            "items": list(value),
            "ids": list(value.ids),
            "targets": value.targets and list(value.targets),
            "modality": value.modality,
        }
    if isinstance(value, Joint):
        return {"form": "Joint", "main": value.main, "others": {name: _plain(other) for name, other in value.others.items()}}
    if isinstance(value, Upstream):
        return {"form": "Upstream", "stage": value.stage, **_plain_result(value.result)}
    if isinstance(value, Interactions | Ranking):
        return {"form": type(value).__name__, **vars(value)}
    return {"form": "plain", "value": value}


def _plain_result(result: Result) -> dict[str, Any]:
    stages = [[stage.name, stage.component, stage.fed_by] for stage in result.stages.values()]
    return {"data": _plain(result.data), "ids": list(result.ids), "stages": stages, "values": result.values}


def _value(content: dict[str, Any]) -> Any:
    return FORMS[content.pop("form")](**content)


def _joint(main: Any, others: dict[str, Any]) -> Joint:
    return Joint(main, {name: _value(other) for name, other in others.items()})


def _upstream(stage: str, data: Any, ids: list[str], stages: list[Any], values: dict[str, Any]) -> Upstream:
    made = {name: Stage(name, component, fed_by) for name, component, fed_by in stages}
    return Upstream(Result(_value(data), ids, stages=made, values=values), stage)


FORMS: dict[str, Callable[..., Any]] = {
    "plain": lambda value: value,
    "records": Records.of,
    "Joint": _joint,
    "Upstream": _upstream,
    "Interactions": Interactions,
    "Ranking": Ranking,
}
"""By the form that a value was written in: what makes it again."""
