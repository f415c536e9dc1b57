"""What leaves texts out, and says how many: the base of it, and the sieve for short texts."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from asterism.framework import Entry, report_problem

UNDETERMINED = "und"
"""What ISO 639 calls a language that is not known."""
MOST_IDS = 1000
"""Ids of the texts that were left out that a report names."""


@dataclass
class Draft:
    """A text on its way through the sieves."""

    row: int
    """Where it stands in the source."""
    entry: Entry
    """What it was made of."""
    text: str
    language: str = UNDETERMINED
    """Found by the sieve of languages, where there is one."""
    is_readable: bool = True
    """False where it cannot be decoded; it has no text then, and no sieve is asked."""


class Sieve(ABC):
    """Leaves out texts; made anew for every pass over a source."""

    field: ClassVar[str]
    """The field of the modality that asked for it."""

    def __init__(self) -> None:
        self.left_out = 0
        self.ids: list[str] = []

    def sift(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return the drafts that stay, and count the others."""
        kept = []
        for draft, stays in zip(drafts, self.judge(drafts), strict=True):
            if stays:
                kept.append(draft)
            else:
                self.left_out += 1
                self.ids += [draft.entry.id] if len(self.ids) < MOST_IDS else []
        return kept

    def report(self) -> None:
        """Report how many were left out, if there were any."""
        if self.left_out:
            report_problem(self.message(), count=self.left_out, ids=self.ids, expected=True)

    @abstractmethod
    def judge(self, drafts: Sequence[Draft]) -> Iterator[bool]:
        """Tell of each draft whether it stays; they come in the order of the source."""

    @abstractmethod
    def message(self) -> str:
        """Say how many were left out, and why."""


class Short(Sieve):
    """Leaves out texts with too few characters."""

    field = "min_characters"

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.characters = characters

    def judge(self, drafts: Sequence[Draft]) -> Iterator[bool]:
        """Count the characters, white space at the ends aside."""
        return (len(draft.text.strip()) >= self.characters for draft in drafts)

    def message(self) -> str:
        """Say how many were left out."""
        return f"{self.left_out:,} records of fewer than {self.characters:,} characters were left out"
