import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_matrix

from asterism.plugins.vectors.umap_rounds import Forces, lay_out, next_random, strengths

CALM = Forces(learning_rate=1.0, negative_sample_rate=1, repulsion_strength=0.0)


def test_nearest_row_has_strength_1_and_a_row_itself_none() -> None:
    rows, distances = np.array([[0, 1, 2]]), np.array([[0, 3, 5]], np.float32)
    found = strengths(rows, distances, np.array([2], np.float32), np.array([3], np.float32))
    assert found[0] == pytest.approx([0, 1, np.exp(-1)])


def test_random_numbers_are_of_32_bits_and_spread_evenly() -> None:
    state = np.array([12345, 67890, 424242])
    drawn = np.array([next_random(state) for _ in range(4000)])
    assert len(set(drawn.tolist())) == 4000
    assert abs(drawn).max() < 2**31
    assert abs(np.bincount(drawn % 4, minlength=4) - 1000).max() < 150


def test_edge_brings_its_ends_together() -> None:
    graph = coo_matrix(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], np.float32))
    start = np.array([[0, 0], [10, 10], [0, 10]], np.float32)
    places = lay_out(graph, start, 50, (1.6, 0.9), CALM, np.random.RandomState(0))
    assert np.linalg.norm(places[0] - places[1]) < 1
    assert places[2].tolist() == [0, 10]
    assert start[1].tolist() == [10, 10]


def test_axis_without_extent_stays_finite() -> None:
    graph = coo_matrix(np.array([[0, 1], [1, 0]], np.float32))
    places = lay_out(graph, np.array([[0, 3], [1, 3]], np.float32), 5, (1.6, 0.9), CALM, np.random.RandomState(0))
    assert np.isfinite(places).all()


CHILD = """
import numpy as np, sys
from asterism.plugins.vectors.umap_rounds import strengths
strengths(np.array([[0, 1], [1, 0]]), np.ones((2, 2), np.float32), np.ones(2, np.float32), np.zeros(2, np.float32))
hits, misses = strengths.stats.cache_hits, strengths.stats.cache_misses
print(sum(hits.values()), sum(misses.values()))
"""


def test_machine_code_is_kept_for_later_processes(tmp_path: Path) -> None:
    def run() -> str:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        return subprocess.run([sys.executable, "-c", CHILD], env=environment, check=True, capture_output=True, text=True).stdout.strip()

    assert [run(), run()] == ["0 1", "1 0"]
