import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from asterism.plugins.vectors.hamming import differing, nearest, packed, pairs_within


def of_all_pairs(bits, most):
    far = np.round(cdist(bits, bits, "hamming") * bits.shape[1]).astype(int)
    rows, others = np.nonzero(np.triu(far <= most, 1))
    return rows, others, far[rows, others]


def near_copies(n_rows, n_bits, seed=0):
    random = np.random.default_rng(seed)
    bits = random.random((n_rows, n_bits)) > 0.5
    bits[: n_rows // 4] = bits[-(n_rows // 4) :] ^ (random.random((n_rows // 4, n_bits)) < 0.08)
    return bits


@settings(max_examples=60, deadline=None)
@given(bits=arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 9))), most=st.integers(0, 12))
def test_pairs_are_those_of_comparing_all(bits, most):
    for found, expected in zip(pairs_within(bits, most), of_all_pairs(bits, most), strict=True):
        assert np.array_equal(found, expected)


@pytest.mark.parametrize(("n_rows", "n_bits", "most"), [(1500, 64, 5), (1500, 64, 10), (1500, 64, 20), (1200, 192, 30), (1200, 70, 0)])
def test_no_pair_is_missed_whether_keys_are_looked_up_or_all_are_compared(n_rows, n_bits, most):
    bits = near_copies(n_rows, n_bits)
    for found, expected in zip(pairs_within(bits, most), of_all_pairs(bits, most), strict=True):
        assert np.array_equal(found, expected)


@settings(max_examples=40, deadline=None)
@given(bits=arrays(bool, st.tuples(st.integers(2, 6), st.sampled_from([1, 63, 64, 65, 130]))))
def test_differing_bits_are_counted(bits):
    words = packed(bits)
    assert np.array_equal(differing(words[:, None], words[None]), (bits[:, None] != bits[None]).sum(-1))


def test_the_nearest_row_is_the_first_of_equals():
    rows = np.array([[1, 1, 1], [0, 0, 1], [0, 0, 1]], bool)
    far, found = nearest(packed(rows), packed(np.array([[0, 0, 0], [1, 1, 1]], bool)))
    assert (far.tolist(), found.tolist()) == ([1, 0], [1, 0])
