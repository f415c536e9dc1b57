"""`asterism plot`: pictures of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Command = Callable[..., Any]
SPEC = """\
asterism: 1
name: fruit
source: {modality: text, path: table.csv, column: body, id: id}
stages:
  - encoder: tfidf
  - reducer: svd
    n_components: 3
  - clusterer: kmeans
    n_clusters: 3
    as: groups
  - reducer: pca
    n_components: 2
    from: svd
    as: map
"""


@pytest.fixture
def run(fruit: Path, asterism: Command) -> Path:
    """The folder of a run with three groups and a map."""
    (fruit / "spec.yaml").write_text(SPEC)
    assert asterism("run", "spec.yaml", "--quiet", "--out", "run").code == 0
    return fruit / "run"


@pytest.mark.parametrize("what", ["map", "sizes", "dendrogram", "similarity"])
def test_every_plot_of_a_run_is_a_picture(asterism: Command, run: Path, what: str) -> None:
    assert asterism("plot", "run", "--what", what, "--out", "new/a.png", "--dpi", "60") == (0, "written to new/a.png\n", "")
    with Image.open("new/a.png") as picture:
        assert min(picture.size) > 60


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")])
def test_the_ending_tells_the_form_and_the_same_run_gives_the_same_bytes(asterism: Command, run: Path, ending: str, start: bytes) -> None:
    pictures = []
    for name in ("a", "b"):
        assert asterism("plot", "run", "--out", f"{name}.{ending}").code == 0
        pictures.append(Path(f"{name}.{ending}").read_bytes())
    assert pictures[0].startswith(start)
    assert pictures[0] == pictures[1]


def test_elbow_needs_a_count_that_was_chosen(asterism: Command, run: Path) -> None:
    done = asterism("plot", "run", "--what", "elbow", "--out", "a.png")
    assert done == (2, "", "run: no stage chose its number of groups by a curve; let the spec say `n_clusters: auto`\n")
    assert asterism("run", "spec.yaml", "--quiet", "--out", "auto", "--set", "stages.groups.n_clusters=auto").code == 0
    assert asterism("plot", "auto", "--what", "elbow", "--out", "a.png").code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--what", "mapp", "--out", "a.png"], "no plot is called 'mapp'; did you mean 'map'?\n"),
        (["--out", "a.gif"], "a.gif: must end in .png, .svg, .pdf; that tells what kind of picture to write\n"),
        (["--out", "table.png"], "table.png: is there already; name another file, or remove it\n"),
        (["--out", "a.png", "--stage", "group"], "run: no stage 'group' gives groups there; did you mean 'groups'?\n"),
    ],
)
def test_what_cannot_be_drawn_is_bad_input(asterism: Command, run: Path, options: list[str], message: str) -> None:
    Path("table.png").touch()
    assert asterism("plot", "run", *options) == (2, "", message)
    assert not Path("a.png").exists()


def test_what_is_no_run_is_bad_input(asterism: Command, fruit: Path) -> None:
    assert asterism("plot", "rum", "--out", "a.png") == (2, "", "rum: there is no such folder\n")


def test_characters_that_no_font_has_are_told_once(asterism: Command, run: Path) -> None:
    lost = "\U0001fbf0\U0001fbf1"  # digits of seven segments, which no font of text has
    edit = {"stage": "groups", "groups": [0], "name": f"{lost} {lost}"}
    (run / "edits.jsonl").write_text(json.dumps(edit) + "\n")
    done = asterism("plot", "run", "--what", "sizes", "--out", "a.png")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("no font has") == 1
    assert "no font has 2 of the characters, such as Glyph 130032" in done.out
