"""The hierarchy of topics."""

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist

from asterism.plugins.text.topics.tree import draw, join, most_alike

WEIGHTS = np.array([[4, 1, 0, 0], [0, 0, 3, 1], [3, 1, 0, 0.2], [0, 0.5, 2, 2]])


def test_joins_are_those_of_scipy():
    np.testing.assert_allclose(join(csr_matrix(WEIGHTS)), linkage(pdist(WEIGHTS, "cosine"), "average"), atol=1e-12)


def test_most_alike_topics_are_one_until_so_many_are_left():
    joined = join(csr_matrix(WEIGHTS))
    assert most_alike(joined, 4) == [(0,), (1,), (2,), (3,)]
    assert most_alike(joined, 3) == [(0, 2), (1,), (3,)]
    assert most_alike(joined, 2) == [(0, 2), (1, 3)]
    assert most_alike(joined, 1) == [(0, 1, 2, 3)]


def test_tree_is_drawn_with_a_line_for_each_topic_and_join():
    drawn = draw(join(csr_matrix(WEIGHTS)), ["cat", "oil", "dog", "gas"]).splitlines()
    assert drawn == ["0.96", "├─ 0.00", "│  ├─ 0 cat", "│  └─ 2 dog", "└─ 0.12", "   ├─ 1 oil", "   └─ 3 gas"]


def test_one_topic_is_a_tree_of_one_line():
    assert join(csr_matrix(WEIGHTS[:1])).shape == (0, 4)
    assert draw(np.zeros((0, 4)), {0: "cat"}) == "0 cat"
