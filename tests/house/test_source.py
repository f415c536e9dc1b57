"""What the source may not hold."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for part in ("framework", "registry", "plugins") for path in (ROOT / part).rglob("*.py"))
MODULES = [path for path in SOURCES if "template" not in path.parts]  # templates are no Python until they are filled in
WRITTEN = [*SOURCES, *(path for part in ("tests", "contrib") for path in sorted((ROOT / part).rglob("*.py")))]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LONGEST = 400
"""Lines. When a file passes 300, look for its second subject; at 400 it has one."""
UNSAFE = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
"""Modules that run code from the data that they load."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=named)


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def unsafe_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.partition(".")[0] in UNSAFE)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in UNSAFE:
                yield module
            case ast.Constant(value=str(text)) if text.partition(".")[0] in UNSAFE:  # for import_module
                yield text
            case ast.Attribute() if dotted(node) in ("torch.load", "joblib.load", "pandas.read_pickle", "pd.read_pickle"):
                yield dotted(node)
            case ast.keyword(arg="allow_pickle", value=value) if not (isinstance(value, ast.Constant) and value.value is False):
                yield "allow_pickle"


@each(MODULES)
def test_nothing_is_loaded_that_could_run_code(path: Path) -> None:
    assert list(unsafe_names(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from joblib import load", "torch.load(f)", "import_module('pickle')", "np.load(f, allow_pickle=True)"],
)
def test_code_that_could_run_code_is_found(code: str) -> None:
    assert list(unsafe_names(ast.parse(code)))


def calls_of_print(tree: ast.AST) -> list[int]:
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and dotted(node.func) == "print"]


@each([path for path in MODULES if "cli" not in path.parts])
def test_library_prints_nothing(path: Path) -> None:
    assert calls_of_print(ast.parse(path.read_text(encoding="utf-8"))) == []


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|mypy:|ruff:|pragma:)")


def lacks_reason(comment: str) -> bool:
    """Tell whether a comment makes an exception of a tool's rule, without a second comment that says why."""
    parts = [f"#{part}" for part in comment.split("#")[1:]]
    exceptions = [part for part in parts if EXCEPTION.match(part)]
    reasons = [part for part in parts if not EXCEPTION.match(part) and len(part.split()) > 1]
    return bool(exceptions) and not reasons


@each([path for path in WRITTEN if "template" not in path.parts])
def test_every_exception_in_the_code_has_its_reason(path: Path) -> None:
    assert [(line, comment) for line, comment in comments(path) if lacks_reason(comment)] == []


@pytest.mark.parametrize(
    ("comment", "lacks"),
    [
        ("# noqa: S603", True),
        ("# type: ignore[misc]", True),
        ("# noqa: S603  # a fixed command", False),
        ("# type: ignore[arg-type]  # noqa: S603", True),
        ("# type: ignore[arg-type]  # noqa: S603  # likewise here", False),
        ("# an ordinary comment", False),
    ],
)
def test_exception_without_reason_is_found(comment: str, lacks: bool) -> None:
    assert lacks_reason(comment) is lacks


def exceptions_of_the_project() -> list[str]:
    """List the lines of pyproject.toml that switch a rule off."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    sections = re.split(r"^\[", text, flags=re.MULTILINE)
    chosen = [s for s in sections if s.startswith(("tool.ruff.lint.per-file-ignores", "[tool.mypy.overrides"))]
    ignored = re.search(r"^ignore = \[\n(.*?)^\]", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for section in chosen for line in section.splitlines()[1:]] + (ignored.group(1).splitlines() if ignored else [])
    return [line for line in lines if re.search(r'"[A-Z]+\d*"|= true', line)]


def test_every_exception_of_the_project_has_its_reason() -> None:
    found = exceptions_of_the_project()
    assert len(found) > 10
    assert [line for line in found if "#" not in line and not re.search(r'"PLR2004"', line)] == []


def test_project_asks_for_every_check() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert project["mypy"]["strict"]
    assert project["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert project["pytest"]["ini_options"]["xfail_strict"]


@each(MODULES)
def test_file_has_one_subject(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@each(MODULES)
def test_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


# Words that say nothing, and marks of unfinished work.
EMPTY_WORDS = re.compile(
    r"\b(TODO|FIXME|XXX|lorem ipsum|blazing(?:ly)? fast|cutting[- ]edge|state[- ]of[- ]the[- ]art|seamless(?:ly)?|leverag\w+)\b",
    re.IGNORECASE,
)
# Folders of one person's machine: this checkout's own, and what home folders look like anywhere.
MACHINE_PATHS = re.compile(rf"{re.escape(str(ROOT))}\b|{re.escape(str(Path.home()))}/|/home/\w+/|/Users/\w+/")


def lines_with(pattern: re.Pattern[str], path: Path) -> list[tuple[int, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(number, line) for number, line in enumerate(lines, 1) if pattern.search(line)]


@each(DOCUMENTS)
def test_documents_are_finished_and_plain(path: Path) -> None:
    assert lines_with(EMPTY_WORDS, path) == []


@each([*DOCUMENTS, *WRITTEN, ROOT / "pyproject.toml"])
def test_no_file_names_a_folder_of_one_machine(path: Path) -> None:
    assert lines_with(MACHINE_PATHS, path) == []
