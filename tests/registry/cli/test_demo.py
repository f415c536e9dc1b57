import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
Install = Callable[..., Path]

DEMO = """
    from pathlib import Path

    TINY = Path(__file__).with_name("tiny.yaml")
"""
SPEC = "asterism: 1\nname: tiny\nsource: {modality: text, path: words.csv, column: body}\nstages: [{encoder: tfidf}]\n"


@pytest.fixture
def tiny(install: Install, here: Path) -> Path:
    site = install("acme", "[asterism.demo]\ntiny = acme_demo:TINY\n", {"acme_demo": DEMO})
    (site / "tiny.yaml").write_text(SPEC)
    (site / "words.csv").write_text("body\nred apple\ngreen pear\n")
    return here


def test_a_demo_runs_its_spec(asterism: Command, tiny: Path) -> None:
    done = asterism("demo", "tiny", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("tiny: 2 text records\n")
    assert done.out.endswith("written to runs/tiny\n")


def test_json_is_a_list_of_runs(asterism: Command, tiny: Path) -> None:
    done = asterism("demo", "tiny", "--json", "--out", "out")
    about = {"records": 2, "quarantined": 0, "reused": {"tfidf": 0}, "cache": "runs/.cache"}
    assert json.loads(done.out) == [{"folder": "out", **about, "metrics": {}, "notes": {}, "problems": []}]


def test_the_spec_of_a_demo_is_written_to_start_from(asterism: Command, tiny: Path) -> None:
    assert asterism("demo", "tiny", "--write-spec", "mine.yaml") == (0, "mine.yaml written; run it with: asterism run mine.yaml\n", "")
    assert Path("mine.yaml").read_text() == SPEC
    assert asterism("demo", "tiny", "--write-spec", "mine.yaml") == (2, "", "mine.yaml: is there already; name another file\n")
    assert asterism("demo", "tiny", "--write-spec", "no/mine.yaml") == (
        2,
        "",
        "no/mine.yaml: cannot be written: No such file or directory\n",
    )


def test_a_spec_is_written_of_one_demo(asterism: Command, tiny: Path) -> None:
    done = asterism("demo", "--write-spec", "mine.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == "--write-spec writes the spec of one demo; name it: there are generate, image, recommend, text, tiny, video\n"


def test_a_demo_that_is_not_there_is_bad_input(asterism: Command, tiny: Path) -> None:
    assert asterism("demo", "tniy") == (2, "", "no demo is called 'tniy'; did you mean 'tiny'?\n")


@pytest.mark.parametrize("name", ["generate", "image", "recommend", "text"])
def test_the_specs_of_our_demos_are_right(asterism: Command, here: Path, name: str) -> None:
    assert asterism("demo", name, "--write-spec", "demo.yaml").code == 0
    assert asterism("check", "demo.yaml") == (0, "demo.yaml: no problem found\n", "")
