"""What the framework costs: `asterism run` against the same steps written by hand with scikit-learn, whole processes, in turn.

Needs ASTERISM_DATA. Prints wall time and peak memory as ratios ours/theirs (median over pairs), and how far the groups agree.
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent / "by_hand"
JOBS = {"r8": "text/r8/train.txt", "mnist": "image/mnist_t10k/t10k-images-idx3-ubyte.gz"}
ROUNDS = int(os.environ.get("ROUNDS", "7"))


def measure(command: list[str]) -> tuple[float, float, str]:
    """Run a command; return its wall time in seconds, its peak memory in MiB and what it printed."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, printed


def by_hand(name: str, data: Path, folder: Path) -> tuple[float, float, list[int], float]:
    """Run the script; return time, memory, groups and NMI."""
    seconds, memory, printed = measure([sys.executable, str(HERE / f"{name}.py"), str(data), str(folder / "labels.csv")])
    with (folder / "labels.csv").open() as stream:
        return seconds, memory, [int(label) for _, label in csv.reader(stream)], float(printed)


def ours(name: str, data: Path, folder: Path) -> tuple[float, float, list[int], float]:
    """Run the spec; return time, memory, groups and NMI."""
    import pyarrow.parquet as pq

    out, command = folder / "out", str(Path(sys.executable).parent / "asterism")
    setting = f"source.path={data}"
    seconds, memory, printed = measure([command, "run", str(HERE / f"{name}.yaml"), "--set", setting, "--out", str(out), "--json"])
    metrics = json.loads(printed)["metrics"]
    (stage,) = metrics
    return seconds, memory, pq.read_table(out / "records.parquet", columns=[stage])[stage].to_pylist(), metrics[stage]["nmi"]


def compare(name: str, data: Path) -> None:
    """Run both in turn and print the ratios."""
    from sklearn.metrics import adjusted_rand_score

    pairs = []
    for round_ in range(ROUNDS + 1):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            theirs, mine = by_hand(name, data, Path(one)), ours(name, data, Path(other))
        if round_:  # the first pair warms the disk cache
            pairs.append((mine, theirs))
    wall = statistics.median(mine[0] / theirs[0] for mine, theirs in pairs)
    peak = statistics.median(mine[1] / theirs[1] for mine, theirs in pairs)
    mine, theirs = pairs[-1]
    print(f"{name}: wall {wall:.2f} of {theirs[0]:.2f} s by hand, peak memory {peak:.2f} of {theirs[1]:.0f} MiB,", end=" ")
    print(f"NMI {mine[3]:.4f} and {theirs[3]:.4f}, ARI between the groups {adjusted_rand_score(mine[2], theirs[2]):.4f}")


def main() -> None:
    """Compare all jobs."""
    root = os.environ.get("ASTERISM_DATA")
    if not root:
        print("overhead: skipped, ASTERISM_DATA is not set")
        return
    for name, path in JOBS.items():
        compare(name, Path(root).absolute() / path)


if __name__ == "__main__":
    main()
