"""Maps against their peers, on made-up data of realistic shape: UMAP against umap-learn, t-SNE against scikit-learn.

UMAP is measured in whole processes, because that is what a user waits for: the first process ever (nothing compiled), a later one
(what numba keeps between processes is there), and a second map in the same process. Usage: ``python tests/benchmarks/maps.py [ROWS]``.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from measuring import measure

DATA = """
import time, warnings
import numpy as np
warnings.simplefilter("ignore")
random = np.random.default_rng(0)
groups = random.integers(0, 20, ROWS)
X = (random.normal(size=(ROWS, 50)) + 3 * random.normal(size=(20, 50))[groups]).astype(np.float32)
begin = time.perf_counter()
"""
AGAIN = """
cold = time.perf_counter()
draw(X)
print(time.perf_counter() - cold)
"""
MAPS = {
    "umap": (
        "from asterism.plugins.vectors.reducers.umap import UMAP\ndef draw(X): return UMAP().fit_transform(X)\n",
        "from umap import UMAP\ndef draw(X): return UMAP(random_state=0).fit_transform(X)\n",
    ),
    "tsne": (
        "from asterism.plugins.vectors.reducers.tsne import TSNE\ndef draw(X): return TSNE().fit_transform(X)\n",
        "from sklearn.manifold import TSNE\ndef draw(X): return TSNE(random_state=0).fit_transform(X)\n",
    ),
}


def run(code: str, rows: int) -> tuple[float, float, float]:
    """Draw two maps in one process; return the seconds of the process without the second, those of the second, and the peak in MiB."""
    seconds, memory, printed = measure([sys.executable, "-c", DATA.replace("ROWS", str(rows)) + code + "draw(X)\n" + AGAIN])
    again = float(printed.split()[-1])
    return seconds - again, again, memory


def report(name: str, ours: float, theirs: float) -> None:
    """Print one comparison."""
    print(f"{name:44} ours {ours:7.2f}   peer {theirs:7.2f}   ratio {ours / theirs:5.2f}", flush=True)


def main() -> None:
    """Print every comparison."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for name, (ours, theirs) in MAPS.items():
        folder = Path(tempfile.mkdtemp())
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
        for which in ("first process ever", "later process") if name == "umap" else ("process",):
            mine, others = run(ours, rows), run(theirs, rows)
            report(f"{name} {rows:,} x 50, {which}, s", mine[0], others[0])
        report(f"{name} {rows:,} x 50, again in that process, s", mine[1], others[1])
        report(f"{name} {rows:,} x 50, peak memory, MiB", mine[2], others[2])
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
