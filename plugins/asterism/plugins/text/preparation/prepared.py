"""The entries of a source with prepared texts in the place of raw ones: all that is asked for happens here, as they are read."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from asterism.framework import DataError, Entry, report_problem
from asterism.plugins.sources import read_text

from .duplicates import Duplicates
from .languages import Languages
from .passages import cut
from .sieves import MOST_IDS, Draft, Short, Sieve
from .steps import Preparation, StepName

BLOCK_TEXTS = 256
BLOCK_CHARACTERS = 2**20
"""So many texts, or characters, are prepared at once."""

Decode = Callable[[Entry], str]


@dataclass(frozen=True)
class Plan:
    """What is to be done; the fields of the modality that have the same names say what they mean."""

    prepare: tuple[StepName, ...] = ()
    min_characters: int = 0
    detect_language: bool = False
    languages: tuple[str, ...] | None = None
    duplicates: Literal["keep", "exact", "near"] = "keep"
    similarity: float = 0.9
    passages: int | None = None
    overlap: int = 0
    fallback_encoding: str | None = None

    @property
    def tells_language(self) -> bool:
        """True where the language of every text is found out."""
        return self.detect_language or self.languages is not None

    def sieves(self) -> list[Sieve]:
        """Make what leaves texts out, in order."""
        sieves: list[Sieve] = [Short(self.min_characters)] if self.min_characters else []
        if self.tells_language:
            sieves.append(Languages(self.languages))
        if self.duplicates != "keep":
            sieves.append(Duplicates(self.similarity if self.duplicates == "near" else None))
        return sieves


def prepared_text(decode: Decode, entry: Entry) -> str:
    """Decode an entry of `Prepared`: its text, or the error of a record that could not be read."""
    return entry.content if isinstance(entry.content, str) else decode(entry)


class Prepared:
    """The entries, re-iterable; what was changed and left out is reported once, at the end of the first pass.

    Which texts stay, and their languages, is found out in the first whole pass and kept, one byte for each record of the source. A record
    that cannot be decoded stays as it is: whoever reaches it is told.
    """

    def __init__(self, entries: Iterable[Entry], decode: Decode, plan: Plan) -> None:
        self.entries, self.decode, self.plan = entries, decode, plan
        self.reported = 0
        """How many texts the pass had seen that was reported."""
        self.verdicts = bytearray()
        """For each record 0 where it was left out, else 1 more than the place of its language in `languages`."""
        self.languages: list[str] = []
        self.is_judged = False

    def __iter__(self) -> Iterator[Entry]:
        if self.is_judged:
            for draft in self._judged_before():
                yield from self._entries_of(draft)
            return
        reading = Reading(self.decode, self.plan)
        try:
            for draft in self._judged(reading):
                yield from self._entries_of(draft)
        except GeneratorExit:  # the run has a limit, or somebody wanted to see the first texts alone
            self._report(reading)
            raise
        self._report(reading)

    def _judged(self, reading: "Reading") -> Iterator[Draft]:
        """Yield what stays, and remember it once the pass is over."""
        verdicts, languages, sieves = bytearray(), dict[str, int](), reading.sieves
        for drafts in reading.blocks(self.entries):
            readable = [draft for draft in drafts if draft.is_readable]
            for sieve in sieves:
                readable = sieve.sift(readable)
            stay = {draft.row for draft in readable}
            for draft in drafts:
                stays = draft.row in stay or not draft.is_readable
                verdicts.append(1 + languages.setdefault(draft.language, len(languages)) if stays else 0)
                if stays:
                    yield draft
        if not any(verdicts):
            raise reading.nothing_left()
        self.verdicts, self.languages, self.is_judged = verdicts, list(languages), True

    def _judged_before(self) -> Iterator[Draft]:
        reading = Reading(self.decode, self.plan)
        for row, entry in enumerate(self.entries):
            if row >= len(self.verdicts):
                raise DataError("the source has grown since it was read first", hint="let nothing write to it, and read it again")
            if verdict := self.verdicts[row]:
                draft = reading.draft(row, entry)
                draft.language = self.languages[verdict - 1]
                yield draft

    def _entries_of(self, draft: Draft) -> Iterator[Entry]:
        """Make the record of a text, or those of its passages."""
        about = dict(draft.entry.about or {})
        if self.plan.tells_language:
            about["language"] = draft.language
        content = draft.text if draft.is_readable else draft.entry.content
        if self.plan.passages is None:
            yield Entry(draft.entry.id, content, draft.entry.target, about or None)
            return
        about["parent"] = draft.entry.id
        for number, passage in enumerate(cut(draft.text, self.plan.passages, self.plan.overlap) if draft.is_readable else [content]):
            yield Entry(f"{draft.entry.id}#{number}", passage, draft.entry.target, about)

    def _report(self, reading: "Reading") -> None:
        if reading.n_texts > self.reported:
            self.reported = reading.n_texts
            reading.report()


class Reading:
    """One pass over a source: what was found on the way."""

    def __init__(self, decode: Decode, plan: Plan) -> None:
        self.decode, self.plan = decode, plan
        self.prepare, self.sieves = Preparation(plan.prepare), plan.sieves()
        self.n_texts = 0
        self.fallen_back: list[str] = []
        """Ids of the files in the other encoding."""

    def blocks(self, entries: Iterable[Entry]) -> Iterator[list[Draft]]:
        """Decode and prepare, some texts at a time."""
        block: list[Draft] = []
        size = 0
        for row, entry in enumerate(entries):
            block.append(self.draft(row, entry))
            size += len(block[-1].text)
            if len(block) == BLOCK_TEXTS or size >= BLOCK_CHARACTERS:
                yield block
                block, size = [], 0
        yield block

    def draft(self, row: int, entry: Entry) -> Draft:
        """Decode and prepare one text."""
        self.n_texts += 1
        if entry.content is None and self.plan.min_characters:
            return Draft(row, entry, "")
        try:
            text = self._decoded(entry)
        except DataError:
            return Draft(row, entry, "", is_readable=False)
        return Draft(row, entry, self.prepare(text))

    def _decoded(self, entry: Entry) -> str:
        try:
            return self.decode(entry)
        except DataError:
            if self.plan.fallback_encoding is None or not isinstance(entry.content, Path):
                raise
            text = read_text(entry.content, self.plan.fallback_encoding)
            if "\0" in text:  # nearly every byte means something in some encodings; this is no text in such a one
                raise
        self.fallen_back.append(entry.id)
        return text

    def report(self) -> None:
        """Report what the steps changed and the sieves left out."""
        if self.fallen_back:
            message = f"{len(self.fallen_back):,} files do not fit the encoding and were read as {self.plan.fallback_encoding}"
            report_problem(message, count=len(self.fallen_back), ids=self.fallen_back[:MOST_IDS], expected=True)
        if self.plan.prepare:
            report_problem(str(self.prepare), count=self.prepare.n_changed, expected=True)
        for sieve in self.sieves:
            sieve.report()

    def nothing_left(self) -> DataError:
        """Say which of the sieves left nothing."""
        reasons = "; ".join(sieve.message() for sieve in self.sieves if sieve.left_out)
        fields = " or ".join(f"`{sieve.field}`" for sieve in self.sieves if sieve.left_out)
        return DataError(f"not one of {self.n_texts:,} texts is left: {reasons}", hint=f"change {fields}")
