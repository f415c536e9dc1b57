"""What `asterism plan` says of real data, from samples of at most 1,000 records, against what `asterism run` then takes.

A job of each modality; `tests/benchmarks/forecast.py` has more of them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of the reference data"),
]

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "forecast.py"


def ratios(job: str, seconds: float = 240) -> tuple[float, float]:
    command = [sys.executable, str(BENCHMARK), job]
    done = subprocess.run(command, env={**os.environ, "SAMPLE": "1000"}, capture_output=True, text=True, check=False, timeout=seconds)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    return float(words[words.index("time") + 1]), float(words[words.index("memory") + 1])


@pytest.mark.parametrize("job", ["r8", "faces", "movielens", "wikitext"])
def test_memory_is_within_a_factor_of_two_and_time_is_not_far_off(job: str) -> None:
    # Time is within a factor of two as well, which the benchmark shows on a machine that does nothing else; here others may be at work
    # during the forecast, during the run or during both.
    found = [ratios(job)]
    while not _is_near(found[-1]) and len(found) < 3:
        found.append(ratios(job))
    assert _is_near(found[-1]), found


def _is_near(ratio: tuple[float, float]) -> bool:
    time, memory = ratio
    return 1 / 6 <= time <= 6 and 1 / 2 <= memory <= 2
