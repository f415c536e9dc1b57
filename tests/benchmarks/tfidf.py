"""How fast `tfidf` is beside scikit-learn: ``python tests/benchmarks/tfidf.py``.

Reads Reuters R8 where ASTERISM_DATA names the folder of data sets, and the docstrings of the standard library elsewhere.
"""

import statistics

import numpy as np
from documents import texts
from measuring import seconds
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import Records
from asterism.plugins.text.tfidf import Tfidf

ROUNDS = 9


def main() -> None:
    """Time both in turn, so that both meet the same load, and print the ratio of each pair."""
    name, corpus = texts()
    records = Records.of(corpus, modality="text")
    for settings in ({}, {"stop_words": "english", "sublinear_tf": True, "min_df": 3}, {"ngram_range": (1, 2)}):
        pairs = [
            (
                seconds(Tfidf(**settings).fit_transform, records),
                seconds(TfidfVectorizer(dtype=np.float32, **settings).fit_transform, corpus),
            )
            for _ in range(ROUNDS)
        ]
        ours, theirs = (min(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / peer for mine, peer in pairs)
        print(f"{name}, {len(corpus)} texts, {settings}: {ours:.3f} s, scikit-learn {theirs:.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
