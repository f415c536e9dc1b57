import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Command = Callable[..., Any]


def test_a_run_prints_its_summary_and_where_everything_is(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[:4] == ["fruit: 6 text records", "", "groups (clusterer/kmeans): 3 groups", "   group    size  keywords"]
    assert lines[-1] == "written to runs/fruit"
    assert Path("runs/fruit/summary.txt").read_text() in done.out
    groups = pq.read_table("runs/fruit/records.parquet").to_pydict()
    assert groups["id"] == ["1", "2", "3", "4", "5", "6"]
    assert len({groups["groups"][row] for row in (0, 2)}) == 1


def test_away_from_a_terminal_progress_is_plain_lines_on_standard_error(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml")
    cache, first, second = done.err.splitlines()
    assert cache == "cache: runs/.cache"
    assert re.fullmatch(r"tfidf: 6 in \d+\.\d\d s, [\d,]+/s", first)
    assert re.fullmatch(r"groups: 6 in \d+\.\d\d s, [\d,]+/s", second)


def test_json_is_all_that_stands_on_standard_output(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--json", "--out", "here")
    reused = {"tfidf": 0, "groups": 0}
    about = {"records": 6, "quarantined": 0, "reused": reused, "cache": "runs/.cache"}
    found = json.loads(done.out)
    assert set(found.pop("metrics")) <= {"groups"}
    assert found == {"folder": "here", **about, "notes": {}, "problems": []}
    assert (done.code, done.err) == (0, "")


def test_quiet_shows_no_progress_even_where_the_spec_names_it(asterism: Command, fruit: Path) -> None:
    Path("spec.yaml").write_text(Path("spec.yaml").read_text() + "hooks: [progress]\n")
    assert asterism("run", "spec.yaml", "--quiet").err == ""
    assert len(asterism("run", "spec.yaml").err.splitlines()) == 3


def test_set_changes_the_spec(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--set", "stages.groups.n_clusters=2", "--set", "name=pair", "--quiet")
    assert "groups (clusterer/kmeans): 2 groups" in done.out
    assert done.out.endswith("written to runs/pair\n")


def test_a_bad_spec_is_bad_input_with_every_problem_on_standard_error(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--set", "stages.groups.n_clusters=0", "--set", "nmae=x")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "spec.yaml:1:1: nmae: is unknown; did you mean 'name'?",
        "spec.yaml:7:5: stages[1] (clusterer/kmeans): n_clusters: must be >= 1 (got 0)",
    ]
    assert not Path("runs").exists()


def test_a_folder_that_is_not_empty_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--out", ".")
    assert (done.code, done.err) == (2, ".: is there already and not empty; name another folder, or remove it\n")


def test_a_second_run_reuses_what_the_first_one_computed(asterism: Command, fruit: Path) -> None:
    first = asterism("run", "spec.yaml", "--out", "one")
    assert first.err.startswith("cache: runs/.cache\n")
    second = asterism("run", "spec.yaml", "--out", "two", "--set", "stages.groups.n_clusters=2")
    assert "reused from runs/.cache: tfidf\n" in second.out
    assert re.search(r"tfidf: 6 in .*/s, 6 of them reused\n", second.err)
    third = json.loads(asterism("run", "spec.yaml", "--out", "three", "--json").out)
    assert third["reused"] == {"tfidf": 6, "groups": 6}
    same = [pq.read_table(f"{name}/records.parquet").equals(pq.read_table("one/records.parquet")) for name in ("three", "two")]
    assert same == [True, False]


def test_without_a_cache_nothing_is_kept(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--out", "out", "--cache", "off")
    assert done.err.startswith("cache: off\n")
    assert not Path("runs").exists()


def test_the_cache_goes_where_the_spec_or_the_command_says(asterism: Command, fruit: Path) -> None:
    Path("spec.yaml").write_text(Path("spec.yaml").read_text() + "cache: kept\n")
    Path("below").mkdir()
    Path("spec.yaml").rename("below/spec.yaml")
    assert "cache: below/kept\n" in asterism("run", "below/spec.yaml", "--set", "source.path=../table.csv", "--out", "one").err
    done = asterism("run", "below/spec.yaml", "--set", "source.path=../table.csv", "--out", "two", "--cache", "mine")
    assert done.err.startswith("cache: mine\n")
    assert Path("mine/format.json").is_file()


def test_a_cache_that_cannot_be_used_is_bad_input_and_leaves_no_folder(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--out", "out", "--cache", "table.csv")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("table.csv: ")
    assert not Path("out").exists()


def test_options_that_make_no_sense_are_bad_input(asterism: Command, fruit: Path) -> None:
    assert asterism("run", "spec.yaml", "--memory", "much") == (
        2,
        "",
        "--memory: 'much' is no amount of memory; write it as 500MB, 2GiB or a number of bytes\n",
    )
    for verb in (["run", "spec.yaml"], ["apply", "model", "table.csv"], ["demo"]):
        done = asterism(*verb, "--workers", "0")
        assert done == (2, "", "--workers: '0' is no number of processes; write a number from 1 on, or auto\n")
    assert not Path("runs").exists()


def test_run_json_says_what_was_run_and_how(asterism: Command, fruit: Path) -> None:
    asterism("run", "spec.yaml", "--out", "out", "--memory", "64MiB", "--workers", "1")
    state = json.loads(Path("out/run.json").read_text())
    assert (state["state"], state["records"], state["quarantined"]) == ("complete", 6, 0)
    assert state["source"] == str(fruit / "table.csv")
    assert state["settings"]["memory"] == 64 * 2**20
    assert state["settings"]["workers"] == 1
    assert {"python", "numpy", "scipy", "scikit-learn", "asterism"} <= set(state["versions"])
    assert state["cache"] == str(fruit / "runs/.cache")
    groups = state["stages"]["groups"]
    assert (groups["component"], groups["rows"], groups["reused"]) == ("clusterer/kmeans", 6, 0)
    assert len(groups["key"]) == len(groups["digest"]) == len(state["fingerprint"]) == 64


def test_groups_keep_the_numbers_of_an_earlier_run(asterism: Command, fruit: Path) -> None:
    asterism("run", "spec.yaml", "--out", "before", "--quiet")
    spec = Path("spec.yaml").read_text()
    Path("spec.yaml").write_text(f"{spec}    like: before\n    random_state: 7\n")
    assert asterism("run", "spec.yaml", "--out", "after", "--quiet").code == 0
    before, after = (pq.read_table(f"{name}/records.parquet")["groups"].to_pylist() for name in ("before", "after"))
    assert before == after
    assert asterism("apply", "after", "table.csv", "--out", "applied", "--quiet").code == 0
    assert pq.read_table("applied/records.parquet")["groups"].to_pylist() == before


def test_an_earlier_run_that_is_not_there_is_told_before_anything_runs(asterism: Command, fruit: Path) -> None:
    Path("spec.yaml").write_text(Path("spec.yaml").read_text() + "    like: nowhere\n")
    done = asterism("check", "spec.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == "spec.yaml:9:11: stages[1] (clusterer/kmeans): like: nowhere: there is no such folder\n"
    asterism("run", "spec.yaml", "--out", "out", "--set", "stages.groups.like=null")
    done = asterism("check", "spec.yaml", "--set", "stages.groups.like=null", "--set", "stages.tfidf.like=out")
    assert "stages[0] (encoder/tfidf): like: is for stages that give labels; encoder/tfidf gives matrix" in done.err
