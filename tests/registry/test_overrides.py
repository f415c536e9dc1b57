from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterism.framework import SpecError
from asterism.registry import Registry
from asterism.registry.overrides import override

KINDS = ["encoder", "clusterer"]


def data() -> dict[str, Any]:
    return {
        "name": "try",
        "source": {"modality": "lines"},
        "stages": [{"width": 2, "encoder": "acme:lengths"}, {"clusterer": "halves", "as": "topics"}],
    }


@pytest.mark.parametrize(
    ("change", "at", "value"),
    [
        ("stages.topics.n_clusters=30", ("stages", 1, "n_clusters"), 30),
        ("stages.lengths.width=5", ("stages", 0, "width"), 5),
        ("stages.1.clusterer=kmeans", ("stages", 1, "clusterer"), "kmeans"),
        ("name=other", ("name",), "other"),
        ("seed=1e3", ("seed",), 1000),
        ("source.path=a=b", ("source", "path"), "a=b"),
        ("hooks=[progress, report]", ("hooks",), ["progress", "report"]),
        ("stages.lengths.span={low: 1}", ("stages", 0, "span"), {"low": 1}),
        ("source.path=", ("source", "path"), ""),
        ("source.path=null", ("source", "path"), None),
        ("name=no", ("name",), "no"),
    ],
)
def test_a_change_sets_a_value(change: str, at: tuple[str | int, ...], value: Any) -> None:
    spec: Any = data()
    assert override(spec, [change], KINDS) == []
    for step in at:
        spec = spec[step]
    assert spec == value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("name", "--set name: must be PATH=VALUE, such as stages.topics.n_clusters=30"),
        ("=3", "--set =3: must be PATH=VALUE, such as stages.topics.n_clusters=30"),
        ("stages.topcs.n_clusters=3", "--set stages.topcs.n_clusters: there is no 'topcs'; there are lengths, topics"),
        ("stages.2.n_clusters=3", "--set stages.2.n_clusters: there is no '2'; there are lengths, topics"),
        ("stages.².n_clusters=3", "--set stages.².n_clusters: there is no '²'; there are lengths, topics"),
        ("sorce.path=x", "--set sorce.path: there is no 'sorce'; there are name, source, stages"),
        ("stages.0=x", "--set stages.0: 'stages' has no keys to set"),
        ("name.first=x", "--set name.first: 'name' has no keys to set"),
        ("seed=[1", "--set seed:1:3: is not YAML: while parsing a flow sequence: expected ',' or ']', but got '<stream end>'"),
    ],
)
def test_a_change_that_fits_nowhere_is_refused(change: str, message: str) -> None:
    spec = data()
    assert [str(problem) for problem in override(spec, [change], KINDS)] == [message]
    assert spec == data()


def test_what_is_set_is_checked_like_what_is_written(registry: Registry, spec: Callable[..., Path]) -> None:
    path = spec()
    assert registry.plan(path, ("stages.groups.n_clusters=4", "seed=9")).pipeline["groups"].n_clusters == 4
    with pytest.raises(SpecError) as caught:
        registry.plan(path, ("stages.groups.n_clusters=0", "stages.lengths.widht=1", "nothing.at=all"))
    assert [str(problem) for problem in caught.value.problems] == [
        "--set nothing.at: there is no 'nothing'; there are asterism, name, source, stages",
        "spec.yaml:5:5: stages[0] (encoder/lengths): widht: is unknown; did you mean 'width'?",
        "spec.yaml:8:5: stages[2] (clusterer/halves): n_clusters: must be >= 1 (got 0)",
    ]


def test_the_data_of_a_host_stay_as_they_were(registry: Registry) -> None:
    given = {"asterism": 1, "name": "x", "source": {"modality": "lines"}, "stages": [{"encoder": "lengths"}]}
    assert registry.plan(given, ("name=y",)).name == "y"
    assert given["name"] == "x"
