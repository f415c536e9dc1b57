"""How fast the encoders by word vectors are beside gensim: ``python tests/benchmarks/word_vectors.py``.

Reads War and Peace and WikiText-2 where ASTERISM_DATA names the folder of data sets, and the docstrings of the standard library
elsewhere. All times are whole fits from the texts on, gensim's with the words cut before; `word2vec` takes one thread, gensim as many
as it says.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from documents import docstrings
from gensim.models import FastText as FastTextPeer
from gensim.models import Word2Vec as Word2VecPeer
from measuring import compare, elapsed

from asterism.framework import Records
from asterism.plugins.text.encoders.fasttext import FastText
from asterism.plugins.text.encoders.glove import GloVe
from asterism.plugins.text.encoders.word2vec import Word2Vec

EQUAL = {"vector_size": 100, "window": 5, "min_count": 5, "negative": 5, "sample": 1e-3, "alpha": 0.025, "min_alpha": 1e-4, "epochs": 5}
ROUNDS = 3


def main() -> None:
    """Time ours and the peer in turn."""
    name, corpus = texts()
    records = Records.of(corpus, modality="text")
    words = list(Word2Vec()._words_of(corpus))
    print(f"{name}: {len(corpus)} texts, {sum(map(len, words))} words, {EQUAL['epochs']} epochs")
    warm_up()
    for algorithm in ("skip-gram", "cbow"):
        for workers in (1, 2):
            ours = fit(Word2Vec(algorithm=algorithm, **EQUAL), records)
            compare(f"word2vec {algorithm}, gensim with {workers} workers", ours, peer(Word2VecPeer, words, algorithm, workers), ROUNDS)
    compare("fasttext skip-gram", fit(FastText(**EQUAL), records), peer(FastTextPeer, words, "skip-gram", 2), 1)
    compare("glove, peer: word2vec skip-gram", fit(GloVe(), records), fit(Word2Vec(**EQUAL), records), ROUNDS)
    encoder = Word2Vec(**EQUAL | {"epochs": 1}).fit(records)
    print(f"transform: {sum(map(len, words)) / elapsed(lambda: encoder.transform(corpus)):,.0f} words/s")


def texts() -> tuple[str, list[str]]:
    """Return the name of a corpus and its texts."""
    if folder := os.environ.get("ASTERISM_DATA"):
        path = Path(folder) / "lm"
        novel = re.split(r"\n\s*\n", (path / "war_and_peace/warandpeace.txt").read_text(encoding="utf-8-sig"))
        articles = [line for part in ("valid", "test") for line in (path / f"wikitext2/{part}.txt").read_text("utf-8").splitlines()]
        return "War and Peace, WikiText-2", [text for text in novel + articles if text.strip()]
    return "docstrings", [record["text"] for record in docstrings()]


def warm_up() -> None:
    """Let everything be compiled that is not yet."""
    few = Records.of(["the sun and the moon"] * 10)
    for encoder in (Word2Vec(min_count=1), FastText(min_count=1), GloVe(min_count=1, sample=0)):
        encoder.fit_transform(few)


def fit(encoder: Any, records: Any) -> Callable[[], object]:
    """Return what fits an encoder."""
    return lambda: encoder.fit(records)


def peer(cls: Any, words: list[list[str]], algorithm: str, workers: int) -> Callable[[], object]:
    """Return what trains a model of gensim."""
    return lambda: cls(words, sg=int(algorithm == "skip-gram"), workers=workers, **EQUAL)


if __name__ == "__main__":
    main()
