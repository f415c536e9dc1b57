"""Pipelines: wiring, running, errors, cancelling, threads."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np
import pytest

from asterism.framework import (
    Cancelled,
    Clusterer,
    Component,
    DataError,
    Encoder,
    Generator,
    Interactions,
    Modality,
    NotFittedError,
    Pipeline,
    Records,
    Reducer,
    Settings,
    Stage,
    WiringError,
    hookimpl,
    report_problem,
    wire,
)


class Lengths(Encoder):
    """Length of each text."""

    reads = frozenset({"text"})

    def transform(self, records: Any) -> Any:
        return np.array([[len(text), 1] for text in records], np.float32)


class Pixels(Encoder):
    """Reads images or video."""

    reads = frozenset({"image", "video"})

    def transform(self, records: Any) -> Any:
        return np.zeros((len(list(records)), 1), np.float32)


class Shift(Reducer):
    """Moves rows by their mean."""

    def fit(self, X: Any, y: None = None) -> Self:
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X - self.mean_, np.float32)


class Sign(Clusterer):
    """Two groups: below and above zero."""

    def fit(self, X: Any, y: None = None) -> Self:
        self.columns_ = X.shape[1]
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Any:
        assert X.shape[1] == self.columns_
        return (X[:, 0] > 0).astype(np.int64)


class Echo(Generator):
    """Says again what it was told."""

    def fit(self, records: Any, y: None = None) -> Self:
        self.items_ = list(records)
        return self

    def generate(self, n: int, prompts: Any = None, random_state: int | None = None) -> list[Any]:
        return list(prompts) if prompts is not None else self.items_[:n]


class Broken(Encoder):
    """Does what a test tells it."""

    do: Any = None

    def transform(self, records: Any) -> Any:
        return self.do(records)


class Lines(Modality[str]):
    """Lines of a text."""

    modality = "text"

    def read(self, source: Any) -> Any:
        return Records.of(source.split("\n") if isinstance(source, str) else source, modality="text")

    def preview(self, item: str) -> str:
        return item

    def write(self, items: Any, folder: Any) -> Any:
        return []


def stages(*components: Component, **fed_by: str) -> list[Stage]:
    made = [Stage(type(component).__name__.lower(), component) for component in components]
    return [Stage(s.name, s.component, fed_by.get(s.name, "")) for s in made]


TEXTS = ["a", "bbbb", "cc", "ddddddd"]

# --- wiring


def test_stage_is_fed_by_the_nearest_that_gives_what_it_takes() -> None:
    wired, problems = wire(stages(Lengths(), Sign(), Shift(), Echo()), gives="records", modality="text")
    assert problems == []
    assert [stage.fed_by for stage in wired] == ["source", "lengths", "lengths", "source"]


def test_from_chooses_the_feeder() -> None:
    wired, problems = wire(stages(Lengths(), Shift(), Sign(), sign="lengths"), gives="records")
    assert problems == []
    assert [stage.fed_by for stage in wired] == ["source", "lengths", "lengths"]


def test_unknown_source_feeds_whatever_finds_no_other_feeder() -> None:
    wired, problems = wire(stages(Shift(), Sign()))
    assert problems == []
    assert [stage.fed_by for stage in wired] == ["source", "shift"]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (stages(Sign()), "stages[0]: 'source' gives records, clusterer/Sign takes a matrix"),
        (stages(Pixels()), "stages[0]: 'source' gives text records, encoder/Pixels takes image or video records"),
        (
            stages(Lengths(), Pixels(), pixels="lengths"),
            "stages[1]: 'lengths' gives a matrix, encoder/Pixels takes image or video records",
        ),
        (stages(Lengths(), Sign(), Shift(), shift="sign"), "stages[2]: 'sign' gives labels, reducer/Shift takes a matrix"),
        (stages(Lengths(), Sign(), sign="source"), "stages[1]: 'source' gives records, clusterer/Sign takes a matrix"),
        (stages(Lengths(), Lengths()), "stages[1]: two stages are called 'lengths'; give one of them another name with `as`"),
        ([Stage("source", Lengths())], "stages[0]: no stage may be called 'source': that name is taken by the source"),
        (stages(Lengths(), Sign(), sign="lengthz"), "stages[1]: no stage is called 'lengthz'; did you mean 'lengths'?"),
        (stages(Lengths(), Sign(), sign="svd"), "stages[1]: no stage is called 'svd'; there are lengths, source"),
        (stages(Lengths(), Sign(), Shift(), sign="shift"), "stages[1]: 'shift' comes later; a stage is fed by an earlier one"),
        (stages(Lengths(), lengths="lengths"), "stages[0]: 'lengths' cannot feed itself"),
        ([Stage("groups", Sign(), registered="kmeans")], "stages[0]: 'source' gives records, clusterer/kmeans takes a matrix"),
    ],
)
def test_stages_that_do_not_fit_are_refused(made: list[Stage], message: str) -> None:
    with pytest.raises(WiringError) as raised:
        Pipeline(made, modality=Lines())
    assert str(raised.value) == message


def test_every_wiring_problem_is_told_at_once() -> None:
    with pytest.raises(WiringError) as raised:
        Pipeline(stages(Sign(), Pixels()), modality=Lines())
    assert [line.partition(":")[0] for line in str(raised.value).splitlines()] == ["stages[0]", "stages[1]"]


# --- running


def pipeline(*components: Component, **fed_by: str) -> Pipeline:
    return Pipeline(stages(*components, **fed_by), modality=Lines(), name="test")


def test_fit_gives_the_value_of_every_stage_with_ids() -> None:
    result = pipeline(Lengths(), Shift(), Sign(), Echo()).fit("a\nbbbb\ncc\nddddddd")
    assert list(result.values) == ["lengths", "shift", "sign", "echo"]
    assert result["lengths"][:, 0].tolist() == [1, 4, 2, 7]
    assert result["sign"].tolist() == [0, 1, 0, 1]
    assert result["echo"] == TEXTS
    assert result.ids == ["0", "1", "2", "3"]
    assert set(result.seconds) == set(result.values)
    assert result.problems == []


def test_apply_uses_what_was_learned() -> None:
    fitted = pipeline(Lengths(), Shift(), Sign())
    fitted.fit(TEXTS)
    result = fitted.apply(["xxxx"])
    assert result["shift"][0, 0] == 4 - 3.5
    assert result["sign"].tolist() == [1]


def test_result_tells_what_fed_a_stage() -> None:
    result = pipeline(Lengths(), Shift(), Sign()).fit(TEXTS)
    assert [stage.name for stage in result.upstream("sign")] == ["shift", "lengths"]
    assert result.upstream("lengths") == []
    assert result.fed_to("sign") is result["shift"]
    assert result.fed_to("lengths") is result.data
    with pytest.raises(KeyError, match="no stage is called 'svd'; there are lengths, shift, sign"):
        result["svd"]


def test_host_feeds_a_matrix_records_or_items() -> None:
    X = np.array([[1], [2], [6]], np.float32)
    assert Pipeline(stages(Shift())).fit(X).ids == ["0", "1", "2"]
    records = Records.of(TEXTS, ids="wxyz", targets=[1, 1, 2, 2])
    result = Pipeline(stages(Lengths())).fit(records)
    assert (result.ids, result.targets) == (["w", "x", "y", "z"], ["1", "1", "2", "2"])
    assert len(Pipeline(stages(Lengths())).fit(TEXTS)["lengths"]) == 4


def test_host_feeds_interactions() -> None:
    class Histories(Component):
        kind = "counter"
        takes = "interactions"
        gives = "scores"

        def learn(self, data: Any) -> Any:
            return np.diff(data.indptr).astype(np.float64)

    result = Pipeline(stages(Histories())).fit(Interactions.from_histories({"u": ["a", "b"], "v": []}))
    assert result.ids == ["u", "v"]
    assert result["histories"].tolist() == [2, 0]


def test_stage_is_found_by_name_and_pipeline_shows_itself() -> None:
    made = pipeline(Lengths(), Shift())
    assert isinstance(made["shift"], Shift)
    assert [stage.name for stage in made] == ["lengths", "shift"]
    assert repr(made) == "Pipeline(lengths: Lengths(), shift: Shift())"
    with pytest.raises(KeyError, match="no stage is called 'svd'; there are lengths, shift"):
        made["svd"]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    pipeline(Lengths(), Shift(), Sign()).fit(TEXTS)
    assert capfd.readouterr() == ("", "")


# --- errors


def test_apply_before_fit_is_refused() -> None:
    with pytest.raises(NotFittedError, match=r"^Shift is not fitted yet, so it has no 'mean_'; call fit first$"):
        pipeline(Lengths(), Shift()).apply(TEXTS)


def test_empty_source_is_refused() -> None:
    with pytest.raises(DataError, match=r"^the source is empty: there is not one record; give it at least one$"):
        pipeline(Lengths()).fit([])
    with pytest.raises(DataError, match="the source is empty"):
        Pipeline(stages(Shift())).fit(np.zeros((0, 3), np.float32))


def broken(do: Callable[[Any], Any]) -> Pipeline:
    return Pipeline(stages(Lengths(), Broken(do=do)))


RECORDS = Records.of(TEXTS, ids=["w", "x", "y", "z"])


def test_data_error_gets_stage_and_ids() -> None:
    def refuse(records: Any) -> Any:
        raise DataError("these are too short", rows=[0, 2], hint="leave them out")

    with pytest.raises(DataError) as raised:
        broken(refuse).fit(RECORDS)
    assert str(raised.value) == "stage 'broken': these are too short (records 'w', 'y'); leave them out"
    assert raised.value.ids == ("w", "y")
    assert list(raised.value.partial.values) == ["lengths"]  # type: ignore[attr-defined]  # documented in Pipeline.fit


def test_error_of_an_item_names_its_record() -> None:
    def decode(entry: Any) -> str:
        raise DataError("it is cut off", place=f"{entry.id}.txt")

    with pytest.raises(DataError) as raised:
        Pipeline(stages(Lengths())).fit(Records(RECORDS.entries, decode))
    assert str(raised.value) == "stage 'lengths': w.txt: it is cut off (records 'w')"


def test_foreign_error_is_not_disguised_and_gets_a_note() -> None:
    error = ZeroDivisionError("by zero")

    def fail(records: Any) -> Any:
        raise error

    with pytest.raises(ZeroDivisionError) as raised:
        broken(fail).fit(RECORDS)
    assert raised.value is error
    assert error.__notes__ == ["in stage 'broken' (encoder/Broken)"]


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (
            lambda records: np.array([[1], [np.nan], [np.inf], [1]], np.float32),
            "stage 'broken': encoder/Broken gave NaN or infinity (records 'x', 'y'); leave these records out, or choose another component",
        ),
        (
            lambda records: np.zeros((3, 1), np.float32),
            "stage 'broken': encoder/Broken gave 3 rows for 4 records; this is an error of that component",
        ),
    ],
    ids=["not finite", "rows lost"],
)
def test_component_is_held_to_its_word(do: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(DataError) as raised:
        broken(do).fit(RECORDS)
    assert str(raised.value) == message


# --- problems


def cut(records: Any) -> Any:
    report_problem("cut to 3 letters", rows=[1, 3])
    report_problem("a word is unknown", count=5)
    return np.zeros((4, 1), np.float32)


def test_problems_are_kept_with_stage_and_ids_and_told() -> None:
    told = []

    class Listener:
        @hookimpl
        def on_problem(self, problem: Any) -> None:
            told.append(problem)

    result = broken(cut).fit(RECORDS, hooks=[Listener()])
    assert result.problems == told
    assert [(problem.count, problem.ids, problem.stage) for problem in told] == [(2, ("x", "z"), "broken"), (5, (), "broken")]
    assert str(told[0]) == "stage 'broken': cut to 3 letters (records 'x', 'z')"


def test_strict_turns_a_problem_into_an_error() -> None:
    with pytest.raises(DataError) as raised:
        broken(cut).fit(RECORDS, settings=Settings(strict=True))
    hint = "`strict` is on; without it the run would go on"
    assert str(raised.value) == f"stage 'broken': cut to 3 letters (records 'x', 'z'); {hint}"


def test_problem_outside_of_a_run_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    report_problem("cut to 3 letters", ids=["x"])
    assert caplog.messages == ["cut to 3 letters (records 'x')"]
    assert caplog.records[0].name == "asterism.framework"


# --- progress, cancelling, threads


class Slow(Encoder):
    """Takes a moment for each text."""

    reads = frozenset({"text"})

    def transform(self, records: Any) -> Any:
        return np.array([self.wait(text) for text in records], np.float32)

    def wait(self, text: str) -> list[int]:
        time.sleep(0.001)
        return [len(text)]


class Progress:
    """Writes down how far a run is."""

    def __init__(self, then: Callable[[int], None] = lambda done: None) -> None:
        self.seen: list[tuple[str, int, int]] = []
        self.then = then

    @hookimpl
    def on_progress(self, stage: Any, done: int, total: int, rate: float, eta: float) -> None:
        assert rate > 0
        assert eta is None or eta == pytest.approx((total - done) / rate)
        self.seen.append((stage.name, done, total))
        self.then(done)


def test_progress_is_told_to_the_end() -> None:
    hook = Progress()
    pipeline(Slow()).fit(["text"] * 300, hooks=[hook])
    done = [event[1] for event in hook.seen]
    assert len(done) >= 2
    assert done == sorted(set(done))
    assert hook.seen[-1] == ("slow", 300, 300)


def test_cancelling_from_another_thread_stops_within_a_batch_and_keeps_what_is_done() -> None:
    cancel = threading.Event()
    read: list[int] = []

    def endless() -> Iterator[str]:
        for number in range(100_000):
            read.append(number)
            yield "text"

    class Watched(Slow):
        def transform(self, records: Any) -> Any:
            threading.Thread(target=cancel.set).start()
            return super().transform(item for item, _ in zip(records, endless(), strict=False))

    made = Pipeline([Stage("lengths", Lengths()), Stage("slow", Watched())], modality=Lines())
    with pytest.raises(Cancelled, match=r"^the run was cancelled$") as raised:
        made.fit(["text"] * 20_000, cancel=cancel)
    assert len(read) <= Watched.batch_size
    assert list(raised.value.partial.values) == ["lengths"]  # type: ignore[attr-defined]  # documented in Pipeline.fit
    assert raised.value.partial["lengths"].shape == (20_000, 2)  # type: ignore[attr-defined]  # likewise


def test_run_that_is_cancelled_before_it_begins_does_nothing() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled) as raised:
        pipeline(Lengths()).fit(TEXTS, cancel=cancel)
    assert raised.value.partial.values == {}  # type: ignore[attr-defined]  # documented in Pipeline.fit


def test_two_pipelines_run_side_by_side_in_threads() -> None:
    meet = threading.Barrier(2, timeout=20)

    def run(name: str, found: dict[str, Any]) -> None:
        class Report(Encoder):
            def transform(self, records: Any) -> Any:
                meet.wait()
                report_problem(f"problem of {name}", rows=[0])
                meet.wait()
                return np.full((len(records), 1), len(name), np.float32)

        hook = Progress()
        made = Pipeline([Stage(name, Report()), Stage("lengths", Lengths())])
        found[name] = (made.fit(Records.of([name] * 3, ids=[f"{name} {row}" for row in range(3)]), hooks=[hook]), hook)

    found: dict[str, Any] = {}
    threads = [threading.Thread(target=run, args=(name, found)) for name in ("one", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for name in ("one", "three"):
        result, hook = found[name]
        assert [(problem.message, problem.ids) for problem in result.problems] == [(f"problem of {name}", (f"{name} 0",))]
        assert result[name][0, 0] == len(name)
        assert hook.seen == [(name, 3, 3), ("lengths", 3, 3)]


def test_run_inside_a_run_keeps_problems_apart() -> None:
    def nested(records: Any) -> Any:
        inner = broken(cut).fit(RECORDS)
        report_problem("outer")
        assert len(inner.problems) == 2
        return np.zeros((4, 1), np.float32)

    assert [problem.message for problem in broken(nested).fit(RECORDS).problems] == ["outer"]
