"""Where the Python standard library lies on this machine, and its modules as syntax trees; nothing of it is imported."""

import ast
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from asterism.framework import DataError, report_problem

APPLICATIONS = {"idlelib", "lib2to3", "pydoc_data", "turtledemo"}
"""They ship with the library and are programs, with data of theirs, or demonstrations: nobody imports them."""
TEST_FOLDERS = {"idle_test", "test", "tests"}
"""Tests speak about everything at once, and many installations lack them."""


def parse_modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax tree of every module, sorted by name; files that cannot be parsed are left out and reported."""
    broken = []
    for name, path in _module_files():
        try:
            yield name, ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            broken.append(name)
    if broken:
        report_problem(f"{len(broken)} modules of the standard library could not be parsed and were left out", ids=broken)


def _module_files() -> list[tuple[str, Path]]:
    root = Path(sysconfig.get_path("stdlib"))
    files: list[tuple[str, Path]] = []
    for top in sys.stdlib_module_names - APPLICATIONS:
        found = [root / f"{top}.py", *(root / top).rglob("*.py")]
        files += [(_module_name(path.relative_to(root)), path) for path in found if _counts(path, root)]
    if not files:
        raise DataError(
            "there are no sources of the standard library", place=str(root), hint="this sample needs a Python installed with them"
        )
    return sorted(files)


def _counts(path: Path, root: Path) -> bool:
    return not TEST_FOLDERS & set(path.relative_to(root).parts) and path.is_file()


def _module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")
