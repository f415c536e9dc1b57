"""How fast `tfidf` is beside scikit-learn, and that both give one matrix: ``python tests/benchmarks/tfidf.py``.

Reads Reuters R8 where ASTERISM_DATA names the folder of data sets, the docstrings of the standard library elsewhere; and 50,000 documents
made of sentences of those.
"""

import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from documents import texts, write_documents
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import Records
from asterism.plugins.text.encoders.tfidf import Tfidf

BEST = {"stop_words": "english", "sublinear_tf": True, "min_df": 3}
SETTINGS: tuple[dict[str, Any], ...] = ({}, BEST, {"ngram_range": (1, 2)}, {"analyzer": "char_wb", "ngram_range": (2, 4)})
ROUNDS = 7
DOCUMENTS = 50_000


def clocks(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Time one call by the processor's clock, which counts all threads, and by that on the wall; return its result too."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return time.process_time() - processor, time.perf_counter() - wall, result


def documents() -> list[str]:
    """Make the documents."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents.csv"
        write_documents(path, DOCUMENTS)
        with path.open(encoding="utf-8", newline="") as stream:
            return [row["text"] for row in csv.DictReader(stream)]


def assert_same(ours: Any, theirs: Any) -> None:
    """Check that two matrices have the same cells, to 1e-6."""
    theirs.sort_indices()
    assert np.array_equal(ours.indptr, theirs.indptr)
    assert np.array_equal(ours.indices, theirs.indices)
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-6)


def compare(name: str, corpus: list[str], settings: dict[str, Any], rounds: int) -> None:
    """Time both in turn, so that both meet the same load, and print the median of the ratios by both clocks."""
    records, by_processor, by_wall, best = Records.of(corpus, modality="text"), list[float](), list[float](), [np.inf, np.inf]
    for _ in range(rounds):
        ours = clocks(lambda: Tfidf(**settings).fit_transform(records))
        theirs = clocks(lambda: TfidfVectorizer(dtype=np.float32, **settings).fit_transform(corpus))
        by_processor.append(ours[0] / theirs[0])
        by_wall.append(ours[1] / theirs[1])
        best = [min(best[0], ours[0]), min(best[1], theirs[0])]
    assert_same(ours[2], theirs[2])
    ratios = f"ratio {statistics.median(by_processor):.3f} by processor time, {statistics.median(by_wall):.3f} on the wall"
    print(f"{name}, {len(corpus)} texts, {settings}: {best[0]:.3f} s, scikit-learn {best[1]:.3f} s, {ratios}", flush=True)


def main() -> None:
    """Compare both corpora, the large one less often where each round is long."""
    name, corpus = texts()
    for settings in SETTINGS:
        compare(name, corpus, settings, ROUNDS)
    large = documents()
    for settings in SETTINGS:
        compare("documents", large, settings, ROUNDS if settings in ({}, BEST) else 1)


if __name__ == "__main__":
    main()
