"""Components that are fields of others: in a spec like a stage; checked, filled in, saved and loaded with the one that holds them."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from asterism.framework import Encoder, Matrix, Records
from asterism.registry import Registry
from asterism.registry.schema import json_schema

Problems = Callable[..., list[str]]
Spec = Callable[..., Path]

TEXTS = ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]


class Doubled(Encoder):
    """Twice what another encoder says."""

    reads = frozenset({"text"})

    inner: Encoder
    """The other encoder."""
    times: float = 2.0
    """How many times it is counted."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self.encoder_ = deepcopy(self.inner).fit(records)
        return self

    def transform(self, records: Any) -> Matrix:
        return self.times * self.encoder_.transform(records)


def spec_with(inner: str) -> str:
    return f"asterism: 1\nname: try\nseed: 3\nsource: {{modality: lines, path: lines.txt}}\nstages:\n  - encoder: doubled\n    {inner}\n"


@pytest.fixture
def registry(registry: Registry) -> Registry:
    registry.register(Doubled)
    return registry


@pytest.mark.parametrize("text", ["inner: lengths", "inner: {encoder: lengths}", "inner:\n      encoder: host:lengths\n      width: 3"])
def test_a_part_is_a_name_or_a_mapping_as_of_a_stage(registry: Registry, spec: Spec, text: str) -> None:
    plan = registry.plan(spec(spec_with(text)))
    encoder = plan.pipeline.stages[0].component
    assert type(encoder.inner).__name__ == "Lengths"
    assert encoder.inner.random_state == 3  # the seed of the spec reaches it
    assert plan.pipeline.fit(TEXTS)["doubled"][2].tolist() == [6, 18, 54]


def test_a_filled_spec_holds_every_field_of_the_part_and_gives_the_same_again(registry: Registry, spec: Spec) -> None:
    filled = registry.plan(spec(spec_with("inner: {encoder: lengths, span: [2, 3]}"))).filled
    inner = filled["stages"][0]["inner"]
    assert inner == {"encoder": "lengths", "width": 3, "scale": 1.0, "mode": "plain", "span": [2, 3], "random_state": 3}
    assert registry.plan(filled).filled == filled


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("times: 2", "spec.yaml:6:5: stages[0] (encoder/doubled): inner: is missing"),
        ("inner: lenghts", "inner: no encoder is called 'lenghts'; did you mean 'lengths'?  (asterism list encoder)"),
        (
            "inner: {encoder: lengths, width: 0}",
            "spec.yaml:7:31: stages[0] (encoder/doubled): inner (encoder/lengths): width: must be >= 1 (got 0)",
        ),
        ("inner: {encoder: lengths, widht: 1}", "inner (encoder/lengths): widht: is unknown; did you mean 'width'?"),
        ("inner: 3", "spec.yaml:7:12: stages[0] (encoder/doubled): inner: must name one, such as {encoder: NAME, ...} (got 3)"),
        ("inner: {reducer: shift}", "inner: must name one, such as {encoder: NAME, ...} (got {'reducer': 'shift'})"),
        ("inner: {encoder: doubled}", "inner (encoder/doubled): inner: is missing"),
    ],
)
def test_what_is_wrong_with_a_part_is_told_with_its_place(registry: Registry, spec: Spec, text: str, message: str) -> None:
    problems = [str(problem) for problem in registry.check(spec(spec_with(text)))]
    assert len(problems) == 1
    assert message in problems[0]


def test_every_problem_of_outer_and_inner_is_told_at_once(registry: Registry, spec: Spec) -> None:
    assert len(registry.check(spec(spec_with("inner: {encoder: lengths, width: 0, mode: up}\n    times: much")))) == 3


def test_a_part_is_changed_from_the_command_line(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec(spec_with("inner: {encoder: lengths}")), ["stages.doubled.inner.width=1"])
    assert plan.pipeline.stages[0].component.inner.width == 1


def test_a_saved_pipeline_gives_the_same_with_its_part(registry: Registry, spec: Spec, tmp_path: Path) -> None:
    pipeline = registry.build(spec(spec_with("inner: {encoder: lengths, width: 2}")))
    before = pipeline.fit(TEXTS)["doubled"]
    registry.save(pipeline, tmp_path / "model")
    loaded = registry.load_pipeline(tmp_path / "model")
    assert loaded.stages[0].component.inner.width == 2
    assert np.array_equal(loaded.apply(TEXTS)["doubled"], before)


def test_an_editor_learns_that_a_part_is_a_name_or_a_mapping() -> None:
    shape = json_schema(Doubled)["properties"]["inner"]
    assert shape["anyOf"] == [{"type": "string"}, {"type": "object"}]
    assert shape["description"] == "The other encoder."
