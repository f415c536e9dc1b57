import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from asterism.framework import Cancelled, DataError, OutputError, Reducer, hookimpl
from asterism.registry import Registry
from asterism.registry.runs import apply_model, run_plan

Spec = Callable[..., Path]
Install = Callable[..., Path]


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_run_leaves_a_folder_with_everything(registry: Registry, spec: Spec) -> None:
    text = spec().read_text() + "  - generator: parrot\n    n_samples: 3\n"
    run = run_plan(registry, registry.plan(spec(text)), Path("out"))
    assert [name for name in names(run.path) if not name.startswith("model/")] == [
        "events.jsonl",
        "generated/parrot/lines.txt",
        "groups.json",
        "metrics.json",
        "records.parquet",
        "run.json",
        "summary.txt",
    ]
    assert (run.path / "generated/parrot/lines.txt").read_text() == "a\nbb\nccc"
    assert (run.path / "summary.txt").read_text() == run.summary
    assert json.loads((run.path / "metrics.json").read_text()) == run.metrics == {}
    assert json.loads((run.path / "groups.json").read_text()) == {"groups": {"0": {"size": 3}, "1": {"size": 3}}}
    records = pq.read_table(run.path / "records.parquet").to_pydict()
    assert list(records) == ["id", "lengths", "shift", "groups"]
    assert records["groups"] == [0, 0, 0, 1, 1, 1]
    assert records["lengths"][1] == [2.0, 4.0, 8.0, 16.0]
    assert registry.load_pipeline(run.path / "model")["groups"].middle_ == 0.0


class Counting(Reducer):
    """Gives its rows back, and tables of what it saw."""

    broken: bool = False
    """Whether it makes a table whose columns differ in length."""

    def transform(self, X: Any) -> Any:
        return X

    def tables(self) -> dict[str, dict[str, list[Any]]]:
        return {"words": {"word": [["a", "b"], ["c"]], "count": [3, 1][: 1 if self.broken else 2]}, "empty": {"word": []}}


def test_what_components_give_as_tables_lies_in_the_folder(registry: Registry, spec: Spec) -> None:
    registry.register(Counting)
    run = run_plan(registry, registry.plan(spec(spec().read_text() + "  - reducer: counting\n    from: lengths\n")), Path("out"))
    found = [name for name in names(run.path) if name.startswith("tables/")]
    assert found == ["tables/counting/empty.parquet", "tables/counting/words.parquet"]
    assert pq.read_table(run.path / "tables/counting/words.parquet").to_pydict() == {"word": [["a", "b"], ["c"]], "count": [3, 1]}


def test_broken_tables_cost_themselves_alone(registry: Registry, spec: Spec) -> None:
    registry.register(Counting)
    text = spec().read_text() + "  - reducer: counting\n    from: lengths\n    broken: true\n"
    run = run_plan(registry, registry.plan(spec(text)), Path("out"))
    assert "stage 'counting' has no tables: ArrowInvalid" in run.summary
    assert not (run.path / "tables").exists()


PICTURES = """
    def sheet(labels, modality, records):
        return {f"{group}.png": modality.preview(records[0]).encode() for group in set(labels.tolist())}

    def other(labels):
        return {"other.png": b"other"}
"""


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("", ["pictures/groups/0.png", "pictures/groups/1.png", "pictures/groups/other.png"]),
        ("pictures: [other]\n", ["pictures/groups/other.png"]),
        ("pictures: []\n", []),
    ],
)
def test_pictures_lie_in_folders_of_their_stages(
    install: Install, hosted: Callable[..., Registry], spec: Spec, chosen: str, expected: list[str]
) -> None:
    install("acme", "[asterism.picture]\nsheet = acme_drawing:sheet\nother = acme_drawing:other\n", {"acme_drawing": PICTURES})
    registry = hosted("acme")
    run = run_plan(registry, registry.plan(spec(spec().read_text() + chosen)), Path("out"))
    assert [name for name in names(run.path) if name.startswith("pictures/")] == expected


def test_a_picture_that_is_not_installed_is_a_problem_of_the_spec(registry: Registry, spec: Spec) -> None:
    problems = registry.check(spec(spec().read_text() + "pictures: [sheets]\n"))
    assert [str(problem) for problem in problems] == ["spec.yaml:10:12: pictures[0]: no picture is called 'sheets'; there are none"]


def test_the_next_run_of_a_name_gets_the_next_number(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec())
    assert [str(run_plan(registry, plan, None).path) for _ in range(3)] == ["runs/try", "runs/try-2", "runs/try-3"]


def test_a_folder_that_is_not_empty_is_left_alone(registry: Registry, spec: Spec) -> None:
    Path("out").mkdir()
    Path("out/mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"^out: is there already and not empty; name another folder, or remove it$"):
        run_plan(registry, registry.plan(spec()), Path("out"))
    assert names(Path("out")) == ["mine.txt"]
    with pytest.raises(OutputError, match=r"^out/mine.txt: is there already and not empty; name another folder, or remove it$"):
        run_plan(registry, registry.plan(spec()), Path("out/mine.txt"))
    with pytest.raises(OutputError, match=r"^out/mine.txt/deep: cannot be made: Not a directory$"):
        run_plan(registry, registry.plan(spec()), Path("out/mine.txt/deep"))


def test_an_empty_folder_is_taken(registry: Registry, spec: Spec) -> None:
    Path("out").mkdir()
    assert run_plan(registry, registry.plan(spec()), Path("out")).path == Path("out")


class Failing(Reducer):
    """Fails as components do."""

    foreign: bool = False
    """Raise an error that is not ours."""

    def fit(self, X: Any, y: None = None) -> "Failing":
        if self.foreign:
            raise ZeroDivisionError("by nothing")
        raise DataError("cannot be halved", rows=[1, 2], hint="add a row")

    def transform(self, X: Any) -> Any:
        return X


@pytest.fixture
def failing(registry: Registry, spec: Spec) -> Callable[[str], Any]:
    registry.register(Failing)
    return lambda foreign: registry.plan(spec(spec().read_text() + f"  - reducer: failing\n    foreign: {foreign}\n"))


def test_what_was_done_before_a_failure_is_kept(registry: Registry, failing: Callable[[str], Any]) -> None:
    with pytest.raises(DataError) as caught:
        run_plan(registry, failing("false"), Path("out"))
    assert str(caught.value) == "stage 'failing': cannot be halved (records '1', '2'); add a row"
    assert caught.value.__notes__ == ["what the stages lengths, shift, groups gave is kept in out"]
    assert names(Path("out")) == ["events.jsonl", "groups.json", "metrics.json", "records.parquet", "run.json", "summary.txt"]
    assert pq.read_table("out/records.parquet").column_names == ["id", "lengths", "shift", "groups"]
    last = json.loads(Path("out/events.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["error"]) == ("on_error", "DataError")


def test_a_foreign_error_is_told_with_its_stage(registry: Registry, failing: Callable[[str], Any]) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_plan(registry, failing("true"), Path("out"))
    assert caught.value.__notes__ == [
        "in stage 'failing' (reducer/failing)",
        "what the stages lengths, shift, groups gave is kept in out",
    ]


def test_a_source_that_is_not_there_leaves_no_folder(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec())
    Path("lines.txt").unlink()
    with pytest.raises(DataError, match=r"^lines.txt: there is no such file$"):
        run_plan(registry, plan, Path("out"))
    assert not Path("out").exists()


def test_a_spec_without_source_names_the_way_out(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec(spec().read_text().replace(", path: lines.txt", "")))
    with pytest.raises(DataError, match=r"^source: the spec names nothing to read; give it a `path`, or a `sample`$"):
        run_plan(registry, plan, Path("out"))
    assert not Path("out").exists()


def test_a_cancelled_run_keeps_what_is_done_and_has_no_model(registry: Registry, spec: Spec) -> None:
    cancel = threading.Event()

    class Stopper:
        @hookimpl
        def after_stage(self, stage: Any) -> None:
            if stage.name == "shift":
                cancel.set()

    with pytest.raises(Cancelled, match=r"^the run was cancelled") as caught:
        run_plan(registry, registry.plan(spec()), Path("out"), hooks=[Stopper()], cancel=cancel)
    assert caught.value.__notes__ == ["what the stages lengths, shift gave is kept in out"]
    assert names(Path("out")) == ["events.jsonl", "groups.json", "metrics.json", "records.parquet", "run.json", "summary.txt"]


def test_strict_turns_what_would_be_reported_into_an_error(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec(spec().read_text() + "strict: true\n"))
    Path("lines.txt").write_text("a\n\nb\n")
    with pytest.raises(DataError) as caught:
        run_plan(registry, plan, Path("out"))
    assert str(caught.value) == (
        "stage 'lengths': has no letter and gets a row of zeros (records '1'); `strict` is on; without it the run would go on"
    )


def test_a_sample_is_written_into_the_run_and_read(install: Install, hosted: Callable[..., Registry], spec: Spec) -> None:
    code = """
        def write(folder):
            folder.mkdir()
            (folder / "poem.txt").write_text("so much\\ndepends\\n")
            return folder / "poem.txt"
    """
    install("acme", "[asterism.sample]\npoem = acme_sample:write\n", {"acme_sample": code})
    registry = hosted("acme")
    run = run_plan(registry, registry.plan(spec(spec().read_text().replace("path: lines.txt", "sample: poem"))), Path("out"))
    assert run.result.data[0] == "so much"
    assert "data/poem.txt" in names(Path("out"))


def test_a_metric_that_fails_costs_the_run_nothing_else(install: Install, hosted: Callable[..., Registry], spec: Spec) -> None:
    code = "def bad(labels):\n    raise RuntimeError('no luck')\n\ndef good(labels):\n    return len(labels)\n"
    install("acme", "[asterism.metric]\nbad = acme_bad:bad\ngood = acme_bad:good\n", {"acme_bad": code})
    registry = hosted("acme")
    run = run_plan(registry, registry.plan(spec()), Path("out"))
    assert run.metrics == {"groups": {"good": 6.0}}
    assert "  - metric/bad failed on stage 'groups': RuntimeError: no luck\n" in run.summary


@pytest.mark.parametrize("model", ["fitted", "fitted/model"])
def test_a_model_is_applied_by_its_own_folder_or_that_of_its_run(registry: Registry, spec: Spec, model: str) -> None:
    run_plan(registry, registry.plan(spec()), Path("fitted"))
    Path("new.txt").write_text("a\nffffffff\n")
    run = apply_model(registry, Path(model), "new.txt", None)
    assert str(run.path) == "runs/try-apply"
    assert names(run.path) == ["events.jsonl", "groups.json", "metrics.json", "records.parquet", "run.json", "summary.txt"]
    assert pq.read_table(run.path / "records.parquet")["groups"].to_pylist() == [0, 1]


def test_a_sample_is_written_once_where_a_run_is_gone_on_with(install: Install, hosted: Callable[..., Registry], spec: Spec) -> None:
    code = """
        def write(folder):
            assert not folder.with_name("told").exists(), "written twice"
            folder.with_name("told").write_text("")
            folder.mkdir()
            (folder / "poem.txt").write_text("so much\\ndepends\\n")
            return folder / "poem.txt"
    """
    install("acme", "[asterism.sample]\npoem = acme_sample:write\n", {"acme_sample": code})
    registry, cancel = hosted("acme"), threading.Event()
    plan = registry.plan(spec(spec().read_text().replace("path: lines.txt", "sample: poem")))
    cancel.set()
    with pytest.raises(Cancelled):
        run_plan(registry, plan, Path("out"), cancel=cancel)
    assert json.loads(Path("out/run.json").read_text())["source"] == str(Path("out/data/poem.txt").absolute())
    assert run_plan(registry, plan, Path("out")).result.data[0] == "so much"


def test_what_a_stopped_run_had_written_is_replaced(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec(spec().read_text() + "  - generator: parrot\n    n_samples: 3\n"))

    class Killer:
        """Stops a run at its last moment."""

        @hookimpl
        def after_run(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(registry, plan, Path("out"), hooks=[Killer()])
    assert json.loads(Path("out/run.json").read_text())["state"] == "cancelled"
    for path in ("out/model/stale.json", "out/generated/parrot/stale.txt", "out/.model-1234/x", "out/summary.txt"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("stale")
    run = run_plan(registry, plan, Path("out"))
    assert run.result.reused == {"lengths": 6, "shift": 6, "groups": 6, "parrot": 3}
    assert not [name for name in names(run.path) if "stale" in name or name.startswith(".")]
    assert (run.path / "summary.txt").read_text() == run.summary
    registry.load_pipeline(run.path / "model")


def test_the_end_of_a_run_is_told_with_its_reason(registry: Registry, failing: Callable[[str], Any]) -> None:
    with pytest.raises(DataError):
        run_plan(registry, failing("false"), Path("out"))
    state = json.loads(Path("out/run.json").read_text())
    assert (state["state"], state["records"], list(state["stages"])) == ("failed", 6, ["lengths", "shift", "groups"])
    assert state["reason"] == "stage 'failing': cannot be halved (records '1', '2'); add a row"


def test_applying_a_model_again_after_a_stop_goes_on_in_its_folder(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("fitted"))
    cancel = threading.Event()

    class Stopper:
        @hookimpl
        def after_stage(self) -> None:
            cancel.set()

    with pytest.raises(Cancelled):
        apply_model(registry, Path("fitted"), "lines.txt", None, hooks=[Stopper()], cancel=cancel)
    state = json.loads(Path("runs/try-apply/run.json").read_text())
    assert (state["state"], state["verb"], state["model"]) == ("cancelled", "apply", str(Path("fitted/model").absolute()))
    assert str(apply_model(registry, Path("fitted"), "lines.txt", None).path) == "runs/try-apply"
    assert str(apply_model(registry, Path("fitted"), "lines.txt", None).path) == "runs/try-apply-2"
