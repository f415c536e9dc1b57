"""Near-duplicates: signatures, bands and sketches against sets compared one by one."""

import random
from functools import cache

import numpy as np
import pytest

from asterism.plugins.text.preparation.minhash import N_HASHES, RUN, SKETCH, NearDuplicates, band_length, hashes_of, resemblance, signatures


@cache
def runs(text):
    return frozenset(text[at : at + RUN] for at in range(max(len(text) - RUN + 1, 1)))


def jaccard(one, other):
    shared = len(runs(one) & runs(other))
    return shared / (len(runs(one)) + len(runs(other)) - shared)


def chance(seed):
    return random.Random(seed)  # noqa: S311  # texts, not secrets


def letters(n, seed=0):
    return "".join(chance(seed).choices("abcdefgh", k=n))


def changed(text, n, seed):
    letters = list(text)
    for place in chance(seed).sample(range(len(letters)), n):
        letters[place] = chance(place).choice("abcdefgh")
    return "".join(letters)


@pytest.fixture(scope="module")
def texts():
    words = [letters(1 + seed % 8, seed) for seed in range(300)]
    first = [" ".join(chance(seed).choices(words, k=1 + seed % 40)) for seed in range(100)]
    copies = [changed(text, min(n, len(text)), n) for text in first for n in (0, 1, 3)]
    return chance(0).sample(first + copies, 4 * len(first))


@pytest.mark.parametrize("similarity", [0.5, 0.7, 0.9, 1.0])
def test_texts_that_are_new_are_those_found_by_comparing_all(texts, similarity):
    expected, kept = [], []
    for text in texts:
        expected.append(all(jaccard(text, other) < similarity for other in kept))
        kept += [text] if expected[-1] else []
    found = NearDuplicates(similarity)
    assert [is_new for begin in range(0, 400, 80) for is_new in found.add(texts[begin : begin + 80])] == expected
    assert 100 <= len(kept) < 390


def test_hashes_are_those_of_the_runs():
    assert len(hashes_of("abcdefg")) == 3
    assert len(hashes_of("ab")) == len(hashes_of("")) == 1
    assert set(hashes_of("xabcdex").tolist()) & set(hashes_of("yabcdey").tolist()) == set(hashes_of("abcde").tolist())


def test_long_text_is_hashed_in_parts_without_a_seam(monkeypatch):
    text = letters(1000)
    whole = hashes_of(text)
    monkeypatch.setattr("asterism.plugins.text.preparation.minhash.AT_ONCE", 64)
    assert np.array_equal(hashes_of(text), whole)


def test_signatures_agree_as_often_as_sets_are_alike(texts):
    pairs = [(one, changed(one, len(one) // 20, 0)) for one in texts if len(one) > 60]
    sets = [[hashes_of(text) for text in side] for side in zip(*pairs, strict=True)]
    agreeing = np.mean(signatures(sets[0]) == signatures(sets[1]))
    # The mean over hundreds of pairs and 64 hashes: its error is below 0.01.
    assert agreeing == pytest.approx(np.mean([jaccard(*pair) for pair in pairs]), abs=0.02)


def test_sketches_of_long_texts_estimate_how_alike_they_are():
    one = letters(20_000)
    other = changed(one, 400, 1)
    sketches = [hashes_of(text)[:SKETCH] for text in (one, other)]
    assert len(sketches[0]) == SKETCH
    assert resemblance(*sketches) == pytest.approx(jaccard(one, other), abs=0.06)  # three times its standard error of 0.02
    assert resemblance(sketches[0], sketches[0]) == 1
    assert resemblance(sketches[0], hashes_of("other")) == 0


@pytest.mark.parametrize("similarity", [0.5, 0.75, 0.9, 0.99, 1.0])
def test_bands_find_pairs_that_are_just_similar_enough(similarity):
    rows = band_length(similarity)
    assert 1 - (1 - similarity**rows) ** (N_HASHES // rows) >= 0.999
    assert rows == N_HASHES or 1 - (1 - similarity ** (rows + 1)) ** (N_HASHES // (rows + 1)) < 0.999
