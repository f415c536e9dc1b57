import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from asterism.registry.reader import parse

Command = Callable[..., Any]


def test_a_filled_spec_has_every_default_and_the_version_of_every_provider(asterism: Command, fruit: Path) -> None:
    done = asterism("fill", "spec.yaml")
    assert (done.code, done.err) == (0, "")
    filled = parse(done.out).data
    assert filled["providers"] == {"asterism": version("asterism")}
    assert filled["stages"][1]["random_state"] == 0
    assert (filled["stages"][0]["from"], filled["stages"][1]["from"]) == ("source", "tfidf")


def test_a_filled_spec_is_filled_to_itself(asterism: Command, fruit: Path) -> None:
    first = asterism("fill", "spec.yaml").out
    Path("filled.yaml").write_text(first)
    assert asterism("fill", "filled.yaml") == (0, first, "")
    assert asterism("check", "filled.yaml").code == 0


def test_another_version_is_refused_by_run(asterism: Command, fruit: Path) -> None:
    filled = asterism("fill", "spec.yaml").out.replace(f"asterism: {version('asterism')}", "asterism: 0.0.1")
    Path("filled.yaml").write_text(filled)
    done = asterism("run", "filled.yaml")
    line = filled[: filled.index("  asterism: 0.0.1")].count("\n") + 1
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"filled.yaml:{line}:3: providers: the spec was filled with asterism 0.0.1, installed is {version('asterism')}; "
        "install that, or fill the spec again\n"
    )


def test_json_holds_the_same(asterism: Command, fruit: Path) -> None:
    text, data = asterism("fill", "spec.yaml").out, json.loads(asterism("fill", "spec.yaml", "--json").out)
    assert parse(text).data == data


def test_set_comes_before_filling(asterism: Command, fruit: Path) -> None:
    filled = json.loads(asterism("fill", "spec.yaml", "--json", "--set", "seed=4").out)
    assert (filled["seed"], filled["stages"][1]["random_state"]) == (4, 4)


def test_a_bad_spec_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("fill", "spec.yaml", "--set", "seed=x")
    assert (done.code, done.out, done.err) == (2, "", "spec.yaml:1:1: seed: must be a whole number (got 'x')\n")
