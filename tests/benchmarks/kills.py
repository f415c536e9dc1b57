"""A run that is killed twenty times: does it come to the same end, and how much is done twice? Whole processes of `asterism run`.

The share that is done twice is read from `events.jsonl`, where progress is told ten times a second at most: what a stage had done
since it last told, and rounds of sums that take less, are not in it. The number of documents and of kills may be given as arguments.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from documents import write_documents
from measuring import COMMAND

SPEC = """
asterism: 1
name: kills
source: {modality: text, path: documents.csv, id: id}
memory: 256KiB
stages:
  - encoder: hashing
    analyzer: char_wb
    ngram_range: [2, 4]
    n_features: 65536
  - reducer: svd
    n_components: 16
    n_iter: 2
  - clusterer: kmeans
    n_clusters: 20
    max_iter: 20
"""
START_UP = 0.5
"""Seconds that a process takes before it does anything; a kill before that tests nothing."""
KILLS_PER_RUN = 4
"""About so many kills meet a run before it comes to its end."""


def command(folder: Path, out: str, cache: str) -> list[str]:
    """Write the command; it is the same at every try."""
    return [COMMAND, "run", str(folder / "spec.yaml"), "--out", str(folder / out), "--cache", str(folder / cache), "--quiet"]


def ended(command: list[str], after: float | None = None) -> bool:
    """Start a run, and kill it after some seconds; False where it did not come to its end before."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            code = process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
            return False
    if code:
        sys.exit(f"{' '.join(command)} failed")
    return True


def digests(out: Path) -> dict[str, str]:
    """Digest the table and the files of the model."""
    files = [out / "records.parquet", *sorted(path for path in (out / "model").rglob("*") if path.is_file())]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def tries_of(out: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the events of each try."""
    events: list[dict[str, Any]] = []
    for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            event = json.loads(line)
        except ValueError:  # the kill came while the line was written
            continue
        if event["event"] == "before_run" and events:
            yield events
            events = []
        events.append(event)
    yield events


def steps_done(out: Path, first_steps: dict[str, int] | None = None) -> tuple[Counter[str], dict[str, int]]:
    """Count the steps (records, or batches of a round of sums) that each stage did over all tries.

    Also returned is how far each stage was when it first told: given as `first_steps`, by a run that nothing disturbed, it tells
    where a stage was when it was taken up again.
    """
    done: Counter[str] = Counter()
    first: dict[str, int] = {}
    for events in tries_of(out):
        last: dict[str, tuple[str, int, int]] = {}
        for event in (event for event in events if event["event"] == "on_progress"):
            stage, now, total = event["stage"], event["done"], event["total"]
            kind = f"{stage}, steps of {total:,}"
            if stage not in last:
                done[kind] += (first_steps or {}).get(kind, first.setdefault(kind, now))
            elif kind == last[stage][0] and now > last[stage][1]:
                done[kind] += now - last[stage][1]
            else:  # another round over the data; what was left of the one before was done without telling
                done[last[stage][0]] += last[stage][2] - last[stage][1]
                done[kind] += now
            last[stage] = kind, now, total
    return done, first


def kill_again_and_again(folder: Path, kills: int, longest: float) -> list[Path]:
    """Kill runs at random moments, until there were so many kills; return their folders once each has come to its end."""
    moments, outs, count = np.random.default_rng(0), list[Path](), 0
    while count < kills:
        number, complete = len(outs), False
        outs.append(folder / f"out-{number}")
        again = command(folder, f"out-{number}", f"cache-{number}")
        while count < kills and not complete:
            complete = ended(again, START_UP + moments.random() * longest)
            count += not complete
        complete = complete or ended(again)
        if len(outs) > kills:
            sys.exit(f"only {count} of {kills} kills met a run that was not over; take more documents")
    return outs


def main() -> None:
    """Kill, compare, and print what was done twice."""
    documents, kills = map(int, sys.argv[1:3] or ("12000", "20"))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_documents(folder / "documents.csv", documents)
        (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
        begin = time.perf_counter()
        ended(command(folder, "undisturbed", "cache"))
        whole = time.perf_counter() - begin
        expected, (steps, first) = digests(folder / "undisturbed"), steps_done(folder / "undisturbed")
        outs = kill_again_and_again(folder, kills, 2 * whole / KILLS_PER_RUN)
        taken = time.perf_counter() - begin - whole
        equal = sum(digests(out) == expected for out in outs)
        done = sum((steps_done(out, first)[0] for out in outs), Counter())
    print(f"kills: {kills} in {len(outs)} runs, {equal} of {len(outs)} results identical, the time of the runs", end=" ")
    print(f"{taken / whole / len(outs):.2f} of the {whole:.1f} s undisturbed, with {START_UP} s or more for every start")
    for kind, count in steps.items():
        expected_steps = count * len(outs)
        share = f", {done[kind] / expected_steps - 1:+.1%}" if expected_steps else ""
        print(f"  {kind}: {done[kind]:,} told of, {expected_steps:,} where nothing is killed{share}")


if __name__ == "__main__":
    main()
