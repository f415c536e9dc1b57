import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from asterism.framework import DataError, Encoder, Interactions, Matrix, Records, Reducer, Summable, Summary
from asterism.registry import Registry
from asterism.registry.advice import write_seconds
from asterism.registry.forecast import Forecast, forecast
from asterism.registry.trials import shape_of, take

SPEC: dict[str, Any] = {
    "asterism": 1,
    "name": "try",
    "cache": "off",
    "source": {"modality": "lines", "path": "lines.txt"},
    "stages": [{"encoder": "wide"}, {"reducer": "square"}],
}


class Wide(Encoder):
    """The length of a text, a hundred times."""

    by_rows = False
    reads = frozenset({"text"})

    def transform(self, records: Any) -> Matrix:
        return np.repeat(np.array([len(text) for text in records], np.float32)[:, None], 100, axis=1)


class Square(Reducer):
    """Takes time and memory by the square of the rows, and needs them all."""

    microseconds: float = 0.5
    """For each pair of rows."""
    least: int = 1
    """Fewer rows are refused."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        if len(X) < self.least:
            raise DataError(f"needs {self.least} rows (got {len(X)})")
        pairs = np.zeros((len(X), len(X)), np.float32)
        time.sleep(self.microseconds * 1e-6 * pairs.size)
        self.n_ = len(X)
        return self

    def transform(self, X: Matrix) -> Matrix:
        return np.ascontiguousarray(X[:, :2])


class Mean(Reducer, Summable):
    """Subtracts the mean, which is a sum."""

    by_rows = True

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.begin(X)
        self.absorb(self.summarize(X))
        return self

    def transform(self, X: Matrix) -> Matrix:
        return (X - self.mean_).astype(np.float32)

    def begin(self, sample: Matrix) -> None:
        self.mean_ = np.zeros(sample.shape[1])

    def summarize(self, batch: Matrix) -> Summary:
        return {"sum": batch.sum(axis=0, dtype=np.float64), "count": np.array(len(batch))}

    def absorb(self, total: Summary) -> bool:
        self.mean_ = total["sum"] / total["count"]
        return True


Say = Callable[..., Forecast]


@pytest.fixture
def say(registry: Registry, here: Path) -> Say:
    for cls in (Wide, Square, Mean):
        registry.register(cls)

    def make(records: int, changes: dict[str, Any] | None = None, **options: Any) -> Forecast:
        Path("lines.txt").write_text("".join(f"{'x' * (row % 9 + 1)}\n" for row in range(records)))
        spec = {**SPEC, **(changes or {})}
        return forecast(registry, lambda: registry.plan(spec), **options)

    return make


def with_square(**fields: Any) -> dict[str, Any]:
    return {"stages": [SPEC["stages"][0], {"reducer": "square", **fields}]}


def test_a_small_source_is_used_whole(say: Say) -> None:
    found = say(100)
    assert (found.records, found.samples[-1]) == (100, 100)
    wide, square = found.stages
    assert (wide.rows, wide.columns, wide.bytes, wide.streams) == (100, 100, 100 * 100 * 4, False)
    assert (square.rows, square.columns, square.bytes) == (100, 2, 800)
    assert found.advice == []


def test_shapes_and_bytes_of_a_large_source_follow_from_samples(say: Say) -> None:
    found = say(20_000, with_square(microseconds=0.0), sample=480)
    assert found.samples == [60, 120, 240, 480]
    wide, square = found.stages
    assert (wide.rows, wide.columns) == (20_000, 100)
    assert wide.bytes == pytest.approx(20_000 * 100 * 4, rel=0.01)
    assert square.bytes == pytest.approx(20_000 * 2 * 4, rel=0.01)
    assert square.working == pytest.approx(20_000**2 * 4, rel=0.2)
    assert found.peak >= square.peak > square.working
    assert found.seconds == pytest.approx(
        found.starting + found.opening + found.importing + found.writing + sum(stage.seconds for stage in found.stages)
    )


def test_a_stage_that_grows_with_the_square_is_said_so_before(say: Say) -> None:
    found = say(20_000, sample=1000)
    expected = 0.5e-6 * 20_000**2
    assert expected / 2 < found.stages[1].seconds < expected * 2
    (advice,) = [advice for advice in found.advice if "grows with" in advice]
    assert re.fullmatch(
        r"stage 'square' \(reducer/square\) grows with the (square of the records|records to .*): about .* for 20,000", advice
    )


def test_what_takes_hours_is_told_with_what_can_be_done_in_minutes(say: Say) -> None:
    found = say(100_000, sample=1000)
    (advice,) = [advice for advice in found.advice if "grows with" in advice]
    assert re.search(r"about [\d.]+ (h|min) for 100,000; \d\d,000 \(`limit`\) take about ([5-9]\.\d|10) min$", advice)


def test_a_whole_stage_that_does_not_fit_names_what_streams_and_what_would_fit(say: Say) -> None:
    found = say(2000, with_square(microseconds=0.0), memory=399_000, sample=500)
    wide, square = found.stages
    assert (wide.on_disk, square.on_disk, square.streams) == (True, False, False)
    (advice,) = found.advice
    assert advice == (
        "stage 'square' (reducer/square) cannot work block by block, and what 'wide' gives it takes 781 KiB, more than the 390 KiB for "
        "results in memory: use reducer/mean in its place, which can, or set `limit` to about 990, or give results `--memory 781 KiB`"
    )
    assert found.disk > wide.bytes


def test_a_stage_that_adds_up_sums_streams(say: Say) -> None:
    found = say(2000, {"stages": [SPEC["stages"][0], {"reducer": "mean"}]}, memory=400_000, sample=500)
    assert found.stages[1].streams
    assert found.advice == []


def test_more_memory_than_is_free_is_told(say: Say) -> None:
    found = say(1_000_000, with_square(microseconds=0.0), sample=300)
    assert any(
        re.fullmatch(r"at its height, in stage 'square', the run takes [\d.]+ TiB of memory, and .* are free: set `limit`, .*", advice)
        for advice in found.advice
    )


def test_samples_grow_until_the_spec_has_enough_records(say: Say) -> None:
    assert say(3000, with_square(least=200, microseconds=0.0), sample=500).samples == [240, 500]


def test_a_sample_that_is_too_small_says_so(say: Say) -> None:
    with pytest.raises(DataError) as caught:
        say(3000, with_square(least=200), sample=150)
    assert str(caught.value) == (
        "a sample of 150 records is too small for this spec: needs 200 rows (got 150); "
        "try a larger --sample, or check that the source has enough records"
    )


def test_a_source_that_is_too_small_gets_the_message_of_the_run(say: Say, registry: Registry) -> None:
    with pytest.raises(DataError) as planned:
        say(150, with_square(least=200))
    with pytest.raises(DataError) as ran:
        registry.plan({**SPEC, **with_square(least=200)}).pipeline.fit("lines.txt")
    assert str(planned.value) == str(ran.value)


def test_an_empty_or_missing_source_gets_the_message_of_the_run(say: Say, registry: Registry) -> None:
    with pytest.raises(DataError, match=r"^the source is empty: there is not one record; give it at least one$"):
        say(0)
    with pytest.raises(DataError, match=r"^none\.txt: there is no such file$"):
        say(1, {"source": {"modality": "lines", "path": "none.txt"}})
    with pytest.raises(DataError, match=r"^source: the spec names nothing to read; give it a `path`, or a `sample`$"):
        say(1, {"source": {"modality": "lines"}})


def test_limit_bounds_the_records(say: Say) -> None:
    assert say(500, {**with_square(microseconds=0.0), "source": {**SPEC["source"], "limit": 70}}).records == 70


def test_nothing_is_left_behind(say: Say) -> None:
    say(100)
    assert [path.name for path in Path().iterdir()] == ["lines.txt"]


def test_samples_come_from_all_over_the_source() -> None:
    records = Records.of(range(10_000))
    rows = list(take(records, 100))
    assert rows == list(take(records, 100)) == sorted(set(rows))
    assert (rows[0] < 500, rows[-1] > 9500, len(rows)) == (True, True, 100)
    assert take(records, 10_000) is records


def test_a_sample_of_interactions_is_one_of_users() -> None:
    log = Interactions.from_histories({f"u{number}": ["a", f"i{number}"] for number in range(50)})
    sample = take(log, 10)
    assert (len(sample), sample.items) == (10, log.items)
    assert all(sample[row] == ["a", user.replace("u", "i")] for row, user in enumerate(sample.users))


def test_every_kind_of_result_has_a_size() -> None:
    from scipy.sparse import csr_matrix

    sparse = shape_of(csr_matrix(np.eye(3, dtype=np.float32)))
    assert (sparse.rows, sparse.columns, sparse.bytes, sparse.sparse) == (3, 3, 12 + 12 + 16, True)
    labels = shape_of(np.zeros(5, np.int64))
    assert (labels.rows, labels.columns, labels.bytes) == (5, None, 40)
    assert shape_of(["a", "bb"]).rows == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "0.00 s"), (0.5, "0.50 s"), (4.26, "4.3 s"), (59.0, "59 s"), (240.0, "4.0 min"), (4.1 * 3600, "4.1 h"), (9e5, "10 days")],
)
def test_durations_are_written_in_the_unit_that_suits_them(seconds: float, text: str) -> None:
    assert write_seconds(seconds) == text
    assert math.isfinite(seconds)
