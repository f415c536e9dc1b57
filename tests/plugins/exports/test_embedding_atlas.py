from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from asterism.framework.errors import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.exports.embedding_atlas import embedding_atlas
from asterism.registry import Registry
from asterism.registry.finished import open_finished

Opened = Callable[[Path], Any]


def test_atlas_has_places_groups_and_texts(texts: Path, tmp_path: Path) -> None:
    run = open_finished(Registry(), texts)
    (path,) = embedding_atlas(run, tmp_path)
    assert path.name == "atlas.parquet"
    found = pd.read_parquet(path)
    assert list(found.columns) == ["id", "x", "y", "group", "groups", "odd", "odd_outlier", "text"]
    np.testing.assert_array_equal(found[["x", "y"]].to_numpy(), run.result.values["map"])
    assert found["text"].tolist() == list(run.records())
    assert found["group"][0] == "=pies & water"


def test_images_stand_in_it_as_small_pictures(images: Path, tmp_path: Path) -> None:
    (path,) = embedding_atlas(open_finished(Registry(), images), tmp_path)
    found = pd.read_parquet(path)
    assert list(found.columns) == ["id", "x", "y", "group", "kmeans", "image"]
    picture = Image.open(BytesIO(found["image"][3]["bytes"])).convert("RGB")
    assert picture.getpixel((0, 0)) == (0, 0, 255)


def test_an_image_that_is_damaged_now_has_no_picture(images: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(images)
    place = Path(run.state["source"]) / "3.png"
    before, told = place.read_bytes(), list[Problem]()
    try:
        place.write_bytes(b"no image")
        with problems_to(told.append):
            (path,) = embedding_atlas(run, tmp_path / "out")
    finally:
        place.write_bytes(before)
    assert pd.read_parquet(path)["image"].isna().tolist() == [False, False, False, True, False]
    assert [str(problem) for problem in told] == ["cannot be read any more: its content is left out (records '3.png')"]


def test_without_its_source_a_run_is_exported_without_texts(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run, told = opened(texts), list[Problem]()
    run.state["source"] = str(tmp_path / "gone.csv")
    with problems_to(told.append):
        (path,) = embedding_atlas(run, tmp_path / "out.parquet")
    assert "text" not in pd.read_parquet(path).columns
    assert str(told[0]).startswith("contents of records are left out: ")


def test_a_run_without_a_map_is_refused(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    del run.result.stages["map"]
    with pytest.raises(DataError, match="no stage gives a map"):
        embedding_atlas(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
