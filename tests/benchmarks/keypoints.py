"""Visual words and near-duplicates against the same by hand: OpenCV with scikit-learn, and scikit-learn's search within a radius.

ASTERISM_DATA=... python tests/benchmarks/keypoints.py
"""

from typing import Any

import cv2
import numpy as np
from image_features import digits, faces, objects
from measuring import compare
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import NearestNeighbors

from asterism.plugins.image.encoders.orb_bovw import ORBWords
from asterism.plugins.image.encoders.phash import PHash
from asterism.plugins.image.encoders.sift_bovw import SIFTWords
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.clusterers.near_duplicates import NearDuplicates

SAMPLE = 30_000
SETTINGS: dict[str, Any] = {
    "sift, 256 words": SIFTWords(),
    "sift without roots": SIFTWords(root=False),
    "sift, vlad of 16": SIFTWords(encoding="vlad", n_words=16),
    "sift, fisher of 16": SIFTWords(encoding="fisher", n_words=16),
    "sift on a grid": SIFTWords(step=8),
    "sift on a grid, vlad of 16": SIFTWords(step=8, encoding="vlad", n_words=16),
    "orb, 256 words": ORBWords(),
}


def by_hand(images: list[Any], upscale: int) -> NDArray[Any]:
    """Count words of SIFT with OpenCV and scikit-learn alone."""
    sift = cv2.SIFT_create(nfeatures=500)
    large = [cv2.resize(image, None, fx=upscale, fy=upscale, interpolation=cv2.INTER_CUBIC) for image in images]
    found = [sift.detectAndCompute(image, None)[1] for image in large]
    every = np.concatenate([each for each in found if each is not None])
    drawn = every[np.random.default_rng(0).permutation(len(every))[:SAMPLE]]
    words = TheirKMeans(256, n_init=1, random_state=0, max_iter=25).fit(drawn)
    rows = [np.zeros(256) if each is None else np.bincount(words.predict(each), minlength=256) for each in found]
    return np.asarray(TfidfTransformer().fit_transform(np.stack(rows)).todense(), np.float32)


def quality(name: str, images: list[Any], classes: list[Any], upscale: int) -> None:
    for setting, encoder in SETTINGS.items():
        print(f"{name:8} {setting:28} NMI {agreement(encoder.set_params(upscale=upscale).fit_transform(images), classes):.3f}", flush=True)
    print(f"{name:8} {'sift, 256 words, by hand':28} NMI {agreement(by_hand(images, upscale), classes):.3f}", flush=True)


def agreement(rows: Any, classes: list[Any]) -> float:
    """Average over three seeds of k-means with the true number of groups."""
    models = [KMeans(n_clusters=len(set(classes)), n_init=10, random_state=seed) for seed in range(3)]
    return float(np.mean([normalized_mutual_info_score(classes, model.fit(rows).labels_) for model in models]))


def hashes(images: list[Any]) -> list[Any]:
    """Hash images with Pillow and SciPy alone, as ImageHash does."""
    found = []
    for image in images:
        small = np.asarray(Image.fromarray(image).convert("L").resize((32, 32), Image.Resampling.LANCZOS), np.float64)
        waves = dctn(small)[:8, :8]
        found.append(waves > np.median(waves))
    return found


def near_pairs(n_rows: int) -> NDArray[Any]:
    """Draw 64 bits a row, a tenth of the rows being edits of others."""
    random = np.random.default_rng(0)
    bits = random.random((n_rows, 64)) > 0.5
    of = random.integers(0, n_rows, n_rows // 10)
    bits[-len(of) :] = bits[of] ^ (random.random((len(of), 64)) < 0.06)
    return bits.astype(np.float32)


def speed(images: list[Any]) -> None:
    few = images[:100]
    compare("sift_bovw, fit and transform of 100 faces", lambda: SIFTWords().fit_transform(few), lambda: by_hand(few, 1), rounds=2)
    compare("phash dct, 400 faces", lambda: PHash(hashes=("dct",)).transform(images), lambda: hashes(images))
    for n_rows, rounds in ((20_000, 3), (100_000, 1)):
        search_speed(near_pairs(n_rows), rounds)


def search_speed(rows: NDArray[Any], rounds: int) -> None:
    search = NearestNeighbors(radius=np.sqrt(10) + 1e-4, algorithm="brute").fit(rows)
    name = f"near_duplicates, {len(rows):,} of 64 bits within 10"
    compare(name, lambda: NearDuplicates().fit(rows), lambda: search.radius_neighbors(rows), rounds)


def main() -> None:
    speed(faces()[0])
    for name, read, upscale in (("faces", faces, 1), ("objects", objects, 4), ("digits", digits, 4)):
        quality(name, *read(), upscale)


if __name__ == "__main__":
    main()
