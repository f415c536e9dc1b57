"""`asterism new NAME`."""

import keyword
import re
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from asterism.framework.errors import OutputError

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the new distribution, such as acme-words.", show_default=False)]
Folder = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where to write it; by default a folder called NAME.", show_default=False)
]


def new(name: Name, out: Folder = None) -> None:
    """Write a complete plugin distribution with one encoder, its tests and pyproject.toml."""
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise OutputError(f"'{name}' is no name for a distribution; use small letters, digits and '-', such as acme-words")
    if _words(name)["__package__"] in {"asterism", *keyword.kwlist, *sys.stdlib_module_names}:
        raise OutputError(f"'{name}' would hide a module of Python or of Asterism; use another name, such as acme-words")
    folder = out or Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: is there already and not empty; name another folder")
    _copy(files(__package__) / "template", folder, _words(name))
    typer.echo(f"{folder} written; install it with: pip install {_for_pip(folder)}")


def _for_pip(folder: Path) -> str:
    """Write the folder so that pip cannot take it for a name on a package index."""
    return str(folder) if folder.is_absolute() else f"./{folder.as_posix()}"


def _words(name: str) -> dict[str, str]:
    package = name.replace("-", "_")
    return {"__name__": name, "__package__": package, "__class__": "".join(part.title() for part in package.split("_"))}


def _copy(source: Traversable, target: Path, words: dict[str, str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        place = target / _fill(entry.name, words).removesuffix(".in")
        if entry.is_dir():
            _copy(entry, place, words)
        elif not entry.name.endswith(".pyc"):
            place.write_text(_fill(entry.read_text(encoding="utf-8"), words), encoding="utf-8")


def _fill(text: str, words: dict[str, str]) -> str:
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text
