"""Every rule of a spec, with its message; places are those of the good spec of conftest.py, or of `GOOD`, with the change of the test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterism.framework import SpecError
from asterism.registry import Registry
from asterism.registry.writer import write_yaml

Problems = Callable[..., list[str]]
Spec = Callable[..., Path]
Install = Callable[..., Path]
Hosted = Callable[..., Registry]

GOOD = "asterism: 1\nname: try\nsource: {modality: lines, path: lines.txt}\nstages: [{encoder: lengths}]\n"


def test_a_good_spec_becomes_a_pipeline(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec())
    assert repr(plan.pipeline) == "Pipeline(lengths: Lengths(width=4), shift: Shift(), groups: Halves())"
    assert [stage.fed_by for stage in plan.pipeline] == ["source", "lengths", "shift"]
    assert (plan.name, plan.path, plan.sample, plan.hooks, plan.options.strict) == ("try", "lines.txt", None, [], False)
    assert plan.pipeline.fit(plan.path)["groups"].tolist() == [0, 0, 0, 1, 1, 1]


def test_a_relative_path_starts_at_the_folder_of_the_spec(registry: Registry, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = spec().absolute().parent
    monkeypatch.chdir("/")
    assert registry.plan(folder / "spec.yaml").path == str(folder / "lines.txt")


def test_an_absolute_path_stays(registry: Registry, spec: Spec) -> None:
    assert registry.plan(spec(GOOD.replace("lines.txt", "/data/lines.txt"))).path == "/data/lines.txt"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("asterism: 1", "asterism: 2"), "spec.yaml:1:1: asterism: is format 2; this Asterism reads format 1; install a newer one"),
        (("asterism: 1", "asterism: 0"), "spec.yaml:1:1: asterism: must be 1 (got 0)"),
        (("asterism: 1", "asterism: '1'"), "spec.yaml:1:1: asterism: must be 1 (got '1')"),
        (("asterism: 1\n", ""), "spec.yaml:1:1: asterism: is missing"),
        (("name: try\n", ""), "spec.yaml:1:1: name: is missing"),
        (("name: try", "name: 7"), "spec.yaml:2:1: name: must be text (got 7)"),
        (
            ("name: try", "name: ../try"),
            "spec.yaml:2:1: name: must be a name of letters, digits, '_', '-' and '.' that begins with neither '-' nor '.' (got '../try')",
        ),
        (("name: try", "name: try\nsed: 0"), "spec.yaml:3:1: sed: is unknown; did you mean 'seed'?"),
        (
            ("name: try", "name: try\nxyz: 0"),
            "spec.yaml:3:1: xyz: is unknown; there are asterism, cache, engine, hooks, max_bad, memory, metrics, name, pictures, "
            "providers, seed, source, stages, strict, timeout, workers",
        ),
        (("name: try", "name: try\nseed: -1"), "spec.yaml:3:1: seed: must be >= 0 (got -1)"),
        (("name: try", "name: try\nseed: 1.5"), "spec.yaml:3:1: seed: must be a whole number (got 1.5)"),
        (("name: try", "name: try\nstrict: yes"), "spec.yaml:3:1: strict: must be true or false (got 'yes')"),
        (("name: try", "name: try\nhooks: progress"), "spec.yaml:3:1: hooks: must be a list (got 'progress')"),
        (("name: try", "name: try\nhooks: [1]"), "spec.yaml:3:9: hooks[0]: must be text (got 1)"),
        (("name: try", "name: try\nhooks: [loud]"), "spec.yaml:3:9: hooks[0]: no hook is called 'loud'; there are none"),
        (("name: try", "name: try\nproviders: {acme: 1.0}"), "spec.yaml:3:13: providers.acme: must be text (got 1.0)"),
    ],
)
def test_the_top_level_is_checked(problems: Problems, change: tuple[str, str], message: str) -> None:
    assert problems(change) == [message]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("- 1", ["spec.yaml:1:1: must be a mapping that begins with `asterism: 1`"]),
        ("hello", ["spec.yaml:1:1: must be a mapping that begins with `asterism: 1`"]),
        (
            "{}",
            [
                "spec.yaml:1:1: asterism: is missing",
                "spec.yaml:1:1: name: is missing",
                "spec.yaml:1:1: source: is missing",
                "spec.yaml:1:1: stages: is missing",
            ],
        ),
        (
            "asterism: 1\nname: x\nsource: lines.txt\nstages: []",
            ["spec.yaml:3:1: source: must be a mapping (got 'lines.txt')", "spec.yaml:4:1: stages: must be at least 1 long (got [])"],
        ),
        (
            "asterism: 1\nname: x\nsource: {modality: lines}\nstages: [lengths, {reducer: shift}]",
            ["spec.yaml:4:10: stages[0]: must be a mapping (got 'lengths')"],
        ),
    ],
)
def test_what_has_not_the_shape_of_a_spec_is_refused(problems: Problems, text: str, messages: list[str]) -> None:
    assert problems(text=text) == messages


def test_no_stage_is_called_as_the_source(problems: Problems) -> None:
    assert problems(text=GOOD.replace("lengths}", "lengths, as: source}")) == [
        "spec.yaml:4:11: stages[0]: no stage may be called 'source': that name is taken by the source"
    ]


SOURCE = "{modality: lines, path: lines.txt}"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{path: lines.txt}", "spec.yaml:3:1: source: modality: is missing"),
        ("{modality: 5}", "spec.yaml:3:10: source: modality: must be text (got 5)"),
        ("{modality: line}", "spec.yaml:3:10: source: no modality is called 'line'; did you mean 'lines'?  (asterism list modality)"),
        ("{modality: lines, path: ''}", "spec.yaml:3:27: source: path: must be at least 1 long (got '')"),
        ("{modality: lines, path: 7}", "spec.yaml:3:27: source: path: must be text (got 7)"),
        ("{modality: lines, sample: x}", "spec.yaml:3:27: source: no sample is called 'x'; there are none"),
        ("{modality: lines, sample: 3}", "spec.yaml:3:27: source: sample: must be text (got 3)"),
        ("{modality: lines, uper: true}", "spec.yaml:3:27: source (modality/lines): uper: is unknown; did you mean 'upper'?"),
        ("{modality: lines, upper: 1}", "spec.yaml:3:27: source (modality/lines): upper: must be true or false (got 1)"),
    ],
)
def test_the_source_is_checked(problems: Problems, source: str, message: str) -> None:
    assert problems((SOURCE, source)) == [message]


def test_a_source_is_a_path_or_a_sample(install: Install, spec: Spec, hosted: Hosted) -> None:
    install("acme", "[asterism.sample]\npoem = acme_poem:write\n", {"acme_poem": "write = 1"})
    (problem,) = hosted("acme").check(spec(GOOD.replace(SOURCE, "{modality: lines, path: lines.txt, sample: poem}")))
    assert str(problem) == "spec.yaml:3:44: source: has both a path and a sample; keep one"


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("encoder: lenghts", "spec.yaml:5:5: stages[0]: no encoder is called 'lenghts'; did you mean 'lengths'?  (asterism list encoder)"),
        ("encoder: xyz", "spec.yaml:5:5: stages[0]: no encoder is called 'xyz'; there are lengths, pictures  (asterism list encoder)"),
        ("encoder: [lengths]", "spec.yaml:5:5: stages[0]: encoder: must be the name of one (got ['lengths'])"),
        ("enocder: lengths", "spec.yaml:5:5: stages[0]: no kind is called 'enocder'; did you mean 'encoder'?"),
        (
            "lengths: encoder",
            "spec.yaml:5:5: stages[0]: names no kind; a stage begins with one of clusterer, detector, encoder, explainer, "
            "generator, recommender, reducer, topics",
        ),
        ("encoder: lengths\n    reducer: shift", "spec.yaml:5:5: stages[0]: names 2 kinds, encoder and reducer; a stage is one component"),
        ("encoder: lengths\n    widht: 3", "spec.yaml:6:5: stages[0] (encoder/lengths): widht: is unknown; did you mean 'width'?"),
        (
            "encoder: lengths\n    xyz: 3",
            "spec.yaml:6:5: stages[0] (encoder/lengths): xyz: is unknown; there are mode, random_state, scale, span, width",
        ),
        ("encoder: lengths\n    width: three", "spec.yaml:6:5: stages[0] (encoder/lengths): width: must be a whole number (got 'three')"),
        ("encoder: lengths\n    width: '3'", "spec.yaml:6:5: stages[0] (encoder/lengths): width: must be a whole number (got '3')"),
        ("encoder: lengths\n    width: 2.5", "spec.yaml:6:5: stages[0] (encoder/lengths): width: must be a whole number (got 2.5)"),
        ("encoder: lengths\n    width: true", "spec.yaml:6:5: stages[0] (encoder/lengths): width: must be a whole number (got true)"),
        ("encoder: lengths\n    width:", "spec.yaml:6:5: stages[0] (encoder/lengths): width: must be a whole number (got null)"),
        ("encoder: lengths\n    width: 0", "spec.yaml:6:5: stages[0] (encoder/lengths): width: must be >= 1 (got 0)"),
        ("encoder: lengths\n    scale: wide", "spec.yaml:6:5: stages[0] (encoder/lengths): scale: must be a number (got 'wide')"),
        ("encoder: lengths\n    mode: lgo", "spec.yaml:6:5: stages[0] (encoder/lengths): mode: must be 'plain' or 'log' (got 'lgo')"),
        ("encoder: lengths\n    span: 3", "spec.yaml:6:5: stages[0] (encoder/lengths): span: must be a list (got 3)"),
        ("encoder: lengths\n    span: [1]", "spec.yaml:6:5: stages[0] (encoder/lengths): span[1]: is missing"),
        (
            "encoder: lengths\n    span: [1, 2, 3]",
            "spec.yaml:6:5: stages[0] (encoder/lengths): span: must be at most 2 long (got [1, 2, 3])",
        ),
        ("encoder: lengths\n    span: [1, b]", "spec.yaml:6:15: stages[0] (encoder/lengths): span[1]: must be a whole number (got 'b')"),
        ("encoder: lengths\n    as: 5", "spec.yaml:6:5: stages[0]: as: must be text (got 5)"),
        (
            "encoder: lengths\n    as: a/b",
            "spec.yaml:6:5: stages[0]: as: "
            "must be a name of letters, digits, '_', '-' and '.' that begins with neither '-' nor '.' (got 'a/b')",
        ),
        (
            "encoder: lengths\n    as: manifest",
            "spec.yaml:6:9: stages[0] (encoder/lengths): "
            "no stage may be called 'manifest': that is the name of a file of the saved model; give it another with `as`",
        ),
        (
            "encoder: lengths\n    as: id",
            "spec.yaml:6:9: stages[0] (encoder/lengths): "
            "no stage may be called 'id': that is the name of a column of the results; give it another with `as`",
        ),
        ("encoder: pictures", "spec.yaml:5:5: stages[0]: 'source' gives text records, encoder/pictures takes image records"),
    ],
)
def test_a_stage_is_checked(problems: Problems, stage: str, message: str) -> None:
    assert problems(("encoder: lengths\n    width: 4", stage)) == [message]


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("clusterer: halves\n    from: source", "spec.yaml:9:11: stages[2]: 'source' gives records, clusterer/halves takes a matrix"),
        (
            "encoder: lengths\n    as: b\n    from: shift",
            "spec.yaml:10:11: stages[2]: 'shift' gives a matrix, encoder/lengths takes text records",
        ),
        ("clusterer: halves\n    from: sihft", "spec.yaml:9:11: stages[2]: no stage is called 'sihft'; did you mean 'shift'?"),
        ("clusterer: halves\n    from: xyz", "spec.yaml:9:11: stages[2]: no stage is called 'xyz'; there are lengths, shift, source"),
        (
            "clusterer: halves\n    from: map\n  - reducer: shift\n    as: map",
            "spec.yaml:9:11: stages[2]: 'map' comes later; a stage is fed by an earlier one",
        ),
        ("clusterer: halves\n    from: halves", "spec.yaml:9:11: stages[2]: 'halves' cannot feed itself"),
        ("reducer: shift", "spec.yaml:8:5: stages[2]: two stages are called 'shift'; give one of them another name with `as`"),
        ("generator: parrot\n    from: lengths", "spec.yaml:9:11: stages[2]: 'lengths' gives a matrix, generator/parrot takes records"),
        ("recommender: bestsellers", "spec.yaml:8:5: stages[2]: 'source' gives records, recommender/bestsellers takes interactions"),
        (
            "clusterer: halves\n    n_clusters: ten",
            "spec.yaml:9:5: stages[2] (clusterer/halves): n_clusters: must be a whole number or 'auto' (got 'ten')",
        ),
        ("clusterer: halves\n    n_clusters: 0", "spec.yaml:9:5: stages[2] (clusterer/halves): n_clusters: must be >= 1 (got 0)"),
    ],
)
def test_wiring_is_checked(problems: Problems, stage: str, message: str) -> None:
    assert problems(("clusterer: halves\n    as: groups", stage)) == [message]


def test_a_clusterer_is_not_fed_records(problems: Problems) -> None:
    text = "asterism: 1\nname: try\nsource: {modality: lines}\nstages: [{clusterer: halves}]\n"
    assert problems(text=text) == ["spec.yaml:4:11: stages[0]: 'source' gives records, clusterer/halves takes a matrix"]


def test_an_encoder_is_not_fed_interactions(problems: Problems) -> None:
    text = "asterism: 1\nname: try\nsource: {modality: baskets}\nstages: [{encoder: lengths}]\n"
    assert problems(text=text) == ["spec.yaml:4:11: stages[0]: 'source' gives interactions, encoder/lengths takes text records"]


def test_every_problem_is_told_at_once_in_the_order_of_the_file(problems: Problems) -> None:
    text = """\
asterism: 1
seed: high
source: {modality: lines, uper: 1}
nmae: try
stages:
  - encoder: lenghts
  - reducer: shift
    n_components: 0
  - clusterer: halves
    from: shfit
  - clusterer: halves
hooks: [loud]
"""
    assert problems(text=text) == [
        "spec.yaml:1:1: name: is missing",
        "spec.yaml:2:1: seed: must be a whole number (got 'high')",
        "spec.yaml:3:27: source (modality/lines): uper: is unknown; did you mean 'upper'?",
        "spec.yaml:4:1: nmae: is unknown; did you mean 'name'?",
        "spec.yaml:6:5: stages[0]: no encoder is called 'lenghts'; did you mean 'lengths'?  (asterism list encoder)",
        "spec.yaml:8:5: stages[1] (reducer/shift): n_components: must be >= 1 (got 0)",
        "spec.yaml:10:11: stages[2]: no stage is called 'shfit'; did you mean 'shift'?",
        "spec.yaml:11:5: stages[3]: two stages are called 'halves'; give one of them another name with `as`",
        "spec.yaml:12:9: hooks[0]: no hook is called 'loud'; there are none",
    ]


def test_the_error_carries_every_problem(registry: Registry, spec: Spec) -> None:
    with pytest.raises(SpecError) as caught:
        registry.build(spec("asterism: 1\n"))
    assert [problem.message for problem in caught.value.problems] == ["name: is missing", "source: is missing", "stages: is missing"]
    assert str(caught.value).count("\n") == 2


def test_problems_of_the_file_itself_come_with_those_of_its_content(problems: Problems) -> None:
    assert problems(("width: 4", "width: 4\n    width: 5\n    mode: !x log\n    scale: wide")) == [
        "spec.yaml:7:5: 'width' stands here twice; the first is in line 6",
        "spec.yaml:8:11: has the tag '!x'; a spec holds plain values only",
        "spec.yaml:9:5: stages[0] (encoder/lengths): scale: must be a number (got 'wide')",
    ]


def test_1e3_is_a_whole_number(registry: Registry, spec: Spec) -> None:
    assert registry.build(spec(GOOD.replace("lengths}", "lengths, width: 1e3}")))["lengths"].width == 1000


def test_a_missing_spec_is_named(registry: Registry, here: Path) -> None:
    assert [str(problem) for problem in registry.check("none.yaml")] == ["none.yaml: cannot be read: No such file or directory"]


def test_a_spec_of_a_host_has_places_without_lines(registry: Registry) -> None:
    data: dict[str, Any] = {"asterism": 1, "name": "x", "source": {"modality": "lines"}, "stages": [{"encoder": "lengths", "width": 0}]}
    assert [str(p) for p in registry.check(data)] == ["spec: stages[0] (encoder/lengths): width: must be >= 1 (got 0)"]
    data["stages"][0]["width"] = 2
    assert registry.build(data)["lengths"].width == 2


def test_the_seed_reaches_every_random_state_that_the_file_leaves_out(registry: Registry, spec: Spec) -> None:
    text = GOOD.replace("name: try", "name: try\nseed: 7").replace("}]", "}, {clusterer: halves, random_state: 3}]")
    pipeline = registry.build(spec(text))
    assert (pipeline["lengths"].random_state, pipeline["halves"].random_state) == (7, 3)


def test_a_filled_spec_builds_the_same_pipeline(registry: Registry, spec: Spec) -> None:
    plan = registry.plan(spec())
    assert plan.filled == {
        "asterism": 1,
        "name": "try",
        "seed": 0,
        "source": {"modality": "lines", "path": "lines.txt", "upper": False},
        "stages": [
            {
                "encoder": "lengths",
                "as": "lengths",
                "from": "source",
                "width": 4,
                "scale": 1.0,
                "mode": "plain",
                "span": [1, 2],
                "random_state": 0,
            },
            {"reducer": "shift", "as": "shift", "from": "lengths", "n_components": "all"},
            {"clusterer": "halves", "as": "groups", "from": "shift", "n_clusters": 2, "random_state": 0},
        ],
        "hooks": [],
        "strict": False,
        "max_bad": "50%",
        "workers": "auto",
        "engine": "local",
        "providers": {},
    }
    again = registry.plan(spec(write_yaml(plan.filled)))
    assert again.filled == plan.filled
    assert repr(again.pipeline) == repr(plan.pipeline)


SHOUT = """
    from asterism.framework import Encoder

    class Shout(Encoder):
        {}
        def transform(self, records):
            return []
"""


def test_a_filled_spec_locks_the_versions_of_its_providers(install: Install, spec: Spec, hosted: Hosted) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_lock:Shout\n", {"acme_lock": SHOUT.format("")}, version="1.2")
    registry = hosted("acme")
    text = GOOD.replace("lengths", "shout")
    assert registry.plan(spec(text)).filled["providers"] == {"acme": "1.2"}
    (problem,) = registry.check(spec(text + "providers:\n  acme: '1.1'\n"))
    assert str(problem) == (
        "spec.yaml:6:3: providers: the spec was filled with acme 1.1, installed is 1.2; install that, or fill the spec again"
    )


def test_a_broken_plugin_is_one_problem_of_the_spec_that_names_it(install: Install, spec: Spec, hosted: Hosted) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_gone:Shout\nnone = acme_spec:No\n", {"acme_spec": ""})
    registry = hosted("acme")
    text = GOOD.replace("{encoder: lengths}", "{encoder: shout, width: 0}, {reducer: shift}, {clusterer: halves, from: shout}")
    (problem,) = registry.check(spec(text))
    assert str(problem) == (
        "spec.yaml:4:11: stages[0]: encoder/shout is registered by acme 1.0, but broken: ModuleNotFoundError: No module named 'acme_gone'"
    )


def test_a_broken_kind_is_one_problem_of_the_spec_that_names_it(install: Install, spec: Spec, hosted: Hosted) -> None:
    install("acme", "[asterism.kind]\nghost = acme_ghost:Ghost\n[asterism.ghost]\ncasper = acme_ghost:Casper\n")
    registry = hosted("acme")
    (problem,) = registry.check(spec(GOOD.replace("encoder: lengths", "ghost: casper")))
    assert str(problem) == (
        "spec.yaml:4:11: stages[0]: ghost/casper is registered by acme 1.0, but broken: ModuleNotFoundError: No module named 'acme_ghost'"
    )


def test_a_field_that_no_spec_could_hold_is_one_problem(install: Install, spec: Spec, hosted: Hosted) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_odd:Shout\n", {"acme_odd": SHOUT.format("call: type(len) = len")})
    registry = hosted("acme")
    (problem,) = registry.check(spec(GOOD.replace("lengths", "shout")))
    assert str(problem) == (
        "spec.yaml:4:11: stages[0] (encoder/shout): Shout has a field that no spec could hold: "
        "Unable to generate pydantic-core schema for <class 'builtin_function_or_method'>"
    )


def test_a_name_that_cannot_name_a_stage_needs_another(install: Install, spec: Spec, hosted: Hosted) -> None:
    install("acme", "[asterism.encoder]\n../up = acme_up:Shout\n", {"acme_up": SHOUT.format("")})
    registry = hosted("acme")
    (problem,) = registry.check(spec(GOOD.replace("lengths", "../up")))
    assert str(problem) == "spec.yaml:4:20: stages[0] (encoder/../up): '../up' cannot name a stage; give it a name with `as`"
    assert registry.check(spec(GOOD.replace("lengths", "../up, as: up"))) == []


def test_a_ready_spec_is_found_by_its_name_and_its_paths_start_here(hosted: Hosted, install: Install, here: Path) -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/ready.yaml").write_text(GOOD.replace("name: try", "name: ready"))
    install(
        "acme-specs", "[asterism.spec]\nacme-ready = acme_specs:READY", {"acme_specs": f"READY = {str(here / 'elsewhere/ready.yaml')!r}"}
    )
    registry = hosted("acme-specs")
    plan = registry.plan("acme-ready")
    assert (plan.name, plan.path) == ("ready", "lines.txt")
    assert [str(problem) for problem in registry.check("acme-raedy")] == [
        "acme-raedy: cannot be read: No such file or directory; did you mean 'acme-ready'?"
    ]
    Path("acme-ready").write_text(GOOD)
    assert registry.plan("acme-ready").name == "try"  # a file comes before what is installed
