"""Where an export goes: to a new file, or to a new file of a given name in a folder."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterism.framework.errors import OutputError
from asterism.framework.store.durable import writing_to


def new_file(out: Path, name: str) -> Path:
    """Return the file to write: `out` where it ends as `name` does, or else `name` in the folder `out`, which is made.

    `OutputError` where the file is there already, or `out` has another ending and is no folder.
    """
    ending, is_folder = Path(name).suffix, out.is_dir()
    if not is_folder and out.suffix.lower() not in ("", ending):
        raise OutputError(f"{out}: must end in {ending}, or be a folder")
    path = out / name if is_folder or not out.suffix else out
    if path.exists():
        raise OutputError(f"{path}: is there already; name another file, or remove it")
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into that becomes `out` when all of it is there; `OutputError` where `out` has something in it."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise OutputError(f"{out}: is there already{' and not empty' if out.is_dir() else ''}; name another folder, or remove it")
    draft = out.with_name(f"{out.name}.{secrets.token_hex(4)}.tmp")
    try:
        with writing_to(out.parent):
            draft.mkdir(parents=True)
            yield draft
            if out.is_dir():
                out.rmdir()
            draft.rename(out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
