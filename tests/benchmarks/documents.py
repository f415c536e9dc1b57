"""Texts for the benchmarks that every machine has: docstrings of the standard library, and documents made of their sentences."""

import csv
import json
import logging
import os
import re
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from asterism.plugins.samples.docstrings import write_docstrings
from asterism.plugins.text.modality import Text

SENTENCES = 6
"""Sentences of a document."""
OWN_SHARE = 0.75
"""Share of them that are from the module that the document is about, so that there are groups to be found."""

logging.getLogger("asterism").addHandler(logging.NullHandler())  # texts without a word are reported there, which is not the matter here


def docstrings() -> list[dict[str, str]]:
    """Read the docstrings: `id`, `text` and `module` of each."""
    with tempfile.TemporaryDirectory() as folder:
        return [json.loads(line) for line in write_docstrings(Path(folder)).read_text(encoding="utf-8").splitlines()]


def texts() -> tuple[str, list[str]]:
    """Return the name of a real corpus and its texts: Reuters R8 where ASTERISM_DATA is set, the docstrings elsewhere."""
    if folder := os.environ.get("ASTERISM_DATA"):
        return "r8", list(Text(format="tsv", names=("label", "text")).read(Path(folder) / "text/r8/train.txt"))
    return "docstrings", [record["text"] for record in docstrings()]


def write_documents(path: Path, count: int, seed: int = 0) -> None:
    """Write `count` documents as CSV with `id`, `text` and `module`; the first ones are the same whatever the count."""
    by_module = _sentences()
    modules = sorted(by_module)
    every = [sentence for module in modules for sentence in by_module[module]]
    random = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "text", "module"])
        for number in range(count):
            module = modules[int(random.integers(len(modules)))]
            own, places = random.random(SENTENCES) < OWN_SHARE, random.random(SENTENCES)
            pools = (by_module[module] if mine else every for mine in own)
            rows.writerow([number, " ".join(pool[int(place * len(pool))] for pool, place in zip(pools, places, strict=True)), module])


def _sentences() -> dict[str, list[str]]:
    """Cut the docstrings into sentences, by module; those of a few words say nothing."""
    found: dict[str, list[str]] = defaultdict(list)
    for record in docstrings():
        cut = re.split(r"(?<=[.!?])\s+|\n\s*\n", record["text"])
        found[record["module"]] += [line for part in cut if len(line := " ".join(part.split())) > 30]
    return {module: sentences for module, sentences in found.items() if len(sentences) >= 20}
