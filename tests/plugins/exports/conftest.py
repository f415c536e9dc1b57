"""What the tests of exporters share: real runs of a few records, with ids and texts that do their worst."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from asterism.framework.edits import Edit, add_edits
from asterism.framework.finished import FinishedRun
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

ROWS = [
    ("=HYPERLINK('http://x')", "red apple pie"),
    ("-5", "red cherry pie\nand a line"),
    ("@sum", '=1+1 red "berry" pie'),
    ('<b>"q"</b>', "blue sea water"),
    ("مرحبا", "blue sky water"),
    ("a,b;c", "\tblue ice water"),
    ("+x", "green leaf tree"),
    ("plain", "green moss tree"),
]
SPEC = {
    "asterism": 1,
    "name": "few",
    "stages": [
        {"encoder": "tfidf"},
        {"reducer": "svd", "n_components": 3},
        {"clusterer": "kmeans", "n_clusters": 3, "as": "groups"},
        {"detector": "knn_distance", "n_neighbors": 2, "from": "svd", "as": "odd"},
        {"reducer": "pca", "n_components": 2, "from": "svd", "as": "map"},
    ],
}
IMAGES = {
    "asterism": 1,
    "name": "squares",
    "stages": [
        {"encoder": "pixels", "size": [4, 4]},
        {"reducer": "pca", "n_components": 2, "as": "map"},
        {"clusterer": "kmeans", "n_clusters": 2, "from": "pixels"},
    ],
}


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on eight texts in three groups of which two were joined and named; nobody may write into it."""
    folder = tmp_path_factory.mktemp("texts")
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("number", "body"), *ROWS])
    registry = Registry()
    source = {"modality": "text", "path": str(folder / "rows.csv"), "column": "body", "id": "number"}
    run_plan(registry, registry.plan(SPEC | {"source": source}), folder / "run")
    found = open_finished(registry, folder / "run").result.values["groups"]
    edit = Edit("groups", (int(found[0]), int(found[3])), "=pies & water")
    add_edits(folder / "run", [edit], after=0)
    return folder / "run"


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on five small images."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "data").mkdir()
    for number, colour in enumerate(["red", "darkred", "maroon", "blue", "navy"]):
        Image.new("RGB", (20, 10), colour).save(folder / "data" / f"{number}.png")
    registry = Registry()
    source = {"modality": "image", "path": str(folder / "data")}
    run_plan(registry, registry.plan(IMAGES | {"source": source}), folder / "run")
    return folder / "run"


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Path], FinishedRun]:
    """Opens a copy of a run, which a test may change."""

    def copy(folder: Path) -> FinishedRun:
        shutil.copytree(folder, tmp_path / "copy")
        return open_finished(Registry(), tmp_path / "copy")

    return copy
