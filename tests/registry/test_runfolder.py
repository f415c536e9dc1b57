import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterism.framework.errors import OutputError
from asterism.framework.problems import Problem
from asterism.registry.runfolder import CANCELLED, COMPLETE, RUNNING, Job, claimed, read_state

JOB = Job("try", "fit", {"spec": {"name": "try", "memory": 1}, "source": "/data"}, ("memory",))
OTHER = Job("try", "fit", {"spec": {"name": "try", "memory": 1}, "source": "/other"}, ("memory",))


@pytest.fixture
def leave(here: Path) -> Callable[..., Path]:
    """Leaves the folder of a run that ended in a state."""

    def run(state: str, wanted: Path | None = Path("out"), job: Job = JOB, **found: Any) -> Path:
        with claimed(wanted, job) as claim:
            claim.write_state(state, **found)
            (claim.path / "records.parquet").write_text(state)
        return claim.path

    return run


def test_a_run_says_what_it_is_and_how_it_ended(here: Path) -> None:
    with claimed(Path("out"), JOB) as claim:
        claim.write_state(RUNNING, settings={"memory": 5})
        assert (read_state(Path("out")) or {})["state"] == "running"
        claim.write_state(CANCELLED, "by hand", records=3)
    state = read_state(Path("out")) or {}
    assert (state["state"], state["reason"], state["records"], state["settings"]) == ("cancelled", "by hand", 3, {"memory": 5})
    assert (state["verb"], state["spec"], state["source"], state["digest"]) == ("fit", JOB.about["spec"], "/data", JOB.digest)
    assert [path.name for path in Path("out").iterdir()] == ["run.json"]


def test_how_a_run_is_done_makes_no_other_run_of_it() -> None:
    more = Job("try", "fit", {"spec": {"name": "try", "memory": 2, "seed": 0}, "source": "/data"}, ("memory", "seed"))
    assert more.digest == JOB.digest != OTHER.digest
    assert Job("try", "apply", JOB.about, JOB.how).digest != JOB.digest


@pytest.mark.parametrize("state", [RUNNING, CANCELLED, "failed"])
def test_an_unfinished_run_leaves_its_folder_to_the_same_run(leave: Callable[..., Path], state: str) -> None:
    leave(state, settings={"memory": 5})
    with claimed(Path("out"), JOB) as claim:
        assert claim.earlier
        assert (claim.path, claim.earlier["settings"]) == (Path("out"), {"memory": 5})


@pytest.mark.parametrize(("state", "job"), [(COMPLETE, JOB), (CANCELLED, OTHER)])
def test_a_complete_run_and_another_one_keep_their_folder(leave: Callable[..., Path], state: str, job: Job) -> None:
    leave(state)
    message = r"^out: is there already and not empty; name another folder, or remove it$"
    with pytest.raises(OutputError, match=message), claimed(Path("out"), job):
        pass
    assert sorted(path.name for path in Path("out").iterdir()) == ["records.parquet", "run.json"]


def test_the_first_folder_that_is_to_be_had_is_taken(leave: Callable[..., Path]) -> None:
    assert leave(COMPLETE, None) == Path("runs/try")
    assert leave(CANCELLED, None, OTHER) == Path("runs/try-2")
    assert leave(CANCELLED, None) == Path("runs/try-3")
    assert leave(COMPLETE, None) == Path("runs/try-3")
    assert leave(COMPLETE, None, OTHER) == Path("runs/try-2")
    assert leave(COMPLETE, None) == Path("runs/try-4")


def test_two_runs_do_not_write_one_folder(here: Path) -> None:
    message = r"^out: another run is writing it; name another folder, or wait$"
    with claimed(Path("out"), JOB), pytest.raises(OutputError, match=message), claimed(Path("out"), JOB):
        pass
    with claimed(None, JOB) as first, claimed(None, JOB) as second:
        assert (first.path, second.path) == (Path("runs/try"), Path("runs/try-2"))
    assert list(Path("out").iterdir()) == []


def test_what_a_killed_run_was_just_writing_is_no_obstacle(here: Path) -> None:
    Path("out").mkdir()
    for name in (".lock", "run.json.1234.tmp"):
        Path("out", name).write_text("")
    with claimed(Path("out"), JOB) as claim:
        claim.write_state(RUNNING)
        Path("out/.data").mkdir()
        Path("out/summary.txt.12.tmp").write_text("")
        claim.clear_drafts()
        assert sorted(path.name for path in claim.path.iterdir()) == [".lock", "run.json"]


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"format": 99, "state": "cancelled"}', "\xff", "[" * 100_000])
def test_a_folder_with_a_foreign_file_of_that_name_is_left_alone(here: Path, content: str) -> None:
    Path("out").mkdir()
    Path("out/run.json").write_text(content, encoding="latin-1")
    Path("out/mine.txt").write_text("mine")
    assert read_state(Path("out")) is None
    with pytest.raises(OutputError, match="not empty"), claimed(Path("out"), JOB):
        pass
    assert Path("out/run.json").read_text(encoding="latin-1") == content


def test_records_that_were_left_out_are_lines_with_place_and_reason(here: Path) -> None:
    with claimed(Path("out"), JOB) as claim:
        claim.write_quarantine([Problem("no text", ids=("ü",), place="a.csv:3", stage="tfidf", quarantined=True)])
        found = json.loads(Path("out/quarantine.jsonl").read_text())
        assert found == {"id": "ü", "place": "a.csv:3", "reason": "no text", "stage": "tfidf"}
        claim.write_quarantine([])
        assert not Path("out/quarantine.jsonl").exists()
