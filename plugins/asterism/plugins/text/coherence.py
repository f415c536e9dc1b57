"""Whether the words of topics belong together, and whether topics have words of their own.

A topic's words are its best terms by class-based TF-IDF, as `keywords` chooses them, alike ones included. What is asked of the words is
in how many windows of the texts each stands, and each pair together: of whole texts, or of so many words in a row that slide over a text
one word at a time. A text that is shorter than a window is one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, on_request, report_problem
from asterism.framework.blocks import in_blocks

from .topics.weights import TermWeights

N_WORDS = 10
"""Words of a topic whose coherence is measured, as is usual."""
N_DIVERSE = 25
"""Words of a topic that should be its own."""
WINDOW = 110
"""Words of a window of `coherence_cv`, for which its authors found it best."""
SAMPLE = 20_000
"""Above this many texts, windows are counted in so many of them, spread evenly."""
TINY = 1e-12
"""What a probability is raised by, so that it has a logarithm: as in Röder et al. and in gensim."""
WINDOWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Windows:
    """In how many windows words stand, and pairs of words together."""

    together: NDArray[np.float64]
    """Windows with both words, on the diagonal with the word; shape (n_words, n_words)."""
    count: int
    """How many windows there are."""

    @classmethod
    def of_texts(cls, columns: NDArray[np.int64], term_matrix: Matrix) -> Self:
        """Take whole texts for windows: the rows of a term matrix, of which the words are `columns`."""
        together = np.zeros((len(columns), len(columns)))
        for _, block in in_blocks(term_matrix):
            found = block[:, columns]
            found.data = (found.data > 0).astype(np.float64)
            together += (found.T @ found).toarray()
        return cls(together, int(term_matrix.shape[0]))

    @classmethod
    def sliding(cls, words: Sequence[str], texts: Iterable[Sequence[str]], size: int) -> Self:
        """Slide a window of `size` words over texts that are cut into words."""
        number = {word: place for place, word in enumerate(words)}
        together, count = np.zeros((len(words), len(words))), 0
        for text in texts:
            found = [(place, number[word]) for place, word in enumerate(text) if word in number]
            n_windows = max(len(text) - size + 1, 1)
            count += n_windows
            if found:
                _count_pairs(together, np.array(found), n_windows, size)
        return cls(together, count)

    def npmi(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the normalised pointwise mutual information of the words at `rows` with each other: 1 always together, -1 never.

        Bouma, "Normalized (pointwise) mutual information in collocation extraction", GSCL 2009.
        """
        both = self.together[np.ix_(rows, rows)] / self.count
        alone = np.diag(both)
        with np.errstate(divide="ignore"):  # of a word that no window holds
            return np.asarray(np.log((both + TINY) / np.outer(alone, alone)) / -np.log(both + TINY))


def coherence_npmi(labels: Labels, term_matrix: Matrix) -> float | None:
    """Return the NPMI of the ten best terms of a group, mean of all pairs: 1 always in one text, 0 as by chance, -1 never.

    Bouma, GSCL 2009; as a measure of topics Aletras and Stevenson, "Evaluating topic coherence using distributional semantics", IWCS 2013.
    The window is the whole text, as `term_matrix` tells it. None where no group has two terms.
    """
    topics = _topics(labels, term_matrix)
    columns = np.unique(np.concatenate([[], *topics]).astype(np.int64))
    windows = Windows.of_texts(columns, term_matrix)
    return _mean([_mean_of_pairs(windows.npmi(np.searchsorted(columns, topic))) for topic in topics])


@on_request
def coherence_cv(labels: Labels, terms: Sequence[str], term_matrix: Matrix, records: Sequence[str]) -> float | None:
    """Return C_v of the ten best terms of a group: 1 full coherence, 0 none.

    Röder, Both and Hinneburg, "Exploring the space of topic coherence measures", WSDM 2015: each word as its NPMI with all words of its
    topic, in windows of 110 words; the mean of the cosines of these with their sum. The texts are cut at what is no letter or
    digit, in lower case, and a term of several words, or one that was stemmed, is found nowhere so: such terms are left out and reported.
    None where no group has two terms that are words. Above 20,000 texts it is that of a sample.
    """
    words = [[str(terms[column]) for column in topic] for topic in _topics(labels, term_matrix)]
    rows = np.linspace(0, len(records) - 1, min(len(records), SAMPLE)).astype(np.int64)
    texts = records.take(rows.tolist()) if hasattr(records, "take") else [records[row] for row in rows]
    return cv(words, (_cut(text) for text in texts))


def topic_diversity(labels: Labels, term_matrix: Matrix) -> float | None:
    """Return the share of different terms among the 25 best of all groups: 1 where each group has terms of its own.

    Dieng, Ruiz and Blei, "Topic modeling in embedding spaces", TACL 2020. None where there is no group with a term.
    """
    topics = TermWeights.of(labels, term_matrix).best(N_DIVERSE, term_matrix)
    every = np.concatenate([[], *topics])
    return len(np.unique(every)) / len(every) if len(every) else None


def npmi(topics: Sequence[Sequence[str]], texts: Iterable[Sequence[str]], window: int = 10) -> float | None:
    """Return the mean NPMI of all pairs of words of a topic, in windows of texts that are cut into words."""
    words = sorted({word for topic in topics for word in topic})
    windows = Windows.sliding(words, texts, window)
    return _mean([_mean_of_pairs(windows.npmi(np.searchsorted(words, list(topic)))) for topic in topics if len(topic)])


def cv(topics: Sequence[Sequence[str]], texts: Iterable[Sequence[str]], window: int = WINDOW) -> float | None:
    """Return C_v of topics, in windows of texts that are cut into words; a word that stands nowhere is left out and reported."""
    words = sorted({word for topic in topics for word in topic})
    windows = Windows.sliding(words, texts, window)
    known = windows.together.diagonal() > 0
    if not known.all():
        missing = [word for word, is_known in zip(words, known, strict=True) if not is_known]
        report_problem(f"terms that no text holds as a word were left out of C_v: {', '.join(missing[:5])}", count=len(missing))
    kept = [rows[known[rows]] for rows in (np.searchsorted(words, list(topic)) for topic in topics if len(topic))]
    return _mean([_cosine_with_sum(windows.npmi(rows)) for rows in kept])


def _topics(labels: Labels, term_matrix: Matrix) -> list[NDArray[np.int64]]:
    return TermWeights.of(labels, term_matrix).best(N_WORDS, term_matrix)


def _mean(of_topics: Sequence[float | None]) -> float | None:
    known = [value for value in of_topics if value is not None]
    return float(np.mean(known)) if known else None


def _mean_of_pairs(table: NDArray[np.float64]) -> float | None:
    pairs = table[np.triu_indices(len(table), 1)]
    return float(pairs.mean()) if len(pairs) else None


def _cosine_with_sum(table: NDArray[np.float64]) -> float | None:
    if len(table) < 2:
        return None
    whole = table.sum(axis=0)
    return float(np.mean(table @ whole / (np.linalg.norm(table, axis=1) * np.linalg.norm(whole))))


def _count_pairs(together: NDArray[np.float64], found: NDArray[np.int64], n_windows: int, size: int) -> None:
    """Add the windows of one text: `found` has a row (place, word) for each word that counts."""
    words, numbers = np.unique(found[:, 1], return_inverse=True)
    if n_windows == 1:
        together[np.ix_(words, words)] += 1
        return
    for first in range(0, n_windows, WINDOWS_AT_ONCE):
        holds = _holds(found[:, 0], numbers, len(words), first, min(first + WINDOWS_AT_ONCE, n_windows), size)
        together[np.ix_(words, words)] += holds.T @ holds


def _holds(places: NDArray[np.int64], numbers: NDArray[np.int64], n_words: int, first: int, end: int, size: int) -> NDArray[Any]:
    """Tell which window from `first` to `end` holds which word, as 0 and 1; shape (n_windows, n_words)."""
    changes = np.zeros((end - first + 1, n_words), np.float32)
    # A word stands in the windows that begin at most size - 1 words before it.
    begin, stop = np.clip(places - size + 1, first, end) - first, np.clip(places + 1, first, end) - first
    np.add.at(changes, (begin, numbers), 1)
    np.add.at(changes, (stop, numbers), -1)
    return np.asarray(np.cumsum(changes[:-1], axis=0) > 0, np.float32)


def _cut(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
