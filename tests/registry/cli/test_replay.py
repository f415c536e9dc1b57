import json
from pathlib import Path
from typing import Protocol


class Done(Protocol):
    code: int
    out: str
    err: str


class Command(Protocol):
    def __call__(self, *arguments: str) -> Done: ...


SAME = "same       tfidf\nsame       groups\n"


def run(asterism: Command) -> None:
    assert asterism("run", "spec.yaml", "--out", "out", "--quiet").code == 0


def change(**stages: str) -> None:
    """Write other digests into the run, as if its stages had given something else."""
    path = Path("out/run.json")
    state = json.loads(path.read_text())
    for name, digest in stages.items():
        state["stages"][name]["digest"] = digest
    path.write_text(json.dumps(state))


def test_replay_finds_the_same(asterism: Command, fruit: Path) -> None:
    run(asterism)
    done = asterism("replay", "out", "--quiet")
    assert (done.code, done.out, done.err) == (0, SAME, "")


def test_replay_takes_nothing_from_the_cache_and_writes_nothing(asterism: Command, fruit: Path) -> None:
    run(asterism)
    before = {path: path.stat().st_mtime_ns for path in fruit.rglob("*")}
    assert asterism("replay", "out", "--quiet").code == 0
    assert {path: path.stat().st_mtime_ns for path in fruit.rglob("*")} == before


def test_replay_of_an_applied_model(asterism: Command, fruit: Path) -> None:
    run(asterism)
    assert asterism("apply", "out", "table.csv", "--out", "applied", "--quiet").code == 0
    assert asterism("replay", "applied", "--quiet").out == SAME


def test_changed_data_are_told_with_the_first_record_that_differs(asterism: Command, fruit: Path) -> None:
    run(asterism)
    table = fruit / "table.csv"
    table.write_text(table.read_text().replace("green leaf", "red leaf"))
    done = asterism("replay", "out", "--quiet")
    assert done.code == 1
    assert done.out.startswith("DIFFERENT  tfidf\n")
    assert "the first difference: tfidf: record '1'" in done.out
    assert "  the data (fingerprint): was " in done.out


def test_other_versions_and_threads_are_told(asterism: Command, fruit: Path) -> None:
    run(asterism)
    path = Path("out/run.json")
    state = json.loads(path.read_text())
    state["versions"]["numpy"] = "1.0"
    state["settings"]["threads"] = 99
    path.write_text(json.dumps(state))
    done = asterism("replay", "out", "--quiet")
    assert done.code == 0
    assert "what has changed since:\n  numpy: was 1.0, is " in done.out
    assert "\n  threads: was 99, is " in done.out


def test_a_component_that_answers_otherwise_is_told(asterism: Command, fruit: Path) -> None:
    run(asterism)
    change(groups="0" * 64)
    done = asterism("replay", "out", "--quiet")
    assert done.code == 1
    assert done.out == (
        "same       tfidf\nDIFFERENT  groups\n\nthe first difference: groups\n\n"
        "nothing that is known to matter has changed since: a component does not give the same answer twice\n"
    )


def test_replay_as_json(asterism: Command, fruit: Path) -> None:
    run(asterism)
    change(tfidf="0" * 64)
    done = asterism("replay", "out", "--json")
    assert done.code == 1
    assert json.loads(done.out) == {"same": False, "stages": {"tfidf": False, "groups": True}, "first": "tfidf", "changes": []}


def test_a_folder_that_is_no_complete_run_is_refused(asterism: Command, fruit: Path) -> None:
    done = asterism("replay", "nowhere")
    assert (done.code, done.err) == (2, "nowhere: is not the folder of a run: it has no run.json that can be read\n")
    run(asterism)
    path = Path("out/run.json")
    path.write_text(path.read_text().replace('"complete"', '"cancelled"'))
    done = asterism("replay", "out")
    assert (done.code, done.err) == (2, "out: the run did not come to its end, it is cancelled; start it again, and it goes on\n")
