"""Which files a source means: a folder, a glob pattern, or one file; links that lead out of the source are refused."""

import os
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeAlias

from asterism.framework import DataError, Entry, report_problem

Found: TypeAlias = tuple[tuple[str, ...], Path]
"""A file, with its names from the source on."""
WILDCARDS = "*?["
MAX_DEPTH = 100
"""Folders nested deeper than this are refused: no one made them by hand."""


def find_files(source: str | Path, suffixes: Collection[str]) -> list[Entry]:
    r"""List the files of `source`, sorted by id; the content of each entry is its `Path`.

    Parameters
    ----------
    source
        A folder, which is searched with its sub-folders; a glob pattern such as ``data/**/*.txt``; or one file.
    suffixes
        The endings, in lower case and with the dot, that count in a folder. A pattern or a file name says itself what it wants.

    Returns
    -------
    One entry per file. Its id is the POSIX path relative to the folder (for a pattern: to the part before the first
    wildcard); its target is the name of the first-level sub-folder that it lies in, None directly in the folder. Hidden
    files and folders are not looked at, and a link to a folder inside the source is not followed: its files are found where they are.
    Bytes of a name that are no UTF-8 are written as ``\xff`` in its id, see `name_in_utf8`.

    Raises
    ------
    DataError
        Where nothing is there, nothing matches, or a link leads out of the folder.
    """
    path = _path(source)
    if path.is_dir():
        return _entries(_in_folder(path, tuple(suffixes)), path)
    if means_several(path):
        return _entries(_matching(path), path)
    return _entries([((path.name,), need_file(path))], path)


def name_in_utf8(name: str) -> str:
    r"""Write the bytes of a file name that are no UTF-8 as ``\xff``, and a backslash beside them twice; other names come back themselves.

    Such a name cannot be written to a file. ``text.encode().decode("unicode_escape").encode("latin-1")`` gives its bytes back.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.replace("\\", "\\\\").encode(errors="surrogateescape").decode(errors="backslashreplace")
    return name


def names_in_utf8(names: Sequence[str], source: Path) -> list[str]:
    """Write the names of files in a source as `name_in_utf8` does; how many of them that changes is reported."""
    written = [name_in_utf8(name) for name in names]
    if strange := sum(old != new for old, new in zip(names, written, strict=True)):
        report_problem(f"{source}: {strange} names are no UTF-8; ids show their other bytes as \\xff", count=strange)
    return written


def means_several(source: str | Path) -> bool:
    """Tell whether a source is a folder or a glob pattern, rather than the name of one file."""
    path = _path(source)
    return path.is_dir() or (not path.exists() and any(mark in str(path) for mark in WILDCARDS))


def need_file(source: str | Path) -> Path:
    """Return `source` as the path of an existing file; `DataError` names a file of a similar name where there is none."""
    path = _path(source)
    if path.is_dir():
        raise DataError("is a folder, a file is needed", place=str(path), hint="name a file in it")
    if not path.exists():
        raise DataError("no such file or folder", place=str(path), hint=_near_name(path))
    if not path.is_file():
        raise DataError("is a pipe or a device, which can be read only once", place=str(path), hint="write it into a file first")
    return path


def _path(source: str | Path) -> Path:
    try:
        path = Path(source).expanduser()
        path.exists()  # raises where the name is too long to be one: a text that was meant as an item
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "name a file, a folder or a pattern; a host that has the items passes a list of them"
        raise DataError(f"cannot be a source: {reason}", place=str(source)[:40].strip(), hint=hint) from error
    return path


def _near_name(path: Path) -> str:
    known = path.parent
    if not known.is_dir():
        return f"there is no folder '{known}' either"
    near = get_close_matches(path.name, sorted(file.name for file in known.iterdir()), n=1)
    return f"did you mean '{known / near[0]}'?" if near else f"look at what is in '{known}'"


def _in_folder(root: Path, suffixes: tuple[str, ...]) -> list[Found]:
    files = list(_walk(root, root.resolve()))
    if not files:
        raise DataError("the folder is empty: there is no file in it or in its sub-folders", place=str(root), hint="name another folder")
    wanted = [(parts, file) for parts, file in files if parts[-1].lower().endswith(suffixes)]
    if not wanted:
        raise DataError(
            f"of the {len(files)} files in the folder none ends in {', '.join(sorted(suffixes))}",
            place=str(root),
            hint="name another folder, or a pattern such as '**/*.ending'",
        )
    if others := len(files) - len(wanted):
        report_problem(f"{root}: {others} files of other kinds were left out", count=others)
    return wanted


def _matching(pattern: Path) -> list[Found]:
    place = next(place for place, part in enumerate(pattern.parts) if any(mark in part for mark in WILDCARDS))
    root, wanted = Path(*pattern.parts[:place]), pattern.parts[place:]
    if not root.is_dir():
        raise DataError("no such folder", place=str(root), hint=_near_name(root))
    depth = None if "**" in wanted else len(wanted)
    found = [(parts, file) for parts, file in _walk(root, root.resolve(), depth=depth) if _matches(parts, wanted)]
    if not found:
        raise DataError("no file matches the pattern", place=str(pattern), hint="'*' stays within a folder, '**' spans folders")
    return found


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not path or not pattern:
        return not path and all(part == "**" for part in pattern)
    if pattern[0] == "**":
        return _matches(path, pattern[1:]) or _matches(path[1:], pattern)
    return fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def _entries(found: list[Found], source: Path) -> list[Entry]:
    ids = names_in_utf8(["/".join(parts) for parts, _ in found], source)
    targets = (name_in_utf8(parts[0]) if len(parts) > 1 else None for parts, _ in found)
    return [Entry(name, file, target) for name, (_, file), target in zip(ids, found, targets, strict=True)]


def _walk(folder: Path, home: Path, above: tuple[str, ...] = (), depth: int | None = None) -> Iterator[Found]:
    """Yield the visible files down to `depth` levels, sorted, with their names from the root on."""
    if len(above) > MAX_DEPTH:
        raise DataError(f"folders are nested deeper than {MAX_DEPTH}", place=str(folder), hint="name a folder further down")
    for found in _listing(folder):
        parts = (*above, found.name)
        if found.is_symlink():
            _refuse_way_out(Path(found.path), home)
        if found.is_file():
            yield parts, Path(found.path)
        elif found.is_dir(follow_symlinks=False) and len(parts) != depth:
            yield from _walk(Path(found.path), home, parts, depth)


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return sorted((found for found in listing if not found.name.startswith(".")), key=lambda found: found.name)
    except OSError as error:
        raise DataError(f"cannot be listed: {error.strerror}", place=str(folder), hint="ask for the right to read it") from error


def _refuse_way_out(link: Path, home: Path) -> None:
    """Stop at a link out of `home`: following it would read, and a report show, files that nobody named."""
    try:
        target = link.resolve()
    except (OSError, RuntimeError) as error:  # the second is what Python up to 3.12 says of a link that leads to itself
        raise DataError("is a link that leads to itself", place=str(link), hint="remove the link") from error
    if not target.is_relative_to(home):
        raise DataError(
            f"is a link out of the source, to {target}", place=str(link), hint="remove the link, or name its target as the source"
        )
    if not target.exists():
        raise DataError(f"is a link to {target}, which does not exist", place=str(link), hint="remove the link")
