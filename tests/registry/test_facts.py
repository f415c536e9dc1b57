from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.framework import Result
from asterism.framework.problems import Problem, problems_to
from asterism.registry import Registry
from asterism.registry.facts import describe, measure

Install = Callable[..., Path]
TEXTS = ["a", "bb", "ccc", "dddd"]

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
    names = ["groups", "classes", "spread", "width", "encoded", "nothing"]
    lines = "".join(f"{name} = {{0}}:{name}\n" for name in names)
    registry = registry_of(install, f"[asterism.metric]\n{lines}", "acme_metrics")
    found = measure(registry, result)
    expected = float(result.fed_to("groups")[2:].mean())
    assert found == {"lengths": {"encoded": 4.0}, "groups": {"groups": 2.0, "spread": pytest.approx(expected)}}


def test_a_metric_of_classes_is_called_where_there_are_classes(install: Install, result: Result) -> None:
    result.targets = ["x", "x", "y", "y"]
    registry = registry_of(install, "[asterism.metric]\nclasses = {0}:classes\n", "acme_classes")
    found = measure(registry, result)
    assert found == {"groups": {"classes": 0.5}}
    assert type(found["groups"]["classes"]) is float


def test_a_describer_gets_the_terms_of_the_nearest_matrix_that_has_them(install: Install, result: Result) -> None:
    registry = registry_of(install, "[asterism.describer]\nwords = {0}:words\n", "acme_describers")
    assert describe(registry, result) == {"groups": {"words": {0: ["length", "square", "cube", "fourth"], 1: ["a", "1", "4"]}}}


def test_a_broken_metric_costs_its_own_number_alone(install: Install, result: Result) -> None:
    names = ["groups", "failing", "endless", "wordy", "not_callable"]
    lines = "".join(f"{name} = {{0}}:{name}\n" for name in names) + "gone = acme_gone:gone\n"
    registry = registry_of(install, f"[asterism.metric]\n{lines}", "acme_failing")
    told: list[Problem] = []
    with problems_to(told.append):
        found = measure(registry, result)
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
        assert list(describe(registry, result)["groups"]) == ["words"]
    assert [problem.message for problem in told] == ["describer/wordy gave no texts by group on stage 'groups': 'many'"]


def test_two_metrics_of_one_name_cost_only_themselves(install: Install, result: Result) -> None:
    install("bolt", "[asterism.metric]\ngroups = bolt_metrics:groups\n", {"bolt_metrics": METRICS})
    install("acme", "[asterism.metric]\ngroups = acme_two:groups\nspread = acme_two:spread\n", {"acme_two": METRICS})
    told: list[Any] = []
    with problems_to(told.append):
        found = measure(Registry(allow=["acme", "bolt"]), result)
    assert list(found["groups"]) == ["spread"]
    message = "metric/groups is registered by acme 1.0 and bolt 1.0; write acme:groups or bolt:groups to choose"
    assert {problem.message for problem in told} == {message}
