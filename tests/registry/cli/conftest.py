"""What the tests of the command share: the command itself, run in this process, and a small table with its spec."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from asterism.registry import cli

FRUIT = """\
asterism: 1
name: fruit
source: {modality: text, path: table.csv, column: body, id: id}
stages:
  - encoder: tfidf
  - clusterer: kmeans
    n_clusters: 3
    as: groups
"""
TABLE = "id,body\n1,red apple\n2,green pear\n3,red cherry\n4,green leaf\n5,blue sea\n6,blue sky\n"


class Done(NamedTuple):
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def asterism(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command as a shell would, errors and exit codes included."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["asterism", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return Done(int(caught.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def fruit(here: Path) -> Path:
    """A folder with a spec of six texts in three groups."""
    (here / "spec.yaml").write_text(FRUIT)
    (here / "table.csv").write_text(TABLE)
    return here
