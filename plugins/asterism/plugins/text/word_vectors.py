"""What the encoders by word vectors have in common: a text is the weighted mean of its words, and a word can be asked for its like."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from weakref import WeakKeyDictionary

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Records, report_problem
from asterism.plugins.word_codes import CodedTexts, code_texts

from .vector_file import write_vectors
from .word_encoder import WordEncoder

TEXTS_AT_ONCE = 2**12
"""Texts that are held as words at a time."""
ONE_DIRECTION = 1e-6
"""Below this share of the first, the second eigenvalue says that all texts point one way."""


class WordVectors(WordEncoder, ABC):
    """Base of encoders that learn a vector for each word; a subclass says how, in `_train`.

    Learns `words_`, the words by how often they occur; `counts_` (n_words,), how often that is; `vectors_` (n_words, vector_size), and
    `component_` (vector_size,), what all training texts have in common (zeros where nothing is taken away).
    """

    vector_size: Annotated[int, Ge(1)] = 100
    """How many numbers a word, and a text, becomes."""
    window: Annotated[int, Ge(1)] = 5
    """How far words stand apart at most that are learned from each other, within one text."""
    min_count: Annotated[int, Ge(1)] = 5
    """Leave out words that occur less often."""
    pooling: Literal["mean", "sif"] = "sif"
    """How the words of a text become its row: their mean, or a mean in which frequent words weigh little, less what all training texts
    have in common (Arora, Liang and Ma 2017)."""
    a: Annotated[float, Gt(0)] = 1e-3
    """With "sif": a word that makes up the share p of the corpus weighs a / (a + p)."""
    random_state: int = 0
    """Seed of all that is drawn."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self._learn_words(records)
        corpus = code_texts(self._words_of(records), self.min_count)
        vectors = self._train(corpus)
        self.words_, self.counts_, self.vectors_ = corpus.words, corpus.counts, vectors
        self.component_ = self._common_direction(corpus)
        return self

    def transform(self, records: Iterable[str]) -> Matrix:
        texts = self._words_of(records)
        blocks, empty, first = [np.zeros((0, self.vectors_.shape[1]), np.float32)], list[int](), 0
        while block := list(islice(texts, TEXTS_AT_ONCE)):
            rows, n_known = self._pool(block)
            empty += (first + np.flatnonzero(n_known == 0)).tolist()
            blocks.append(rows)
            first += len(block)
        if empty:
            report_problem("rows of zeros, because no word of the text is known", rows=empty)
        return np.concatenate(blocks)

    def most_similar(self, positive: str | Sequence[str], negative: str | Sequence[str] = (), n: int = 10) -> list[tuple[str, float]]:
        """Return the `n` words nearest to the sum of the `positive` words less the `negative` ones, by cosine, best first.

        Each word counts with length one, and none of those given is among the answers. `DataError` where a word is not known.
        """
        plus, minus = ([words] if isinstance(words, str) else list(words) for words in (positive, negative))
        if not plus and not minus:
            raise DataError("there is no word to compare with", hint="pass one at least")
        asked = _unit(np.stack([self._vector_of(word) for word in [*plus, *minus]]))
        wanted = _unit(asked[: len(plus)].sum(axis=0) - asked[len(plus) :].sum(axis=0))
        cosines = _unit(self.vectors_) @ wanted
        given = {*plus, *minus}
        best = (code for code in np.argsort(-cosines, kind="stable").tolist() if self.words_[code] not in given)
        return [(self.words_[code], float(cosines[code])) for code in islice(best, n)]

    def analogy(self, a: str, b: str, c: str, n: int = 1) -> list[tuple[str, float]]:
        """Return the `n` words that are to `c` what `b` is to `a`: nearest to b - a + c (Mikolov et al., NAACL 2013)."""
        return self.most_similar([b, c], [a], n)

    def similarity(self, a: str, b: str) -> float:
        """Return the cosine of two words' vectors; `DataError` where one is not known."""
        one, other = _unit(np.stack([self._vector_of(a), self._vector_of(b)]))
        return float(one @ other)

    def save_word2vec(self, path: str | Path) -> None:
        """Write words and vectors in word2vec's text format, which gensim and others read, every number as it is.

        `DataError` where the format has no room for a word: it is empty, or holds a blank or half of a surrogate pair.
        """
        write_vectors(Path(path), self.words_, self.vectors_)

    @abstractmethod
    def _train(self, corpus: CodedTexts) -> NDArray[np.float32]:
        """Learn from the texts, and return the vectors of the words, float32 of shape (n_words, vector_size)."""

    def _compose(self, words: list[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Make vectors for words that are not among those learned, and tell which of them could be made; here none."""
        return np.zeros((len(words), self.vectors_.shape[1]), np.float32), np.zeros(len(words), np.bool_)

    def _vector_of(self, word: str) -> NDArray[np.float32]:
        code = _code_of(self).get(word)
        if code is not None:
            vector: NDArray[np.float32] = self.vectors_[code]
            return vector
        made, could_be = self._compose([word])
        if not could_be[0]:
            near = ", ".join(map(repr, get_close_matches(word, self.words_)))
            hint = f"known and spelled like it: {near}" if near else "none that is known is spelled like it"
            raise DataError(f"the word {word!r} is not known", hint=hint)
        composed: NDArray[np.float32] = made[0]
        return composed

    def _pool(self, texts: list[list[str]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the rows of some texts, and how many known words each holds."""
        known = _Codes(_code_of(self))
        codes = np.fromiter(map(known.__getitem__, chain.from_iterable(texts)), np.int64)
        owners = np.repeat(np.arange(len(texts)), [len(words) for words in texts])
        made, could_be = self._compose(known.unknown)
        learned = codes < len(self.words_)
        composed = ~learned
        composed[composed] = could_be[codes[composed] - len(self.words_)]
        n_known = np.bincount(owners[learned | composed], minlength=len(texts))
        rows = _sum_rows(owners[learned], codes[learned], self._weights()[codes[learned]], self.vectors_, len(texts))
        if composed.any():  # a word that never occurred weighs 1
            others = codes[composed] - len(self.words_)
            rows += _sum_rows(owners[composed], others, np.ones(len(others), np.float32), made, len(texts))
        return self._without_common(_per_word(rows, n_known)), n_known

    def _weights(self) -> NDArray[np.float32]:
        if self.pooling == "mean":
            return np.ones(len(self.counts_), np.float32)
        weights: NDArray[np.float32] = (self.a / (self.a + self.counts_ / self.counts_.sum())).astype(np.float32)
        return weights

    def _without_common(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        along = np.einsum("ij,j->i", rows, self.component_)  # not @, by which a row alone would round otherwise than among others
        left: NDArray[np.float32] = rows - along[:, None] * self.component_
        return left

    def _common_direction(self, corpus: CodedTexts) -> NDArray[np.float32]:
        """Return the first singular vector of the training texts' means, to be taken away; zeros where nothing would be left."""
        if self.pooling == "mean":
            return np.zeros(self.vectors_.shape[1], np.float32)
        sums = np.zeros((self.vectors_.shape[1],) * 2)
        for rows in self._training_means(corpus):
            sums += rows.T.astype(np.float64) @ rows
        values, directions = np.linalg.eigh(sums)
        if len(values) < 2 or values[-2] <= ONE_DIRECTION * values[-1]:
            return np.zeros(self.vectors_.shape[1], np.float32)
        common: NDArray[np.float32] = directions[:, -1].astype(np.float32)
        return common

    def _training_means(self, corpus: CodedTexts) -> Iterator[NDArray[np.float32]]:
        lengths, weights = np.diff(corpus.ends, prepend=0), self._weights()
        for first in range(0, len(lengths), TEXTS_AT_ONCE):
            some = lengths[first : first + TEXTS_AT_ONCE]
            begin, end = corpus.ends[first] - some[0], corpus.ends[first + len(some) - 1]
            codes = corpus.codes[begin:end]
            sums = _sum_rows(np.repeat(np.arange(len(some)), some), codes, weights[codes], self.vectors_, len(some))
            yield _per_word(sums, some)


class _Codes(dict[str, int]):
    """The code of each word; a word that is not known gets the next one."""

    def __init__(self, known: dict[str, int]) -> None:
        super().__init__()
        self.known, self.unknown = known, list[str]()

    def __missing__(self, word: str) -> int:
        code = self.known.get(word)
        if code is None:
            code = len(self.known) + len(self.unknown)
            self.unknown.append(word)
        self[word] = code
        return code


_codes: WeakKeyDictionary[WordVectors, tuple[list[str], dict[str, int]]] = WeakKeyDictionary()


def _code_of(encoder: WordVectors) -> dict[str, int]:
    """Return the code of each word; kept beside the encoder, because making it takes longer than to encode a small batch."""
    words, codes = _codes.get(encoder, ([], {}))
    if words is not encoder.words_:
        words = encoder.words_
        codes = dict(zip(words, range(len(words)), strict=True))
        _codes[encoder] = words, codes
    return codes


def _sum_rows(
    owners: NDArray[Any], codes: NDArray[Any], weights: NDArray[np.float32], vectors: NDArray[np.float32], n_texts: int
) -> NDArray[np.float32]:
    """Add up the weighted vectors of each text's words, in order, so that a row does not depend on its neighbours."""
    from scipy.sparse import csr_matrix

    ends = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=n_texts))])
    sums: NDArray[np.float32] = csr_matrix((weights, codes, ends), shape=(n_texts, len(vectors))) @ vectors
    return sums


def _per_word(sums: NDArray[np.float32], n_words: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.divide(sums, np.maximum(n_words, 1)[:, None], dtype=np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring vectors to length one; one of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, np.where(lengths > 0, lengths, 1), dtype=np.float32)
