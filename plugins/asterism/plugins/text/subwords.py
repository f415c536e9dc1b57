"""Words as the runs of characters in them, each run by the number of the bucket that its hash names: those of fastText and gensim.

Importing this module loads numba, so whoever needs it imports it where it works.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled


def buckets_of(words: Sequence[str], min_n: int, max_n: int, n_buckets: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the runs of each word begin, shape (n_words + 1,), and the bucket of each run.

    A word stands between "<" and ">", so that "<sun>" is another run than "sun" in "sunday". The hash is FNV-1a (Fowler, Noll and Vo)
    of the UTF-8 bytes, each taken for a signed number, as fastText does.
    """
    written = [f"<{word}>".encode("utf-8", "surrogatepass") for word in words]  # half of a surrogate pair has no UTF-8 of its own
    data = np.frombuffer(b"".join(written), np.uint8)
    ends = np.cumsum([len(word) for word in written], dtype=np.int64)
    starts = np.zeros(len(words) + 1, np.int64)
    hash_runs(data, ends, min_n, max_n, n_buckets, starts, np.empty(0, np.int64))
    buckets = np.empty(starts[-1], np.int64)
    hash_runs(data, ends, min_n, max_n, n_buckets, starts, buckets)
    return starts, buckets


@compiled()
def hash_runs(
    data: NDArray[np.uint8],
    ends: NDArray[np.int64],
    min_n: int,
    max_n: int,
    n_buckets: int,
    starts: NDArray[np.int64],
    buckets: NDArray[np.int64],
) -> None:
    """Hash the runs of `min_n` to `max_n` characters of each word; without room in `buckets` it only counts, into `starts`."""
    found, begin = 0, 0
    for word in range(ends.shape[0]):
        end = ends[word]
        for first in range(begin, end):
            if data[first] & 0xC0 == 0x80:  # in the middle of a character
                continue
            code, length, place = np.uint32(2166136261), 0, first
            while place < end and length < max_n:
                code = next_hash(code, data[place])
                place += 1
                while place < end and data[place] & 0xC0 == 0x80:
                    code = next_hash(code, data[place])
                    place += 1
                length += 1
                is_mark = length == 1 and (first == begin or place == end)
                if length >= min_n and not is_mark:
                    if buckets.shape[0] > 0:
                        buckets[found] = code % np.uint32(n_buckets)
                    found += 1
        begin = end
        starts[word + 1] = found


@compiled()
def next_hash(code: np.uint32, byte: np.uint8) -> np.uint32:
    """Take one more byte into a hash."""
    return np.uint32((code ^ np.uint32(np.int8(byte))) * np.uint32(16777619))
