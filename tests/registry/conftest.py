"""What the tests of the registry share: small components of a host, and distributions that are installed for one test."""

import importlib
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from annotated_types import Ge

from asterism.framework import (
    Clusterer,
    DataError,
    Encoder,
    Generator,
    Interactions,
    Labels,
    Matrix,
    Modality,
    Ranking,
    Recommender,
    Records,
    Reducer,
)
from asterism.framework.problems import report_problem
from asterism.registry import Registry


class Lines(Modality[str]):
    """The lines of a file."""

    modality = "text"

    upper: bool = False
    """Read everything as capital letters."""

    def read(self, source: Any) -> Records[str]:
        if isinstance(source, list):
            return Records.of(source, modality=self.modality)
        if not Path(source).is_file():
            raise DataError("there is no such file", place=str(source))
        lines = Path(source).read_text().splitlines()
        return Records.of([line.upper() for line in lines] if self.upper else lines, modality=self.modality)

    def preview(self, item: str) -> str:
        return item

    def write(self, items: Any, folder: Path) -> list[Path]:
        folder.mkdir(parents=True)
        (folder / "lines.txt").write_text("\n".join(items))
        return [folder / "lines.txt"]


class Baskets(Modality[Any]):
    """Who bought what, as a host has it."""

    modality = "interactions"
    gives = "interactions"

    def read(self, source: Any) -> Interactions:
        return Interactions.from_histories(source)

    def preview(self, item: Any) -> str:
        return str(item)

    def write(self, items: Any, folder: Path) -> list[Path]:
        return []


class Lengths(Encoder):
    """The length of a text and its powers."""

    reads = frozenset({"text"})

    width: Annotated[int, Ge(1)] = 3
    """How many columns."""
    scale: float = 1.0
    """Multiplies everything."""
    mode: Literal["plain", "log"] = "plain"
    """What is done to the length."""
    span: tuple[int, int] = (1, 2)
    """A pair."""
    random_state: int = 0
    """A seed."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self.mean_ = np.array([np.mean([len(text) for text in records])])
        return self

    def transform(self, records: Any) -> Matrix:
        texts = list(records)
        if empty := [row for row, text in enumerate(texts) if not text]:
            report_problem("has no letter and gets a row of zeros", rows=empty)
        lengths = np.array([len(text) for text in texts], np.float32)[:, None]
        return (self.scale * lengths ** np.arange(1, self.width + 1)).astype(np.float32)


class Pictures(Encoder):
    """An encoder that reads images only."""

    reads = frozenset({"image"})

    def transform(self, records: Any) -> Matrix:
        return np.zeros((len(list(records)), 2), np.float32)


class Shift(Reducer):
    """Subtracts the mean of each column."""

    n_components: Annotated[int, Ge(1)] | Literal["all"] = "all"
    """How many columns to keep."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X: Matrix) -> Matrix:
        return (X - self.mean_)[:, : None if self.n_components == "all" else self.n_components]


class Halves(Clusterer):
    """Two groups around the median of the first column."""

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = 2
    """How many groups."""
    random_state: int = 0
    """A seed."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.middle_ = float(np.median(X[:, 0]))
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return (X[:, 0] > self.middle_).astype(np.int64)


class Parrot(Generator):
    """Says what it has heard."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self.heard_ = list(records)
        return self

    def generate(self, n: int, prompts: Any = None, random_state: int | None = None) -> list[str]:
        return [self.heard_[place % len(self.heard_)] for place in range(n)]


class Bestsellers(Recommender):
    """Recommends the first items of all."""

    def fit(self, interactions: Interactions, y: None = None) -> Self:
        self.items_ = interactions.items
        return self

    def recommend(self, histories: Interactions, n: int, exclude_seen: bool = True) -> Ranking:
        rows = np.full((len(histories), 3), -1, np.int64)
        scores = np.zeros((len(histories), 3), np.float32)
        for user in range(len(histories)):
            fresh = [place for place, item in enumerate(self.items_) if item not in histories[user]][:3]
            rows[user, : len(fresh)], scores[user, : len(fresh)] = fresh, np.arange(3, 0, -1)[: len(fresh)]
        return Ranking(rows, scores, self.items_)


GOOD = """\
asterism: 1
name: try
source: {modality: lines, path: lines.txt}
stages:
  - encoder: lengths
    width: 4
  - reducer: shift
  - clusterer: halves
    as: groups
"""


@pytest.fixture
def hosted() -> Callable[..., Registry]:
    """Makes a registry of the host's components and those of the distributions that it allows."""

    def make(*allow: str) -> Registry:
        registry = Registry(allow=allow)
        for cls in (Lines, Baskets, Lengths, Pictures, Shift, Halves, Parrot, Bestsellers):
            registry.register(cls)
        return registry

    return make


@pytest.fixture
def registry(hosted: Callable[..., Registry]) -> Registry:
    """The host's components and no others."""
    return hosted()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, so that messages hold short paths."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def spec(here: Path) -> Callable[..., Path]:
    """Writes a spec, by default a good one, with its data beside it; pairs replace texts in it."""

    def write(text: str = GOOD, *changes: tuple[str, str]) -> Path:
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        Path("spec.yaml").write_text(text)
        Path("lines.txt").write_text("a\nbb\nccc\ndddd\neeeee\nffffff\n")
        return Path("spec.yaml")

    return write


@pytest.fixture
def problems(registry: Registry, spec: Callable[..., Path]) -> Callable[..., list[str]]:
    """Checks the good spec with changes, or another one, and gives the messages."""
    return lambda *changes, text=GOOD: [str(problem) for problem in registry.check(spec(text, *changes))]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Installs distributions for one test: metadata and modules in a folder of the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def write(name: str, entry_points: str, modules: dict[str, str] | None = None, *, version: str = "1.0", metadata: str = "") -> Path:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}")
        (info / "entry_points.txt").write_text(textwrap.dedent(entry_points))
        for module, code in (modules or {}).items():
            place = site / f"{module.replace('.', '/')}.py"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(textwrap.dedent(code))
        importlib.invalidate_caches()
        return site

    yield write
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]


@pytest.fixture
def past(here: Path) -> Callable[..., Path]:
    """Writes the folder of a run that is over: groups of each stage by id, other columns, and metrics."""

    def write(name: str, metrics: Any = None, columns: dict[str, Any] | None = None, **stages: dict[str, int]) -> Path:
        folder = here / name
        folder.mkdir()
        ids = list(next(iter(stages.values()), {}))
        assert all(list(groups) == ids for groups in stages.values())
        groups = {stage: np.array(list(found.values()), np.int64) for stage, found in stages.items()}
        pq.write_table(pa.table({"id": pa.array(ids, pa.string()), **groups, **(columns or {})}), folder / "records.parquet")
        (folder / "metrics.json").write_text(json.dumps(metrics or {}))
        return Path(name)

    return write
