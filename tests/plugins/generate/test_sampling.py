"""Draws follow the probabilities of the model."""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import chisquare

from asterism.plugins.generate.kneser_ney import fit_grams, probabilities
from asterism.plugins.generate.sampling import Sampler

NEVER, END, SIZE = 4, 5, 6
STREAM = np.array([0, 1, 2, END, 0, 1, 0, END, 3, 1, 1, 2, END, 0, END])
STARTS = np.array([0, 4, 8, 13])


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("context", [[], [0], [0, 1], [3, 3, 1, 2, 0], [2, 3]])
def test_draws_follow_the_probabilities_of_the_model(order, context):
    grams = fit_grams(STREAM, STARTS, order, SIZE)
    sampler = Sampler(grams, SIZE, end=END, never=NEVER, rng=np.random.default_rng(0))
    drawn = [next(sampler.continue_after(np.array(context, np.int64)), END) for _ in range(3000)]
    candidates = [token for token in range(SIZE) if token != NEVER]
    starts = np.arange(len(candidates)) * (len(context) + 1)
    stream = np.array([token for last in candidates for token in [*context, last]])
    expected = probabilities(stream, starts, grams, SIZE)[len(context) :: len(context) + 1]
    counts = np.bincount(drawn, minlength=SIZE)
    assert counts[NEVER] == 0
    # a fixed seed: the test cannot fail by chance, only by a change of the draws
    assert chisquare(counts[candidates], 3000 * expected / expected.sum()).pvalue > 0.001


def test_what_follows_depends_on_no_more_than_the_last_tokens():
    grams = fit_grams(STREAM, STARTS, 3, SIZE)

    def draw(prompt):
        sampler = Sampler(grams, SIZE, end=END, never=NEVER, rng=np.random.default_rng(1))
        return list(islice(sampler.continue_after(np.array(prompt)), 20))

    assert draw([2, 2, 2, 0, 1]) == draw([3, 0, 1])
