"""The compiled part of word2vec, fastText and item2vec: rounds over a corpus in which a word is told from words drawn at random.

Importing this module loads numba, so whoever needs it imports it where it works. One thread does all of it, so that a seed gives the
same numbers everywhere; it draws the random words once for all neighbours of a place (Ji et al., "Parallelizing Word2Vec in Shared
and Distributed Memory", 2016), by which they stay in the processor's nearest memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled
from asterism.plugins.word_codes import CodedTexts

PLACES = 2**20
"""Places of the table from which words are drawn."""
TEXTS_AT_ONCE = 2**10
"""Texts between two looks at how fast to learn; also how soon a thread that runs beside gets its turn."""


@dataclass(frozen=True)
class Sampling:
    """How word2vec and fastText learn; the fields of the encoders say what each means."""

    window: int
    negative: int
    is_skip_gram: bool
    sample: float
    alpha: float
    min_alpha: float
    epochs: int


class Pieces(NamedTuple):
    """What each word is made of: rows of a matrix of vectors, whose mean is the word's."""

    starts: NDArray[np.int64]
    """Where the pieces of each word begin, shape (n_words + 1,)."""
    rows: NDArray[np.int64]
    """The row of each piece."""


@compiled()
def next_random(state: NDArray[np.uint64]) -> np.uint64:
    """Draw 31 bits from a linear congruential generator of 64 (Knuth's MMIX); the lower ones, which are worse, are left."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    drawn: np.uint64 = state[0] >> np.uint64(33)
    return drawn


@compiled(fastmath=True, error_model="numpy")  # where the descent runs away, let the caller see it
def learn_place(
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    hidden: NDArray[np.float32],
    step: NDArray[np.float32],
    alpha: np.float32,
) -> None:
    """Bring the mean of some `rows` of the inputs nearer to the first target and away from the others."""
    size = inputs.shape[1]
    share = np.float32(1) / np.float32(rows.shape[0])
    hidden[:] = 0
    step[:] = 0
    for row in rows:
        for axis in range(size):
            hidden[axis] += inputs[row, axis] * share
    for place in range(targets.shape[0]):
        target = targets[place]
        match = np.float32(0)
        for axis in range(size):
            match += hidden[axis] * outputs[target, axis]
        wanted = np.float32(1) if place == 0 else np.float32(0)
        change = np.float32((wanted - np.float32(1) / (np.float32(1) + np.exp(-match))) * alpha)
        for axis in range(size):
            step[axis] += change * outputs[target, axis]
            outputs[target, axis] += change * hidden[axis]
    for row in rows:
        for axis in range(size):
            inputs[row, axis] += step[axis]


@compiled()
def thin_text(
    text: NDArray[np.int32], keep: NDArray[np.float64], state: NDArray[np.uint64], thinned: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Leave out frequent words at random: each word stays with its probability in `keep`."""
    length = 0
    for word in text:
        if next_random(state) < keep[word] * 2147483648.0:
            thinned[length] = word
            length += 1
    return thinned[:length]


@compiled()
def draw_targets(
    word: int, table: NDArray[np.int32], negative: int, state: NDArray[np.uint64], targets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """List the word itself and `negative` others; one that is drawn and is the word counts for none."""
    targets[0] = word
    length = 1
    for _ in range(negative):
        other = table[next_random(state) % np.uint64(table.shape[0])]
        if other != word:
            targets[length] = other
            length += 1
    return targets[:length]


@compiled()
def add_pieces(word: int, starts: NDArray[np.int64], pieces: NDArray[np.int64], rows: NDArray[np.int64], length: int) -> int:
    """Write the pieces of a word behind the first `length` rows; return how many there are then."""
    for piece in range(starts[word], starts[word + 1]):
        rows[length] = pieces[piece]
        length += 1
    return length


@compiled(nogil=True)
def learn_texts(
    codes: NDArray[np.int32],
    begin: int,
    ends: NDArray[np.int64],
    keep: NDArray[np.float64],
    table: NDArray[np.int32],
    starts: NDArray[np.int64],
    pieces: NDArray[np.int64],
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    window: int,
    negative: int,
    is_skip_gram: bool,
    alpha: np.float32,
    state: NDArray[np.uint64],
) -> None:
    """Go through the places of some texts: skip-gram learns each neighbour by itself, CBOW the mean of all neighbours."""
    rows = np.empty(2 * window * np.max(starts[1:] - starts[:-1]), np.int64)
    drawn = np.empty(negative + 1, np.int64)
    hidden, step = np.empty(inputs.shape[1], np.float32), np.empty(inputs.shape[1], np.float32)
    thinned = np.empty(ends[-1] - begin, np.int32)
    for end in ends:
        text = thin_text(codes[begin:end], keep, state, thinned)
        begin = end
        for place in range(text.shape[0]):
            reach = 1 + np.int64(next_random(state) % np.uint64(window))
            targets = draw_targets(text[place], table, negative, state, drawn)
            n_rows, first, last = 0, max(0, int(place - reach)), min(len(text), int(place + reach) + 1)
            for neighbour in range(first, last):
                if neighbour != place:
                    n_rows = add_pieces(text[neighbour], starts, pieces, rows, n_rows)
                if n_rows > 0 and (is_skip_gram or neighbour == last - 1):
                    learn_place(rows[:n_rows], targets, inputs, outputs, hidden, step, alpha)
                    n_rows = 0


def learn_pieces(corpus: CodedTexts, pieces: Pieces, inputs: NDArray[np.float32], how: Sampling, seed: np.random.SeedSequence) -> None:
    """Train the vectors of the pieces, `inputs` of shape (n_pieces, size), in place."""
    keep = keep_chances(corpus.shares, how.sample)
    table = drawing_table(corpus.shares)
    outputs = np.zeros((len(corpus.words), inputs.shape[1]), np.float32)
    state = seed.generate_state(1, np.uint64)
    for begin, ends, done in _some_texts(corpus.ends, how.epochs):
        alpha = np.float32(how.alpha + (how.min_alpha - how.alpha) * done)
        rule = (how.window, how.negative, how.is_skip_gram, alpha)
        learn_texts(corpus.codes, begin, ends, keep, table, *pieces, inputs, outputs, *rule, state)


def _some_texts(ends: NDArray[np.int64], epochs: int) -> Iterator[tuple[int, NDArray[np.int64], float]]:
    """Yield where some texts begin, where each ends, and the share of the work that is done by then."""
    for epoch in range(epochs):
        for first in range(0, len(ends), TEXTS_AT_ONCE):
            begin = int(ends[first - 1]) if first else 0
            yield begin, ends[first : first + TEXTS_AT_ONCE], (epoch + begin / int(ends[-1])) / epochs


def keep_chances(shares: NDArray[np.float64], sample: float) -> NDArray[np.float64]:
    """Return the probability with which each word stays: below one for those that make up more than about `sample` of the corpus."""
    if sample == 0:
        return np.ones(len(shares))
    return np.minimum(1.0, np.sqrt(sample / shares) + sample / shares)


def drawing_table(shares: NDArray[np.float64]) -> NDArray[np.int32]:
    """Give each word as many places of a table as its share to the power of 3/4 asks for; a place drawn at random draws the word."""
    places = max(PLACES, 16 * len(shares))
    reached = np.cumsum(shares**0.75)
    return np.searchsorted(reached / reached[-1], (np.arange(places) + 0.5) / places).astype(np.int32)
