"""What holds for every verb: exit codes, errors, usage."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
Install = Callable[..., Path]

CRASH = """
    from asterism.framework import Encoder

    class Crash(Encoder):
        def transform(self, records):
            raise ZeroDivisionError("by nothing")
"""
VERBS = ["run", "apply", "check", "fill", "schema", "list", "show", "doctor", "demo", "new"]


@pytest.fixture
def crash(install: Install, fruit: Path) -> Path:
    install("acme", "[asterism.encoder]\ncrash = acme_crash:Crash\n", {"acme_crash": CRASH})
    (fruit / "crash.yaml").write_text(
        "asterism: 1\nname: x\nsource: {modality: text, path: table.csv, column: body}\nstages: [{encoder: crash}]\n"
    )
    return fruit


def test_an_error_of_a_component_is_a_failed_run(asterism: Command, crash: Path) -> None:
    done = asterism("run", "crash.yaml", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "ZeroDivisionError: by nothing",
        "in stage 'crash' (encoder/crash)",
        "that is an error of a component or of Asterism; `asterism --traceback ...` shows where",
    ]


def test_the_traceback_is_shown_where_it_is_wanted(crash: Path) -> None:
    # In a process of its own: the exception leaves the command, and the interpreter prints it.
    site = next(path for path in sys.path if path.endswith("site"))
    command = [sys.executable, "-m", "asterism.registry.cli", "--traceback", "run", "crash.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": site}, check=False)
    assert done.returncode == 1
    assert "Traceback (most recent call last):" in done.stderr
    assert done.stderr.rstrip().endswith("in stage 'crash' (encoder/crash)")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(asterism: Command, verb: str) -> None:
    done = asterism(verb, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"Usage: asterism {verb}" in done.out


def test_without_a_verb_the_help_is_shown(asterism: Command) -> None:
    done = asterism()
    assert done.code == 2
    assert all(verb in done.out + done.err for verb in VERBS)


def test_a_verb_that_is_not_there_is_bad_input(asterism: Command) -> None:
    done = asterism("rnu", "spec.yaml")
    assert (done.code, done.out) == (2, "")
    assert "No such command 'rnu'" in done.err
