"""The ready specs for logs, run by name on small logs with a known answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from asterism.registry import Registry
from asterism.registry.runs import run_plan

DRINKS, DISHES = ["tea", "milk", "cocoa", "juice"], ["rice", "beans", "lentils", "maize"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a ready spec in a folder of its own, and return what came of it."""
    monkeypatch.chdir(tmp_path)

    def run(name: str, *changes: str) -> Any:
        registry = Registry()
        return run_plan(registry, registry.plan(name, changes), tmp_path / "out")

    return run


def write_log(path: Path) -> None:
    """Write who touched what: every user has three of four drinks, or three of four dishes."""
    lines = [f"{kind[0]}{left},{item}" for kind in (DRINKS, DISHES) for left in range(4) for item in kind if item != kind[left]]
    path.write_text("\n".join(["user,item", *lines]), encoding="utf-8")


def test_items_are_recommended_from_a_log(run: Callable[..., Any], tmp_path: Path) -> None:
    write_log(tmp_path / "log.csv")
    ranking = run("recommend-items", "source.path=log.csv").result["items"]
    assert [ranking[row][0] for row in range(8)] == [*DRINKS, *DISHES]


def test_news_are_recommended_by_what_they_say_also_those_that_nobody_has_read(run: Callable[..., Any], tmp_path: Path) -> None:
    articles = {"c1": "a comet and its tail", "c2": "the comet returns", "c3": "a comet over the town", "b1": "bread and butter"}
    rows = [f'{item},"{text}"' for item, text in articles.items()]
    (tmp_path / "articles.csv").write_text("\n".join(["item,text", *rows]), encoding="utf-8")
    (tmp_path / "clicks.csv").write_text("user,item\nann,c1\nann,c2\nbob,b1\ncid,c1\n", encoding="utf-8")
    found = run("recommend-news", "source.path=clicks.csv", "stages.news.recommenders.content.catalogue=articles.csv")
    ranking = dict(zip(found.result.ids, map(found.result["news"].__getitem__, range(3)), strict=True))
    assert ranking["ann"][0] == "c3"  # which nobody has read
    assert ranking["cid"] == ["c2", "c3"]


def test_baskets_give_rules_in_a_table(run: Callable[..., Any], tmp_path: Path) -> None:
    lines = ["bread,butter,jam"] * 6 + ["bread,butter"] * 2 + ["beer"] * 4
    (tmp_path / "baskets.csv").write_text("\n".join(lines), encoding="utf-8")
    found = run("baskets", "source.path=baskets.csv")
    rules = pq.read_table(found.path / "tables/rules/rules.parquet").to_pylist()
    assert {(tuple(rule["antecedent"]), *rule["consequent"]) for rule in rules} >= {(("bread",), "butter"), (("bread", "butter"), "jam")}
    assert "{jam} -> butter: confidence 1.00, lift 1.5" in found.summary
