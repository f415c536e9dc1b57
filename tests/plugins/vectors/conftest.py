"""Small matrices that the tests of this folder share."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix


@pytest.fixture
def rows() -> Any:
    """300 x 40, full rank, singular values well apart, mean far from 0."""
    random = np.random.default_rng(0)
    return (random.normal(size=(300, 40)) * np.geomspace(10, 0.1, 40) + 3).astype(np.float64)


@pytest.fixture
def sparse_rows() -> Any:
    """300 x 40 CSR with two cells in three empty."""
    random = np.random.default_rng(1)
    cells = random.random((300, 40)) * np.geomspace(10, 0.1, 40)
    return csr_matrix(np.where(random.random((300, 40)) < 1 / 3, cells, 0.0))


@pytest.fixture
def blobs() -> Any:
    """400 x 6 float32: four groups far from each other."""
    random = np.random.default_rng(2)
    return (random.normal(size=(400, 6)) + 12 * np.eye(4, 6)[np.arange(400) % 4]).astype(np.float32)
