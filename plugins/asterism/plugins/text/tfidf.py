"""TF-IDF: a text as the words it holds, weighted by how rare they are elsewhere."""

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix, Records, report_problem

from .counting import Counts, count_known, count_new
from .terms import WORD, TermRule, term_rule


class Tfidf(Encoder):
    """Count the terms of each text, weight each by its inverse document frequency, and scale the rows to one length.

    Gives a float32 CSR matrix of shape (n_texts, n_terms), whose columns are the terms in alphabetical order: the numbers of
    scikit-learn's `TfidfVectorizer` with the same settings. A text without any known term gets a row of zeros and is reported.

    Raises `DataError` where there is no term at all, none is left by `min_df` and `max_df`, or an item is no text.

    Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", Journal of
    Documentation 28 (1972); smoothed as in scikit-learn: ``idf = 1 + ln((1 + n_texts) / (1 + texts_with_term))``.
    """

    reads = frozenset({"text"})

    max_features: Annotated[int, Ge(1)] | None = None
    """Keep this many terms, those that occur most often; None keeps all. Which of equally frequent ones is left to the sort."""
    min_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1
    """Leave out terms in fewer texts than this: a number of texts (2), or with a decimal point a share of them (0.01)."""
    max_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1.0
    """Leave out terms in more texts than this: a number of texts (100), or with a decimal point a share of them (0.5)."""
    ngram_range: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] = (1, 1)
    """Shortest and longest run of words (or characters) that makes a term; (1, 2) takes words and pairs of neighbours."""
    sublinear_tf: bool = False
    """Count a term that occurs n times as 1 + ln(n), so that repetition weighs less."""
    stop_words: Literal["english"] | tuple[str, ...] | None = None
    """Words to leave out: scikit-learn's list of English ones, or your own, in lower case."""
    analyzer: Literal["word", "char", "char_wb"] = "word"
    """What terms are made of: words, characters, or characters within words. Characters suit languages that write no blanks."""
    lowercase: bool = True
    """Take upper and lower case for the same."""
    token_pattern: str = WORD
    """Regular expression of a word; by default two or more letters, digits or underscores."""
    norm: Literal["l1", "l2"] | None = "l2"
    """Scale each row so that its squares (l2) or its absolute values (l1) add up to one; None leaves it."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self._learn(records)
        return self

    def fit_transform(self, records: Records[str], y: None = None) -> Matrix:
        return self._weighted(self._learn(records))

    def transform(self, records: Iterable[str]) -> Matrix:
        terms = self.terms_
        counts = count_known(records, self._rule().split, dict(zip(terms, range(len(terms)), strict=True)))
        return self._weighted(counts.matrix(np.arange(len(terms), dtype=np.int32), len(terms)))

    def get_feature_names_out(self) -> NDArray[np.object_]:
        """Return the term of each column, shape (n_terms,)."""
        return np.array(self.terms_, dtype=object)

    def _rule(self) -> TermRule:
        return term_rule(self.analyzer, self.ngram_range, self.lowercase, self.token_pattern, self._stop_words())

    def _stop_words(self) -> Collection[str]:
        if self.stop_words != "english":
            return self.stop_words or ()
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return ENGLISH_STOP_WORDS  # type: ignore[no-any-return]  # scikit-learn has no types

    def _learn(self, records: Iterable[str]) -> Any:
        """Set what is learned; return the counts of the terms kept, as CSR."""
        rule = self._rule()
        found, counts = count_new(records, rule.split)
        kept = self._choose(found, counts, rule)
        self.terms_ = [found[code] for code in kept]
        self.idf_ = _inverse_frequency(counts.texts_with(len(found))[kept], len(counts.lengths))
        columns = np.full(len(found), -1, np.int32)
        columns[kept] = np.arange(len(kept))
        return counts.matrix(columns, len(kept))

    def _choose(self, found: list[str], counts: Counts, rule: TermRule) -> NDArray[np.int64]:
        """Return the codes of the terms to keep, in alphabetical order of the terms."""
        terms = np.array([code for code, term in enumerate(found) if rule.is_term(term)], np.int64)
        if not len(terms):
            raise DataError("the texts hold no term at all", hint="look at the texts, at stop_words, or try analyzer 'char'")
        n_texts = len(counts.lengths)
        least, most = (bound if isinstance(bound, int) else bound * n_texts for bound in (self.min_df, self.max_df))
        texts = counts.texts_with(len(found))[terms]
        kept = terms[(texts >= least) & (texts <= most)]
        if not len(kept):
            raise DataError(
                f"none of the {len(terms)} terms is in at least {least:g} and at most {most:g} of the {n_texts} texts",
                hint="lower min_df or raise max_df",
            )
        ordered = np.array(sorted(kept.tolist(), key=found.__getitem__))
        if self.max_features is None or len(ordered) <= self.max_features:
            return ordered
        # The very call that scikit-learn makes, so that both keep the same ones of equally frequent terms.
        often = np.argsort(-counts.total(len(found))[ordered].astype(np.float32))
        return ordered[np.sort(often[: self.max_features])]

    def _weighted(self, counts: Any) -> Matrix:
        """Turn counts into weights in place."""
        weights = counts.data
        if self.sublinear_tf:
            np.log(weights, out=weights)
            weights += 1
        weights *= self.idf_[counts.indices]
        lengths = np.diff(counts.indptr)
        if empty := np.flatnonzero(lengths == 0).tolist():
            report_problem(f"rows of zeros, because no term of the text is known: {len(empty)}", rows=empty)
        if self.norm:
            _normalize(weights, lengths, self.norm)
        return counts


def _inverse_frequency(texts_with_term: NDArray[np.int64], n_texts: int) -> NDArray[np.float32]:
    rarity: NDArray[np.float32] = np.float32(n_texts + 1) / (texts_with_term + 1).astype(np.float32)
    return np.log(rarity) + np.float32(1)


def _normalize(weights: NDArray[np.float32], lengths: NDArray[Any], norm: str) -> None:
    """Divide each row by its norm in place; sums are in float64 and in order, so a row does not depend on its neighbours."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    totals = np.bincount(rows, weights=np.square(weights) if norm == "l2" else np.abs(weights), minlength=len(lengths))
    scale = np.sqrt(totals) if norm == "l2" else totals
    weights /= scale[rows]
