"""Dense groups on real data: those that scikit-learn finds."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN as THEIR_HDBSCAN
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from asterism.plugins.vectors.clusterers.hdbscan import HDBSCAN
from asterism.plugins.vectors.detectors.hdbscan_outlier import HDBSCANOutlier

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
]


@pytest.fixture(scope="module")
def data() -> Path:
    return Path(os.environ["ASTERISM_DATA"])


@pytest.fixture(scope="module")
def digits(data: Path) -> Any:
    with gzip.open(data / "image/mnist_t10k/t10k-images-idx3-ubyte.gz") as stream:
        images = np.frombuffer(stream.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255
    return PCA(50, random_state=0).fit_transform(images)


@pytest.mark.parametrize("columns", [3, 50])
def test_digits_are_grouped_as_scikit_learn_groups_them(digits: Any, columns: int) -> None:
    rows = np.ascontiguousarray(digits[:4000, :columns])
    ours = HDBSCAN(min_cluster_size=8, min_samples=4).fit(rows)
    theirs = THEIR_HDBSCAN(min_cluster_size=8, min_samples=4, copy=True).fit(rows.astype(np.float64))
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.99  # edges of one length join in another order
    assert np.mean((ours.labels_ < 0) == (theirs.labels_ < 0)) > 0.99


@pytest.mark.parametrize(("name", "expected"), [("thyroid", 0.948), ("cardio", 0.873), ("breastw", 0.988)])
def test_outliers_are_found_as_well_as_the_documentation_says(data: Path, name: str, expected: float) -> None:
    (path,) = (data / "anomaly").glob(f"*{name}*.npz")
    with np.load(path, allow_pickle=False) as stored:
        rows, outliers = stored["X"].astype(np.float64), stored["y"]
    scores = HDBSCANOutlier(min_cluster_size=50).fit(rows).scores_
    assert roc_auc_score(outliers, scores) == pytest.approx(expected, abs=0.01)
