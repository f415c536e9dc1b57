"""How a run goes about its stages: in batches, by sums, from the store; what it leaves out, and how it stops and goes on."""

import gc
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from asterism.framework import (
    Cancelled,
    Clusterer,
    DataError,
    Encoder,
    Entry,
    Generator,
    Pipeline,
    Records,
    Reducer,
    Result,
    Settings,
    Stage,
    Summable,
    Summary,
    hookimpl,
    report_problem,
)
from asterism.framework.blocks import is_mapped
from asterism.framework.local import LocalEngine
from asterism.framework.store import Store
from asterism.framework.testing.engines import ShuffledEngine

SEEN: list[tuple[str, int]] = []
"""What the components below were given: their name, and how many rows."""


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


def seen(name: str) -> list[int]:
    return [rows for who, rows in SEEN if who == name]


class Letters(Encoder):
    """Counts letters; nothing to learn."""

    reads = frozenset({"text"})
    batch_size = 8

    def transform(self, records: Any) -> Any:
        items = list(records)
        SEEN.append(("letters", len(items)))
        if empty := [row for row, text in enumerate(items) if not text]:
            report_problem("there is nothing to count", rows=empty)
        if bad := [row for row, text in enumerate(items) if "!" in text]:
            raise DataError("shouting is not understood", rows=bad, hint="speak softly")
        return np.array([[text.count(letter) for letter in "abcd"] for text in items], np.float32)


class Words(Encoder):
    """Learns how many texts there are; gives their share of all letters."""

    reads = frozenset({"text"})

    def fit(self, records: Any, y: None = None) -> Self:
        items = list(records)
        SEEN.append(("words", len(items)))
        if bad := [row for row, text in enumerate(items) if text == "mute"]:
            raise DataError("there is nothing to learn from", rows=bad)
        self.total_ = sum(map(len, items))
        return self

    def transform(self, records: Any) -> Any:
        return np.array([[len(text) / self.total_] for text in records], np.float32)


class Lengths(Words, Summable):
    """The same, as one round of sums."""

    batch_size = 8

    def begin(self, sample: Any) -> None:
        SEEN.append(("lengths begin", len(list(sample))))
        self.total_ = 0

    def summarize(self, batch: Any) -> Summary:
        SEEN.append(("lengths sum", len(items := list(batch))))
        return {"letters": np.array(sum(map(len, items)))}

    def absorb(self, total: Summary) -> bool:
        assert self.total_ == 0, "the fit is over"
        self.total_ = int(total["letters"])
        return True


class Centre(Reducer, Summable):
    """Moves rows to their mean, in two rounds: the first counts, the second adds."""

    def fit(self, X: Any, y: None = None) -> Self:
        SEEN.append(("centre whole", X.shape[0]))
        self.mean_, self.n_rows_ = X.mean(axis=0, dtype=np.float64), X.shape[0]
        return self

    def transform(self, X: Any) -> Any:
        SEEN.append(("centre", X.shape[0]))
        return np.asarray(X - self.mean_, np.float32)

    def begin(self, sample: Any) -> None:
        SEEN.append(("centre begin", sample.shape[0]))
        self.n_rows_, self.mean_ = 0, np.zeros(sample.shape[1])

    def summarize(self, batch: Any) -> Summary:
        SEEN.append(("centre sum", batch.shape[0]))
        return {"rows": np.array(batch.shape[0]), "sum": batch.sum(axis=0, dtype=np.float64)}

    def absorb(self, total: Summary) -> bool:
        assert not self.mean_.any(), "the fit is over"
        if self.n_rows_:
            self.mean_ = total["sum"] / self.n_rows_
            return True
        self.n_rows_ = int(total["rows"])
        return False


class Even(Reducer, Summable):
    """Learns a number of columns, which a sample says; refuses rows that hold too large a value."""

    limit: float = np.inf

    def fit(self, X: Any, y: None = None) -> Self:
        SEEN.append(("even fit", X.shape[0]))
        self.width_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        SEEN.append(("even", X.shape[0]))
        if bad := np.flatnonzero(X.max(axis=1) > self.limit).tolist():
            raise DataError("is too large", rows=bad)
        return np.asarray(X / self.width_, np.float32)

    def begin(self, sample: Any) -> bool:
        self.fit(sample)
        return True

    def summarize(self, batch: Any) -> Summary:
        raise AssertionError("the fit is over")

    def absorb(self, total: Summary) -> bool:
        raise AssertionError("the fit is over")


class Halves(Clusterer):
    """Two groups: below and above a threshold; sees everything."""

    threshold: float = 0.0
    """Where the upper group begins."""

    def fit(self, X: Any, y: None = None) -> Self:
        SEEN.append(("halves", X.shape[0]))
        self.columns_ = X.shape[1]
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Any:
        return (np.asarray(X[:, 0]) > self.threshold).astype(np.int64)


class Parrot(Generator):
    """Says what it heard first."""

    def fit(self, records: Any, y: None = None) -> Self:
        self.heard_ = list(records)
        return self

    def generate(self, n: int, prompts: Any = None, random_state: int | None = None) -> list[Any]:
        return self.heard_[:n]


TEXTS = ["ab" * (row % 7) + "cd" * (row % 5) for row in range(100)]


def decode(entry: Entry) -> str:
    if "unreadable" in entry.content:
        raise DataError("is damaged", place=f"{entry.id}.txt")
    if "strange" in entry.content:
        raise OSError("no such codec")
    return str(entry.content)


def texts(**changed: str) -> Records[str]:
    """100 texts with ids a0, a1, ...; some changed, by id."""
    entries = [Entry(f"a{row}", changed.get(f"a{row}", text), "even" if row % 2 == 0 else "odd") for row, text in enumerate(TEXTS)]
    return Records(entries, decode, modality="text")


def pipeline(threshold: float = 0.0) -> Pipeline:
    return Pipeline([Stage("letters", Letters()), Stage("centre", Centre()), Stage("halves", Halves(threshold=threshold))])


def same(one: Result, other: Result) -> bool:
    return one.ids == other.ids and all(np.array_equal(one[name], other[name]) for name in one.values)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


# --- streaming


def test_stateless_encoder_never_sees_all_records() -> None:
    result = pipeline().fit(texts())
    assert seen("letters") == [8] * 12 + [4]
    assert result.streamed == ["letters"]
    assert result["letters"].shape == (100, 4)


def test_results_beyond_the_budget_are_files_and_what_they_feed_is_fitted_by_sums(tmp_path: Path) -> None:
    whole, streamed = pipeline().fit(texts()), pipeline().fit(texts(), settings=Settings(memory=100, scratch=tmp_path))
    assert whole.mapped == []
    assert streamed.mapped == ["letters", "centre", "halves"]
    assert streamed.streamed == ["letters", "centre"]
    assert is_mapped(streamed["letters"])
    assert seen("centre whole") == [100]  # of the first run
    assert same(whole, streamed)
    assert len(list(tmp_path.iterdir())) == 1


def test_fit_by_sums_that_a_sample_ends_runs_no_round(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.framework.blocks.MOST_ROWS", 16)
    stages = [Stage("letters", Letters()), Stage("even", Even())]
    whole = Pipeline(stages).fit(texts())
    SEEN.clear()
    streamed = Pipeline(stages).fit(texts(), settings=Settings(store=store, memory=100))
    assert (seen("even fit"), seen("even")) == ([100], [16] * 6 + [4])  # of 100 rows, a sample is all of them
    assert same(whole, streamed)
    assert Pipeline(stages).fit(texts(), settings=Settings(store=store, memory=100)).reused["even"] == 100


def test_error_in_a_later_block_names_the_right_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.framework.blocks.MOST_ROWS", 16)
    stages = [Stage("letters", Letters()), Stage("even", Even(limit=8.0))]
    for memory in (None, 100):
        with pytest.raises(DataError) as caught:
            Pipeline(stages).fit(texts(a40="a" * 9), settings=Settings(memory=memory, scratch=tmp_path))
        assert str(caught.value) == "stage 'even': is too large (records 'a40')"


def test_temporary_files_go_with_the_result(tmp_path: Path) -> None:
    result = pipeline().fit(texts(), settings=Settings(memory=100, scratch=tmp_path))
    del result
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_apply_in_batches_gives_what_apply_at_once_gives(tmp_path: Path) -> None:
    made = pipeline()
    made.fit(texts())
    SEEN.clear()
    one, other = made.apply(texts()), made.apply(texts(), settings=Settings(memory=100, scratch=tmp_path))
    assert same(one, other)
    assert max(seen("letters")) == 8


@pytest.mark.parametrize("engine", [LocalEngine(workers=1), LocalEngine(workers=2), ShuffledEngine(workers=3)], ids=str)
def test_result_does_not_depend_on_the_engine(engine: Any, tmp_path: Path) -> None:
    plain = pipeline().fit(texts(a3="unreadable"))
    for memory in (None, 100):
        settings = Settings(engine=engine, memory=memory, scratch=tmp_path)
        found = pipeline().fit(texts(a3="unreadable"), settings=settings)
        assert same(plain, found)
        assert [problem.ids for problem in found.quarantine] == [("a3",)]


# --- the store


def test_second_run_computes_nothing(store: Store) -> None:
    first = pipeline().fit(texts(), settings=Settings(store=store))
    SEEN.clear()
    second = pipeline().fit(texts(), settings=Settings(store=store))
    assert SEEN == []
    assert same(first, second)
    assert first.keys == second.keys
    assert first.reused == {"letters": 0, "centre": 0, "halves": 0}
    assert second.reused == {"letters": 100, "centre": 100, "halves": 100}


def test_components_have_learned_what_the_first_run_learned(store: Store) -> None:
    pipeline().fit(texts(), settings=Settings(store=store))
    made = pipeline()
    made.fit(texts(), settings=Settings(store=store))
    assert np.array_equal(made.apply(texts())["halves"], made.fit(texts())["halves"])
    assert made["centre"].n_rows_ == 100  # type: ignore[attr-defined]  # of the class above


def test_changed_field_recomputes_what_depends_on_it(store: Store) -> None:
    pipeline().fit(texts(), settings=Settings(store=store))
    SEEN.clear()
    result = pipeline(threshold=0.5).fit(texts(), settings=Settings(store=store))
    assert SEEN == [("halves", 100)]
    assert result.reused == {"letters": 100, "centre": 100, "halves": 0}


@pytest.mark.parametrize("change", [{"a7": "other"}, {"a99": TEXTS[99] + " "}])
def test_changed_data_recompute_everything(store: Store, change: dict[str, str]) -> None:
    first = pipeline().fit(texts(), settings=Settings(store=store))
    second = pipeline().fit(texts(**change), settings=Settings(store=store))
    assert set(second.reused.values()) == {0}
    assert first.fingerprint != second.fingerprint
    assert not set(first.keys.values()) & set(second.keys.values())


def test_ids_and_targets_are_part_of_the_data(store: Store) -> None:
    prints = {
        pipeline().fit(records).fingerprint
        for records in (
            Records.of(TEXTS),
            Records.of(TEXTS, ids=map(str.upper, map(str, range(100, 200)))),
            Records.of(TEXTS, targets=TEXTS),
        )
    }
    assert len(prints) == 3


def test_another_version_recomputes_exactly_its_stage_and_what_it_feeds(store: Store) -> None:
    def of_version(version: str) -> Pipeline:
        stages = [Stage("letters", Letters()), Stage("centre", Centre(), version=version), Stage("halves", Halves())]
        return Pipeline([*stages, Stage("words", Words(), fed_by="source")])

    of_version("acme 1").fit(texts(), settings=Settings(store=store))
    result = of_version("acme 2").fit(texts(), settings=Settings(store=store))
    assert result.reused == {"letters": 100, "centre": 0, "halves": 0, "words": 100}


def test_a_stage_is_the_same_under_another_name(store: Store) -> None:
    pipeline().fit(texts(), settings=Settings(store=store))
    renamed = Pipeline([Stage("counts", Letters()), Stage("middle", Centre())])
    assert renamed.fit(texts(), settings=Settings(store=store)).reused == {"counts": 100, "middle": 100}


def test_damaged_chunk_is_found_and_computed_again(store: Store) -> None:
    first = pipeline().fit(texts(), settings=Settings(store=store))
    for path in store.folder.rglob("*.bin"):
        path.write_bytes(b"\xff" + path.read_bytes()[1:])
    second = pipeline().fit(texts(), settings=Settings(store=store))
    assert same(first, second)
    assert set(second.reused.values()) == {0}
    assert len([problem for problem in second.problems if "damage" in problem.message]) == 3


def test_apply_is_kept_too_and_depends_on_what_was_learned(store: Store) -> None:
    made, settings = pipeline(), Settings(store=store)
    made.fit(texts(), settings=settings)
    first = made.apply(texts(a1="abcd"), settings=settings)
    SEEN.clear()
    assert same(first, made.apply(texts(a1="abcd"), settings=settings))
    assert SEEN == []
    made.fit(texts(a2="dddd"))
    assert made.apply(texts(a1="abcd"), settings=settings).reused == {"letters": 100, "centre": 0, "halves": 0}


def test_problems_and_quarantine_of_a_kept_stage_are_told_again(store: Store) -> None:
    class Remarks(Letters):
        def transform(self, records: Any) -> Any:
            report_problem("something was cut", rows=[0])
            return super().transform(records)

    def run() -> Result:
        return Pipeline([Stage("remarks", Remarks())]).fit(texts(a9="unreadable"), settings=Settings(store=store))

    first, second = run(), run()
    assert second.reused == {"remarks": 99}
    told = [("something was cut", 13, "remarks"), ("there is nothing to count", 3, "remarks")]
    assert [(p.message, p.count, p.stage) for p in second.problems] == told
    assert [(p.ids, p.message, p.place) for p in second.quarantine] == [(("a9",), "is damaged", "a9.txt")]
    assert first.problems == second.problems
    assert first.quarantine == second.quarantine


def test_items_of_a_generator_are_kept(store: Store) -> None:
    def run() -> Result:
        return Pipeline([Stage("parrot", Parrot(n_samples=3))]).fit(texts(), settings=Settings(store=store))

    assert run()["parrot"] == run()["parrot"] == TEXTS[:3]


class Secret(Halves):
    """Learns something that cannot be saved."""

    def fit(self, X: Any, y: None = None) -> Self:
        self.secret_ = object()
        return super().fit(X)


@pytest.mark.parametrize("memory", [None, 100])
def test_what_cannot_be_saved_is_computed_every_time(store: Store, memory: int | None) -> None:
    for _ in range(2):
        made = Pipeline([Stage("letters", Letters()), Stage("secret", Secret())])
        result = made.fit(texts(), settings=Settings(store=store, memory=memory))
        assert result.reused["secret"] == 0
        assert len(result["secret"]) == 100


def test_what_has_no_digest_is_computed_every_time(store: Store) -> None:
    records = Records([Entry("a", object()), Entry("b", object())], lambda entry: "text")
    for _ in range(2):
        result = Pipeline([Stage("letters", Letters())]).fit(records, settings=Settings(store=store))
        assert (result.fingerprint, result.reused) == ("", {"letters": 0})


# --- going on


class Stop(Exception):
    """Stands for whatever ends a run."""


@dataclass
class StopAt:
    """Stops the run at a progress event of a stage."""

    stage: str
    after: int
    count: int = field(default=0)

    @hookimpl
    def on_progress(self, stage: Stage) -> None:
        self.count += stage.name == self.stage
        if self.count > self.after:
            raise Stop


@pytest.mark.parametrize(
    ("stage", "after"),
    [("letters", 0), ("letters", 3), ("letters", 12), ("centre", 0), ("centre", 2), ("centre", 9), ("centre", 15), ("centre", 20)],
)
@pytest.mark.parametrize("memory", [None, 100])
def test_stopped_run_goes_on_where_it_was(
    store: Store, stage: str, after: int, memory: int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("asterism.framework.running.rhythm.SHARE", 0)
    monkeypatch.setattr("asterism.framework.running.rhythm.SHARE_OF_AGE", 0)
    monkeypatch.setattr("asterism.framework.running.run.SECONDS_BETWEEN_EVENTS", 0)
    monkeypatch.setattr("asterism.framework.blocks.MOST_ROWS", 16)
    plain = pipeline().fit(texts(a5="unreadable"), settings=Settings(memory=memory, scratch=tmp_path))
    settings = Settings(store=store, memory=memory)
    if memory is None and stage == "centre":
        after = 0  # it sees all its rows at once
    with pytest.raises(Stop):
        pipeline().fit(texts(a5="unreadable"), settings=settings, hooks=[StopAt(stage, after)])
    before = sum(seen("letters"))
    SEEN.clear()
    result = pipeline().fit(texts(a5="unreadable"), settings=settings)
    assert same(plain, result)
    assert [problem.ids for problem in result.quarantine] == [("a5",)]
    assert result.problems == plain.problems
    assert before
    if stage != "letters":
        assert seen("letters") == []
    elif after:
        assert 0 < result.reused["letters"] < 100


@pytest.mark.parametrize("after", [0, 5, 13, 20, 30])
def test_stopped_fit_by_sums_over_records_goes_on_without_the_bad_ones(
    store: Store, after: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("asterism.framework.running.rhythm.SHARE", 0)
    monkeypatch.setattr("asterism.framework.running.rhythm.SHARE_OF_AGE", 0)
    monkeypatch.setattr("asterism.framework.running.run.SECONDS_BETWEEN_EVENTS", 0)
    bad = {"a5": "unreadable", "a60": "strange"}

    def run(**how: Any) -> Result:
        made = Pipeline([Stage("lengths", Lengths())])
        return made.fit(texts(**bad), hooks=how.pop("hooks", ()), settings=Settings(memory=how.pop("memory", 100), **how))

    whole, plain = run(memory=None), run(scratch=tmp_path)
    assert plain.streamed == ["lengths"]
    assert whole.streamed == []
    with pytest.raises(Stop):
        run(store=store, hooks=[StopAt("lengths", after)])
    result = run(store=store)
    assert same(plain, result)
    assert same(whole, result)
    assert {problem.ids for problem in result.quarantine} == {("a5",), ("a60",)}


def test_cancelled_run_says_so_and_goes_on(store: Store) -> None:
    cancel = threading.Event()

    class Cancel:
        @hookimpl
        def on_progress(self, stage: Stage) -> None:
            if stage.name == "centre":
                cancel.set()

    with pytest.raises(Cancelled) as raised:
        pipeline().fit(texts(), hooks=[Cancel()], cancel=cancel, settings=Settings(store=store))
    assert list(raised.value.partial.values) == ["letters", "centre"]  # type: ignore[attr-defined]  # documented in Pipeline.fit
    assert pipeline().fit(texts(), settings=Settings(store=store)).reused["letters"] == 100


# --- quarantine


def test_bad_records_are_left_out_everywhere() -> None:
    stages = [Stage("letters", Letters()), Stage("halves", Halves()), Stage("words", Words(), fed_by="source")]
    result = Pipeline(stages).fit(texts(a3="unreadable", a50="strange", a51="loud!", a99="mute"))
    told = [(problem.ids[0], problem.message, problem.place, problem.stage) for problem in result.quarantine]
    assert told == [
        ("a3", "is damaged", "a3.txt", "letters"),
        ("a50", "OSError: no such codec", "", "letters"),
        ("a51", "shouting is not understood; speak softly", "", "letters"),
        ("a99", "there is nothing to learn from", "", "words"),
    ]
    left = [f"a{row}" for row in range(100) if row not in (3, 50, 51, 99)]
    assert result.ids == left
    assert result.targets == ["even" if int(identity[1:]) % 2 == 0 else "odd" for identity in left]
    assert {len(value) for value in result.values.values()} == {96}
    assert result["letters"].tolist() == [[TEXTS[int(i[1:])].count(letter) for letter in "abcd"] for i in left]
    assert list(result.data) == [TEXTS[int(i[1:])] for i in left]


def test_component_that_needs_all_records_is_fitted_again_without_the_bad_ones() -> None:
    result = Pipeline([Stage("words", Words())]).fit(texts(a3="unreadable", a40="strange", a41="mute"))
    assert {problem.ids[0] for problem in result.quarantine} == {"a3", "a40", "a41"}
    assert seen("words")[-1] == 97
    assert len(result.ids) == len(result["words"]) == 97


def test_foreign_error_of_one_record_costs_that_record_alone_where_all_are_needed() -> None:
    result = Pipeline([Stage("words", Words())]).fit(texts(a40="strange"))
    assert [(problem.ids, problem.message) for problem in result.quarantine] == [(("a40",), "OSError: no such codec")]


def test_strict_makes_the_first_bad_record_an_error() -> None:
    hint = "`strict` is on; without it the record would be left out"
    with pytest.raises(DataError) as raised:
        pipeline().fit(texts(a3="unreadable"), settings=Settings(strict=True))
    assert str(raised.value) == f"stage 'letters': a3.txt: is damaged (records 'a3'); {hint}"


def test_too_many_bad_records_stop_the_run() -> None:
    bad = {f"a{row}": "unreadable" for row in range(20, 30)}
    assert len(pipeline().fit(texts(**bad), settings=Settings(max_bad=0.1)).quarantine) == 10
    with pytest.raises(DataError) as raised:
        pipeline().fit(texts(**bad), settings=Settings(max_bad=0.05))
    assert str(raised.value) == (
        "stage 'letters': a25.txt: 6 of 100 records could not be used, more than max_bad=0.05 allows; the last one: is damaged "
        "(records 'a25'); mend the source, or raise max_bad"
    )


def test_rows_of_another_width_are_left_out() -> None:
    class Wide(Encoder):
        batch_size = 8

        def transform(self, records: Any) -> Any:
            return np.array([[1.0] * (2 if "wide" in text else 1) for text in records], np.float32)

    result = Pipeline([Stage("wide", Wide())]).fit(texts(a20="wide"))
    assert [problem.ids for problem in result.quarantine] == [("a20",)]
    all_wide = {f"a{row}": "wide" for row in range(16, 24)}
    result = Pipeline([Stage("wide", Wide())]).fit(texts(**all_wide))
    assert (
        result.quarantine[0].message
        == "encoder/Wide gave 2 columns where the first record gave 1; choose settings that give all of them one width"
    )
    assert result["wide"].shape == (92, 1)


def slow(entry: Entry) -> str:
    if entry.id == "a30":
        threading.Event().wait(60)
    if entry.id == "a60":
        os._exit(3)
    return str(entry.content)


def test_record_that_takes_for_ever_or_kills_its_worker_is_left_out() -> None:
    records = Records(texts().entries, slow)
    result = Pipeline([Stage("letters", Letters())]).fit(records, settings=Settings(engine=LocalEngine(workers=2, timeout=2.0)))
    assert [problem.ids[0] for problem in result.quarantine] == ["a30", "a60"]
    assert result.quarantine[0].message == "took longer than 2 s"
    assert "worker died" in result.quarantine[1].message
    assert len(result.ids) == 98


def test_time_limit_holds_for_components_that_need_all_records_too() -> None:
    records = Records([entry for entry in texts().entries if entry.id != "a60"], slow)
    result = Pipeline([Stage("words", Words())]).fit(records, settings=Settings(engine=LocalEngine(workers=1, timeout=2.0)))
    assert [(problem.ids, problem.message) for problem in result.quarantine] == [(("a30",), "took longer than 2 s")]
    assert len(result["words"]) == 98


# --- sources


@dataclass
class Lines:
    """Entries that are read anew at each iteration; each pass may give others."""

    passes: Callable[[int], list[str]]
    count: int = 0

    def __iter__(self) -> Iterator[Entry]:
        self.count += 1
        return (Entry(str(row), text) for row, text in enumerate(self.passes(self.count)))


def test_source_that_shrinks_during_the_run_is_an_error() -> None:
    lines = Lines(lambda count: TEXTS[: 100 if count == 1 else 90])
    with pytest.raises(DataError) as raised:
        pipeline().fit(Records(lines))
    assert str(raised.value) == (
        "stage 'letters': the source was changed during the run, somewhere from record '0' to record '89'; "
        "let nothing write to it, and start the run again"
    )


def test_source_that_ends_early_at_the_edge_of_a_stamp_is_an_error() -> None:
    lines = Lines(lambda count: ["a"] * (512 if count == 1 else 256))
    with pytest.raises(DataError, match=r"the source ends after 256 records; there were 512 when the run began"):
        pipeline().fit(Records(lines))


def test_source_that_grows_or_changes_during_the_run_is_an_error() -> None:
    for passes in (lambda count: TEXTS + ["more"] * (count > 1), lambda count: ["b" if count > 1 else "a", *TEXTS]):
        with pytest.raises(DataError, match=r"the source was changed during the run"):
            pipeline().fit(Records(Lines(passes)))


def test_changed_file_is_noticed(tmp_path: Path) -> None:
    paths = [tmp_path / f"{row}.txt" for row in range(10)]
    for path in paths:
        path.write_text("abc")
    records = Records([Entry(path.name, path) for path in paths], lambda entry: entry.content.read_text())

    class Write:
        @hookimpl
        def after_stage(self) -> None:
            paths[4].write_text("abcd")

    stages = [Stage("letters", Letters()), Stage("again", Letters(), fed_by="source")]
    with pytest.raises(DataError, match=r"stage 'again': the source was changed during the run"):
        Pipeline(stages).fit(records, hooks=[Write()])


def test_source_of_unknown_length_is_counted() -> None:
    assert len(pipeline().fit(Records(Lines(lambda count: TEXTS))).ids) == 100


def test_generator_is_refused_with_a_way_out() -> None:
    with pytest.raises(DataError) as raised:
        pipeline().fit(text for text in TEXTS)
    assert str(raised.value) == (
        "the source is a generator, which can be read only once; pass a list, or an object that begins anew at each iteration; "
        "or set a limit, and so many records are held in memory"
    )
    with pytest.raises(DataError, match=r"^the entries come from a generator, which can be read only once; pass a list"):
        Records(Entry(text, text) for text in TEXTS)


class Endless:
    """Never stops."""

    def __iter__(self) -> Iterator[str]:
        row = 0
        while True:
            yield "ab" * (row % 3)
            row += 1


class EndlessEntries:
    """Likewise, entries."""

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(str(row), text) for row, text in enumerate(Endless()))


@pytest.mark.parametrize("source", [Endless, lambda: iter(Endless()), lambda: Records(EndlessEntries())])
def test_endless_source_is_read_up_to_a_limit(source: Callable[[], Any]) -> None:
    result = pipeline().fit(source(), settings=Settings(limit=50))
    assert len(result.ids) == 50
    assert pipeline().fit(texts(), settings=Settings(limit=50)).ids == [f"a{row}" for row in range(50)]


# --- progress


def test_time_left_is_that_of_the_whole_run_once_the_stages_are_known(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.framework.running.run.SECONDS_BETWEEN_EVENTS", 0)
    etas: list[tuple[str, float | None]] = []

    class Eta:
        @hookimpl
        def on_progress(self, stage: Stage, eta: float | None) -> None:
            etas.append((stage.name, eta))

    pipeline().fit(texts(), settings=Settings(store=store), hooks=[Eta()])
    assert {eta for name, eta in etas if name == "letters"} == {None}
    etas.clear()
    pipeline().fit(texts(a1="dcba"), settings=Settings(store=store), hooks=[Eta()])
    known = [eta for name, eta in etas if name == "letters"]
    assert all(eta is not None and eta > 0 for eta in known)
    assert known[-1] < known[0]  # type: ignore[operator]  # none is None


def test_store_that_goes_away_leaves_an_error_that_names_it(store: Store) -> None:
    class Remove:
        @hookimpl
        def after_stage(self) -> None:
            shutil.rmtree(store.folder)
            store.folder.write_text("a file")

    with pytest.raises(Exception, match=str(store.folder)):
        pipeline().fit(texts(), settings=Settings(store=store), hooks=[Remove()])


def test_records_are_left_out_once_also_where_a_hook_fails_at_the_end() -> None:
    class Fail:
        @hookimpl
        def after_run(self) -> None:
            raise Stop

    stages = [Stage("words", Words()), Stage("letters", Letters(), fed_by="source")]
    with pytest.raises(Stop) as raised:
        Pipeline(stages).fit(texts(a50="loud!", a51="mute"), hooks=[Fail()])
    partial = raised.value.partial  # type: ignore[attr-defined]  # documented in Pipeline.fit
    assert {len(value) for value in partial.values.values()} == {len(partial.ids)} == {98}


def test_applying_without_a_store_digests_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pipeline()
    made.fit(texts())
    monkeypatch.setattr("asterism.framework.running.results.digest_stage", None)
    assert made.apply(texts()).keys == {"letters": "", "centre": "", "halves": ""}


class Shouts:
    """Decodes a text in capital letters, or not."""

    def __init__(self, loud: bool) -> None:
        self.loud = loud

    def __call__(self, entry: Entry) -> str:
        return str(entry.content).upper() if self.loud else str(entry.content)


@pytest.mark.parametrize("make", [Shouts, lambda loud: partial(Shouts.__call__, Shouts(loud))])
def test_records_that_are_decoded_otherwise_are_other_data(make: Any) -> None:
    def fingerprint(loud: bool) -> str:
        return Pipeline([]).fit(Records([Entry("0", "a")], make(loud), modality="text")).fingerprint

    assert fingerprint(True) == fingerprint(True) != fingerprint(False)


class Asked:
    """Entries that say at their end what was asked of them."""

    def __iter__(self) -> Iterator[Entry]:
        yield Entry("0", "a")
        try:
            yield Entry("1", "b")
        finally:
            report_problem("left out as asked", expected=True)


@pytest.mark.parametrize("limit", [None, 2])
def test_what_a_setting_asked_for_is_told_and_no_error_with_strict(limit: int | None) -> None:
    result = Pipeline([]).fit(Records(Asked(), modality="text"), settings=Settings(strict=True, limit=limit))
    assert [problem.message for problem in result.problems] == ["left out as asked"]
    assert len(result.ids) == 2
