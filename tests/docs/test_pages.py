"""Every page is run from top to bottom: its Python, its commands with the output it shows, its specs.

The blocks of a page share one fresh folder and one Python namespace, in order. A comment on the line before a block says more of it::

    <!-- file: NAME -->     the block is written to a file of that name in the page's folder
    <!-- wrong -->          the spec in the block is meant to have problems
    <!-- shape -->          the output depends on the version of Python: its form is compared, and its metrics roughly

In an output, ``...`` stands for anything, and times may differ.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from asterism.registry import Registry

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)]

BLOCK = re.compile(r"(?P<marks>(?:^<!-- [^>]* -->\n)*)^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (?P<command>.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
STAND_INS = {
    "pip install ": "pip install --quiet --no-deps --no-build-isolation --disable-pip-version-check --target installed ",
    "make demo": "asterism demo",
    "make test": "true",  # this very suite
}
"""What is run instead of commands that would change the environment."""

MACHINE = re.compile(r"(?P<time>\d[\d,.]* s in stages: [^\n]*)|(?P<rate>\d[\d,.]* ?s\b|\d[\d,.]*/s)|(?P<cut>\.\.\.)")
ROWS = {
    "group": re.compile(r"^ +(\d+|none) +[\d,]+(  |$)"),
    "sample": re.compile(r"^ +\d+\. "),
    "history": re.compile(r"^ +.* \(touched .*\): "),
    "problem": re.compile(r"^  - "),
    "cut": re.compile(r"^ *\.\.\."),
    "progress": re.compile(r"^\S+: [\d,]+ in [\d.]+ s, |^stage '|^cache: "),
}
METRIC = re.compile(r"^  \w+ (-?[01]\.\d{3})\b", re.MULTILINE)
METRICS_MAY_DIFFER = 0.1  # from one version of Python, whose documentation is the data, to the next


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    marks: list[str]
    text: str
    line: int


@dataclass
class Page:
    """A page that is being run."""

    path: Path
    folder: Path
    module: ModuleType

    def run(self, block: Block) -> None:
        files = [mark.removeprefix("file: ") for mark in block.marks if mark.startswith("file: ")]
        for name in files:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(block.text, encoding="utf-8")
        if files and block.language != "yaml":
            return
        if block.language == "python":
            self.run_python(block)
        elif block.language == "console":
            for command, output in COMMAND.findall(block.text):
                self.run_command(command, output, block)
        elif block.language == "yaml" and block.text.startswith("asterism:"):
            self.check_spec(block)

    def run_python(self, block: Block) -> None:
        # Each block keeps its line of the page, for tracebacks; `inspect.getsource` reads the file.
        place = Path(str(self.module.__file__))
        before = place.read_text(encoding="utf-8") if place.exists() else ""
        place.write_text(before + "\n" * (block.line - before.count("\n")) + block.text, encoding="utf-8")
        exec(compile("\n" * block.line + block.text, str(place), "exec"), vars(self.module))  # noqa: S102  # our own pages

    def run_command(self, command: str, expected: str, block: Block) -> None:
        for start, stand_in in STAND_INS.items():
            if command.startswith(start):
                command = stand_in + command.removeprefix(start)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = os.environ | {"PATH": path, "PYTHONPATH": str(self.folder / "installed"), "COLUMNS": "100", "NO_COLOR": "1"}
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        place = f"{self.path.relative_to(ROOT)}:{block.line}: $ {command}\n"
        if "shape" in block.marks:
            assert shape(done.stdout) == shape(expected), place + done.stdout
            assert metrics(done.stdout) == pytest.approx(metrics(expected), abs=METRICS_MAY_DIFFER), place + done.stdout
        elif expected:
            assert re.fullmatch(pattern(expected), tidy(done.stdout), re.DOTALL), place + done.stdout
        else:
            assert done.returncode == 0, place + done.stdout

    def check_spec(self, block: Block) -> None:
        written = self.folder / "checked.yaml"
        written.write_text(block.text, encoding="utf-8")
        problems = [str(problem) for problem in Registry().check(written)]
        assert bool(problems) == ("wrong" in block.marks), "\n".join([f"{self.path.relative_to(ROOT)}:{block.line}", *problems])


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("text"))
        yield Block(found["language"], re.findall("<!-- (.*) -->", found["marks"]), found["text"], line)


def tidy(text: str) -> str:
    # The project's own example of a plugin is installed for tests, and on no reader's machine.
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines() if "asterism-template" not in line)


def pattern(expected: str) -> str:
    """Turn the output that a page shows into a regular expression."""
    parts, end = [], 0
    text = tidy(expected)
    for found in MACHINE.finditer(text):
        parts += [
            re.escape(text[end : found.start()]),
            {"time": r"[^\n]*", "rate": r"[\d,.]+(?: ?s|/s)", "cut": r".*?"}[str(found.lastgroup)],
        ]
        end = found.end()
    return "".join([*parts, re.escape(text[end:])])


def shape(text: str) -> list[str]:
    """Tell the form of an output: rows of one sort once, numbers as ``#``; progress and what was cut left out."""
    sorts = [next((sort for sort, row in ROWS.items() if row.match(line)), _plain(line)) for line in tidy(text).splitlines()]
    kept = [sort for sort in sorts if sort not in ("cut", "progress", "")]
    return [sort for place, sort in enumerate(kept) if sort != (kept[place - 1] if place else "")]


def _plain(line: str) -> str:
    return re.sub(r"[\d,.]*\d", "#", MACHINE.sub("", line)).rstrip()


def metrics(text: str) -> list[float]:
    return [float(number) for number in METRIC.findall(text)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page_runs_and_shows_what_happens(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(f"page_{path.stem.replace('-', '_')}")
    module.__file__ = str(tmp_path / f"{module.__name__}.py")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "installed")
    page = Page(path, tmp_path, module)
    loaded = set(sys.modules)
    for block in blocks(path):
        page.run(block)
    for name in set(sys.modules) - loaded:  # what a page installs is gone with it
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def test_output_with_times_and_cuts_matches_the_real_one():
    shown = "topics: 5 in 0.12 s, 41/s\n...\n0.50 s in stages: a 0.20, b 0.30\n"
    real = "topics: 5 in 1.2 s, 4/s\nmuch\nmore\n3.0 s in stages: a 1.00, b 2.00\n"
    assert re.fullmatch(pattern(shown), tidy(real), re.DOTALL)
    assert not re.fullmatch(pattern(shown), tidy(real.replace("topics: 5", "topics: 6")), re.DOTALL)


def test_shape_ignores_how_many_rows_there_are_and_what_they_hold():
    short = "x: 12 text records\n\n  group  size  keywords\n  3  1,200  a, b\n  ...\n  nmi 0.512  (agreement)\n"
    long = "x: 7 text records\n\n  group  size  keywords\n  1  2  q\n  none  1  r\n  0  1  s\n  nmi 0.4  (agreement)\n"
    assert shape(short) == shape(long)
    assert shape(short) != shape(long.replace("keywords", "exemplars"))
