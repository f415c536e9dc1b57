"""How fast `hashing` is beside scikit-learn, and what it takes to fit `tfidf` by sums: ``python tests/benchmarks/hashing.py``.

Reads Reuters R8 where ASTERISM_DATA names the folder of data sets, and the docstrings of the standard library elsewhere.
"""

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from documents import texts
from measuring import seconds
from sklearn.feature_extraction.text import HashingVectorizer

from asterism.framework import Records, fit_by_sums
from asterism.plugins.text.encoders.hashing import Hashing
from asterism.plugins.text.encoders.tfidf import Tfidf

SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"n_features": 2**16, "stop_words": "english"},
    {"ngram_range": (1, 2)},
    {"analyzer": "char_wb", "ngram_range": (3, 3)},
)
ROUNDS = 9
BATCH = 256
"""Texts at once, as a run that streams hands them out."""


def compare(label: str, ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
    """Time both in turn, so that both meet the same load, and print the median of the ratios."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / peer for mine, peer in pairs)
    mine, peer = (min(column) for column in zip(*pairs, strict=True))
    print(f"{label}: {mine:.3f} s, the other {peer:.3f} s, ratio {ratio:.2f}")


def in_batches(encoder: Any, corpus: list[str]) -> list[Any]:
    """Encode as a run that streams does."""
    return [encoder.transform(corpus[start : start + BATCH]) for start in range(0, len(corpus), BATCH)]


def main() -> None:
    """Compare whole corpora and batches."""
    name, corpus = texts()
    for settings in SETTINGS:
        ours, theirs = Hashing(**settings), HashingVectorizer(dtype=np.float32, **{"n_features": 2**18} | settings)
        label = f"{name}, {len(corpus)} texts, hashing {settings}"
        compare(f"{label}, scikit-learn", partial(ours.transform, corpus), partial(theirs.transform, corpus))
        compare(f"{label} in batches of {BATCH}, scikit-learn", partial(in_batches, ours, corpus), partial(in_batches, theirs, corpus))
    batches = [corpus[start : start + BATCH] for start in range(0, len(corpus), BATCH)]
    records = Records.of(corpus, modality="text")
    compare("tfidf fitted by sums, in memory", lambda: fit_by_sums(Tfidf(), batches), lambda: Tfidf().fit(records))


if __name__ == "__main__":
    main()
