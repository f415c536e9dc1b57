"""What the page of a run costs: seconds beside those of the whole run, and how large it becomes.

The runs are the demo of texts, and with ASTERISM_DATA the ready spec `images-fast` on the MNIST test set, CIFAR-10 and photographs.
Nothing is taken from a cache. The last line is a page of 200,000 made-up points.

    ASTERISM_DATA=... python tests/benchmarks/reports.py
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from measuring import elapsed

from asterism.framework import FinishedRun, Pipeline, Records, Reducer, Result, Stage, hookimpl
from asterism.plugins.report.writing import FILE, write_report
from asterism.plugins.text.modality import Text
from asterism.registry import Registry
from asterism.registry.runs import run_plan

POINTS = 200_000


class Timed:
    """Writes the page, and keeps the seconds that it took."""

    @hookimpl
    def after_write(self, run):
        begin = time.perf_counter()
        write_report(run, run.folder / FILE)
        self.seconds = time.perf_counter() - begin


class Here(Reducer):
    """Stands for a stage that gave a map."""

    def transform(self, X):
        return X


def line(name, seconds, whole, path):
    share = f"{seconds / whole:6.1%} of {whole:6.1f} s" if whole else " " * 18
    print(f"{name:<28} {seconds:6.2f} s  {share}  {path.stat().st_size / 1e6:6.2f} MB")


def of_spec(name, spec, folder, **source):
    """Run a spec without a cache and tell what its page takes of it."""
    registry, hook = Registry(), Timed()
    plan = registry.plan(spec, ("cache=off", *(f"source.{key}={value}" for key, value in source.items())))
    begin = time.perf_counter()
    run = run_plan(registry, plan, folder / name, hooks=[hook])
    line(name, hook.seconds, time.perf_counter() - begin, run.path / FILE)


def of_points(folder):
    """Write a page of many made-up texts in 50 groups."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 50, POINTS)
    drawn = (random.normal(scale=0.3, size=(POINTS, 2)) + np.column_stack([labels % 8, labels // 8])).astype(np.float32)
    texts = [f"record {row} of group {group}: " + "word " * 12 for row, group in enumerate(labels.tolist())]
    records = Records.of(texts, modality="text")
    stages = {"map": Stage("map", Here(), "source")}
    result = Result(records, records.ids, stages=stages, values={"map": drawn}, targets=[str(group) for group in labels])
    (folder / "metrics.json").write_text("{}")
    (folder / "groups.json").write_text("{}")
    run = FinishedRun(folder, {"stages": {"map": {"columns": 2}}}, Pipeline([], modality=Text()), result)
    line(f"{POINTS:,} points", elapsed(lambda: write_report(run, folder / FILE)), 0, folder / FILE)


def main():
    with TemporaryDirectory() as name:
        folder = Path(name)
        of_spec("demo-text", Registry().load("demo", "text"), folder)
        if data := os.environ.get("ASTERISM_DATA"):
            image = Path(data) / "image"
            of_spec("MNIST", "images-fast", folder, path=image / "mnist_t10k/t10k-images-idx3-ubyte.gz")
            of_spec("CIFAR-10", "images-fast", folder, path=image / "cifar10_test")
            of_spec("Flickr8k", "images-fast", folder, path=Path(data) / "pairs/flickr8k_300")
        of_points(folder)


if __name__ == "__main__":
    sys.exit(main())
