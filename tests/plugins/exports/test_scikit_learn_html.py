import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from asterism.framework.errors import OutputError
from asterism.plugins.exports.scikit_learn_html import scikit_learn_html
from asterism.registry import Registry
from asterism.registry.finished import open_finished

Opened = Callable[[Path], Any]


class Links(HTMLParser):
    """Gathers what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name == "src" or (tag == "link" and name == "href")]


def test_stages_stand_in_order_and_branches_side_by_side(texts: Path, tmp_path: Path) -> None:
    (path,) = scikit_learn_html(open_finished(Registry(), texts), tmp_path)
    assert path.name == "pipeline.html"
    page = path.read_text(encoding="utf-8")
    places = [page.index(f">{name}<") for name in ("Tfidf", "SVD", "FeatureUnion", "KMeans", "KNNDistance", "PCA") if f">{name}<" in page]
    assert places == sorted(places)
    assert re.search(r"after svd: FeatureUnion", page)
    assert all(f"<label>{name}</label>" in page for name in ("groups", "odd", "map"))


def test_the_page_loads_nothing(texts: Path, tmp_path: Path) -> None:
    (path,) = scikit_learn_html(open_finished(Registry(), texts), tmp_path)
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    assert links.loaded == []


def test_what_a_spec_says_is_escaped(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    run.pipeline.name = "<script>alert(1)</script>"
    stage = run.result.stages["tfidf"]
    component = stage.component.set_params(token_pattern="<script>alert(2)</script>")  # noqa: S106  # no password
    run.result.stages["tfidf"] = replace(stage, component=component)
    (path,) = scikit_learn_html(run, tmp_path / "p.html")
    assert "<script>alert" not in path.read_text(encoding="utf-8")


def test_a_page_that_is_there_is_not_overwritten(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "p.html").touch()
    with pytest.raises(OutputError, match="is there already"):
        scikit_learn_html(open_finished(Registry(), texts), tmp_path / "p.html")
