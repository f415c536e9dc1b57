from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.framework import Result
from asterism.framework.problems import Problem, problems_to
from asterism.registry import Registry
from asterism.registry.facts import describe, draw, load_functions, meaning, measure, needs, not_on_request, uses

Install = Callable[..., Path]
TEXTS = ["a", "bb", "ccc", "dddd"]
SPEC = {"asterism": 1, "name": "try", "source": {"modality": "lines"}, "stages": [{"encoder": "lengths"}]}

METRICS = """
    import numpy as np

    def groups(labels, targets=None):
        return len(set(labels)) if targets is None else 0

    def classes(labels, targets):
        return np.float32(0.5)

    def spread(clusterer, matrix, labels):
        return float(matrix[labels == 1].mean()) + 0 * clusterer.middle_

    def width(matrix, ids):
        return matrix.shape[1]

    def widths(input_matrix, matrix, targets=None):
        return matrix.shape[1]

    def narrowed(reducer, input_matrix, matrix):
        return 10 * input_matrix.shape[1] + matrix.shape[1]

    def fed(clusterer, input_matrix):
        return input_matrix.shape[1]

    def encoded(encoder):
        return encoder.width

    def nothing(labels):
        return None

    def endless(labels):
        return np.inf

    def wordy(labels):
        return "many"

    def failing(labels):
        raise RuntimeError("no luck")

    def sheet(labels, modality, records):
        return {f"{int(group)}.png": modality.preview(records[0]).encode() for group in set(labels)}

    def outside(labels):
        return {"../sheet.png": b""}

    def texts(labels):
        return {"sheet.png": "a text"}

    not_callable = 3

    def words(labels, terms, term_matrix, records, ids):
        return {0: list(terms), 1: [records[0], ids[1], str(term_matrix.shape[1])]}
"""


@pytest.fixture
def result(registry: Registry, spec: Callable[..., Path]) -> Result:
    pipeline = registry.build(spec())
    lengths = pipeline["lengths"]
    lengths.__dict__["get_feature_names_out"] = lambda: np.array(["length", "square", "cube", "fourth"])
    return pipeline.fit(TEXTS)


def registry_of(install: Install, entry_points: str, module: str, code: str = METRICS) -> Registry:
    install("acme", entry_points.format(module), {module: code})
    return Registry(allow=["acme"])


def test_a_metric_gets_what_it_names_and_is_called_only_where_that_exists(install: Install, result: Result) -> None:
    names = ["groups", "classes", "spread", "width", "widths", "encoded", "nothing"]
    lines = "".join(f"{name} = {{0}}:{name}\n" for name in names)
    registry = registry_of(install, f"[asterism.metric]\n{lines}", "acme_metrics")
    found = measure(load_functions(registry, "metric"), result)
    expected = float(result.fed_to("groups")[2:].mean())
    assert found == {"lengths": {"encoded": 4.0}, "groups": {"groups": 2.0, "spread": pytest.approx(expected)}}


def test_a_metric_of_classes_is_called_where_there_are_classes(install: Install, result: Result) -> None:
    result.targets = ["x", "x", "y", "y"]
    registry = registry_of(install, "[asterism.metric]\nclasses = {0}:classes\n", "acme_classes")
    found = measure(load_functions(registry, "metric"), result)
    assert found == {"groups": {"classes": 0.5}}
    assert type(found["groups"]["classes"]) is float


def test_a_describer_gets_the_terms_of_the_nearest_matrix_that_has_them(install: Install, result: Result) -> None:
    registry = registry_of(install, "[asterism.describer]\nwords = {0}:words\n", "acme_describers")
    assert describe(load_functions(registry, "describer"), result) == {
        "groups": {"words": {0: ["length", "square", "cube", "fourth"], 1: ["a", "1", "4"]}}
    }


def test_a_broken_metric_costs_its_own_number_alone(install: Install, result: Result) -> None:
    names = ["groups", "failing", "endless", "wordy", "not_callable"]
    lines = "".join(f"{name} = {{0}}:{name}\n" for name in names) + "gone = acme_gone:gone\n"
    registry = registry_of(install, f"[asterism.metric]\n{lines}", "acme_failing")
    told: list[Problem] = []
    with problems_to(told.append):
        found = measure(load_functions(registry, "metric"), result)
    assert found == {"groups": {"groups": 2.0}}
    messages = [problem.message for problem in told]
    assert messages == [
        "metric/gone is registered by acme 1.0, but broken: ModuleNotFoundError: No module named 'acme_gone'",
        "metric/not_callable of acme 1.0 is no function: it is 3",
        "metric/failing failed on stage 'groups': RuntimeError: no luck",
        "metric/endless gave no finite number on stage 'groups': inf",
        "metric/wordy gave no finite number on stage 'groups': 'many'",
    ]


def test_a_describer_that_gives_something_else_costs_its_own_texts_alone(install: Install, result: Result) -> None:
    registry = registry_of(install, "[asterism.describer]\nwordy = {0}:wordy\nwords = {0}:words\n", "acme_wordy")
    told: list[Problem] = []
    with problems_to(told.append):
        assert list(describe(load_functions(registry, "describer"), result)["groups"]) == ["words"]
    assert [problem.message for problem in told] == ["describer/wordy gave no texts by group on stage 'groups': 'many'"]


def test_a_picture_gets_what_it_names_and_the_modality_too(install: Install, result: Result, registry: Registry) -> None:
    installed = registry_of(install, "[asterism.picture]\nsheet = {0}:sheet\nnothing = {0}:nothing\n", "acme_pictures")
    modality = registry.plan(SPEC).modality
    drawn = list(draw(load_functions(installed, "picture"), result, modality))
    assert drawn == [("groups", "sheet", {"0.png": b"a", "1.png": b"a"})]


def test_a_picture_that_gives_something_else_costs_its_own_files_alone(install: Install, result: Result) -> None:
    names = ["outside", "texts", "failing", "wordy"]
    registry = registry_of(install, "[asterism.picture]\n" + "".join(f"{name} = {{0}}:{name}\n" for name in names), "acme_scribbles")
    told: list[Problem] = []
    with problems_to(told.append):
        assert list(draw(load_functions(registry, "picture"), result, None)) == []
    assert [problem.message for problem in told] == [
        "picture/failing failed on stage 'groups': RuntimeError: no luck",
        "picture/outside gave no image files by name on stage 'groups': {'../sheet.png': b''}",
        "picture/texts gave no image files by name on stage 'groups': {'sheet.png': 'a text'}",
        "picture/wordy gave no image files by name on stage 'groups': 'many'",
    ]


def test_two_metrics_of_one_name_cost_only_themselves(install: Install, result: Result) -> None:
    install("bolt", "[asterism.metric]\ngroups = bolt_metrics:groups\n", {"bolt_metrics": METRICS})
    install("acme", "[asterism.metric]\ngroups = acme_two:groups\nspread = acme_two:spread\n", {"acme_two": METRICS})
    told: list[Any] = []
    with problems_to(told.append):
        found = measure(load_functions(Registry(allow=["acme", "bolt"]), "metric"), result)
    assert list(found["groups"]) == ["spread"]
    message = "metric/groups is registered by acme 1.0 and bolt 1.0; write acme:groups or bolt:groups to choose"
    assert {problem.message for problem in told} == {message}


def test_a_metric_may_be_chosen_among_several_of_one_name(install: Install, result: Result) -> None:
    install("bolt", "[asterism.metric]\ngroups = bolt_choice:nothing\n", {"bolt_choice": METRICS})
    install("acme", "[asterism.metric]\ngroups = acme_choice:groups\n", {"acme_choice": METRICS})
    functions = load_functions(Registry(allow=["acme", "bolt"]), "metric", ["acme:groups"])
    assert measure(functions, result) == {"groups": {"acme:groups": 2.0}}


def test_what_fed_a_stage_is_told_apart_from_what_it_gave(install: Install, registry: Registry, spec: Callable[..., Path]) -> None:
    text = spec().read_text().replace("  - reducer: shift\n", "  - reducer: shift\n    n_components: 2\n")
    result = registry.build(spec(text)).fit(TEXTS)
    names = ["narrowed", "fed", "widths"]
    lines = "".join(f"{name} = {{0}}:{name}\n" for name in names)
    metrics = load_functions(registry_of(install, f"[asterism.metric]\n{lines}", "acme_feeding"), "metric")
    assert measure(metrics, result) == {"shift": {"narrowed": 42.0}, "groups": {"fed": 2.0}}


def test_what_is_fed_by_records_has_no_input_matrix(install: Install, registry: Registry) -> None:
    code = "def texts(generator, matrix):\n    return 1\n\n\ndef both(generator, records):\n    return len(records)\n"
    install("acme", "[asterism.metric]\ntexts = acme_texts:texts\nboth = acme_texts:both\n", {"acme_texts": code})
    spec = {"asterism": 1, "name": "x", "source": {"modality": "lines"}, "stages": [{"generator": "parrot"}]}
    metrics = load_functions(Registry(allow=["acme"]), "metric")
    assert measure(metrics, registry.build(spec).fit(TEXTS)) == {"parrot": {"both": 4.0}}


def test_facts_are_fetched_only_where_a_function_asks_for_them(install: Install, result: Result) -> None:
    class Guarded(dict[str, Any]):
        def __getitem__(self, stage: str) -> Any:
            assert stage == "groups", stage
            return super().__getitem__(stage)

    result.values = Guarded(result.values)
    registry = registry_of(install, "[asterism.metric]\ngroups = {0}:groups\n", "acme_lazy")
    assert measure(load_functions(registry, "metric"), result) == {"groups": {"groups": 2.0}}


def test_what_waits_to_be_asked_for_is_left_out_otherwise(install: Install) -> None:
    code = """
        from asterism.framework import on_request

        def quick(labels):
            return 1

        @on_request
        def slow(labels):
            return 2
    """
    install("acme", "[asterism.metric]\nquick = acme_slow:quick\nslow = acme_slow:slow\n", {"acme_slow": code})
    every = load_functions(Registry(allow=["acme"]), "metric")
    assert (list(every), list(not_on_request(every))) == (["quick", "slow"], ["quick"])


def test_a_function_tells_what_it_needs_and_what_it_may_use() -> None:
    def spread(labels: Any, matrix: Any, targets: Any = None, *, size: int = 3) -> float:
        return 0.0

    assert (needs(spread), uses(spread)) == (["labels", "matrix"], ["targets", "size"])


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        ("Return the information: 0 none to 1 full.", "0 none to 1 full"),
        ("Return the share: from 0.5\n    to 1 (Cole, 2002). More: this.\n\n    Even more: that.", "from 0.5 to 1 (Cole, 2002)"),
        ("Return a number: 1 is best", "1 is best"),
        ("Return a number.\n\n    Remark: nothing.", ""),
        ("Return a number. Remark: nothing.", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_first_sentence_says_what_a_number_means(doc: str | None, expected: str) -> None:
    def metric(labels: Any) -> float:
        return 0.0

    metric.__doc__ = doc
    assert meaning(metric) == expected
