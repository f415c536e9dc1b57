"""The records of a run: which of them are left, in batches for the engine, and a watch on the source, which must stay as it is."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from ..errors import DataError
from ..records import STAMP_EVERY, Entry, Records


class Part(NamedTuple):
    """A batch of records, on its way to whatever works on it."""

    rows: tuple[int, ...]
    """Where they stand in the source."""
    entries: tuple[Entry, ...]
    width: int | None = None
    """How many columns a row of the result must have, where that is known."""
    is_first: bool = False
    """True where nothing has come out of any batch yet."""

    def singles(self) -> Iterator["Part"]:
        """Split it into batches of one record."""
        for row, entry in zip(self.rows, self.entries, strict=True):
            yield Part((row,), (entry,), self.width)


@dataclass
class Feed:
    """The records of a source, of which some may be left out."""

    records: Records[Any]
    dropped: set[int] = field(default_factory=set)
    """Places of the records that are left out: they are in quarantine."""
    is_checked: bool = False
    """True once every record that is left is known to be decodable."""

    def __len__(self) -> int:
        return len(self.records) - len(self.dropped)

    def parts(self, size: int, start: int = 0) -> Iterator[Part]:
        """Yield the records from place `start` on, in batches of at most `size`."""
        kept = ((row, entry) for row, entry in self._entries(start) if row not in self.dropped)
        while some := list(islice(kept, size)):
            rows, entries = zip(*some, strict=True)
            yield Part(rows, entries)

    def left(self, watch: Callable[[int], None]) -> Records[Any]:
        """Return the records that are left; `watch` is told from time to time how many of them went by."""
        index = None if self.dropped else self.records.survey()
        left = self.records.with_entries(_Left(self), index)
        left.decode = self.decode
        return left.watched(watch)

    @property
    def decode(self) -> "NamingDecode":
        """What decodes the records where they are all needed together."""
        return NamingDecode(self.records.decode)

    def rows_left(self) -> list[int]:
        """List the places of the records that are left."""
        return [row for row in range(len(self.records)) if row not in self.dropped]

    def _entries(self, start: int = 0) -> Iterator[tuple[int, Entry]]:
        """Yield every entry with its place; `DataError` where the source is not what it was when the run began."""
        stamps = self.records.survey().stamps
        entries, row = iter(self.records.entries), start - start % STAMP_EVERY
        deque(islice(entries, row), maxlen=0)
        while some := list(islice(entries, STAMP_EVERY)):
            number = row // STAMP_EVERY
            if number >= len(stamps) or self.records.stamp(some) != stamps[number]:
                raise _changed(some)
            yield from ((at, entry) for at, entry in enumerate(some, row) if at >= start)
            row += len(some)
        if row < len(self.records):
            raise DataError(f"the source ends after {row:,} records; there were {len(self.records):,} when the run began", hint=_WAIT)


_WAIT = "let nothing write to it, and start the run again"


def _changed(entries: list[Entry]) -> DataError:
    ids = [entry.id for entry in entries]
    return DataError(f"the source was changed during the run, somewhere from record '{ids[0]}' to record '{ids[-1]}'", hint=_WAIT)


@dataclass(frozen=True)
class NamingDecode:
    """Decodes an entry; whatever goes wrong is a `DataError`, which `Records` tells the id."""

    decode: Callable[[Entry], Any]

    def __call__(self, entry: Entry) -> Any:
        """Decode."""
        try:
            return self.decode(entry)
        except DataError:
            raise
        except Exception as error:  # codecs raise nearly everything
            raise DataError(f"{type(error).__name__}: {error}") from error

    def __getattr__(self, name: str) -> Any:
        """Offer what else the decoder does: it tells which file it reads, or makes another of itself."""
        if name.startswith("__"):  # asked for by copy and pickle, before there is a decoder
            raise AttributeError(name)
        return getattr(self.decode, name)


@dataclass(frozen=True)
class _Left(Iterable[Entry]):
    """The entries of a feed that are left."""

    feed: Feed

    def __iter__(self) -> Iterator[Entry]:
        return (entry for row, entry in self.feed._entries() if row not in self.feed.dropped)
