"""A browser without a network, and content of pages that is made rather than read from a run."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.plugins.report.arrays import packed

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
"""WebGL on the processor: machines that run tests have no graphics card."""


@dataclass
class Opened:
    """A page in the browser, with what went wrong on it and what it asked the network for."""

    page: Any
    problems: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def until(self, condition: str, argument: Any = None, seconds: float = 10) -> None:
        """Wait until an expression, or function of `argument`, holds; Playwright's own way needs `eval`, which the page forbids."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(condition, argument):
            assert time.monotonic() < end, f"still not: {condition}"
            self.page.wait_for_timeout(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Starts the browser of the system; for one module, because Playwright's event loop runs on until it is closed."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Opened]]:
    """Opens an address in a context of its own. `online=False` cuts the network off: what is not a file fails, and is written down."""
    contexts = []

    def open_one(address: str, *, online: bool = False, **options: Any) -> Opened:
        context = browser.new_context(**({"viewport": {"width": 1100, "height": 760}} | options))
        contexts.append(context)
        opened = Opened(context.new_page())
        _watch(opened)
        if not online:
            context.set_offline(True)
            context.route(lambda url: not url.startswith(("file:", "data:", "blob:")), lambda route: _refuse(route, opened))
        opened.page.goto(address)
        return opened

    yield open_one
    for context in contexts:
        context.close()


def _watch(opened: Opened) -> None:
    """Write down errors and warnings; what the driver of the graphics says of its speed is none of ours."""
    opened.page.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.page.on(
        "console",
        lambda said: said.type in ("error", "warning") and "GL Driver Message" not in said.text and opened.problems.append(said.text),
    )


def _refuse(route: Any, opened: Opened) -> None:
    opened.tried.append(route.request.url)
    route.abort()


@pytest.fixture
def open_content(open_page: Callable[..., Opened], tmp_path: Path) -> Callable[..., Opened]:
    """Writes content as a page to a disk, opens it from there and waits for its map."""
    from asterism.plugins.report.writing import render

    def open_one(content: dict[str, Any], **options: Any) -> Opened:
        path = tmp_path / "report.html"
        path.write_text(render(content), encoding="utf-8")
        opened = open_page(path.as_uri(), **options)
        opened.page.evaluate("Asterism.map.ready")
        return opened

    return open_one


@pytest.fixture
def make_content() -> Callable[..., dict[str, Any]]:
    """Makes content with `n` points in `groups` groups on a map, of which every part can be replaced."""
    return _content


def _content(n: int = 300, groups: int = 4, **parts: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    labels = np.arange(n) % groups
    angles = 2 * np.pi * labels / groups
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1) + random.normal(0, 0.12, (n, 2))
    content = {
        "format": 1,
        "title": "made",
        "live": None,
        "run": _run(n),
        "points": _points(n, labels, places),
        "maps": [{"stage": "map", "component": "reducer/pca", "x": packed(places[:, 0], "f32"), "y": packed(places[:, 1], "f32")}],
        "groupings": [_grouping(labels, groups)],
        "outliers": [],
        "duplicates": [],
        "recommendations": [],
        "samples": [],
        "metrics": [{"stage": "topics", "name": "silhouette", "value": 0.31, "meaning": "higher is better told apart"}],
    }
    return content | parts


def _run(n: int) -> dict[str, Any]:
    stage = {
        "name": "topics",
        "component": "clusterer/kmeans",
        "rows": n,
        "seconds": 0.5,
        "memory": 1 << 20,
        "reused": 0,
        "streamed": False,
    }
    bad = {"id": "broken", "place": "made.jsonl:7", "reason": "is empty", "stage": "source"}
    return {
        "verb": "fit",
        "noun": "text records",
        "records": n,
        "quarantined": 1,
        "source": "made.jsonl",
        "date": "2026-01-31 12:00 UTC",
        "spec": "asterism: 1\nname: made\n",
        "versions": {"asterism": "0.1.0"},
        "stages": [stage],
        "problems": ["1 text was cut"],
        "quarantine": [bad],
    }


def _points(n: int, labels: Any, places: Any) -> dict[str, Any]:
    return {
        "total": n,
        "shown": n,
        "rows": None,
        "ids": [f"doc-{i}" for i in range(n)],
        "texts": [f"text number {i} of group {label}" for i, label in enumerate(labels)],
        "thumbs": None,
        "columns": [
            {"name": "topics", "kind": "groups", "stage": "topics", "values": packed(labels, "i32")},
            {"name": "target", "kind": "classes", "values": packed(labels % 2, "u16"), "levels": ["even", "odd"]},
            {"name": "strangeness", "kind": "numbers", "values": packed(np.abs(places[:, 0]), "f32"), "score": True},
        ],
    }


def _grouping(labels: Any, groups: int) -> dict[str, Any]:
    tree = {"order": list(range(groups)), "merges": _chain(groups)} if groups > 1 else None
    periods = {"periods": ["2024", "2025"], "counts": {str(group): [3, 5] for group in range(groups)}, "words": {}}
    curve = {"name": "simplified silhouette", "x_label": "number of groups", "x": [2, 3, 4, 5], "y": [0.2, 0.3, 0.5, 0.4], "chosen": 4}
    return {
        "stage": "topics",
        "component": "clusterer/kmeans",
        "groups": [_group(group, labels, groups) for group in range(groups)],
        "detailed": groups,
        "tree": tree,
        "leaves": list(range(groups)),
        "curves": [curve],
        "periods": periods if groups < 100 else None,
    }


def _group(group: int, labels: Any, groups: int) -> dict[str, Any]:
    members = [] if groups > 100 else np.flatnonzero(labels == group)[:4].tolist()
    records = [{"row": row, "point": row, "id": f"doc-{row}", "preview": {"text": f"text number {row}"}} for row in members]
    return {
        "group": group,
        "title": f"Group of {group}",
        "named": False,
        "size": len(labels) // groups,
        "keywords": [f"word{group}", "shared"],
        "texts": {},
        "exemplars": records[:3],
        "borderline": [record | {"next": (group + 1) % groups, "margin": 0.02} for record in records[3:]],
        "nearest": [{"group": (group + 1) % groups, "similarity": 0.8}] if groups > 1 else [],
        "cohesion": 0.5,
        "sheet": None,
    }


def _chain(groups: int) -> list[list[float]]:
    """One group after another joins the others, as in scipy's linkage."""
    return [[0 if step == 0 else groups + step - 1, step + 1, step + 1.0, step + 2] for step in range(groups - 1)]
