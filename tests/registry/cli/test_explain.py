"""`asterism explain`."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image


class Done(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Done]

TEXTS = """\
asterism: 1
name: fruit
source: {modality: text, path: table.csv, column: body, id: id}
stages:
  - encoder: tfidf
  - clusterer: kmeans
    n_clusters: 2
    n_init: 10
    as: groups
"""
IMAGES = """\
asterism: 1
name: squares
source: {modality: image, path: images}
stages:
  - encoder: pixels
    size: [12, 12]
  - clusterer: kmeans
    n_clusters: 2
    as: groups
"""
EVENTS = """\
asterism: 1
name: shop
source: {modality: interactions, path: events.csv, user: user, item: item}
stages:
  - recommender: item_knn
    as: suggestions
"""


@pytest.fixture
def texts(asterism: Command, here: Path) -> Path:
    """A run over ten texts on apples and ten on the sea; one id holds HTML and quotes."""
    words = ("red", "green", "old", "small", "ripe", "big", "cut", "new", "wild", "dry")
    rows = [f"{subject[0]}{place},{subject} {word}" for subject in ("apple", "sea") for place, word in enumerate(words)]
    Path("table.csv").write_text("\n".join(["id,body", *rows[:-1], '"<b>""s9""</b>",sea dry\n']))
    Path("spec.yaml").write_text(TEXTS)
    assert asterism("run", "spec.yaml", "--out", "out", "--quiet").code == 0
    return Path("out")


def test_a_record_is_explained_with_bars(asterism: Command, texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    done = asterism("explain", "out", "--record", "s4")
    assert (done.code, done.err) == (0, "")
    first, bar, *_, last = done.out.splitlines()
    assert first.startswith("s4 is in group ")
    assert first.endswith(") of 'groups'")
    name, number, drawn = bar.split()
    assert name == "sea"
    assert float(number) > 0
    assert drawn == "█" * 12
    assert last.startswith("lime: in group ")
    assert "for it sea (+" in last
    assert "fidelity " in last


def test_ids_with_html_and_quotes_are_ids(asterism: Command, texts: Path) -> None:
    done = asterism("explain", "out", "--record", '<b>"s9"</b>', "--json")
    assert json.loads(done.out)["record"] == '<b>"s9"</b>'


def test_as_json_all_parts_are_there(asterism: Command, texts: Path) -> None:
    told = json.loads(asterism("explain", "out", "--record", "a0", "--with", "shap", "--json").out)
    assert (told["record"], told["explainer"], told["stage"]) == ("a0", "shap", "groups")
    assert {part["name"] for part in told["parts"]} == {"apple", "red"}
    assert told["low_fidelity"] is (told["fidelity"] < 0.5)


def test_a_group_is_explained_by_keywords_rule_and_examples(asterism: Command, texts: Path) -> None:
    group = json.loads(asterism("explain", "out", "--record", "a0", "--json").out)["group"]
    done = asterism("explain", "out", "--group", str(group))
    assert done.code == 0
    assert f"group {group} (apple, " in done.out
    assert "keywords: apple, " in done.out
    assert re.search(rf"decision_tree: group {group}: (has 'apple'|not 'sea'); fidelity 1.00", done.out)
    assert f"examples: group {group}: typical: a" in done.out
    assert "counter-example s" in done.out
    told = json.loads(asterism("explain", "out", "--group", str(group), "--json").out)
    assert set(told["explanations"]) == {"decision_tree", "examples"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one thing can be explained at a time; give --record ID, --group N, or --user ID with --item ID"),
        (
            ["--record", "a0", "--group", "1"],
            "one thing can be explained at a time; give --record ID, --group N, or --user ID with --item ID",
        ),
        (["--user", "a0"], "a recommendation has a user and an item; give both --user and --item"),
        (["--group", "0", "--out", "x.png"], "--out: only the record of an image can be drawn; give --record ID"),
        (["--record", "a0", "--out", "x.png"], "--out: record 'a0' has no patches that could be drawn; leave --out away"),
        (["--record", "a00"], "out: no record is called 'a00'; did you mean 'a0'?"),
        (["--group", "5"], "out: 'groups' has no group 5; there are 0, 1"),
        (["--record", "a0", "--stage", "tfidf"], "out: stage 'tfidf' cannot be explained so: it gives matrix; there is groups"),
        (["--user", "a", "--item", "b"], "out: no stage of this run recommends; it has groups: name a --record or a --group"),
    ],
)
def test_what_cannot_be_explained_ends_with_a_message(asterism: Command, texts: Path, arguments: list[str], message: str) -> None:
    done = asterism("explain", "out", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"{message}\n")


def test_a_source_that_is_gone_ends_with_a_message(asterism: Command, texts: Path) -> None:
    Path("table.csv").unlink()
    done = asterism("explain", "out", "--record", "a0")
    assert done.code == 2
    assert "table.csv" in done.err
    assert asterism("explain", "out", "--group", "0").code == 0


def test_patches_are_drawn_over_the_image(asterism: Command, here: Path) -> None:
    Path("images").mkdir()
    for place in range(12):
        image = np.random.default_rng(place).integers(0, 50, (12, 12), dtype=np.uint8)
        image[:4, 6 * (place % 2) : 6 * (place % 2) + 6] += np.uint8(180)
        Image.fromarray(image).save(f"images/{place:02}.png")
    Path("spec.yaml").write_text(IMAGES)
    assert asterism("run", "spec.yaml", "--out", "out", "--quiet").code == 0
    done = asterism("explain", "out", "--record", "03.png", "--out", "why.png")
    assert done.code == 0
    assert done.out.endswith("drawn in why.png\n")
    with Image.open("why.png") as picture:
        assert picture.size == (324, 324)
    done = asterism("explain", "out", "--record", "03.png", "--out", "no/why.png")
    assert (done.code, done.err) == (2, "no/why.png: cannot be written: No such file or directory\n")


def test_a_recommendation_is_explained_by_what_the_user_touched(asterism: Command, here: Path) -> None:
    rows = [f"u{user},{item}" for user in range(4) for item in ("tea", "milk", "cup")[: 2 + (user > 1)]]
    Path("events.csv").write_text("\n".join(["user,item", *rows, "u9,nail", "u9,saw\n"]))
    Path("spec.yaml").write_text(EVENTS)
    assert asterism("run", "spec.yaml", "--out", "out", "--quiet").code == 0
    done = asterism("explain", "out", "--user", "u0", "--item", "cup")
    assert done.out.startswith("cup is recommended to u0 by 'suggestions'\n")
    assert "tea is in the history" in done.out
    assert {
        reason["text"] for reason in json.loads(asterism("explain", "out", "--user", "u0", "--item", "cup", "--json").out)["reasons"]
    } == {
        "tea is in the history",
        "milk is in the history",
    }
    assert asterism("explain", "out", "--user", "u99", "--item", "cup").err == "out: no user is called 'u99'; did you mean 'u9'?\n"
