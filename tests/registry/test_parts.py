"""Components that are fields of others: in a spec like a stage; checked, filled in, saved and loaded with the one that holds them."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from asterism.framework import Encoder, Matrix, Records
from asterism.registry import Registry
from asterism.registry.schema import holds_several, json_schema, part_kinds

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


# Several components in one field


class Joined(Encoder):
    """What several encoders say, side by side."""

    reads = frozenset({"text"})

    encoders: tuple[Encoder, ...]
    """The others, in order."""
    scale: float = 1.0
    """What all of it is multiplied by."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self.encoders_ = [deepcopy(encoder).fit(records) for encoder in self.encoders]
        return self

    def transform(self, records: Any) -> Matrix:
        texts = list(records)
        return self.scale * np.hstack([encoder.transform(texts) for encoder in self.encoders_])


@pytest.fixture
def joining(registry: Registry) -> Registry:
    registry.register(Joined)
    return registry


def joined(encoders: str) -> str:
    return spec_with(encoders).replace("doubled", "joined", 1)


SEVERAL = [
    "encoders: [lengths, {encoder: lengths, width: 1}]",
    "encoders:\n      - host:lengths\n      - encoder: host:lengths\n        width: 1",
]


@pytest.mark.parametrize("text", SEVERAL)
def test_several_parts_are_a_list_of_names_and_mappings(joining: Registry, spec: Spec, text: str) -> None:
    plan = joining.plan(spec(joined(text)))
    encoder = plan.pipeline.stages[0].component
    assert isinstance(encoder.encoders, tuple)
    assert [part.width for part in encoder.encoders] == [3, 1]
    assert [part.random_state for part in encoder.encoders] == [3, 3]
    assert plan.pipeline.fit(TEXTS)["joined"][2].tolist() == [3, 9, 27, 3]


def test_a_filled_spec_holds_every_field_of_several_parts_and_gives_the_same_again(joining: Registry, spec: Spec) -> None:
    filled = joining.plan(spec(joined("encoders: [lengths, {encoder: doubled, inner: {encoder: lengths, width: 1}, times: 4}]"))).filled
    first, second = filled["stages"][0]["encoders"]
    assert first == {"encoder": "lengths", "width": 3, "scale": 1.0, "mode": "plain", "span": [1, 2], "random_state": 3}
    assert second == {"encoder": "doubled", "inner": {**first, "width": 1}, "times": 4.0}
    again = joining.plan(filled)
    assert again.filled == filled
    assert again.pipeline.fit(TEXTS)["joined"][2].tolist() == [3, 9, 27, 12]


LABEL = "spec.yaml:7:15: stages[0] (encoder/joined): encoders"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scale: 2", "spec.yaml:6:5: stages[0] (encoder/joined): encoders: is missing"),
        ("encoders: []", f"{LABEL}: must be a list of one encoder or more (got [])"),
        ("encoders: lengths", f"{LABEL}: must be a list of one encoder or more (got 'lengths')"),
        ("encoders: {encoder: lengths}", f"{LABEL}: must be a list of one encoder or more (got {{'encoder': 'lengths'}})"),
        ("encoders: 3", f"{LABEL}: must be a list of one encoder or more (got 3)"),
        ("encoders: null", f"{LABEL}: must be a list of one encoder or more (got None)"),
        (
            "encoders: [lengths, 3]",
            "spec.yaml:7:25: stages[0] (encoder/joined): encoders[1]: must name one, such as {encoder: NAME, ...} (got 3)",
        ),
        ("encoders: [[lengths]]", "encoders[0]: must name one, such as {encoder: NAME, ...} (got ['lengths'])"),
        ("encoders: [{reducer: shift}]", "encoders[0]: must name one, such as {encoder: NAME, ...} (got {'reducer': 'shift'})"),
        ("encoders: [lengths, lenghts]", "encoders[1]: no encoder is called 'lenghts'; did you mean 'lengths'?  (asterism list encoder)"),
        ("encoders: [shift]", "encoders[0]: no encoder is called 'shift'"),
        (
            "encoders: [lengths, {encoder: lengths, width: 0}]",
            "spec.yaml:7:44: stages[0] (encoder/joined): encoders[1] (encoder/lengths): width: must be >= 1 (got 0)",
        ),
        ("encoders: [{encoder: lengths, widht: 1}]", "encoders[0] (encoder/lengths): widht: is unknown; did you mean 'width'?"),
        ("encoders: [{encoder: joined}]", "encoders[0] (encoder/joined): encoders: is missing"),
        (
            "encoders: [{encoder: doubled, inner: 3}]",
            "encoders[0] (encoder/doubled): inner: must name one, such as {encoder: NAME, ...} (got 3)",
        ),
    ],
)
def test_what_is_wrong_with_one_of_several_parts_is_told_with_its_place(joining: Registry, spec: Spec, text: str, message: str) -> None:
    problems = [str(problem) for problem in joining.check(spec(joined(text)))]
    assert len(problems) == 1, problems
    assert message in problems[0]


def test_what_is_wrong_with_each_of_several_parts_is_told_at_once(joining: Registry, spec: Spec) -> None:
    text = "encoders: [{encoder: lengths, width: 0}, 7, lenghts, {encoder: lengths, mode: up}]\n    scale: much"
    assert len(joining.check(spec(joined(text)))) == 5


def test_one_of_several_parts_is_changed_from_the_command_line(joining: Registry, spec: Spec) -> None:
    path = spec(joined("encoders: [{encoder: lengths}, {encoder: doubled, inner: {encoder: lengths}}]"))
    plan = joining.plan(path, ("stages.joined.encoders.0.width=1", "stages.joined.encoders.doubled.inner.width=2"))
    first, second = plan.pipeline.stages[0].component.encoders
    assert (first.width, second.inner.width) == (1, 2)


def test_a_saved_pipeline_gives_the_same_with_its_several_parts(joining: Registry, spec: Spec, tmp_path: Path) -> None:
    pipeline = joining.build(spec(joined("encoders: [{encoder: doubled, inner: lengths}, {encoder: lengths, width: 2}]")))
    before = pipeline.fit(TEXTS)["joined"]
    joining.save(pipeline, tmp_path / "model")
    loaded = joining.load_pipeline(tmp_path / "model")
    assert [type(part).__name__ for part in loaded.stages[0].component.encoders] == ["Doubled", "Lengths"]
    assert np.array_equal(loaded.apply(TEXTS)["joined"], before)


def test_an_editor_learns_that_several_parts_are_a_list_of_names_and_mappings() -> None:
    shape = json_schema(Joined)["properties"]["encoders"]
    assert shape["type"] == "array"
    assert shape["items"] == {"anyOf": [{"type": "string"}, {"type": "object"}]}
    assert shape["minItems"] == 1
    assert shape["description"] == "The others, in order."


def test_which_fields_hold_one_part_and_which_several() -> None:
    assert part_kinds(Doubled) == {"inner": Encoder}
    assert part_kinds(Joined) == {"encoders": Encoder}
    assert (holds_several(Joined, "encoders"), holds_several(Doubled, "inner"), holds_several(Joined, "scale")) == (True, False, False)


def test_a_component_lists_the_parts_that_its_parts_hold(joining: Registry, spec: Spec) -> None:
    path = spec(joined("encoders: [lengths, {encoder: doubled, inner: {encoder: joined, encoders: [lengths]}}]"))
    outer = joining.build(path).stages[0].component
    assert [type(part).__name__ for part in outer.parts()] == ["Lengths", "Doubled", "Joined", "Lengths"]
    assert list(outer.encoders[0].parts()) == []


def test_each_fit_leaves_the_parts_that_were_given_as_they_were(joining: Registry, spec: Spec) -> None:
    outer = joining.build(spec(joined("encoders: [{encoder: doubled, inner: lengths}, lengths]"))).stages[0].component
    outer.fit(Records.of(TEXTS, modality="text"))
    assert not any(part.learned() for part in outer.parts())
