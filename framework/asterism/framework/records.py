"""Records: what a modality reads, one entry per record, decoded when it is reached and not kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast, overload

from .errors import DataError, shorten
from .strings import Strings

Item = TypeVar("Item")

STAMP_EVERY = 256
"""Entries that have one stamp together."""


class Entry(NamedTuple):
    """One record before it is decoded."""

    id: str
    content: Any
    """What the decoder turns into an item: a path, a line, an array, or the item itself."""
    target: str | None = None
    """The known class of the record, where there is one; only ever used to score."""
    about: Mapping[str, str] | None = None
    """What else is known of the record, by name: its ``time``, its ``parent``, its ``language``."""


def own_content(entry: Entry) -> Any:
    """Decode an entry whose content is the item."""
    return entry.content


@dataclass(frozen=True)
class Index:
    """What one pass over the entries tells, without decoding any."""

    ids: Strings
    targets: Strings | None
    about: dict[str, Strings]
    """What else is known of every record, by name."""
    n_bytes: int
    """Size of the contents, those in files included, as they are stored."""
    stamps: list[int] = field(repr=False)
    """A number for every `STAMP_EVERY` entries that changes with them; good within this process only."""


class Records(Sequence[Item], Generic[Item]):
    """A lazy, re-iterable sequence of items with ids: an item is decoded when it is reached, and not kept.

    Parameters
    ----------
    entries
        A re-iterable of `Entry`: a list, or an object that reads a file anew at each iteration.
    decode
        Turns an entry into an item; by default the entry's content is the item. It raises `DataError` where it cannot. Where it has a
        method ``file_of(entry)``, that tells which file stands behind an entry; otherwise a content that is a `Path` is one.
    modality
        Name of the modality that read the records (``text``, ``image``, ...).
    """

    def __init__(self, entries: Iterable[Entry], decode: Callable[[Entry], Item] = own_content, *, modality: str = "") -> None:
        if isinstance(entries, Iterator):
            hint = "pass a list, or an object that begins anew at each iteration"
            raise DataError("the entries come from a generator, which can be read only once", hint=hint)
        self.entries, self.decode, self.modality = entries, decode, modality
        self.place = ""
        """Where they come from, for messages about all of them."""
        self._index: Index | None = None
        self._watch: Callable[[int], None] | None = None
        self._watch_every = 1

    @classmethod
    def of(
        cls, items: Iterable[Item], *, ids: Iterable[str] | None = None, targets: Iterable[str] | None = None, modality: str = ""
    ) -> Self:
        """Wrap items that a host already has; ids default to ``0, 1, 2, ...``."""
        items = list(items)
        names = [str(i) for i in range(len(items))] if ids is None else [str(i) for i in ids]
        classes: list[str | None] = [None] * len(items) if targets is None else [str(t) for t in targets]
        if not len(items) == len(names) == len(classes):
            raise DataError(f"items, ids and targets must have one length (got {len(items)}, {len(names)}, {len(classes)})")
        return cls([Entry(*entry) for entry in zip(names, items, classes, strict=True)], modality=modality)

    @property
    def ids(self) -> Strings:
        """The ids in order, all different; `DataError` where two records share one."""
        return self.survey().ids

    @property
    def targets(self) -> Strings | None:
        """The classes in order, or None where the source has none."""
        return self.survey().targets

    def about(self, name: str) -> Strings | None:
        """Return what is known of the records under a name, in order; None where it is not known of every one."""
        return self.survey().about.get(name)

    def survey(self, each: Callable[[list[Entry]], None] | None = None) -> Index:
        """Read through the entries once and remember what they tell; `each` is called with some of them at a time, in order."""
        if self._index is None or each:
            self._index = self._read_index(each)
        return self._index

    def _read_index(self, each: Callable[[list[Entry]], None] | None) -> Index:
        ids: list[Strings] = []
        targets: list[Strings] = []
        about = _About()
        stamps, n_bytes, has_targets, entries = [], 0, True, iter(self.entries)
        while some := list(islice(entries, STAMP_EVERY)):
            ids.append(Strings([entry.id for entry in some]))
            has_targets = has_targets and all(entry.target is not None for entry in some)
            targets.append(Strings([entry.target or "" for entry in some] if has_targets else ()))
            about.add(some)
            stamps.append(self.stamp(some))
            n_bytes += sum(map(_size, self._contents(some)))
            if each:
                each(some)
        names = Strings.joined(ids)
        if twice := names.repeated():
            hint = "name another id column, or leave it out"
            raise DataError(f"ids must be unique; these stand more than once: {shorten(twice)}", place=self.place, hint=hint)
        return Index(names, Strings.joined(targets) if has_targets and ids else None, about.joined(), n_bytes, stamps)

    def stamp(self, entries: Sequence[Entry]) -> int:
        """Return a number that changes when one of `entries`, or the file behind it, does."""
        return hash((tuple(entry.id for entry in entries), tuple(map(_state_of, self._contents(entries)))))

    def _contents(self, entries: Sequence[Entry]) -> list[Any]:
        """List the contents, or the files that they are in."""
        finder = getattr(self.decode, "file_of", None)
        return [entry.content for entry in entries] if finder is None else [finder(entry) or entry.content for entry in entries]

    def file_of(self, entry: Entry) -> Path | None:
        """Tell which file holds the content of an entry; None where it is in the entry itself."""
        if finder := getattr(self.decode, "file_of", None):
            return cast("Path | None", finder(entry))
        return entry.content if isinstance(entry.content, Path) else None

    def __len__(self) -> int:
        return len(self.entries) if isinstance(self.entries, Sequence) else len(self.ids)

    def __iter__(self) -> Iterator[Item]:
        done = 0
        for done, entry in enumerate(self.entries, 1):
            yield self.item(entry)
            if self._watch and done % self._watch_every == 0:
                self._watch(done)
        if self._watch and done % self._watch_every:
            self._watch(done)

    def item(self, entry: Entry) -> Item:
        """Decode an entry; a `DataError` is told its id."""
        try:
            return self.decode(entry)
        except DataError as error:
            error.ids = error.ids or (entry.id,)
            raise

    @overload
    def __getitem__(self, row: int) -> Item: ...
    @overload
    def __getitem__(self, row: slice) -> "Records[Item]": ...
    def __getitem__(self, row: int | slice) -> "Item | Records[Item]":
        if isinstance(row, slice):
            return self.take(range(*row.indices(len(self))))
        return next(iter(self.take([range(len(self))[row]])))

    def take(self, rows: Iterable[int]) -> "Records[Item]":
        """Return the records at `rows`, in that order; the source is read once, the items are still lazy."""
        wanted = list(rows)
        if isinstance(self.entries, Sequence):
            return Records([self.entries[row] for row in wanted], self.decode, modality=self.modality)
        keep = set(wanted)
        found = {row: entry for row, entry in enumerate(islice(self.entries, max(keep, default=-1) + 1)) if row in keep}
        return Records([found[row] for row in wanted], self.decode, modality=self.modality)

    def head(self, n: int) -> "Records[Item]":
        """Return the first `n` records, still lazy: an endless source is not read further."""
        return self.with_entries(_Head(self.entries, n))

    def with_entries(self, entries: Iterable[Entry], index: Index | None = None) -> "Records[Item]":
        """Return records of other entries that are decoded alike; `index` is theirs, where it is known."""
        records = Records(entries, self.decode, modality=self.modality)
        records.place, records._index = self.place, index
        return records

    def batches(self, size: int) -> Iterator[list[Item]]:
        """Yield the items in lists of `size`, the last one shorter."""
        items = iter(self)
        while batch := list(islice(items, size)):
            yield batch

    def watched(self, watch: Callable[[int], None], every: int = 64) -> "Records[Item]":
        """Return the same records; each iteration calls ``watch(done)`` after every `every` items and at the end."""
        view = self.with_entries(self.entries, self._index)
        view._watch, view._watch_every = watch, every
        return view


class _About:
    """What entries say about themselves besides id and class, gathered by name; a name that one of them lacks is dropped."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Strings]] | None = None

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in the next entries."""
        if self.parts is None:
            self.parts = {name: [] for name in entries[0].about or ()}
        for name, parts in list(self.parts.items()):
            try:
                parts.append(Strings([entry.about[name] for entry in entries]))  # type: ignore[index]  # None is met below
            except (KeyError, TypeError):
                del self.parts[name]

    def joined(self) -> dict[str, Strings]:
        """Return what is known of every entry."""
        return {name: Strings.joined(parts) for name, parts in (self.parts or {}).items()}


@dataclass(frozen=True)
class _Head:
    """The first entries of many."""

    entries: Iterable[Entry]
    n: int

    def __iter__(self) -> Iterator[Entry]:
        entries = iter(self.entries)
        yield from islice(entries, self.n)
        if close := getattr(entries, "close", None):  # a source that has something to say at its end says it here
            close()


def _state_of(content: Any) -> Any:
    """Tell, cheaply, whether a content is still what it was."""
    if isinstance(content, Path):
        try:
            found = content.stat()
        except OSError as error:
            return error.errno
        return found.st_size, found.st_mtime_ns
    return hash(content) if isinstance(content, str | bytes) else None


def _size(content: Any) -> int:
    if isinstance(content, str | bytes):
        return len(content)
    if isinstance(content, Path):
        try:
            return content.stat().st_size
        except OSError:
            return 0
    return int(getattr(content, "nbytes", 0))
