"""What `asterism plan` says against what `asterism run` then takes: seconds and peak memory of whole processes, as ratios.

The four demos always; the reference jobs where ASTERISM_DATA names the folder of the reference data. Arguments name the jobs to do.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = str(Path(sys.executable).parent / "asterism")
HERE = Path(__file__).parent / "by_hand"
DEMOS = ("text", "image", "generate", "recommend")
REFERENCE = {
    "r8": ("text/r8/train.txt", (HERE / "r8.yaml").read_text(encoding="utf-8")),
    "mnist": ("image/mnist_t10k/t10k-images-idx3-ubyte.gz", (HERE / "mnist.yaml").read_text(encoding="utf-8")),
    "faces": (
        "image/att_faces",
        "{asterism: 1, name: faces, source: {modality: image}, stages: [{encoder: pixels}, {reducer: pca, n_components: 50},"
        " {clusterer: kmeans, n_clusters: 40}]}",
    ),
    "movielens": (
        "recommend/ml_latest_small/ratings.csv",
        "{asterism: 1, name: movielens, source: {modality: interactions, user: userId, item: movieId}, stages: [{recommender: item_knn}]}",
    ),
    "wikitext": (
        "lm/wikitext2/valid.txt",
        "{asterism: 1, name: wikitext, source: {modality: text}, stages: [{generator: ngram}]}",
    ),
}


def call(*arguments: str) -> tuple[str, float, float]:
    """Run the command; return what it printed, its seconds and its peak memory in bytes."""
    begin = time.perf_counter()
    with subprocess.Popen([COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"asterism {' '.join(arguments)} failed")
    return printed, time.perf_counter() - begin, usage.ru_maxrss * 1024


def compare(name: str, spec: Path, changes: list[str], sample: list[str]) -> None:
    """Forecast and run one job, and print both."""
    printed, planning, _ = call("plan", str(spec), *changes, *sample, "--json")
    said = json.loads(printed)
    with tempfile.TemporaryDirectory() as folder:
        _, seconds, peak = call("run", str(spec), *changes, "--set", f"cache={folder}/cache", "--quiet", "--out", f"{folder}/out")
    time_said, memory_said = said["seconds"]["total"], said["memory"]["peak"]
    print(f"{name:<10} {said['records']:>7,} records, samples to {said['samples'][-1]:>6,}, forecast took {planning:4.1f} s;", end=" ")
    print(f"time {time_said / seconds:.2f} of {seconds:.2f} s, memory {memory_said / peak:.2f} of {peak / 2**20:.0f} MiB", flush=True)


def main() -> None:
    """Compare all jobs, or those named; ``SAMPLE=N`` bounds the samples."""
    wanted, root = sys.argv[1:], os.environ.get("ASTERISM_DATA")
    sample = ["--sample", os.environ["SAMPLE"]] if "SAMPLE" in os.environ else []
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "spec.yaml"
        for name in (name for name in DEMOS if not wanted or name in wanted):
            spec.unlink(missing_ok=True)
            call("demo", name, "--write-spec", str(spec))
            compare(name, spec, [], sample)
        for name, (path, text) in REFERENCE.items() if root else ():
            if not wanted or name in wanted:
                spec.write_text(text, encoding="utf-8")
                compare(name, spec, ["--set", f"source.path={Path(str(root)).absolute() / path}"], sample)
    if not root:
        print("the reference jobs are skipped: ASTERISM_DATA is not set")


if __name__ == "__main__":
    main()
