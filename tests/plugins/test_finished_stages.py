"""Which stage of a finished run is meant."""

from pathlib import Path

import numpy as np
import pytest

from asterism.framework import DataError, Pipeline, Result, Stage
from asterism.framework.finished import FinishedRun
from asterism.plugins.finished_stages import one_line, stage_with_groups, stage_with_map
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA


@pytest.fixture
def run() -> FinishedRun:
    stages = [Stage("plane", PCA(), fed_by="source"), Stage("few", KMeans()), Stage("many", KMeans())]
    pipeline = Pipeline(stages)
    values = {stage.name: np.zeros((3, 2)) if stage.name == "plane" else np.zeros(3, np.int64) for stage in pipeline}
    result = Result(None, list("abc"), stages={stage.name: stage for stage in pipeline}, values=values)
    return FinishedRun(Path("run"), {"stages": {"plane": {"columns": 2}}}, pipeline, result)


def test_it_is_the_last_one_or_the_one_that_is_named(run: FinishedRun) -> None:
    assert stage_with_groups(run) == "many"
    assert stage_with_groups(run, "few") == "few"
    assert stage_with_map(run) == "plane"


def test_another_name_is_refused_with_those_that_are_there(run: FinishedRun) -> None:
    with pytest.raises(DataError, match=r"^run: no stage 'fewer' gives groups there; did you mean 'few'\?$"):
        stage_with_groups(run, "fewer")
    with pytest.raises(DataError, match=r"^run: no stage 'xyz' gives groups there; those that do: few, many$"):
        stage_with_groups(run, "xyz")
    with pytest.raises(DataError, match=r"^run: no stage 'few' gives a map there; "):
        stage_with_map(run, "few")


def test_a_text_becomes_one_line_that_can_be_printed() -> None:
    assert one_line(" a\tb\n\x1b[31mc\u2028d ") == "a b [31mc d"
    assert one_line("x" * 300, 10) == "x" * 9 + "…"
