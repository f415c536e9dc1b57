"""`asterism summary`: a run that is over, in a terminal."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
HOSTILE = """\
asterism: 1
name: few
source: {modality: text, path: hostile.csv, column: body, id: id, target: kind}
metrics: [nmi]
stages:
  - encoder: tfidf
  - clusterer: kmeans
    n_clusters: 2
    as: groups
  - detector: knn_distance
    n_neighbors: 2
    from: tfidf
    as: odd
"""


@pytest.fixture
def run(fruit: Path, asterism: Command) -> Path:
    """The folder of a run with groups, scores, a metric, and ids that are markup and move the cursor."""
    rows = ["[bold]1[/bold],red apple,a", "\x1b[31m2,red berry,a", "3,blue sky,b", "4,blue sea,b", "5,blue ice sea,b", "6,,b"]
    (fruit / "hostile.csv").write_text("id,body,kind\n" + "\n".join(rows) + "\n")
    (fruit / "spec.yaml").write_text(HOSTILE)
    assert asterism("run", "spec.yaml", "--quiet", "--out", "run").code == 0
    return fruit / "run"


def test_summary_tells_what_was_run_and_what_came_of_it(asterism: Command, run: Path) -> None:
    done = asterism("summary", "run")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("few: fit on ")
    assert "records, asterism " in lines[0]
    assert [line.split()[0] for line in lines[lines.index("stages") + 3 :][:3]] == ["tfidf", "groups", "odd"]
    assert "groups: 2 groups" in lines
    assert "odd: highest scores" in lines
    metric = next(line for line in lines if " nmi " in line)
    assert re.match(r"groups   nmi      \d\.\d{4}   agreement with the known classes", metric)
    assert "[bold]1[/bold]" in done.out
    assert "\x1b" not in done.out
    assert not any(line.endswith(" ") for line in lines)


def test_edits_are_honoured(asterism: Command, run: Path) -> None:
    (run / "edits.jsonl").write_text(json.dumps({"stage": "groups", "groups": [0], "name": "[link=x]reds[/link]"}) + "\n")
    lines = asterism("summary", "run").out.splitlines()
    assert ", 1 edits, " in lines[0]
    assert any("[link=x]reds[/link]" in line for line in lines)
    (run / "edits.jsonl").write_text(json.dumps({"stage": "groups", "groups": [0, 1], "name": "all"}) + "\n")
    assert "groups: 1 group" in asterism("summary", "run").out.splitlines()


def test_a_terminal_is_given_its_own_width(asterism: Command, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    done = asterism("summary", "run")
    assert "\x1b[" in done.out
    assert max(len(line) for line in done.out.splitlines() if "\x1b" not in line) <= 60


def test_json_has_everything(asterism: Command, run: Path) -> None:
    found = json.loads(asterism("summary", "run", "--json").out)
    assert found["records"] == 6 - found["quarantined"]
    assert {key: found["stages"]["groups"][key] for key in ("component", "from")} == {"component": "clusterer/kmeans", "from": "tfidf"}
    assert [group["size"] for group in found["groups"]["groups"]] == sorted((g["size"] for g in found["groups"]["groups"]), reverse=True)
    assert len(found["outliers"]["odd"]) == 5
    assert found["metrics"] == json.loads((run / "metrics.json").read_text())
    assert found["meanings"]["nmi"].startswith("agreement with the known classes")
    assert sum(found["quarantine"].values()) == found["quarantined"]


def test_long_tables_are_cut_and_counted(asterism: Command, fruit: Path) -> None:
    (fruit / "table.csv").write_text("id,body\n" + "".join(f"{n},word{n} text{n}\n" for n in range(40)))
    assert asterism("run", "spec.yaml", "--quiet", "--out", "run", "--set", "stages.groups.n_clusters=40").code == 0
    assert "... and 10 smaller groups" in asterism("summary", "run").out.splitlines()


def test_a_newer_version_and_a_run_that_broke_off_are_bad_input(asterism: Command, run: Path) -> None:
    state = json.loads((run / "run.json").read_text())
    for change in ({"format": 99}, {"state": "failed"}):
        (run / "run.json").write_text(json.dumps(state | change))
        done = asterism("summary", "run")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("run")
        assert "Traceback" not in done.err
    assert asterism("summary", "nothing") == (2, "", "nothing: there is no such folder\n")


LOG = "user,item\nann,tea\nann,milk\nbob,tea\nbob,milk\nbob,sugar\ncid,milk\ncid,sugar\n"
LOG_SPEC = """asterism: 1
name: shop
source: {modality: interactions, path: log.csv, user: user, item: item}
stages:
  - {recommender: item_knn, n_recommendations: 2, as: offers}
"""


def test_what_is_recommended_is_shown_of_the_first_histories(asterism: Command, here: Path) -> None:
    (here / "log.csv").write_text(LOG)
    (here / "spec.yaml").write_text(LOG_SPEC)
    assert asterism("run", "spec.yaml", "--quiet", "--out", "out").code == 0
    lines = asterism("summary", "out").out.splitlines()
    at = lines.index("offers: the first histories")
    assert [line.split() for line in lines[at + 3 : at + 6]] == [["ann", "sugar"], ["bob"], ["cid", "tea"]]


def test_where_generated_items_lie_is_told(asterism: Command, fruit: Path) -> None:
    (fruit / "spec.yaml").write_text((fruit / "spec.yaml").read_text() + "  - {generator: ngram, n_samples: 2, as: samples}\n")
    assert asterism("run", "spec.yaml", "--quiet", "--out", "out").code == 0
    assert "samples: what was generated lies in out/generated/samples" in asterism("summary", "out").out


def test_who_may_read_a_database_is_nobody_s_business(asterism: Command, run: Path) -> None:
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"source": "postgresql://me:secret@host/db"}))
    for done in (asterism("summary", str(run)), asterism("summary", str(run), "--json")):
        assert "postgresql://host/db" in done.out
        assert "secret" not in done.out
