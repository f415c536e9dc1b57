"""Runs that are stopped, by hand or by force, and started again: real processes, signals and locks."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does"),
    pytest.mark.usefixtures("interruptible"),
]
Install = Callable[..., Path]

SLOW = """
    import os
    import time
    import numpy as np
    from asterism.framework import Encoder

    class Slow(Encoder):
        def transform(self, records):
            rows = []
            open("begun", "w").close()
            for record in records:
                time.sleep(float(os.environ.get("SECONDS", "0")))
                rows.append([len(record), record.count("a")])
            return np.array(rows, dtype=np.float32)
"""
SPEC = """\
asterism: 1
name: long
source: {modality: text, path: lines.txt}
stages:
  - encoder: slow
  - clusterer: kmeans
    n_clusters: 3
    as: groups
"""
COMMAND = [sys.executable, "-m", "asterism.registry.cli", "run", "spec.yaml", "--workers", "1"]


@pytest.fixture
def start(install: Install, here: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the command in a process group of its own, as a terminal does, with an encoder that takes its time."""
    site = install("acme", "[asterism.encoder]\nslow = acme_slow:Slow\n", {"acme_slow": SLOW})
    Path("lines.txt").write_text("".join(f"{'a' * (place % 7)} {'b' * (place % 23)}c\n" for place in range(3000)))
    Path("spec.yaml").write_text(SPEC)
    running = []

    def run(*options: str, seconds: float = 0.002) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(site), "SECONDS": str(seconds)}
        process = subprocess.Popen(
            [*COMMAND, *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
        )
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not found():
        assert time.monotonic() < until
        time.sleep(0.02)


def events(folder: str = "out") -> list[dict[str, Any]]:
    path = Path(folder) / "events.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")] if path.exists() else []


def has_progress(folder: str = "out") -> bool:
    return any(event["event"] == "on_progress" and event["done"] > 0 for event in events(folder))


def state(folder: str = "out") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(folder) / "run.json").read_text())
    return found


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_ctrl_c_stops_at_the_next_batch_and_the_same_command_goes_on(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("--out", "out", "--json")
    wait_for(has_progress)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (1, "", "the run was cancelled\nstart the same command again to go on from there\n")
    assert state()["state"] == "cancelled"
    assert sorted(path.name for path in Path("out").iterdir()) == ["events.jsonl", "run.json"]
    assert events()[-1]["error"] == "Cancelled"
    before = len(events())

    code, out, err = finish(start("--out", "out", "--json", seconds=0))
    assert (code, err) == (0, "")
    assert 0 < json.loads(out)["reused"]["slow"] < 3000
    assert state()["state"] == "complete"
    assert [event["event"] for event in events()].count("before_run") == 2
    assert len(events()) > before
    times = [event["time"] for event in events()]
    assert times == sorted(times)
    assert finish(start("--out", "untouched", "--cache", "off", "--json", seconds=0))[0] == 0
    assert Path("out/records.parquet").read_bytes() == Path("untouched/records.parquet").read_bytes()


def test_ctrl_c_twice_stops_at_once_and_leaves_a_valid_folder(start: Callable[..., subprocess.Popen[str]]) -> None:
    # One record takes so long that the next batch would come in a quarter of an hour.
    process = start("--out", "out", "--quiet", seconds=30)
    wait_for(Path("begun").exists)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    code, out, err = finish(process)  # within a minute
    assert (code, out) == (1, "")
    assert err == "the run was stopped at once\nstart the same command again to go on from there\n"
    assert state()["state"] == "cancelled"
    assert finish(start("--out", "out", "--quiet", seconds=0))[0] == 0
    assert state()["state"] == "complete"


@pytest.mark.parametrize("folder", ["out", "runs/long"])
def test_a_killed_run_goes_on_in_its_folder(start: Callable[..., subprocess.Popen[str]], folder: str) -> None:
    options = ["--out", folder] if folder == "out" else []
    process = start(*options, "--quiet")
    wait_for(lambda: has_progress(folder))
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    assert state(folder)["state"] == "running"
    with (Path(folder) / "events.jsonl").open("a") as stream:
        stream.write('{"event": "on_prog')
    memory = state(folder)["settings"]["memory"]

    code, out, err = finish(start(*options, "--quiet", seconds=0))
    assert (code, err) == (0, "")
    assert out.endswith(f"written to {folder}\n")
    assert "reused from runs/.cache: slow (" in out
    assert state(folder)["settings"]["memory"] == memory
    assert all(isinstance(event, dict) for event in events(folder))
    assert pq.read_table(f"{folder}/records.parquet").num_rows == 3000
    # What is complete is left alone.
    code, out, err = finish(start(*options, "--quiet", seconds=0))
    if options:
        assert (code, err) == (2, "out: is there already and not empty; name another folder, or remove it\n")
    else:
        assert out.endswith("written to runs/long-2\n")


def test_a_folder_that_another_run_is_writing_is_refused(start: Callable[..., subprocess.Popen[str]]) -> None:
    first = start("--out", "out", "--quiet", seconds=0.02)  # a minute, in which the second one starts on a busy machine too
    wait_for(has_progress)
    message = "out: another run is writing it; name another folder, or wait\n"
    assert finish(start("--out", "out", "--quiet")) == (2, "", message)
    os.killpg(first.pid, signal.SIGKILL)
    finish(first)
    # Another spec may not take what the first one left.
    code, _, err = finish(start("--out", "out", "--quiet", "--set", "stages.groups.n_clusters=2", seconds=0))
    assert (code, err) == (2, "out: is there already and not empty; name another folder, or remove it\n")
    # Workers and memory make no other run of it.
    assert finish(start("--out", "out", "--quiet", "--memory", "1GiB", "--set", "workers=1", seconds=0))[0] == 0
    assert state()["settings"]["memory"] == 2**30


def test_a_run_of_the_same_name_that_is_going_on_gets_no_company(start: Callable[..., subprocess.Popen[str]]) -> None:
    first = start("--quiet", seconds=0.02)
    wait_for(lambda: has_progress("runs/long"))
    second = start("--quiet", "--cache", "off", seconds=0)
    assert finish(second)[1].endswith("written to runs/long-2\n")
    os.killpg(first.pid, signal.SIGKILL)
