"""What a result looks like in a notebook."""

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from asterism.framework import Problem, Ranking, Result, Stage
from asterism.framework.finished import FinishedRun
from asterism.framework.pipeline import Pipeline
from asterism.plugins.recommend.popular import Popular
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA


class Page(HTMLParser):
    """Gathers the tags of a page and the text of its cells; fails where a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        if tag in ("td", "th", "li"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th", "li"):
            self.cells[-1] += data


@pytest.fixture
def result() -> Result:
    """A result with a matrix, groups, a ranking and problems; whatever may be hostile is."""
    stages = {
        "vectors": Stage("vectors", PCA(n_components=2), fed_by="source"),
        "<b>groups</b>": Stage("<b>groups</b>", KMeans(n_clusters=2), fed_by="vectors", registered="kmeans"),
        "best": Stage("best", Popular(), fed_by="source"),
    }
    values = {
        "vectors": np.zeros((4, 2), np.float32),
        "<b>groups</b>": np.array([1, 1, 0, -1]),
        "best": Ranking(np.zeros((4, 2), np.int64), np.ones((4, 2), np.float32), ["a", "b"]),
    }
    problem = Problem("cut", ids=("<script>alert(1)</script>", 'a"b'), stage="vectors")
    return Result(
        None,
        list("abcd"),
        stages=stages,
        values=values,
        seconds={"vectors": 1.234},
        names={"<b>groups</b>": {1: "<img src=x onerror=alert(2)>"}},
        problems=[problem],
        quarantine=[Problem("<i>bad</i>", quarantined=True)],
    )


def test_a_result_shows_stages_shapes_groups_and_problems(result: Result) -> None:
    cells = Page(result._repr_html_()).cells
    rows = [cells[at : at + 5] for at in range(0, 20, 5)]
    assert rows == [
        ["stage", "component", "gives", "", "seconds"],
        ["vectors", "reducer/PCA", "matrix", "4 x 2", "1.23"],
        ["<b>groups</b>", "clusterer/kmeans", "labels", "2 groups, 1 in none", ""],
        ["best", "recommender/Popular", "ranking", "4 rankings of 2 items", ""],
    ]
    assert cells[20:32] == ["group", "size", "title", "1", "2", "<img src=x onerror=alert(2)>", "none", "1", "", "0", "1", ""]


def test_hostile_ids_names_and_reasons_are_text(result: Result) -> None:
    page = Page(result._repr_html_())
    assert not {"script", "img", "i", "b", "a", "link", "style"} & set(page.tags)
    assert "<script>alert(1)</script>" in page.cells[-2]
    assert "<i>bad</i>" in page.cells[-1]


def test_long_lists_are_cut_and_counted(result: Result) -> None:
    result.values["<b>groups</b>"] = np.arange(100)
    result.problems = [Problem(f"problem {number}") for number in range(50)]
    text = result._repr_html_()
    assert "and 85 smaller groups" in text
    assert "and 43 more" in text
    assert len(text) < 20_000


def test_a_result_of_nothing_can_be_shown() -> None:
    assert "0 records, 0 stages" in Result(None, [])._repr_html_()


def test_a_finished_run_shows_titles_and_reads_no_matrix(result: Result, tmp_path: Any) -> None:
    del result.values["vectors"]
    (tmp_path / "groups.json").write_text('{"<b>groups</b>": {"0": {"size": 1, "keywords": ["sea & sky"]}, "1": {"size": 2}}}')
    state = {"stages": {"vectors": {"rows": 4, "columns": 2}}}
    run = FinishedRun(tmp_path, state, Pipeline(list(result.stages.values())), result)
    cells = Page(run._repr_html_()).cells
    assert "4 x 2" in cells
    assert "sea & sky" in cells
    assert "group 1" in cells
