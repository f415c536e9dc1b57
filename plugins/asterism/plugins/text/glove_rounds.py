"""The compiled part of GloVe: counting which words stand near each other, and the rounds that fit vectors to the counts.

Importing this module loads numba, so whoever needs it imports it where it works. One thread does all of it, so that a seed gives the
same numbers everywhere. Nearness is summed in whole numbers, so that the order of the texts does not matter either.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled
from asterism.plugins.sampling_rounds import keep_chances, thin_text
from asterism.plugins.word_codes import CodedTexts

ONE = 2**32
"""What two words that stand side by side count, so that a share of it is a whole number with little loss."""


@dataclass(frozen=True)
class Fitting:
    """How GloVe learns; the fields of the encoder say what each means."""

    x_max: float
    power: float
    learning_rate: float
    epochs: int


class Nearness(NamedTuple):
    """How often, and how near, words stand together: the parts of a symmetric CSR matrix of shape (n_words, n_words)."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.int64]
    """`ONE` for each time side by side, half of it for each time with a word between, and so on."""


@compiled(nogil=True)
def thin_texts(codes: NDArray[np.int32], ends: NDArray[np.int64], keep: NDArray[np.float64], seed: np.uint64) -> NDArray[np.int32]:
    """Leave out frequent words at random, and put -1 before, between and behind the texts.

    What is drawn for a text follows from the seed and its words, not from its place among the others.
    """
    padded = np.empty(codes.shape[0] + ends.shape[0] + 1, np.int32)
    padded[0] = -1
    length, begin, state = 1, 0, np.empty(1, np.uint64)
    for end in ends:
        state[0] = seed
        for word in codes[begin:end]:
            state[0] = (state[0] ^ np.uint64(word + 1)) * np.uint64(1099511628211)  # FNV-1a
        length += thin_text(codes[begin:end], keep, state, padded[length:]).shape[0]
        padded[length] = -1
        length += 1
        begin = end
    return padded[:length]


@compiled(nogil=True)
def sum_nearness(
    padded: NDArray[np.int32],
    places: NDArray[np.int64],
    firsts: NDArray[np.int64],
    counts_by_distance: NDArray[np.int64],
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.int64],
) -> None:
    """Add up row by row, so that one row at a time is spread out; without room in `columns` it only counts, into `starts`."""
    n_words = starts.shape[0] - 1
    row, touched, end = np.zeros(n_words, np.int64), np.empty(n_words, np.int32), 0
    for word in range(n_words):
        n_touched = 0
        for place in places[firsts[word] : firsts[word + 1]]:
            for step in (-1, 1):
                for distance in range(1, counts_by_distance.shape[0]):
                    other = padded[place + step * distance]
                    if other < 0:
                        break
                    if row[other] == 0:
                        touched[n_touched] = other
                        n_touched += 1
                    row[other] += counts_by_distance[distance]
        if columns.shape[0] > 0:
            touched[:n_touched].sort()
            columns[end : end + n_touched] = touched[:n_touched]
            values[end : end + n_touched] = row[touched[:n_touched]]
        row[touched[:n_touched]] = 0
        end += n_touched
        starts[word + 1] = end


@compiled(fastmath=True, nogil=True)
def fit_round(
    words: NDArray[np.int64],
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32],
    mains: NDArray[np.float32],
    contexts: NDArray[np.float32],
    biases: NDArray[np.float32],
    context_biases: NDArray[np.float32],
    slopes: NDArray[np.float32],
    context_slopes: NDArray[np.float32],
    rate: np.float32,
) -> None:
    """Go through all pairs of words that stand near each other once, word by word.

    AdaGrad with one sum of squared gradients for each vector (the mean over its axes) and one for each bias, columns 0 and 1 of the
    slopes: a square root for each axis would take most of the time, and gives no better vectors.
    """
    size = mains.shape[1]
    for word in words:
        for pair in range(starts[word], starts[word + 1]):
            other = columns[pair]
            wrong = biases[word] + context_biases[other] - targets[pair]
            square, context_square = np.float32(0), np.float32(0)
            for axis in range(size):
                wrong += mains[word, axis] * contexts[other, axis]
                square += mains[word, axis] * mains[word, axis]
                context_square += contexts[other, axis] * contexts[other, axis]
            slope = weights[pair] * wrong
            slopes[word, 0] += slope * slope * context_square / size
            context_slopes[other, 0] += slope * slope * square / size
            step = np.float32(rate * slope / np.sqrt(slopes[word, 0]))
            context_step = np.float32(rate * slope / np.sqrt(context_slopes[other, 0]))
            for axis in range(size):
                before = mains[word, axis]
                mains[word, axis] = before - step * contexts[other, axis]
                contexts[other, axis] -= context_step * before
            slopes[word, 1] += slope * slope
            context_slopes[other, 1] += slope * slope
            biases[word] -= rate * slope / np.sqrt(slopes[word, 1])
            context_biases[other] -= rate * slope / np.sqrt(context_slopes[other, 1])


def count_nearness(corpus: CodedTexts, window: int, sample: float, seed: np.uint64) -> Nearness:
    """Count how near the words of the texts stand to each other; takes memory for the pairs that do, twelve bytes each."""
    n_words = len(corpus.words)
    padded = thin_texts(corpus.codes, corpus.ends, keep_chances(corpus.shares, sample), seed)
    places = np.argsort(padded, kind="stable")
    firsts = np.searchsorted(padded[places], np.arange(n_words + 1))
    by_distance = np.array([0, *(round(ONE / distance) for distance in range(1, window + 1))], np.int64)
    starts = np.zeros(n_words + 1, np.int64)
    columns, values = np.empty(0, np.int32), np.empty(0, np.int64)
    sum_nearness(padded, places, firsts, by_distance, starts, columns, values)
    columns, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.int64)
    sum_nearness(padded, places, firsts, by_distance, starts, columns, values)
    return Nearness(starts, columns, values)


def fit_vectors(near: Nearness, size: int, how: Fitting, random: np.random.Generator) -> NDArray[np.float32]:
    """Fit two vectors to each word, as the word itself and as one beside another; return their sums, shape (n_words, size)."""
    n_words = len(near.starts) - 1
    columns, counts = _shuffled(near, random)
    targets = np.log(counts).astype(np.float32)
    weights = np.minimum(1.0, (counts / how.x_max) ** how.power).astype(np.float32)
    mains, contexts = ((random.random((n_words, size), np.float32) - np.float32(0.5)) / np.float32(size) for _ in range(2))
    biases, context_biases = np.zeros(n_words, np.float32), np.zeros(n_words, np.float32)
    slopes, context_slopes = np.ones((n_words, 2), np.float32), np.ones((n_words, 2), np.float32)
    state = (mains, contexts, biases, context_biases, slopes, context_slopes)
    for _ in range(how.epochs):
        fit_round(random.permutation(n_words), near.starts, columns, targets, weights, *state, np.float32(how.learning_rate))
    return mains + contexts


def _shuffled(near: Nearness, random: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Bring the columns of each row into a random order; return them, and the counts."""
    rows = np.repeat(np.arange(len(near.starts) - 1, dtype=np.int32), np.diff(near.starts))
    order = random.permutation(len(rows))
    order = order[np.argsort(rows[order], kind="stable")]
    return near.columns[order], near.values[order] / ONE
