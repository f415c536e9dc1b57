"""What the tests of the server share: small runs of every modality, and a client that knows the token."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from asterism.framework import FinishedRun
from asterism.plugins.report.server import make_app
from asterism.plugins.video.modality import Video
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

TOKEN = "the-token"  # noqa: S105  # it guards nothing but tests
HOST = "http://127.0.0.1:8000"
THEMES = {
    "fruit": ["apple", "pear", "cherry", "plum", "orchard", "sweet", "juice", "ripe", "tree", "basket"],
    "sea": ["wave", "ship", "sailor", "harbour", "storm", "tide", "anchor", "fish", "island", "salt"],
    "music": ["violin", "piano", "melody", "rhythm", "concert", "singer", "drum", "note", "chorus", "tune"],
}
ODD = "<b>\"odd\" & 'quoted'</b>"
"""An id that a page must not take for markup."""


def made(folder: Path, source: dict[str, Any], stages: list[dict[str, Any]]) -> Path:
    registry = Registry()
    spec = {"asterism": 1, "name": "small", "source": source, "stages": stages, "cache": "off"}
    run_plan(registry, registry.plan(spec), folder / "run")
    return folder


@pytest.fixture(scope="session")
def text_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty texts about three themes, one of them of a million characters."""
    folder, rng = tmp_path_factory.mktemp("text"), np.random.default_rng(0)
    with (folder / "texts.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "theme", "year"])
        for number in range(60):
            theme = list(THEMES)[number % 3]
            text = " ".join(rng.choice(THEMES[theme], 8)) * (20_000 if number == 7 else 1)
            writer.writerow([ODD if number == 4 else f"{theme}-{number:02}", text, theme, str(2000 + number)])
    source = {"modality": "text", "path": str(folder / "texts.csv"), "id": "id", "target": "theme", "time": "year"}
    stages: list[dict[str, Any]] = [
        {"encoder": "tfidf"},
        {"reducer": "svd", "n_components": 5},
        {"clusterer": "kmeans", "n_clusters": 4, "as": "topics"},
        {"reducer": "pca", "n_components": 2, "from": "svd", "as": "map"},
        {"detector": "isolation_forest", "from": "svd", "as": "odd"},
    ]
    return made(folder, source, stages)


@pytest.fixture(scope="session")
def image_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures in two folders."""
    folder, rng = tmp_path_factory.mktemp("image"), np.random.default_rng(0)
    for number in range(12):
        place = folder / "pictures" / ("dark" if number % 2 else "light")
        place.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 60, (40, 30, 3), np.uint8) + np.uint8(0 if number % 2 else 190)
        Image.fromarray(pixels).save(place / f"{number:02}.png")
    stages = [{"encoder": "color_histogram"}, {"clusterer": "kmeans", "n_clusters": 2, "as": "groups"}]
    return made(folder, {"modality": "image", "path": str(folder / "pictures")}, stages)


@pytest.fixture(scope="session")
def video_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four videos of two sorts."""
    folder, rng = tmp_path_factory.mktemp("video"), np.random.default_rng(0)
    clips = [rng.integers(0, 60, (6, 32, 32, 3), np.uint8) + np.uint8(190 * (number % 2)) for number in range(4)]
    Video().write(clips, folder / "videos")
    stages = [{"encoder": "color_rhythm"}, {"clusterer": "kmeans", "n_clusters": 2, "as": "groups"}]
    return made(folder, {"modality": "video", "path": str(folder / "videos")}, stages)


@pytest.fixture(scope="session")
def log_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Who bought what."""
    folder = tmp_path_factory.mktemp("log")
    lines = [f"u{user},i{(user * step) % 7}" for user in range(8) for step in (1, 2, 3)]
    (folder / "log.csv").write_text("\n".join(["user,item", *lines]) + "\n")
    source = {"modality": "interactions", "path": str(folder / "log.csv")}
    return made(folder, source, [{"recommender": "popular", "n_recommendations": 2}])


def copied(folder: Path, here: Path) -> Path:
    """Copy a run, so that a test may edit or delete it; its source stays where it is."""
    return Path(shutil.copytree(folder / "run", here / "run"))


Opened = Callable[[Path], FinishedRun]


@pytest.fixture
def opened() -> Opened:
    """Opens the folder of a run."""
    return lambda folder: open_finished(Registry(), folder)


@pytest.fixture
def text_run(text_made: Path, tmp_path: Path) -> FinishedRun:
    """A run about texts that a test may change."""
    return open_finished(Registry(), copied(text_made, tmp_path))


@pytest.fixture
def image_run(image_made: Path, tmp_path: Path) -> FinishedRun:
    """A run about images."""
    return open_finished(Registry(), copied(image_made, tmp_path))


@pytest.fixture
def video_run(video_made: Path, tmp_path: Path) -> FinishedRun:
    """A run about videos."""
    return open_finished(Registry(), copied(video_made, tmp_path))


@pytest.fixture
def log_run(log_made: Path, tmp_path: Path) -> FinishedRun:
    """A run about interactions."""
    return open_finished(Registry(), copied(log_made, tmp_path))


@pytest.fixture
def run_of(tmp_path: Path, opened: Opened) -> Callable[..., FinishedRun]:
    """Runs one encoder on a source and opens what it wrote."""

    def run(source: dict[str, Any], encoder: str = "color_histogram") -> FinishedRun:
        registry = Registry()
        spec = {"asterism": 1, "name": "small", "source": source, "stages": [{"encoder": encoder}], "cache": "off"}
        run_plan(registry, registry.plan(spec), tmp_path / "run")
        return opened(tmp_path / "run")

    return run


Served = Callable[..., TestClient]


@pytest.fixture
def served() -> Served:
    """Makes a client of the server of a run, which knows the token."""

    def client(run: FinishedRun, **options: Any) -> TestClient:
        return TestClient(make_app(run, TOKEN, **options), HOST, headers={"X-Asterism-Token": TOKEN})

    return client


@pytest.fixture
def texts(text_run: FinishedRun, served: Served) -> TestClient:
    """A client of the run about texts."""
    return served(text_run)


@pytest.fixture(scope="session")
def reader(text_made: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of a run about texts that no test changes."""
    run = open_finished(Registry(), copied(text_made, tmp_path_factory.mktemp("read")))
    return TestClient(make_app(run, TOKEN), HOST, headers={"X-Asterism-Token": TOKEN})
