"""Rows of bits: in how many places they differ, and all pairs of rows that differ in few."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import ceil, comb, log2

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""Rows of bits, 64 in a word and zeros behind the last, shape (n_rows, n_words)."""
Numbers = NDArray[np.int64]

BLOCK = 2**18
"""About so many pairs are compared at once, so that they stay in the processor's cache."""
FLIP_COST = 4
"""Looking all rows up under one more key takes about as long as comparing each with so many others."""


def packed(bits: NDArray[np.bool_]) -> Words:
    """Pack rows of bits into words."""
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 64)))
    return np.packbits(padded, axis=1).view(np.uint64)


def differing(X: Words, Y: Words) -> Numbers:
    """Count the bits that differ; the last axis of each is the words of a row, the axes before it are broadcast."""
    return sum((_ones(X[..., word] ^ Y[..., word]) for word in range(1, X.shape[-1])), _ones(X[..., 0] ^ Y[..., 0])).astype(np.int64)


def nearest(words: Words, queries: Words) -> tuple[Numbers, Numbers]:
    """Return for each query in how many bits it differs from the row that is nearest, and which row that is, the first of equals."""
    step = max(1, BLOCK // len(words))
    far = [differing(queries[start : start + step, None], words[None]) for start in range(0, len(queries), step)]
    rows = [block.argmin(axis=1) for block in far]
    return np.concatenate([block.min(axis=1) for block in far]), np.concatenate(rows)


def pairs_within(bits: NDArray[np.bool_], most: int) -> tuple[Numbers, Numbers, Numbers]:
    """Return all pairs of rows that differ in `most` bits at most: the rows, later rows, and in how many bits, in the order of the rows.

    The bits are shared out to parts: rows that differ in few bits differ, in one part at least, in so few that they are found by looking
    up the bits of that part with each few of them flipped (multi-index hashing; Norouzi, Punjani and Fleet, "Fast search in Hamming space
    with multi-index hashing", CVPR 2012). Where that is no less work, every pair is compared.
    """
    words, codes, found = packed(bits), [], []
    for first, second in _candidates(bits, min(most, bits.shape[1])):
        far = differing(words[first], words[second])
        near = far <= most
        first, second = first[near], second[near]
        codes.append(np.minimum(first, second) * len(bits) + np.maximum(first, second))
        found.append(far[near])
    pairs, places = np.unique(np.concatenate(codes), return_index=True)  # a pair may be found by several parts
    return pairs // len(bits), pairs % len(bits), np.concatenate(found)[places]


def _candidates(bits: NDArray[np.bool_], most: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield pairs of rows, among which are all that differ in `most` bits at most."""
    n_rows, n_bits = bits.shape
    n_parts = ceil(n_bits / max(1.0, log2(n_rows)))  # as many keys as rows, so that few rows share one
    parts = [bits[:, part::n_parts] for part in range(n_parts)]  # neighbouring bits are often alike, so they go to different parts
    allowed = [
        (most - part) // n_parts for part in range(n_parts)
    ]  # were there more differences in every part, there were more than `most`
    n_flips = sum(comb(part.shape[1], n) for part, radius in zip(parts, allowed, strict=True) for n in range(radius + 1))
    if FLIP_COST * n_flips > n_rows:
        parts, allowed = [bits[:, :0]], [0]
    for part, radius in zip(parts, allowed, strict=True):
        yield from _alike(part, radius)


def _alike(part: NDArray[np.bool_], radius: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield the pairs of rows that differ in `radius` bits at most, a block of them at a time."""
    n_bits = part.shape[1]
    powers = 1 << np.arange(n_bits)
    keys = part @ powers
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], np.arange(len(keys))
    begins = np.searchsorted(keys, np.arange((1 << n_bits) + 1))
    for flip in (sum(chosen) for n in range(radius + 1) for chosen in combinations(powers.tolist(), n)):
        starts = np.maximum(begins[keys ^ flip], places + 1)  # each pair once
        sizes = np.maximum(begins[(keys ^ flip) + 1] - starts, 0)
        for of, to in _ranges(starts, sizes):
            yield order[of], order[to]


def _ranges(starts: Numbers, sizes: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield the pairs of a row and each number of its range, for some rows at a time."""
    ends = np.cumsum(sizes)
    cuts = np.unique(np.r_[0, np.searchsorted(ends, np.arange(BLOCK, ends[-1], BLOCK)) + 1, len(sizes)])
    for begin, end in pairwise(cuts.tolist()):
        part = sizes[begin:end]
        of = np.repeat(np.arange(begin, end), part)
        yield of, np.arange(len(of)) + np.repeat(starts[begin:end] - np.cumsum(part) + part, part)


def _ones(words: Words) -> Words:
    """Count the bits of each word that are one, by pairs, fours and eights (Warren, "Hacker's Delight", 2nd edition 2012)."""
    one, two, four, fifty_six = (np.uint64(shift) for shift in (1, 2, 4, 56))
    words = words - ((words >> one) & np.uint64(0x5555555555555555))
    words = (words & np.uint64(0x3333333333333333)) + ((words >> two) & np.uint64(0x3333333333333333))
    words = (words + (words >> four)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (words * np.uint64(0x0101010101010101)) >> fifty_six
