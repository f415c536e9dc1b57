"""What the tests of plots share: finished runs made by hand, with as many groups as a test wants."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.framework import Pipeline, Result, Stage
from asterism.framework.edits import Edits
from asterism.framework.finished import FinishedRun
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA

Finished = Callable[..., FinishedRun]


@pytest.fixture
def finished(tmp_path: Path) -> Finished:
    """Makes a finished run of the stages `vectors`, `groups` and `map`; each is left out where its value is None."""

    def make(
        labels: Sequence[int] | None, matrix: Any = None, places: Any = None, titles: Any = None, edits: Edits | None = None
    ) -> FinishedRun:
        values = {"vectors": matrix, "groups": None if labels is None else np.array(labels, np.int64), "map": places}
        values = {name: value for name, value in values.items() if value is not None}
        fed_by = "vectors" if matrix is not None else "source"
        components = {"vectors": PCA(n_components=2), "groups": KMeans(n_clusters=2), "map": PCA(n_components=2)}
        stages = {name: Stage(name, components[name], fed_by="source" if name == "vectors" else fed_by) for name in values}
        pipeline = Pipeline(list(stages.values()), name="by-hand")
        n_rows = next(iter(values.values())).shape[0]
        told = {name: {"columns": value.shape[1]} if value.ndim == 2 else {} for name, value in values.items()}
        sizes = zip(*np.unique(values.get("groups", [0]), return_counts=True), strict=True)
        groups = {str(group): {"size": int(size), **(titles or {}).get(int(group), {})} for group, size in sizes}
        (tmp_path / "groups.json").write_text(json.dumps({"groups": groups}))
        result = Result(None, [str(row) for row in range(n_rows)], stages=stages, values=values)
        return FinishedRun(tmp_path, {"stages": told}, pipeline, result, edits or Edits())

    return make


@pytest.fixture
def blobs() -> tuple[list[int], Any]:
    """Four groups of ten rows around corners: 0 and 1 point one way, 2 and 3 another; the last three rows are in no group."""
    corners = np.array([[10, 1, 0], [10, 2, 0], [0, 1, 10], [0, 2, 10]], np.float32)
    rows = np.repeat(corners, 10, axis=0) + np.random.RandomState(0).normal(0, 0.1, (40, 3)).astype(np.float32)
    return [*np.repeat(range(4), 10).tolist()[:-3], -1, -1, -1], rows
