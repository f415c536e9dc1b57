"""`asterism evaluate`, and the key `metrics` of specs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
Install = Callable[..., Path]

METRICS = """
    from asterism.framework import on_request

    def same(labels, targets):
        \"\"\"Return the share of records whose group is named like their class: 1 is all.\"\"\"
        return 0.25

    def size(labels):
        return len(labels)

    def odd(scores):
        return 1.0

    @on_request
    def slow(labels):
        return 2.0
"""


@pytest.fixture
def ours(install: Install, fruit: Path) -> Path:
    """Some metrics, beside those that are installed, and a table with classes."""
    lines = "".join(f"{name} = acme_verbs:{name}\n" for name in ("same", "size", "odd", "slow"))
    install("acme", f"[asterism.metric]\n{lines}", {"acme_verbs": METRICS})
    lines_of = (fruit / "table.csv").read_text().splitlines()
    classes = ["class", *("ab"[place % 2] for place in range(len(lines_of) - 1))]
    (fruit / "table.csv").write_text("".join(f"{line},{name}\n" for line, name in zip(lines_of, classes, strict=True)))
    return fruit


def run(asterism: Command, *arguments: str) -> None:
    assert asterism("run", "spec.yaml", "--quiet", "--out", "out", "--set", "metrics=[]", *arguments).code == 0


def test_a_run_that_is_over_is_measured(asterism: Command, ours: Path) -> None:
    run(asterism)
    done = asterism("evaluate", "out", "--target", "class", "--metric", "same", "--metric", "size")
    assert (done.code, done.err) == (0, "")
    assert (
        done.out
        == """\
out: 6 records of 2 known classes (column 'class')

groups (clusterer/kmeans)
  same      0.2500  1 is all
  size      6.0000
"""
    )


def test_where_nothing_applies_it_is_said_what_is_needed(asterism: Command, ours: Path) -> None:
    run(asterism)
    assert (
        asterism("evaluate", "out", "--metric", "same", "--metric", "odd").out
        == """\
out: 6 records

no stage has what these need
  same  needs labels, targets
  odd   needs scores
targets are known classes: name a column of the source that holds them with --target
"""
    )


def test_what_waits_to_be_asked_for_is_named(asterism: Command, ours: Path) -> None:
    run(asterism)
    (line,) = [
        line for line in asterism("evaluate", "out").out.splitlines() if line.startswith("only where they are named with --metric: ")
    ]
    assert "slow" in line.partition(": ")[2].split(", ")


def test_json_has_everything(asterism: Command, ours: Path) -> None:
    run(asterism)
    done = asterism("evaluate", "out", "--target", "class", "--metric", "same", "--metric", "odd", "--json")
    assert json.loads(done.out) == {
        "run": "out",
        "records": 6,
        "target": "class",
        "classes": 2,
        "components": {"tfidf": "encoder/tfidf", "groups": "clusterer/kmeans"},
        "metrics": {"groups": {"same": 0.25}},
        "meanings": {"same": "1 is all", "odd": ""},
        "not_computed": {"odd": ["scores"]},
        "on_request": [],
        "problems": [],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ou"], "ou: there is no such folder; did you mean 'out'?\n"),
        (["."], ".: is not the folder of a run: it has no records.parquet\n"),
        (["out", "--metric", "siez"], "no metric is called 'siez'; did you mean 'size'?\n"),
        (["out", "--target", "clas"], "table.csv: there is no column 'clas' among id, body, class; did you mean 'class'?\n"),
    ],
)
def test_what_cannot_be_measured_is_bad_input(asterism: Command, ours: Path, arguments: list[str], message: str) -> None:
    run(asterism)
    done = asterism("evaluate", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(message)


def test_a_spec_chooses_the_metrics_of_its_run(asterism: Command, ours: Path) -> None:
    def metrics(*arguments: str) -> Any:
        return json.loads(asterism("run", "spec.yaml", "--json", *arguments).out)["metrics"]

    every = metrics()["groups"]
    assert every["size"] == 6.0
    assert "slow" not in every
    done = json.loads(asterism("run", "spec.yaml", "--json", "--set", "metrics=[slow, odd]").out)
    assert done["metrics"] == {"groups": {"slow": 2.0}}
    assert [problem["message"] for problem in done["problems"]] == ["metric/odd concerns no stage: it needs scores"]
    assert metrics("--set", "metrics=[]") == {}
    assert metrics("--set", "metrics=null").keys() == {"groups"}


def test_metrics_change_no_result_that_is_kept(asterism: Command, ours: Path) -> None:
    run(asterism)
    again = json.loads(asterism("run", "spec.yaml", "--json", "--set", "metrics=[size]").out)
    assert again["reused"] == {"tfidf": 6, "groups": 6}


def test_a_filled_spec_keeps_the_metrics(asterism: Command, ours: Path) -> None:
    assert "metrics" not in json.loads(asterism("fill", "spec.yaml", "--json").out)
    assert json.loads(asterism("fill", "spec.yaml", "--json", "--set", "metrics=[size]").out)["metrics"] == ["size"]
    run(asterism, "--set", "metrics=[acme:size]")
    assert json.loads(Path("out/run.json").read_text())["spec"]["metrics"] == ["acme:size"]
    assert json.loads(Path("out/metrics.json").read_text()) == {"groups": {"acme:size": 6.0}}


def test_a_metric_that_is_not_there_is_a_problem_of_the_spec(asterism: Command, ours: Path) -> None:
    path = Path("spec.yaml")
    path.write_text(path.read_text() + "metrics:\n  - size\n  - siez\n")
    assert asterism("check", "spec.yaml") == (2, "", "spec.yaml:11:5: metrics[1]: no metric is called 'siez'; did you mean 'size'?\n")
    path.write_text(path.read_text().replace("  - siez\n", "  - 3\n"))
    assert asterism("check", "spec.yaml").err == "spec.yaml:11:5: metrics[1]: must be text (got 3)\n"


def test_the_schema_knows_the_metrics(asterism: Command, ours: Path) -> None:
    names = json.loads(asterism("schema").out)["properties"]["metrics"]["anyOf"][0]["items"]["enum"]
    assert {"size", "acme:size", "asterism:nmi"} <= set(names)


def test_the_demo_is_measured_as_if_it_had_known_its_classes(asterism: Command, here: Path) -> None:
    assert asterism("demo", "text", "--write-spec", "demo.yaml").code == 0
    small = [
        "--set",
        "metrics=null",
        "--set",
        "source.limit=400",
        "--set",
        "stages.tfidf.min_df=2",
        "--set",
        "stages.topics.n_clusters=8",
        "--set",
        "stages.svd.n_components=10",
    ]
    assert asterism("run", "demo.yaml", "--quiet", "--out", "known", *small).code == 0
    assert asterism("run", "demo.yaml", "--quiet", "--out", "out", "--set", "source.target=null", *small).code == 0
    known, unknown = (json.loads(Path(name, "metrics.json").read_text()) for name in ("known", "out"))
    found = json.loads(asterism("evaluate", "out", "--target", "module", "--json").out)["metrics"]
    assert {"ari", "nmi"} <= known["topics"].keys() - unknown["topics"].keys()
    assert found.keys() == known.keys()
    for stage, numbers in known.items():
        assert found[stage] == pytest.approx(numbers, rel=1e-9)  # sums over a memory-mapped matrix, or one that is read back


SHOP = """\
asterism: 1
name: shop
source: {modality: interactions, path: log.csv, time: time}
stages:
  - recommender: item_knn
    n_recommendations: 1
    as: neighbours
"""
LOG = "user,item,time\nann,tea,1\nann,milk,2\nbob,tea,3\nbob,milk,4\ncid,tea,5\ncid,milk,6\ndot,tea,7\ndot,salt,8\n"


@pytest.fixture
def shop(here: Path) -> Path:
    """A folder with a spec of recommendations and its log."""
    (here / "shop.yaml").write_text(SHOP)
    (here / "log.csv").write_text(LOG)
    return here


def recommend(asterism: Command) -> None:
    assert asterism("run", "shop.yaml", "--quiet", "--out", "out").code == 0


def test_recommenders_are_measured_on_held_out_events(asterism: Command, shop: Path) -> None:
    recommend(asterism)
    named = [part for name in ("recall", "coverage", "nmi") for part in ("--metric", name)]
    done = asterism("evaluate", "out", "--split", "random", "--share", "0.3", "--seed", "6", *named)
    assert (done.code, done.err) == (0, "")
    assert (
        done.out
        == """\
out: random 0.3, 2 of 8 events held out, of 2 of 4 users

neighbours (recommender/item_knn), the best item for each user
  recall      0.5000  [0.0000, 1.0000]  share of a user's held-out items that are recommended
  coverage    0.6667                    share of all items that are recommended to somebody

no stage has what these need
  nmi  needs labels, targets

[intervals] of 95 %, from 1,000 draws of the users
"""
    )


def test_json_of_held_out_events_has_the_intervals(asterism: Command, shop: Path) -> None:
    recommend(asterism)
    done = json.loads(asterism("evaluate", "out", "--split", "leave-last-out", "--metric", "recall", "--metric", "gini", "--json").out)
    assert done["problems"][0]["count"] == 4
    assert {**done, "meanings": {}, "problems": []} == {
        "run": "out",
        "split": "leave-last-out",
        "share": None,
        "seed": 0,
        "users": 4,
        "all_users": 4,
        "train_events": 4,
        "held_out_events": 4,
        "components": {"neighbours": "recommender/item_knn"},
        "cutoffs": {"neighbours": 1},
        "metrics": {"neighbours": {"recall": 0.0}},
        "intervals": {"neighbours": {"recall": [0.0, 0.0]}},
        "meanings": {},
        "not_computed": {},
        "problems": [],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--split", "random", "--share", "2"], r"^out: the share of events to hold out must be above 0 and below 1 \(got 2\); 0.2 holds"),
        (["--split", "leave-last-out", "--share", "0.1"], "^--share: has no meaning with --split leave-last-out; leave --share out$"),
        (["--split", "time", "--target", "item"], "^--target: has no meaning with --split time; leave --target out$"),
        (["--share", "0.1"], "^--share: has a meaning only with --split; leave --share out$"),
        (["--seed", "3"], "^--seed: has a meaning only with --split; leave --seed out$"),
        (["--split", "last"], "'last' is not one of"),
    ],
)
def test_options_that_make_no_sense_are_bad_input(asterism: Command, shop: Path, arguments: list[str], message: str) -> None:
    recommend(asterism)
    done = asterism("evaluate", "out", *arguments)
    assert (done.code, done.out) == (2, "")
    assert re.search(message, done.err)


def test_a_run_of_texts_holds_no_events_out(asterism: Command, ours: Path) -> None:
    run(asterism)
    done = asterism("evaluate", "out", "--split", "random")
    assert (done.code, done.err) == (2, "out: events are held out of interactions, and its source is of text; leave --split out\n")


def test_metrics_of_held_out_events_point_to_the_option(asterism: Command, shop: Path) -> None:
    recommend(asterism)
    lines = asterism("evaluate", "out", "--metric", "recall").out.splitlines()
    assert lines[-2:] == [
        "  recall  needs ranking, held_out",
        "held_out are events that a recommender has not learned from: hold some out with --split",
    ]
