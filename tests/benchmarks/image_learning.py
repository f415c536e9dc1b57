"""Encoders that learn from 2,000 photographs of 32 x 32: how fast, and how well k-means then finds the ten classes, against pixels and HOG.

ASTERISM_DATA=... python tests/benchmarks/image_learning.py [simclr rotation ...]

The last line compares a pass of `simclr` with the same network, changes and loss in a bare loop of torch.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measuring import compare
from sklearn import cluster, decomposition
from sklearn.metrics import normalized_mutual_info_score

from asterism.plugins.image.encoders.autoencoder import ImageAutoencoder
from asterism.plugins.image.encoders.hog import HOG
from asterism.plugins.image.encoders.jigsaw import Jigsaw
from asterism.plugins.image.encoders.masked_autoencoder import MaskedAutoencoder
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.encoders.rotation import Rotation
from asterism.plugins.image.encoders.simclr import SimCLR
from asterism.plugins.image.modality import Image

DATA = Path(os.environ.get("ASTERISM_DATA", "")) / "image" / "cifar10_test"
FIXED = {"pixels": Pixels(colour=True), "hog": HOG(pixels_per_cell=(4, 4))}
LEARNED: dict[str, Any] = {
    "simclr": SimCLR,
    "rotation": Rotation,
    "jigsaw": Jigsaw,
    "masked_autoencoder": MaskedAutoencoder,
    "autoencoder": ImageAutoencoder,
}


def main(names: list[str]) -> None:
    records = Image().read(DATA)
    images, classes = list(records), records.targets
    for name, encoder in FIXED.items():
        tell(name, encoder.transform(images), classes)
    for name in names or LEARNED:
        begin, encoder = time.perf_counter(), LEARNED[name]().fit(images)
        minutes = (time.perf_counter() - begin) / 60
        tell(name, encoder.transform(images), classes, f"{minutes:5.1f} minutes at load {os.getloadavg()[0]:.1f}; {encoder.notes_[0]}")
    quick = SimCLR(epochs=1).fit(images[:200])
    compare("simclr, one pass, against a bare loop", lambda: quick.fit(images), lambda: bare_loop(quick, images))


def tell(name: str, matrix: Any, classes: Any, remark: str = "") -> None:
    """Print how well groups agree with the classes, the mean of three seeds of k-means: of the rows, and of 32 components, normalised."""
    reduced = decomposition.PCA(min(32, matrix.shape[1]), random_state=0).fit_transform(matrix)
    lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
    found = [
        round(float(np.mean([agreement(rows, classes, seed) for seed in range(3)])), 3) for rows in (matrix, reduced, reduced / lengths)
    ]
    print(f"{name:20} NMI rows {found[0]:.3f}   pca {found[1]:.3f}   pca, normalised {found[2]:.3f}   {remark}", flush=True)


def agreement(rows: Any, classes: Any, seed: int) -> float:
    labels = cluster.KMeans(10, n_init=5, random_state=seed).fit_predict(rows)
    return float(normalized_mutual_info_score(classes, labels))


def bare_loop(encoder: SimCLR, images: list[Any]) -> None:
    tensor = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2) / 255
    network, draws = encoder._network().train(), torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for rows in torch.randperm(len(tensor)).split(encoder.minibatch_size):
        optimizer.zero_grad()
        encoder._loss(network[0], network[1], tensor[rows], draws).backward()
        optimizer.step()


if __name__ == "__main__":
    main(sys.argv[1:])
