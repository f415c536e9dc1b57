import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
TEMPLATE = Path(__file__).parents[3] / "contrib" / "template"


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_contrib_template_is_exactly_what_new_writes(asterism: Command, here: Path) -> None:
    assert asterism("new", "asterism-template") == (0, "asterism-template written; install it with: pip install ./asterism-template\n", "")
    assert contents(here / "asterism-template") == contents(TEMPLATE)


def test_a_folder_may_be_chosen(asterism: Command, here: Path) -> None:
    assert asterism("new", "acme-words", "--out", "deep/words").code == 0
    assert "src/acme_words/__init__.py" in contents(here / "deep/words")


def test_a_folder_that_is_not_empty_is_left_alone(asterism: Command, here: Path) -> None:
    (here / "acme-words").mkdir()
    (here / "acme-words" / "mine.txt").write_text("mine")
    assert asterism("new", "acme-words") == (2, "", "acme-words: is there already and not empty; name another folder\n")
    assert contents(here / "acme-words") == {"mine.txt": "mine"}


@pytest.mark.parametrize("name", ["Acme", "acme words", "../acme", "1acme", "acme-", "", "acme.words"])
def test_what_is_no_name_of_a_distribution_is_refused(asterism: Command, here: Path, name: str) -> None:
    done = asterism("new", "--", name)
    message = f"'{name}' is no name for a distribution; use small letters, digits and '-', such as acme-words\n"
    assert (done.code, done.err) == (2, message)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["asterism", "class", "json"])
def test_a_name_that_would_hide_another_module_is_refused(asterism: Command, here: Path, name: str) -> None:
    message = f"'{name}' would hide a module of Python or of Asterism; use another name, such as acme-words\n"
    assert asterism("new", name) == (2, "", message)


def test_a_generated_project_installs_and_passes_its_own_tests(asterism: Command, here: Path) -> None:
    assert asterism("new", "acme-words").code == 0
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--target", "site", "./acme-words"], check=True)
    environment = os.environ | {"PYTHONPATH": str(here / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
    listing = [sys.executable, "-m", "asterism.registry.cli", "list", "encoder"]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True, env=environment)
    assert "encoder/acme-words            acme-words 0.1.0" in listed.stdout.splitlines()
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "acme-words"], capture_output=True, text=True, check=False, env=environment
    )
    assert tests.returncode == 0, tests.stdout + tests.stderr
