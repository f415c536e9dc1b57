"""How a component, its data and its answer travel between processes: through `state`, as arrays and JSON in a folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..component import Component
from ..records import Records
from ..state import Resolve, dump_state, load_state
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
    if isinstance(value, Interactions | Joint | Ranking):
        return {"form": type(value).__name__, **vars(value)}
    return {"form": "plain", "value": value}


def _value(content: dict[str, Any]) -> Any:
    form = content.pop("form")
    if form == "plain":
        return content["value"]
    return (
        Records.of(content.pop("items"), **content)
        if form == "records"
        else {"Interactions": Interactions, "Joint": Joint, "Ranking": Ranking}[form](**content)
    )
