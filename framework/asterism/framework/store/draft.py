"""One result of a store while it is being made: chunks are added to it, and what is added outlives a kill."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..state import dump_value
from ..values import Matrix
from .chunkfiles import LINES, RAW, ChunkFiles
from .durable import file_checksum, read_arrays, seal, write_arrays, write_whole, writing_to
from .kept import ABOUT, ENTRY, STATE, USED, VALUE, Kept, rows_of, touch

_CHECKPOINT = "checkpoint.arrays"
_LASTING = {ABOUT, LINES, USED, _CHECKPOINT, *RAW}


class Draft:
    """An entry that this process alone writes; `Store.draft` makes it, and its context gives it up.

    What is done when the context is left, however that happens, is there for the next one who drafts the same key.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any], place: Path, durable: bool, complete: Kept | None) -> None:
        self.folder, self.about, self.place, self.durable = folder, dict(about), place, durable
        self.complete: Kept | None = complete
        """The finished entry: another run finished it while this one waited, or this one did."""
        self._files: ChunkFiles | None = None
        if complete is None:
            self._files = self._begin()

    def _begin(self) -> ChunkFiles:
        with writing_to(self.place):
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.iterdir():
                if path.name not in _LASTING:  # left by a run that was killed between its last chunk and its end
                    path.unlink()
            self._write_json(ABOUT, {"about": self.about, "rows": 0, "checksums": {}})
            touch(self.folder)
            return ChunkFiles(self.folder, self.durable)

    def start_over(self) -> None:
        """Throw away what is done, also where the entry is complete."""
        self.close()
        with writing_to(self.place):
            for name in (ENTRY, LINES, _CHECKPOINT):
                (self.folder / name).unlink(missing_ok=True)
        self.complete, self._files = None, self._begin()

    @property
    def n_rows(self) -> int:
        """How many rows are done, by earlier runs and this one."""
        return self.complete.n_rows if self.complete else sum(chunk.rows for chunk in self._open.chunks)

    @property
    def notes(self) -> list[dict[str, Any]]:
        """The note of each chunk that is done; empty where it was given none."""
        return self.complete.notes if self.complete else [chunk.note for chunk in self._open.chunks]

    def append(self, chunk: Matrix, note: Mapping[str, Any] | None = None) -> None:
        """Add rows: an array of numbers (n_rows,) or (n_rows, width), or CSR; dtype and width are those of the first chunk.

        When it returns, the rows and the note (what JSON can hold) are on the disk. `ValueError` where they do not fit, `TypeError`
        where they are no such rows, `OutputError` where the disk is full; what was there before stays.
        """
        files = self._open
        with writing_to(self.place):
            files.append(chunk, note)

    def checkpoint(self, arrays: Mapping[str, NDArray[Any]], tree: Any) -> None:
        """Keep how far something came that is not made of rows, in place of the checkpoint before."""
        self._open  # noqa: B018  # a finished entry refuses
        with writing_to(self.place):
            write_arrays(self.folder / _CHECKPOINT, arrays, tree, self.durable)

    def last_checkpoint(self) -> tuple[dict[str, NDArray[Any]], Any] | None:
        """Give the last checkpoint; None where there is none, or it is damaged."""
        return read_arrays(self.folder / _CHECKPOINT)

    def finish(self, state: tuple[Mapping[str, NDArray[Any]], Any] | None = None, value: Any = None, **about: Any) -> Kept:
        """Make the entry complete, with the `state` of a fitted component (see `dump_state`) and a `value` that was not appended.

        `TypeError` where the value cannot be saved; the draft can still be used then.
        """
        if value is not None and self._open.chunks:
            raise ValueError("a result is made of the chunks that were appended, or given as a value, not both")
        contents = {STATE: state, VALUE: None if value is None else dump_value(value)}
        n_rows = self.n_rows if value is None else rows_of(value)
        seal(about)  # what JSON cannot hold is refused before anything is written
        with writing_to(self.place):
            self._write_entry({name: content for name, content in contents.items() if content is not None}, n_rows, about)
        (self.folder / _CHECKPOINT).unlink(missing_ok=True)
        self.complete = Kept.read(self.folder)
        self.close()
        return self.complete

    def _write_entry(self, contents: Mapping[str, Any], n_rows: int, about: Mapping[str, Any]) -> None:
        for name, (arrays, tree) in contents.items():
            write_arrays(self.folder / name, arrays, tree, self.durable)
        listed: Sequence[str] = [*contents, *([LINES] if self._open.chunks else [])]
        checksums = {name: file_checksum(self.folder / name) for name in listed}
        touch(self.folder)
        self._write_json(ENTRY, {"about": self.about | dict(about), "rows": n_rows, "checksums": checksums})

    def _write_json(self, name: str, content: Mapping[str, Any]) -> None:
        line = seal(content)
        write_whole(self.folder / name, lambda file: file.write(line), self.durable)

    @property
    def _open(self) -> ChunkFiles:
        if self._files is None:
            raise RuntimeError(f"{self.folder.name} is complete, or its draft was left; nothing can be added")
        return self._files

    def close(self) -> None:
        """Close the files."""
        if self._files is not None:
            self._files.close()
            self._files = None
