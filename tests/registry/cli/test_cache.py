import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def kept(asterism: Command, fruit: Path) -> Path:
    """A cache with the results of two stages, one of them not used for a long time."""
    assert asterism("run", "spec.yaml", "--quiet").code == 0
    (old,) = [entry for entry in json.loads(asterism("cache", "--json").out)["entries"] if entry["stage"] == "tfidf"]
    long_ago = time.time() - 40 * 86400
    os.utime(fruit / "runs/.cache" / old["key"][:2] / old["key"] / "used", (long_ago, long_ago))
    return fruit


def test_what_is_kept_is_listed(asterism: Command, kept: Path) -> None:
    lines = asterism("cache").out.splitlines()
    assert re.fullmatch(r"component +rows +size +last used +key", lines[0])
    assert re.fullmatch(r"clusterer/kmeans +6 +[\d.]+ \w+ +0 min ago +[0-9a-f]{12}", lines[1])
    assert re.fullmatch(r"encoder/tfidf +6 +[\d.]+ \w+ +40 d ago +[0-9a-f]{12}", lines[2])
    assert re.fullmatch(r"runs/\.cache: 2 results, [\d.]+ KiB", lines[3])
    assert asterism("cache", "size").out == lines[3] + "\n"
    about = json.loads(asterism("cache", "list", "--json").out)
    assert about["bytes"] == sum(entry["bytes"] for entry in about["entries"])
    assert all(entry["complete"] for entry in about["entries"])


def test_what_was_not_used_for_long_is_removed(asterism: Command, kept: Path) -> None:
    assert asterism("cache", "prune", "--older-than", "60d").out.startswith("runs/.cache: removed 0 results, 0 bytes; ")
    assert asterism("cache", "prune", "--older-than", "30d").out.startswith("runs/.cache: removed 1 result, ")
    assert [entry["stage"] for entry in json.loads(asterism("cache", "--json").out)["entries"]] == ["groups"]


def test_the_rest_takes_no_more_than_was_said(asterism: Command, kept: Path) -> None:
    entries = json.loads(asterism("cache", "--json").out)["entries"]
    size = next(entry["bytes"] for entry in entries if entry["stage"] == "groups")
    done = json.loads(asterism("cache", "prune", "--max", str(size), "--json").out)
    assert ([entry["stage"] for entry in done["removed"]], done["bytes"]) == (["tfidf"], size)
    assert asterism("cache", "prune", "--all").out.endswith("0 bytes are left\n")
    assert asterism("cache").out == "runs/.cache: 0 results, 0 bytes\n"


def test_looking_for_a_cache_makes_none(asterism: Command, here: Path) -> None:
    assert asterism("cache", "--cache", "none") == (0, "none: 0 results, 0 bytes\n", "")
    assert not list(here.iterdir())


def test_another_cache_is_named(asterism: Command, fruit: Path) -> None:
    asterism("run", "spec.yaml", "--quiet", "--cache", "mine")
    assert asterism("cache", "size", "--cache", "mine").out.startswith("mine: 2 results, ")
    done = asterism("cache", "--cache", ".")
    assert (done.code, done.err) == (2, ".: is no cache: it holds no format.json; name the folder of a cache with --cache DIR\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prune"], "asterism cache prune: say what is to be removed; --max 2GiB, --older-than 30d, or --all"),
        (["list", "--all"], "asterism cache list: --max, --older-than and --all belong to prune; asterism cache prune ..."),
        (["prune", "--older-than", "soon"], "--older-than: 'soon' is no age; write it as 12h, 30d or 4w"),
        (["prune", "--max", "soon"], "'soon' is no amount of memory; write it as 500MB, 2GiB or a number of bytes"),
    ],
)
def test_what_makes_no_sense_is_bad_input(asterism: Command, here: Path, arguments: list[str], message: str) -> None:
    assert asterism("cache", *arguments) == (2, "", f"{message}\n")
