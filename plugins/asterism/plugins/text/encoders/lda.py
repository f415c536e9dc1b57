"""The encoder `lda`: a text as a mixture of topics, by latent Dirichlet allocation."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Matrix, Records, Summable, Summary, report_problem

from ..topics.encoder import TopicEncoder, quietly, shares
from .bag_of_words import BagOfWords

Floats = NDArray[np.float64]

MOST_ROUNDS, SETTLED = 100, 1e-3
"""A mixture is settled when its counts move by less than this on average, and is left as it is after so many rounds; scikit-learn's."""
TINY = np.finfo(np.float64).eps
"""What a probability is raised by before it divides; scikit-learn's too."""
WORTH_LEAVING_OUT = 0.9
"""Texts that have settled are left out of the table where less than this share still moves: making a table anew costs a round."""
VALUES_AT_ONCE = 2**20
"""Texts are worked on in blocks of so many values, words times topics."""
OFFSET, DECAY = 10.0, 0.7
"""Batch ``t`` of the online method counts ``(OFFSET + t) ** -DECAY``: little at first, and less later; scikit-learn's defaults."""


class LDA(TopicEncoder, Summable):
    """Find topics, distributions over words, such that each text is a mixture of a few, and give the mixtures.

    Gives float32, shape (n_texts, n_components), rows that sum to 1. Words are counted as `bag_of_words` counts them. With the same
    `components_` the mixtures are scikit-learn's, each found for its text alone. The fit is variational Bayes as there, but every text
    starts from equal shares, not from random ones, so that the order of the texts does not matter ("batch"). A text without a known word
    has equal shares and is reported.

    Learns `components_` (n_components, n_words), the pseudo-counts of the words in each topic; `counts_`, the encoder that counts
    the words; `n_iter_`. `topic_words` gives the words of each topic.

    By sums, the fit takes the rounds of `bag_of_words` and then one for each of `max_iter`, whatever `learning_method` says.

    Raises `DataError` where there is no word at all, and where an item is no text.

    Poor choice for short texts, which hold too few words to tell a mixture: group their TF-IDF or sentence vectors.

    Sources: Blei, Ng and Jordan, "Latent Dirichlet allocation", JMLR 3 (2003); Hoffman, Blei and Bach, "Online learning for latent
    Dirichlet allocation", NIPS 2010.
    """

    doc_topic_prior: Annotated[float, Gt(0)] | None = None
    """Alpha: the lower, the fewer topics in a text; None is 1 / n_components."""
    topic_word_prior: Annotated[float, Gt(0)] | None = None
    """Eta: the lower, the fewer words in a topic; None is 1 / n_components."""
    learning_method: Literal["batch", "online"] = "batch"
    """Learn from all texts at once in every round, or after every 128 texts, which needs fewer rounds where there are many."""
    max_iter: Annotated[int, Ge(1)] = 20
    """Rounds over all texts."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self.counts_ = self._counter(BagOfWords)
        counts = quietly(self.counts_.fit_transform, records)
        self._start()
        while self.n_iter_ < self.max_iter:
            if self.learning_method == "online":
                self._learn_online(counts)
            else:
                self._absorb_words(self._sum_words(counts))
        self._note_topics()
        return self

    def transform(self, records: Iterable[str]) -> Matrix:
        counts = self._count(records)
        mixtures = np.empty((counts.shape[0], self.n_components))
        for first, block in _blocks(counts, self.n_components):
            mixtures[first : first + block.shape[0]] = self._infer(block)[0]
        if empty := np.flatnonzero(np.diff(counts.indptr) == 0).tolist():
            report_problem("equal shares of all topics, because no word of the text is known", rows=empty)
        return shares(mixtures)

    def begin(self, sample: Iterable[str]) -> None:
        vars(self).pop("components_", None)  # of an earlier fit
        self.counts_ = self._counter(BagOfWords)
        self.counts_.begin(sample)

    def summarize(self, batch: Iterable[str]) -> Summary:
        if "components_" not in vars(self):
            summary: Summary = self.counts_.summarize(batch)
            return summary
        return {"words": self._sum_words(self._count(batch))}

    def absorb(self, total: Summary) -> bool:
        if "components_" not in vars(self):
            if self.counts_.absorb(total):
                self._start()
            return False
        self._absorb_words(total["words"])
        if self.n_iter_ >= self.max_iter:
            self._note_topics()
        return self.n_iter_ >= self.max_iter

    def _start(self) -> None:
        shape = self.n_components, len(self.counts_.get_feature_names_out())
        self.components_: Floats = np.random.RandomState(self.random_state).gamma(100.0, 0.01, shape)  # as scikit-learn starts
        self.n_iter_ = 0

    def _absorb_words(self, words: Floats) -> None:
        self.components_ = words + self._prior(self.topic_word_prior)
        self.n_iter_ += 1

    def _learn_online(self, counts: Any, size: int = 128) -> None:
        for number, first in enumerate(range(0, counts.shape[0], size), self.n_iter_ * -(-counts.shape[0] // size)):
            batch = counts[first : first + size]
            weight = (OFFSET + number) ** -DECAY
            of_all = counts.shape[0] / batch.shape[0] * self._sum_words(batch)
            self.components_ = (1 - weight) * self.components_ + weight * (self._prior(self.topic_word_prior) + of_all)
        self.n_iter_ += 1

    def _prior(self, given: float | None) -> float:
        return 1 / self.n_components if given is None else given

    def _sum_words(self, counts: Any) -> Floats:
        """Tell how often each topic is thought to have each word in these texts, shape (n_components, n_words)."""
        sums = np.zeros((counts.shape[1], self.n_components))
        for _, block in _blocks(counts, self.n_components):
            mixtures, words, columns = self._infer(block)
            topics = _geometric_mean(mixtures)
            sums[columns] += words * (_Cells(_only_columns(block, columns), words).quotients(topics).T @ topics)
        return np.ascontiguousarray(sums.T)

    def _infer(self, counts: Any) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Find the mixtures of texts, as pseudo-counts, shape (n_texts, n_components).

        Also returned: the geometric means of the probabilities of words in the topics, shape (n_columns, n_components), and which columns
        these words are: those that the texts hold.
        """
        columns = np.unique(counts.indices).astype(np.int64)
        words = _geometric_mean(self.components_[:, columns], self.components_.sum(axis=1, keepdims=True)).T.copy()
        cells = _Cells(_only_columns(counts, columns), words)
        return self._settle(cells, words), words, columns

    def _settle(self, cells: "_Cells", words: Floats) -> Floats:
        """Find the mixtures of texts by rounds; each text is done when it has settled itself."""
        mixtures = np.ones((cells.counts.shape[0], self.n_components))
        left, moves = np.arange(len(mixtures)), np.ones(len(mixtures), bool)
        for _ in range(MOST_ROUNDS):
            before = mixtures[left]
            topics = _geometric_mean(before)
            after = topics * (cells.quotients(topics) @ words) + self._prior(self.doc_topic_prior)
            mixtures[left[moves]] = after[moves]
            moves &= np.abs(after - before).mean(axis=1) >= SETTLED
            if not moves.any():
                break
            if moves.mean() < WORTH_LEAVING_OUT:
                cells = _Cells(cells.counts[moves], words)
                left, moves = left[moves], moves[moves]
        return mixtures


class _Cells:
    """The filled cells of a table of counts, with the probabilities of their words in the topics."""

    def __init__(self, counts: Any, words: Floats) -> None:
        self.counts = counts
        self.rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        self.words = words[counts.indices]

    def quotients(self, topics: Floats) -> Any:
        """Divide each count by the probability that the text has the word: CSR."""
        expected = np.einsum("ij,ij->i", topics[self.rows], self.words)
        values = self.counts.data / (expected + TINY)
        return type(self.counts)((values, self.counts.indices, self.counts.indptr), shape=self.counts.shape)


def _only_columns(counts: Any, columns: NDArray[np.int64]) -> Any:
    """Leave out the columns that nothing stands in."""
    shape = counts.shape[0], len(columns)
    return type(counts)((counts.data, np.searchsorted(columns, counts.indices), counts.indptr), shape=shape)


def _geometric_mean(pseudo_counts: Floats, total: Floats | None = None) -> Floats:
    """Return ``exp(E[log share])`` of Dirichlet distributions, one a row."""
    from scipy.special import psi

    return np.asarray(np.exp(psi(pseudo_counts) - psi(pseudo_counts.sum(axis=1, keepdims=True) if total is None else total)))


def _blocks(counts: Any, n_components: int) -> Iterator[tuple[int, Any]]:
    """Yield consecutive rows with their first row; how many follows from the table alone."""
    step = max(1, int(VALUES_AT_ONCE * counts.shape[0] / max(counts.nnz * n_components, 1)))
    for first in range(0, counts.shape[0], step):
        yield first, counts[first : first + step]
