"""Groups of records with the rows and the terms that they were found by."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

TERMS = ["bank", "goal", "loan", "match", "rate", "team"]


@pytest.fixture
def news():
    """Three texts on football (group 5), two on loans (group 2), one on rates (group 9), and two of none: on football, and on nothing."""
    counts = np.array(
        [
            [0, 2, 0, 1, 0, 1],
            [0, 1, 0, 1, 0, 2],
            [0, 1, 0, 2, 0, 1],
            [2, 0, 1, 0, 0, 0],
            [1, 0, 2, 0, 0, 0],
            [1, 0, 0, 0, 3, 0],
            [0, 1, 0, 1, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ],
        np.float32,
    )
    vectors = np.array([[1, 0, 0], [0.9, 0.1, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.2], [0, 0.3, 1], [0.2, 0.9, 0], [0, 0, 0]], np.float32)
    labels = np.array([5, 5, 5, 2, 2, 9, -1, -1])
    return SimpleNamespace(labels=labels, vectors=vectors, terms=TERMS, term_matrix=csr_matrix(counts))
