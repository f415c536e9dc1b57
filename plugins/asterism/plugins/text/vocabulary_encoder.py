"""What the encoders have in common that learn a vocabulary: which terms are kept, and in which column each counts."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Self
from weakref import WeakKeyDictionary

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Records, Summable, Summary

from .counting import Counts, count_terms
from .few import UNKNOWN, CodesOfUnits, code_few, few_or_many, table_of
from .runs import Terms
from .term_encoder import TermEncoder, report_empty_rows


@dataclass(frozen=True)
class Frequencies:
    """How common each term is in a corpus."""

    terms: Terms
    texts_with: NDArray[np.int64]
    """How many texts hold each: its document frequency; shape (n_terms,)."""
    times: NDArray[np.int64]
    """How often each occurs in all texts; shape (n_terms,)."""
    n_texts: int
    """How many texts there are."""


Corpus = Frequencies | Counts


class VocabularyEncoder(TermEncoder, Summable, ABC):
    """Base of encoders with a column for every term of the training texts, in alphabetical order.

    Learns `terms_`, the term of each column. By sums, the fit is one round over the texts (two where the tokenizer is to be trained)
    and learns the same bit for bit.
    """

    max_features: Annotated[int, Ge(1)] | None = None
    """Keep this many terms, those that occur most often; None keeps all. Which of equally frequent ones is left to the sort."""
    min_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1
    """Leave out terms in fewer texts than this: a number of texts (2), or with a decimal point a share of them (0.01)."""
    max_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1.0
    """Leave out terms in more texts than this: a number of texts (100), or with a decimal point a share of them (0.5)."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self._count_and_learn(records)
        return self

    def fit_transform(self, records: Records[str], y: None = None) -> Matrix:
        return self._encoded(self._count_and_learn(records))

    def transform(self, records: Iterable[str]) -> Matrix:
        column_of, width = _columns_of(self), len(self.terms_)
        are_few, texts = few_or_many(records)
        if are_few:
            columns, lengths = code_few(texts, column_of)
            return self._encoded(table_of(columns, np.ones(len(columns), np.float32), lengths, width))
        counts = count_terms(texts, column_of.rule)
        names = counts.terms.names(np.arange(len(counts.terms)))
        return self._encoded(counts.matrix(np.fromiter(map(column_of.code, names), np.int64, len(names)), width))

    def get_feature_names_out(self) -> NDArray[np.object_]:
        """Return the term of each column, shape (n_terms,)."""
        return np.array(self.terms_, dtype=object)

    def begin(self, sample: Iterable[str]) -> None:
        self._begin_words()  # which refuses settings that contradict each other; there is nothing to start from

    def summarize(self, batch: Iterable[str]) -> Summary:
        if self._learns_words_first():
            return {"words": dict(self._count_words(batch))}
        counts = count_terms(batch, self._rule())
        names = counts.terms.names(np.arange(len(counts.terms)))
        summary = {"n_texts": np.array(counts.n_texts), "texts_with": _by_term(names, counts.texts_with)}
        if self._asks_for_times():  # they take as much room again
            summary["times"] = _by_term(names, counts.times)
        return summary

    def absorb(self, total: Summary) -> bool:
        if self._learns_words_first():
            self._train_words(total["words"])
            return False
        texts_with: dict[str, int] = total["texts_with"]
        times: dict[str, int] = total.get("times", texts_with)  # left out where nobody asks for them
        terms = list(texts_with)
        self._learn(Frequencies(Terms(terms, [], ""), _in_order(terms, texts_with), _in_order(terms, times), int(total["n_texts"])))
        return True

    @abstractmethod
    def _encoded(self, counts: Any) -> Matrix:
        """Turn the counts of the terms kept into the result, in place."""

    def _asks_for_times(self) -> bool:
        return self.max_features is not None

    def _times(self, corpus: Corpus) -> NDArray[np.int64]:
        """Return how often each term occurs, by which `max_features` chooses."""
        return corpus.times

    def _count_and_learn(self, records: Records[str]) -> Any:
        """Set what is learned; return the counts of the terms kept, as CSR."""
        self._learn_words(records)
        counts = count_terms(records, self._rule())
        kept = self._learn(counts)
        columns = np.full(len(counts.terms), -1, np.int64)
        columns[kept] = np.arange(len(kept))
        return counts.matrix(columns, len(kept))

    def _learn(self, corpus: Corpus) -> NDArray[np.int64]:
        """Set what is learned; return the codes of the terms kept, in the order of the columns."""
        kept = self._most_frequent(self._within_bounds(corpus), corpus)
        self.terms_ = corpus.terms.names(kept)
        return kept

    def _within_bounds(self, corpus: Corpus) -> NDArray[np.int64]:
        """Return the codes of the terms that `min_df` and `max_df` leave, in alphabetical order of the terms."""
        texts = corpus.texts_with
        occurring = np.flatnonzero(texts)
        if not len(occurring):
            raise DataError("the texts hold no term at all", hint="look at the texts, at stop_words, or try analyzer 'char'")
        least, most = (bound if isinstance(bound, int) else bound * corpus.n_texts for bound in (self.min_df, self.max_df))
        kept = occurring[(texts[occurring] >= least) & (texts[occurring] <= most)]
        if not len(kept):
            raise DataError(
                f"none of the {len(occurring):,} terms is in at least {least:g} and at most {most:g} of the {corpus.n_texts:,} texts",
                hint=_what_leaves_some(texts[occurring], most),
            )
        return corpus.terms.in_order(kept)

    def _most_frequent(self, ordered: NDArray[np.int64], corpus: Corpus) -> NDArray[np.int64]:
        if self.max_features is None or len(ordered) <= self.max_features:
            return ordered
        # The very call that scikit-learn makes, so that both keep the same ones of equally frequent terms.
        often = np.argsort(-self._times(corpus)[ordered].astype(np.float32))
        return ordered[np.sort(often[: self.max_features])]

    def _report_empty_rows(self, counts: Any) -> None:
        report_empty_rows(counts, "rows of zeros, because no term of the text is known")


_columns: WeakKeyDictionary[VocabularyEncoder, tuple[list[str], CodesOfUnits]] = WeakKeyDictionary()


def _columns_of(encoder: VocabularyEncoder) -> CodesOfUnits:
    """Return what knows the column of each term; kept beside the encoder, because making it takes longer than to encode a few texts."""
    terms, columns = _columns.get(encoder, ([], None))
    rule = encoder._rule()
    if columns is None or terms is not encoder.terms_ or columns.rule != rule:
        columns = CodesOfUnits(rule, _Columns(encoder.terms_).__getitem__)
        _columns[encoder] = encoder.terms_, columns
    return columns


class _Columns(dict[str, int]):
    """The column of each term, `UNKNOWN` for another one."""

    def __init__(self, terms: list[str]) -> None:
        super().__init__(zip(terms, range(len(terms)), strict=True))

    def __missing__(self, term: str) -> int:
        return UNKNOWN


def _what_leaves_some(texts_with: NDArray[np.int64], most: float) -> str:
    """Say which bounds would leave how many terms."""
    if not (texts_with <= most).any():
        least = int(texts_with.min())
        return f"raise max_df: {least} would leave {_n_terms(texts_with == least)}"
    highest = int(texts_with[texts_with <= most].max())
    bounds = sorted({highest, (highest + 1) // 2, 1}, reverse=True)
    left = ", ".join(f"{bound} would leave {_n_terms((texts_with >= bound) & (texts_with <= most))}" for bound in bounds)
    return f"lower min_df: {left}"


def _n_terms(kept: NDArray[np.bool_]) -> str:
    number = int(kept.sum())
    return f"{number:,} term{'s' if number > 1 else ''}"


def _by_term(terms: list[str], counts: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(terms, counts.tolist(), strict=True))


def _in_order(terms: list[str], counts: dict[str, int]) -> NDArray[np.int64]:
    return np.fromiter(map(counts.__getitem__, terms), np.int64, len(terms))
