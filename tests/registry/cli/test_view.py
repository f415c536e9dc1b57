import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def run(asterism: Command, fruit: Path) -> Path:
    """The folder of a run."""
    assert asterism("run", "spec.yaml", "--quiet").code == 0
    return fruit / "runs" / "fruit"


def test_it_prints_the_address_and_stops_quietly_at_ctrl_c(run: Path, interruptible: None) -> None:
    command = [sys.executable, "-m", "asterism.registry.cli", "view", str(run), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=60) as page:  # noqa: S310  # an address of our own
            assert "red apple" in page.read().decode()
        with urllib.request.urlopen(address.replace("/?", "/api/explain?row=0&"), timeout=60) as explained:  # noqa: S310  # likewise
            assert json.load(explained)["record"] == "1"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert err == "reading 6 records once, to show them; the next start is quicker\n"


def test_it_opens_the_browser_at_the_address(run: Path, asterism: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def open_browser(address: str) -> None:
        opened.append(address)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("webbrowser.open", open_browser)
    done = asterism("view", str(run))
    assert (done.code, done.out.split()) == (0, opened)


def test_a_folder_that_is_no_run_is_told(asterism: Command, here: Path) -> None:
    (here / "empty").mkdir()
    for name, reason in (("nowhere", "there is no such folder"), ("empty", "is not the folder of a run")):
        done = asterism("view", name, "--no-browser")
        assert (done.code, done.out) == (2, "")
        assert reason in done.err


def test_a_run_of_a_newer_version_is_told(run: Path, asterism: Command) -> None:
    state = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(state | {"format": state["format"] + 1}))
    done = asterism("view", str(run), "--no-browser")
    assert (done.code, done.out) == (2, "")
    assert "newer" in done.err


def test_a_port_that_is_taken_is_told(run: Path, asterism: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = asterism("view", str(run), "--no-browser", "--port", str(port))
    assert (done.code, done.out) == (2, "")
    assert f"port {port} cannot be used: " in done.err


def test_a_port_that_is_none_is_told(asterism: Command) -> None:
    assert asterism("view", "run", "--port", "70000").code == 2
