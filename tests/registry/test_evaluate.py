import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from asterism.framework import Component, DataError, Matrix, ModelError, Scores, UnknownComponent
from asterism.registry import Registry
from asterism.registry.evaluate import evaluate
from asterism.registry.runs import apply_model, run_plan

Hosted = Callable[..., Registry]
Install = Callable[..., Path]

SPEC = """\
asterism: 1
name: words
source: {modality: text, path: words.jsonl, id: id}
stages:
  - encoder: lengths
  - reducer: shift
    n_components: 2
  - clusterer: halves
    as: groups
  - generator: parrot
"""
ROWS = [
    {
        "id": f"r{length}",
        "text": "x" * length,
        "size": "short" if length < 4 else "long",
        "one": "same",
        "some": length if length < 4 else None,
    }
    for length in range(1, 7)
]

METRICS = """
    import numpy as np

    from asterism.framework import on_request

    def agree(labels, targets):
        \"\"\"Return the agreement: 1 is full.\"\"\"
        return float(np.mean((np.asarray(targets) == "long") == (labels == 1)))

    def spread(clusterer, input_matrix, labels, ids):
        return float(np.asarray(input_matrix)[labels == 1].mean() - clusterer.middle_)

    def width(reducer, input_matrix, matrix):
        return 10 * input_matrix.shape[1] + matrix.shape[1]

    def odd(scores, targets):
        return 1.0

    @on_request
    def slow(labels):
        return 7.0

    def failing(labels):
        raise RuntimeError("no luck")
"""
NAMES = ("agree", "spread", "width", "odd", "slow")


@pytest.fixture
def registry(install: Install, hosted: Hosted, here: Path) -> Registry:
    """The host's components, our modalities, and some metrics."""
    lines = "".join(f"{name} = acme_evaluate:{name}\n" for name in NAMES)
    install("acme", f"[asterism.metric]\n{lines}", {"acme_evaluate": METRICS})
    write(ROWS)
    return hosted("acme", "asterism")


def write(rows: list[dict[str, Any]]) -> None:
    Path("words.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def run(
    registry: Registry, folder: str = "out", text: str = SPEC, metrics: tuple[str, ...] | None = NAMES[:4]
) -> dict[str, dict[str, float]]:
    Path("spec.yaml").write_text(text)
    plan = registry.plan(Path("spec.yaml"))
    plan.options = replace(plan.options, metrics=None if metrics is None else list(metrics), cache=None)
    return run_plan(registry, plan, Path(folder)).metrics


def test_classes_of_any_column_are_measured_as_in_a_run_that_knew_them(registry: Registry) -> None:
    without = run(registry)
    within = run(registry, "known", SPEC.replace("id: id", "id: id, target: size"))
    assert without == {"shift": {"width": 32.0}, "groups": {"spread": within["groups"]["spread"]}}
    found = evaluate(registry, Path("out"), target="size", names=NAMES[:4])
    assert found.metrics == within
    assert within["groups"]["agree"] == 1.0
    assert (found.records, found.target, found.classes) == (6, "size", 2)
    assert found.components == {
        "lengths": "encoder/lengths",
        "shift": "reducer/shift",
        "groups": "clusterer/halves",
        "parrot": "generator/parrot",
    }
    assert found.meanings["agree"] == "1 is full"
    assert found.not_computed == {"odd": ["scores", "targets"]}


def test_without_a_column_the_classes_are_those_of_the_run(registry: Registry) -> None:
    within = run(registry, text=SPEC.replace("id: id", "id: id, target: size"))
    found = evaluate(registry, Path("out"), names=NAMES[:4])
    assert (found.metrics, found.target, found.classes) == (within, None, 2)


def test_without_any_classes_what_needs_none_is_measured(registry: Registry) -> None:
    assert evaluate_all(registry, run(registry)) == {"agree": ["labels", "targets"], "odd": ["scores", "targets"]}


def evaluate_all(registry: Registry, expected: dict[str, dict[str, float]]) -> dict[str, list[str]]:
    found = evaluate(registry, Path("out"), names=NAMES[:4])
    assert (found.metrics, found.classes) == (expected, 0)
    return found.not_computed


def test_what_waits_to_be_asked_for_is_measured_where_it_is_named(registry: Registry) -> None:
    run(registry)
    found = evaluate(registry, Path("out"))
    assert "slow" in found.on_request
    assert "slow" not in found.metrics["groups"]
    assert evaluate(registry, Path("out"), names=["slow"]).metrics == {"groups": {"slow": 7.0}}


def test_records_in_quarantine_are_absent(registry: Registry) -> None:
    write([*ROWS[:3], {**ROWS[3], "text": None}, *ROWS[4:]])
    run(registry)
    assert len(Path("out/quarantine.jsonl").read_text().splitlines()) == 1
    found = evaluate(registry, Path("out"), target="size", names=["agree"])
    assert (found.records, found.metrics) == (5, {"groups": {"agree": 1.0}})


def test_a_limit_of_the_run_holds_for_the_classes_too(registry: Registry) -> None:
    run(registry, text=SPEC.replace("id: id", "id: id, limit: 4"))
    found = evaluate(registry, Path("out"), target="size", names=["agree"])
    assert (found.records, found.metrics) == (4, {"groups": {"agree": 0.75}})


def test_a_run_that_applied_a_model_is_measured_with_that_model(registry: Registry) -> None:
    run(registry)
    Path("more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS[2:]))
    apply_model(registry, Path("out"), "more.jsonl", Path("applied"))
    found = evaluate(registry, Path("applied"), target="size", names=["agree", "spread"])
    assert (found.records, found.metrics["groups"]["agree"]) == (4, 1.0)
    (Path("out/model") / "groups.json").write_text("{}")
    with pytest.raises(ModelError, match=r"/out/model/groups.json: was changed after the model was saved$"):
        evaluate(registry, Path("applied"))


def test_nothing_is_computed_and_nothing_written(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    run(registry)
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    for kind, name, verb in (("encoder", "lengths", "transform"), ("reducer", "shift", "transform"), ("clusterer", "halves", "predict")):
        monkeypatch.delattr(registry.find(kind, name), verb)
        monkeypatch.setattr(registry.find(kind, name), "__abstractmethods__", frozenset())
    assert evaluate(registry, Path("out"), target="size", names=NAMES[:4]).metrics["groups"]["agree"] == 1.0
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_a_metric_that_fails_is_told_and_costs_its_own_number(registry: Registry, install: Install) -> None:
    run(registry)
    install("bolt", "[asterism.metric]\nfailing = acme_evaluate:failing\n")
    fresh = Registry(allow=["acme", "bolt", "asterism"])
    fresh._hosted = registry._hosted  # a registry knows what was installed when it was first asked
    found = evaluate(fresh, Path("out"), names=["width", "failing"])
    assert found.metrics == {"shift": {"width": 32.0}}
    assert [str(problem) for problem in found.problems] == ["metric/failing failed on stage 'groups': RuntimeError: no luck"]


def test_what_is_no_complete_run_is_refused(registry: Registry) -> None:
    run(registry)
    with pytest.raises(ModelError, match=r"^ot: there is no such folder; did you mean 'out'\?$"):
        evaluate(registry, Path("ot"))
    path = Path("out/run.json")
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "state": "cancelled"}))
    with pytest.raises(ModelError, match=r"^out: the run did not come to its end, it is cancelled; start it again, and it goes on$"):
        evaluate(registry, Path("out"))
    path.unlink()
    with pytest.raises(ModelError, match=r"^out: has no run.json that says what was read; do the run again$"):
        evaluate(registry, Path("out"))


def test_unknown_metrics_and_columns_are_refused_with_what_was_meant(registry: Registry) -> None:
    run(registry)
    with pytest.raises(UnknownComponent, match=r"^no metric is called 'agre'; did you mean 'agree'\?$"):
        evaluate(registry, Path("out"), names=["agre"])
    source = Path("words.jsonl").absolute()
    with pytest.raises(DataError) as caught:
        evaluate(registry, Path("out"), target="sice")
    assert str(caught.value) == f"{source}: there is no column 'sice' among id, text, size, one, some; did you mean 'size'?"


def test_a_column_that_tells_nothing_apart_is_refused(registry: Registry) -> None:
    run(registry)
    source = Path("words.jsonl").absolute()
    with pytest.raises(DataError) as caught:
        evaluate(registry, Path("out"), target="one")
    hint = "name a column that tells records apart"
    assert str(caught.value) == f"{source}: column 'one' has one value only, 'same': nothing can agree with it; {hint}"
    with pytest.raises(DataError) as caught:
        evaluate(registry, Path("out"), target="some")
    assert str(caught.value) == f"{source}: column 'some' is empty (records 'r4', 'r5', 'r6'); name a column that is filled"


def test_a_source_that_is_gone_or_was_changed_is_refused(registry: Registry) -> None:
    run(registry)
    source = Path("words.jsonl").absolute()
    write([*ROWS[:5], {**ROWS[5], "text": "another"}])
    with pytest.raises(DataError) as caught:
        evaluate(registry, Path("out"), target="size")
    assert str(caught.value) == f"out: its source, {source}, was changed after the run; put the old one back, or do the run again"
    source.unlink()
    with pytest.raises(DataError) as caught:
        evaluate(registry, Path("out"), target="size")
    reason = f"its source, {source}, cannot be read any more: no such file or folder"
    assert str(caught.value) == f"out: {reason}; put it back, or leave --target out"
    assert evaluate(registry, Path("out"), names=["width"]).metrics == {"shift": {"width": 32.0}}


def test_a_source_without_columns_of_classes_is_refused(registry: Registry) -> None:
    Path("lines.txt").write_text("a\nbb\nccc\n")
    run(registry, text=SPEC.replace("{modality: text, path: words.jsonl, id: id}", "{modality: lines, path: lines.txt}"))
    with pytest.raises(DataError, match=r"^out: a source of text has no column of classes; leave --target out$"):
        evaluate(registry, Path("out"), target="size")


class Gauge(Component):
    """A kind of a host: tells how long a row is."""

    kind = "gauge"
    takes = "matrix"
    gives = "scores"


class Length(Gauge):
    """The length of a row."""

    def fit(self, X: Matrix) -> Self:
        self.longest_ = float(np.abs(X).max())
        return self

    def learn(self, data: Matrix) -> Scores:
        return self.fit(data).apply(data)

    def apply(self, data: Matrix) -> Scores:
        return np.asarray(np.linalg.norm(data, axis=1), np.float64)

    def columns(self, value: Scores) -> dict[str, Any]:
        return {"long": value > self.longest_, "rank": np.arange(len(value))}


def test_a_kind_of_a_plugin_is_measured_like_ours(install: Install, hosted: Hosted, here: Path) -> None:
    code = "def odd(scores, targets, gauge):\n    return scores[list(targets).index('long')] + gauge.longest_\n"
    entry_points = "[asterism.kind]\ngauge = acme_gauge:Gauge\n[asterism.metric]\nodd = acme_gauge:odd\n"
    install("acme", entry_points, {"acme_gauge": code + f"\nfrom {__name__} import Gauge\n"})
    registry = hosted("acme", "asterism")
    registry.register(Length)
    write(ROWS)
    within = run(registry, "known", SPEC.replace("id: id", "id: id, target: size") + "  - gauge: length\n", metrics=("odd",))
    run(registry, text=SPEC + "  - gauge: length\n", metrics=())
    assert evaluate(registry, Path("out"), target="size", names=["odd"]).metrics == within
    assert list(within) == ["length"]
