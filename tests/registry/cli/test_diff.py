import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]
Past = Callable[..., Path]


def test_a_difference_is_told_in_words(asterism: Command, past: Past) -> None:
    before = {"p": 0, "q": 0, "r": 0, "s": 1, "t": 1, "u": -1, "v": 2, "old": 2}
    after = {"p": 1, "q": 1, "r": 0, "s": 0, "t": 0, "u": 0, "v": 1, "new": 3}
    past("first", {"groups": {"nmi": 0.5, "ari": 0.25, "same": 1.0}}, groups=before)
    past("second", {"groups": {"nmi": 0.625, "same": 1.0}}, groups=after)
    done = asterism("diff", "first", "second")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "first -> second: 7 records in both",
        "  only in first: 1 (old)",
        "  only in second: 1 (new)",
        "",
        "groups: 3 of 7 records moved; ari 0.060, nmi 0.418",
        "  before  after   shared  jaccard   left   came",
        "       0      1        2    0.500    33%    33%",
        "       1      0        2    0.500     0%    50%",
        "  vanished: group 2 of 2, of which 1 went to 1",
        "  new: group 3 of 1",
        "  moved (before -> after): r (0 -> 0), u (none -> 0), v (2 -> 1)",
        "",
        "metrics",
        "  groups nmi 0.5 -> 0.625  (+0.125)",
        "  groups ari 0.25 -> none",
        "  groups same 1 -> 1",
    ]


def test_the_same_run_twice_has_no_difference(asterism: Command, past: Past) -> None:
    past("run", groups={"0": 0, "1": 0})
    assert asterism("diff", "run", "run").out.splitlines() == [
        "run -> run: 2 records in both",
        "  the runs have no ids of their own: records are the same where they stand in the same place",
        "",
        "groups: no record moved; ari 1.000, nmi 1.000",
        "  before  after   shared  jaccard   left   came",
        "       0      0        2    1.000     0%     0%",
    ]


def test_scores_are_compared_by_their_order(asterism: Command, past: Past) -> None:
    scored = {"stage": "odd", "gives": "scores"}
    for name, scores in (("first", [4.0, 3.0, 2.0, 1.0]), ("second", [40.0, 10.0, 20.0, 0.5])):
        folder = past(name, groups=dict.fromkeys("pqrs", 0))
        fields = [pa.field("id", pa.string()), pa.field("odd", pa.float64(), metadata=scored)]
        pq.write_table(pa.table([list("pqrs"), scores], schema=pa.schema(fields)), folder / "records.parquet")
    assert asterism("diff", "first", "second").out.splitlines() == [
        "first -> second: 4 records in both",
        "",
        "odd: rank correlation 0.800",
        "  moved most (place before -> after, 1 is highest): q (2 -> 3), r (3 -> 2)",
    ]


def test_long_tables_are_cut_and_counted(asterism: Command, past: Past) -> None:
    past("a", groups={f"r{row}": row for row in range(40)})
    past("b", groups={f"r{row}": 0 for row in range(40)})
    text = asterism("diff", "a", "b").out
    assert "  ... and 9 more groups vanished\n" in text
    assert text.count("  vanished: group ") == 30
    assert text.rstrip().endswith("r10 (10 -> 0) and 29 more")
    assert "  ... and 10 more pairs\n" in asterism("diff", "a", "a").out


def test_json_has_everything(asterism: Command, past: Past) -> None:
    past("a", {"g": {"nmi": 0.5}}, g={"x": 0, "y": 0, "z": 1})
    past("b", {"g": {"nmi": 0.25}}, g={"x": 0, "y": 2})
    done = asterism("diff", "a", "b", "--json")
    assert json.loads(done.out) == {
        "before": "a",
        "after": "b",
        "shared": 2,
        "only_before": {"count": 1, "first": ["z"]},
        "only_after": {"count": 0, "first": []},
        "by_position": False,
        "stages": {
            "g": {
                "pairs": [{"before": 0, "after": 0, "shared": 1, "jaccard": 0.5, "left": 0.5, "came": 0.0}],
                "vanished": [{"group": 1, "records": 1, "nearest": None, "shared": 0}],
                "appeared": [{"group": 2, "records": 1, "nearest": 0, "shared": 1}],
                "moved": 1,
                "moves": [{"id": "y", "before": 0, "after": 2}],
                "ari": 0.0,
                "nmi": 0.0,
            }
        },
        "scores": {},
        "metrics": [{"stage": "g", "metric": "nmi", "before": 0.5, "after": 0.25, "by": -0.25}],
    }


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (["a", "20"], "20: there is no such folder\n"),
        (["other", "a"], "other: is not the folder of a run: it has no records.parquet\n"),
        (["a", "part"], "part: the run did not come to its end: it has no records.parquet; start it again\n"),
    ],
)
def test_what_is_no_run_is_bad_input(asterism: Command, past: Past, runs: list[str], message: str) -> None:
    past("a", g={"x": 0})
    Path("other").mkdir()
    Path("part").mkdir()
    Path("part/events.jsonl").touch()
    done = asterism("diff", *runs)
    assert (done.code, done.out, done.err) == (2, "", message)


def test_runs_that_share_nothing_are_bad_input(asterism: Command, past: Past) -> None:
    past("a", g={"x": 0})
    past("b", g={"y": 0})
    done = asterism("diff", "a", "b")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("a and b: the two runs share no record; compare runs on the same data")


def test_real_runs_are_compared(asterism: Command, fruit: Path) -> None:
    assert asterism("run", "spec.yaml", "--quiet", "--out", "three").code == 0
    assert asterism("run", "spec.yaml", "--quiet", "--out", "two", "--set", "stages.groups.n_clusters=2").code == 0
    done = asterism("diff", "three", "two")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("three -> two: 6 records in both\n\ngroups: ")
    assert "  vanished: group " in done.out
