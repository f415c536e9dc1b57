"""How fast `tfidf` is beside scikit-learn: ``python tests/benchmarks/tfidf.py``.

Reads Reuters R8 where ASTERISM_DATA names the folder of data sets, and the documentation of Python's own modules elsewhere.
"""

import ast
import logging
import os
import statistics
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import Records
from asterism.plugins.text.modality import Text
from asterism.plugins.text.tfidf import Tfidf

ROUNDS = 9
KINDS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def texts() -> tuple[str, list[str]]:
    """Return the name of a corpus and its texts."""
    if folder := os.environ.get("ASTERISM_DATA"):
        return "r8", list(Text(format="tsv", names=("label", "text")).read(Path(folder) / "text/r8/train.txt"))
    library = Path(sysconfig.get_path("stdlib"))
    trees = [ast.parse(path.read_bytes()) for path in sorted(library.glob("*.py"))]
    return "docstrings", [doc for tree in trees for node in ast.walk(tree) if isinstance(node, KINDS) and (doc := ast.get_docstring(node))]


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """Time one call by the processor's clock, which other programs disturb less."""
    begin = time.process_time()
    action(*arguments)
    return time.process_time() - begin


def main() -> None:
    """Time both in turn, so that both meet the same load, and print the ratio of each pair."""
    logging.getLogger("asterism").addHandler(logging.NullHandler())  # texts without a word are reported there, which is not the matter here
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
