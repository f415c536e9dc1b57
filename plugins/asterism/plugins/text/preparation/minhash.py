"""Near-duplicates without comparing every text with every other: MinHash and locality-sensitive hashing.

A text is the set of its runs of five characters; two texts resemble each other as much as their sets have in common, by the coefficient of
Jaccard. MinHash signatures, cut into bands, tell which pairs are worth comparing (Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", 3.3 and 3.4); these are compared by the smallest hashes of their sets (Broder, "On the resemblance and containment of documents",
1997), which for texts of up to 512 different runs is the coefficient itself.
"""

import hashlib
from array import array
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

RUN = 5
"""Characters in a run."""
N_HASHES = 64
"""Length of a signature."""
SKETCH = 512
"""How many of the smallest hashes of a text are kept to compare it with others; where it has more, the error is about 0.01."""
RECALL = 0.999
"""The probability at which a pair that is just similar enough must share a band."""
AT_ONCE = 2**20
"""Characters that are hashed at once."""

# Fixed numbers without a pattern, the same on every machine and with every version of NumPy.
_NUMBERS = np.frombuffer(hashlib.shake_128(b"asterism").digest(8 * (RUN + 2 * N_HASHES + N_HASHES)), "<u8").astype(np.uint64)
_OF_CHARACTERS = _NUMBERS[:RUN] | np.uint64(1)
_FACTORS = _NUMBERS[RUN : RUN + N_HASHES] | np.uint64(1)
_SUMMANDS = _NUMBERS[RUN + N_HASHES : RUN + 2 * N_HASHES]
_OF_BANDS = _NUMBERS[RUN + 2 * N_HASHES :] | np.uint64(1)
_HALF = np.uint64(32)

Hashes = NDArray[np.uint32]


class NearDuplicates:
    """The texts that were found to be new so far.

    Parameters
    ----------
    similarity
        The coefficient of Jaccard from which on two texts are near-duplicates, above 0 and at most 1.
    """

    def __init__(self, similarity: float) -> None:
        self.similarity = similarity
        self.rows = band_length(similarity)
        self.bands: list[dict[int, int]] = [{} for _ in range(N_HASHES // self.rows)]
        """For each band and each value of it the latest text that has it."""
        self.earlier = array("q")
        """The text before that has the same value: one number for each text and band, -1 where there is none."""
        self.sketches: list[Hashes] = []
        self.signatures = np.empty((1024, N_HASHES), np.uint8)
        """The lowest byte of each hash in a signature, which nearly always tells as much; rows beyond the texts are free."""
        error = (similarity * (1 - similarity) / N_HASHES) ** 0.5
        self.least_alike = N_HASHES * (similarity - 4 * error)
        """How many of these bytes agree at the least in a pair that is similar enough."""

    def add(self, texts: Sequence[str]) -> Iterator[bool]:
        """Tell of each text whether it is new: no near-duplicate of an earlier one that was new."""
        sets = [hashes_of(text) for text in texts]
        found = signatures(sets)
        parts = zip(sets, found.astype(np.uint8), band_values(found, self.rows).tolist(), strict=True)
        for hashes, signature, values in parts:
            sketch = hashes[:SKETCH]
            others = self._alike(signature, values)
            is_new = not any(resemblance(sketch, self.sketches[other]) >= self.similarity for other in others)
            if is_new:
                self._keep(sketch.copy(), signature, values)
            yield is_new

    def _alike(self, signature: NDArray[np.uint8], values: list[int]) -> list[int]:
        """List the candidates whose signatures do not rule them out: many texts of one template share bands, and few of them are alike."""
        others = np.fromiter(self._candidates(values), np.int64)
        agreeing = np.count_nonzero(self.signatures[others] == signature, axis=1)
        found: list[int] = others[agreeing >= self.least_alike].tolist()
        return found

    def _candidates(self, values: list[int]) -> Iterator[int]:
        """Yield the texts that share a band with these values, each once."""
        seen: set[int] = set()
        for place, (band, value) in enumerate(zip(self.bands, values, strict=True)):
            other = band.get(value, -1)
            while other >= 0:
                if other not in seen:
                    seen.add(other)
                    yield other
                other = self.earlier[other * len(self.bands) + place]

    def _keep(self, sketch: Hashes, signature: NDArray[np.uint8], values: list[int]) -> None:
        number = len(self.sketches)
        if number == len(self.signatures):
            self.signatures = np.concatenate([self.signatures, np.empty_like(self.signatures)])
        self.signatures[number] = signature
        self.sketches.append(sketch)
        for band, value in zip(self.bands, values, strict=True):
            self.earlier.append(band.get(value, -1))
            band[value] = number


def band_length(similarity: float) -> int:
    """Return the longest band with which pairs of this similarity are found; longer bands are shared by fewer pairs of lower similarity."""
    lengths = range(N_HASHES, 0, -1)
    return next((rows for rows in lengths if 1 - (1 - similarity**rows) ** (N_HASHES // rows) >= RECALL), 1)


def hashes_of(text: str) -> Hashes:
    """Hash the different runs of five characters; sorted, shape (n_runs,). A shorter text is one run."""
    codes = np.frombuffer(text.ljust(RUN, "\0").encode("utf-32-le", "surrogatepass"), "<u4")
    starts = range(0, len(codes) - RUN + 1, AT_ONCE)
    every: Hashes = np.concatenate([np.unique(_run_hashes(codes[start : start + AT_ONCE + RUN - 1])) for start in starts])
    return np.unique(every)


def _run_hashes(codes: NDArray[np.uint32]) -> Hashes:
    wide, n_runs = codes.astype(np.uint64), len(codes) - RUN + 1
    mixed: NDArray[np.uint64] = wide[:n_runs] * _OF_CHARACTERS[0]
    for place in range(1, RUN):
        mixed += wide[place : place + n_runs] * _OF_CHARACTERS[place]
    mixed ^= mixed >> _HALF  # the low bits of a product depend on the low bits of its factors alone
    mixed *= _OF_BANDS[0]
    return (mixed >> _HALF).astype(np.uint32)


def signatures(sets: Sequence[Hashes]) -> NDArray[np.uint32]:
    """Return the smallest value of each of the hash functions over each set; shape (n_sets, N_HASHES)."""
    every = np.concatenate(sets).astype(np.uint64)
    starts = np.cumsum([0, *map(len, sets[:-1])])
    found = np.empty((len(sets), N_HASHES), np.uint32)
    for place in range(N_HASHES):
        found[:, place] = np.minimum.reduceat((every * _FACTORS[place] + _SUMMANDS[place]) >> _HALF, starts)
    return found


def band_values(signature: NDArray[np.uint32], rows: int) -> NDArray[np.uint64]:
    """Hash each band of a signature into one number; shape (n_texts, n_bands)."""
    n_bands = N_HASHES // rows
    bands = signature[:, : n_bands * rows].astype(np.uint64).reshape(len(signature), n_bands, rows)
    mixed: NDArray[np.uint64] = ((bands ^ (bands >> np.uint64(15))) * _OF_BANDS[:rows]).sum(axis=2, dtype=np.uint64)
    return mixed


def resemblance(one: Hashes, other: Hashes) -> float:
    """Estimate the coefficient of Jaccard of two sets from the smallest hashes of each; exact where both have fewer than `SKETCH`."""
    both = np.intersect1d(one, other, assume_unique=True)
    if max(len(one), len(other)) < SKETCH:
        return len(both) / (len(one) + len(other) - len(both))
    union = np.union1d(one, other)[:SKETCH]
    return float(np.count_nonzero(both <= union[-1]) / len(union))
