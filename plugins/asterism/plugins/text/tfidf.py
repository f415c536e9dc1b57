"""TF-IDF: a text as the words it holds, weighted by how rare they are elsewhere."""

from collections.abc import Iterable
from typing import Annotated, Any, Self
from weakref import WeakKeyDictionary

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Records, Summable, Summary

from .counting import Frequencies, count_known, count_new
from .term_encoder import TermEncoder, report_empty_rows


class Tfidf(TermEncoder, Summable):
    """Count the terms of each text, weight each by its inverse document frequency, and scale the rows to one length.

    Gives a float32 CSR matrix of shape (n_texts, n_terms), whose columns are the terms in alphabetical order: the numbers of
    scikit-learn's `TfidfVectorizer` with the same settings. A text without any known term gets a row of zeros and is reported.

    By sums, the fit is one round over the texts and learns the same bit for bit. It holds no text and no count of a text, but a number
    or two for every different term, also those that `max_features`, `min_df` and `max_df` leave out, because only the last text
    tells which those are: about 150 bytes each.

    Raises `DataError` where there is no term at all, none is left by `min_df` and `max_df`, or an item is no text.

    Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", Journal of
    Documentation 28 (1972); smoothed as in scikit-learn: ``idf = 1 + ln((1 + n_texts) / (1 + texts_with_term))``.
    """

    max_features: Annotated[int, Ge(1)] | None = None
    """Keep this many terms, those that occur most often; None keeps all. Which of equally frequent ones is left to the sort."""
    min_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1
    """Leave out terms in fewer texts than this: a number of texts (2), or with a decimal point a share of them (0.01)."""
    max_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1.0
    """Leave out terms in more texts than this: a number of texts (100), or with a decimal point a share of them (0.5)."""
    sublinear_tf: bool = False
    """Count a term that occurs n times as 1 + ln(n), so that repetition weighs less."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self._count_and_learn(records)
        return self

    def fit_transform(self, records: Records[str], y: None = None) -> Matrix:
        return self._weighted(self._count_and_learn(records))

    def transform(self, records: Iterable[str]) -> Matrix:
        n_terms = len(self.terms_)
        counts = count_known(records, self._rule().split, _column_of(self))
        return self._weighted(counts.matrix(np.arange(n_terms, dtype=np.int32), n_terms))

    def get_feature_names_out(self) -> NDArray[np.object_]:
        """Return the term of each column, shape (n_terms,)."""
        return np.array(self.terms_, dtype=object)

    def begin(self, sample: Iterable[str]) -> None:
        self._rule()  # which refuses settings that contradict each other; there is nothing to start from

    def summarize(self, batch: Iterable[str]) -> Summary:
        terms, counts = count_new(batch, self._rule().split)
        frequencies = counts.frequencies(terms)
        summary = {"n_texts": np.array(frequencies.n_texts), "texts_with": _by_term(terms, frequencies.texts_with)}
        if self.max_features is not None:  # nothing else asks for them, and they take as much room again
            summary["times"] = _by_term(terms, frequencies.times)
        return summary

    def absorb(self, total: Summary) -> bool:
        texts_with: dict[str, int] = total["texts_with"]
        times: dict[str, int] = total.get("times", texts_with)  # left out where nobody asks for them
        terms = list(texts_with)
        self._learn(Frequencies(terms, _in_order(terms, texts_with), _in_order(terms, times), int(total["n_texts"])))
        return True

    def _count_and_learn(self, records: Iterable[str]) -> Any:
        """Set what is learned; return the counts of the terms kept, as CSR."""
        found, counts = count_new(records, self._rule().split)
        kept = self._learn(counts.frequencies(found))
        columns = np.full(len(found), -1, np.int32)
        columns[kept] = np.arange(len(kept))
        return counts.matrix(columns, len(kept))

    def _learn(self, corpus: Frequencies) -> NDArray[np.int64]:
        """Set what is learned; return the codes of the terms kept, in the order of the columns."""
        kept = self._most_frequent(self._within_bounds(corpus), corpus)
        self.terms_ = [corpus.terms[code] for code in kept]
        self.idf_ = _inverse_frequency(corpus.texts_with[kept], corpus.n_texts)
        return kept

    def _within_bounds(self, corpus: Frequencies) -> NDArray[np.int64]:
        """Return the codes of the terms that `min_df` and `max_df` leave, in alphabetical order of the terms."""
        is_term = self._rule().is_term
        terms = np.array([code for code, term in enumerate(corpus.terms) if is_term(term)], np.int64)
        if not len(terms):
            raise DataError("the texts hold no term at all", hint="look at the texts, at stop_words, or try analyzer 'char'")
        least, most = (bound if isinstance(bound, int) else bound * corpus.n_texts for bound in (self.min_df, self.max_df))
        texts = corpus.texts_with[terms]
        kept = terms[(texts >= least) & (texts <= most)]
        if not len(kept):
            raise DataError(
                f"none of the {len(terms)} terms is in at least {least:g} and at most {most:g} of the {corpus.n_texts} texts",
                hint="lower min_df or raise max_df",
            )
        return np.array(sorted(kept.tolist(), key=corpus.terms.__getitem__))

    def _most_frequent(self, ordered: NDArray[np.int64], corpus: Frequencies) -> NDArray[np.int64]:
        if self.max_features is None or len(ordered) <= self.max_features:
            return ordered
        # The very call that scikit-learn makes, so that both keep the same ones of equally frequent terms.
        often = np.argsort(-corpus.times[ordered].astype(np.float32))
        return ordered[np.sort(often[: self.max_features])]

    def _weighted(self, counts: Any) -> Matrix:
        """Turn counts into weights in place."""
        weights = counts.data
        if self.sublinear_tf:
            np.log(weights, out=weights)
            weights += 1
        weights *= self.idf_[counts.indices]
        report_empty_rows(counts, "rows of zeros, because no term of the text is known")
        self._scale(counts)
        return counts


_columns: WeakKeyDictionary[Tfidf, tuple[list[str], dict[str, int]]] = WeakKeyDictionary()


def _column_of(encoder: Tfidf) -> dict[str, int]:
    """Return the column of each term; kept beside the encoder, because making it takes longer than to encode a small batch."""
    terms, columns = _columns.get(encoder, ([], {}))
    if terms is not encoder.terms_:
        terms = encoder.terms_
        columns = dict(zip(terms, range(len(terms)), strict=True))
        _columns[encoder] = terms, columns
    return columns


def _by_term(terms: list[str], counts: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(terms, counts.tolist(), strict=True))


def _in_order(terms: list[str], counts: dict[str, int]) -> NDArray[np.int64]:
    return np.fromiter(map(counts.__getitem__, terms), np.int64, len(terms))


def _inverse_frequency(texts_with_term: NDArray[np.int64], n_texts: int) -> NDArray[np.float32]:
    rarity: NDArray[np.float32] = np.float32(n_texts + 1) / (texts_with_term + 1).astype(np.float32)
    return np.log(rarity) + np.float32(1)
