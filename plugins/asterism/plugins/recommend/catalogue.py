"""What recommenders have in common that know items by what is in them: a catalogue of texts, images or videos, read and encoded at fit."""

from abc import ABC
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Entry, Interactions, Matrix, Modality, Problem, Records, report_problem
from asterism.framework.errors import shorten
from asterism.framework.problems import problems_to
from asterism.framework.values import is_sparse, rows_not_finite, with_empty_rows

from .factors import FactorScorer
from .logs import Log
from .scorer import whole_or_as_before


class CatalogueScorer(FactorScorer, ABC):
    """Base of recommenders that encode a catalogue: one record per item, whose id is that of the item in the log.

    An item of the catalogue that nobody touched is an item like others. Items of the log that the catalogue lacks have a vector of zeros,
    and are reported, as are records that cannot be decoded, which are left out.

    Learns `encoder_`, the encoder fitted to the catalogue, and `item_factors_`, where `fit` puts the vectors of the items in the order of
    `items_`, each of length 1: float32 of shape (n_items, n_features), or CSR; a subclass may make others of them in `_learn`.

    `DataError` where the modality gives no records, the encoder does not read them, the catalogue cannot be read, describes an item twice,
    or shares no id with the log.
    """

    catalogue: Path
    """Where the descriptions of the items are: a table, a folder, whatever `item_modality` reads. Only `fit` reads it."""
    item_modality: Modality  # type: ignore[type-arg]  # a spec finds parts by their class, and Modality[Any] is none
    """What the descriptions are, such as ``{modality: text, column: body, id: item}``."""
    item_encoder: Encoder
    """How they become vectors, such as ``tfidf`` or ``{encoder: hog, size: [64, 64]}``."""

    def fit(self, interactions: Interactions, y: None = None) -> Self:
        records = self._described(interactions)
        log = Log.to_learn(interactions, records.ids)
        with whole_or_as_before(self):
            self.encoder_ = deepcopy(self.item_encoder)
            self.item_factors_ = _for_items(log.items, records.ids, self._encoded(records, self.encoder_.fit_transform))
            self._learn_from(log)
        return self

    def update(self, interactions: Interactions) -> Self:
        """Take in what is new in the catalogue, and count these users, who are not among those learned from; all else stays as it is.

        A new item, of the catalogue or of the events, gets the vector that a fit would give one that nobody has touched yet, by the encoder
        and the networks that there are. A history of a new user needs no update.
        """
        records = self._described(interactions)
        log = Log.to_add(interactions, self.items_, records.ids)
        log.check_weights(self.takes_any_weight)
        new = log.items[len(self.items_) :]
        vectors = _stacked(self.item_factors_, self._placed(self._vectors_of(new, records))) if new else self.item_factors_
        self.item_factors_ = vectors[self._take_in(log)]
        self._index()
        return self

    def _placed(self, vectors: Matrix) -> Matrix:
        """Make what `item_factors_` holds of the vectors of items that nobody has touched."""
        return vectors

    def _vectors_of(self, items: list[str], records: Records[Any]) -> Matrix:
        """Return the vectors of some items, by the encoder as it is."""
        wanted = set(items)
        taken = records.take([row for row, item in enumerate(records.ids) if item in wanted] or [0])  # at least one tells the width
        return _for_items(items, taken.ids, self._encoded(taken, self.encoder_.transform))

    def _described(self, interactions: Interactions) -> Records[Any]:
        """Read the catalogue, and check that it fits the encoder and the log."""
        self._check_parts()
        place = str(self.catalogue)
        records = self.item_modality.read(self.catalogue)
        records.place = place
        try:
            ids = set(records.ids)
        except DataError as error:
            error.hint = "describe each item once, or name another id column in `item_modality`"
            raise
        if ids.isdisjoint(interactions.items):
            reason = f"no item of the log is in the catalogue: it has {shorten(records.ids[:3])}, the log {shorten(interactions.items[:3])}"
            raise DataError(reason, place=place, hint="let `item_modality` take as `id` what the log calls an item")
        return _decodable(records)

    def _check_parts(self) -> None:
        modality, encoder = self.item_modality, self.item_encoder
        if modality.gives != "records":
            raise DataError(f"`item_modality` must give records (got {modality.gives})", hint="name one such as text, image or video")
        if encoder.reads and modality.modality not in encoder.reads:
            name, reads = type(encoder).__name__, " or ".join(sorted(encoder.reads))
            reason = f"the items are read as {modality.modality}, and {name} reads {reads}"
            raise DataError(reason, hint="name another `item_encoder` or `item_modality`")

    def _encoded(self, records: Records[Any], encode: Callable[[Records[Any]], Matrix]) -> Matrix:
        try:
            with _by_ids(records):
                vectors = encode(records)
        except DataError as error:
            error.place = error.place or str(self.catalogue)
            error.ids, error.rows = error.ids or tuple(records.ids[row] for row in error.rows), ()
            raise
        if bad := rows_not_finite(vectors):
            ids = [records.ids[row] for row in bad]
            raise DataError("the vectors of items must be finite", place=str(self.catalogue), ids=ids, hint="name another `item_encoder`")
        return unit_rows(vectors)


def _for_items(items: list[str], ids: Sequence[str], vectors: Matrix) -> Matrix:
    """Return the vectors of `items`; one that is not among `ids` gets a row of zeros, and is reported."""
    rows = {item: row for row, item in enumerate(ids)}
    if missing := [item for item in items if item not in rows]:
        report_problem(f"items are not in the catalogue: {shorten(missing)}", count=len(missing))
    return with_empty_rows(vectors, [rows.get(item, -1) for item in items])


def _stacked(above: Matrix, below: Matrix) -> Matrix:
    if is_sparse(above):
        from scipy.sparse import vstack

        return vstack([above, below], format="csr")
    return np.concatenate([above, below])


def unit_rows(vectors: Matrix) -> Matrix:
    """Bring every row to length 1, a row of zeros apart; a row has the same bits in every company."""
    if is_sparse(vectors):
        from scipy.sparse import csr_matrix

        unit = csr_matrix(vectors, dtype=np.float32, copy=True)
        unit.sort_indices()
        owners = np.repeat(np.arange(unit.shape[0]), np.diff(unit.indptr))
        squares = np.bincount(owners, np.square(unit.data, dtype=np.float64), unit.shape[0])
        unit.data /= _length(squares)[owners]
        return unit
    rows = np.ascontiguousarray(vectors, np.float32)
    return rows / _length(np.square(rows, dtype=np.float64).sum(axis=1))[:, np.newaxis]


def _length(squares: NDArray[Any]) -> NDArray[np.float32]:
    length: NDArray[np.float32] = np.sqrt(squares).astype(np.float32)
    length[length == 0] = 1
    return length


@contextmanager
def _by_ids(records: Records[Any]) -> Iterator[None]:
    """Let what is reported of rows name the items: to a run, a row is a user."""
    problems: list[Problem] = []
    with problems_to(problems.append):
        yield
    for problem in problems:
        ids = problem.ids or [records.ids[row] for row in problem.rows]
        report_problem(f"catalogue: {problem.message}", count=problem.count, ids=ids, expected=problem.expected)


def _decodable(records: Records[Any]) -> Records[Any]:
    """Leave out what cannot be decoded, and report it; `DataError` where nothing is left."""
    damaged: dict[str, DataError] = {}
    kept = [entry for entry in records.entries if _can_be_decoded(records, entry, damaged)]
    if not damaged:
        return records
    if not kept:
        raise next(iter(damaged.values()))
    report_problem(f"items cannot be decoded and are left out, the first: {next(iter(damaged.values())).reason}", ids=list(damaged))
    return records.with_entries(kept)


def _can_be_decoded(records: Records[Any], entry: Entry, damaged: dict[str, DataError]) -> bool:
    try:
        records.item(entry)
    except DataError as error:
        damaged[entry.id] = error
    return entry.id not in damaged
