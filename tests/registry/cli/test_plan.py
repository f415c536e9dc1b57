import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def test_a_forecast_is_a_table_with_totals(asterism: Command, fruit: Path) -> None:
    done = asterism("plan", "spec.yaml")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:2] == ["fruit: 6 text records; from runs on all of them", ""]
    assert lines[2].split() == ["stage", "result", "bytes", "time", "memory", "input"]
    assert re.match(r"tfidf +6 x 9 sparse +\d+ bytes +[\d.]+ s +[\d.]+ [MG]iB  (streams|whole)$", lines[3])
    assert re.match(r"groups +6 +48 bytes +[\d.]+ s +[\d.]+ [MG]iB  (streams|whole)$", lines[4])
    assert [line.split()[0] for line in lines[6:]] == ["time", "memory", "disk"]
    assert sorted(path.name for path in fruit.iterdir()) == ["spec.yaml", "table.csv"]


def test_json_holds_every_number(asterism: Command, fruit: Path) -> None:
    said = json.loads(asterism("plan", "spec.yaml", "--json", "--memory", "2GiB").out)
    assert (said["name"], said["modality"], said["records"], said["samples"], said["advice"]) == ("fruit", "text", 6, [6], [])
    assert said["memory"]["results"] == 2 * 2**30
    tfidf, groups = said["stages"]
    assert (tfidf["component"], tfidf["rows"], tfidf["columns"], tfidf["sparse"]) == ("encoder/tfidf", 6, 9, True)
    assert (groups["name"], groups["from"], groups["columns"], groups["bytes"], groups["on_disk"]) == ("groups", "tfidf", None, 48, False)
    seconds = said["seconds"]
    assert seconds.pop("total") == sum(seconds.values())
    assert said["memory"]["peak"] >= max(stage["peak"] for stage in said["stages"]) > 0
    assert said["disk"] > 0


def test_set_changes_the_spec(asterism: Command, fruit: Path) -> None:
    said = json.loads(asterism("plan", "spec.yaml", "--json", "--set", "stages.groups.as=others").out)
    assert [stage["name"] for stage in said["stages"]] == ["tfidf", "others"]


def test_sample_bounds_the_samples(asterism: Command, fruit: Path) -> None:
    done = asterism("plan", "spec.yaml", "--sample", "4")
    assert done.out.startswith("fruit: 6 text records; from runs on samples of up to 4\n")


def test_bad_input_gets_the_messages_of_a_run(asterism: Command, fruit: Path) -> None:
    for change in ("stages.groups.n_clusters=0", "source.path=none.csv", "stages.groups.n_clusters=7", "source.column=nobody"):
        planned, ran = (asterism(verb, "spec.yaml", "--set", change, *more) for verb, more in (("plan", ()), ("run", ("--quiet",))))
        assert (planned.code, planned.out, planned.err.splitlines()[0]) == (2, "", ran.err.splitlines()[0])


def test_a_size_that_is_none_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("plan", "spec.yaml", "--memory", "much")
    assert (done.code, done.err) == (2, "'much' is no amount of memory; write it as 500MB, 2GiB or a number of bytes\n")


def test_a_folder_of_its_own_budget_goes_to_disk(asterism: Command, fruit: Path) -> None:
    done = asterism("plan", "spec.yaml", "--memory", "100 bytes")
    assert re.search(r"^tfidf .* bytes \(on disk\) ", done.out, re.MULTILINE)
