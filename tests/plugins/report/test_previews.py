"""How records are shown: begins of texts, small pictures, nothing where the original is gone."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from asterism.framework import FinishedRun
from asterism.plugins.report.previews import CHARACTERS, SIDE, encoded, one_line, reduced, write_previews
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan


@given(st.text(st.characters()))
def test_a_text_is_shown_on_one_line_that_any_page_can_hold(text: str) -> None:
    shown = one_line(text, 20)
    assert len(shown) <= 20
    assert len(shown.splitlines()) <= 1
    shown.encode()  # which half of a surrogate pair would not


def test_a_text_that_goes_on_says_so() -> None:
    assert one_line("a " * 200) == "a " * (CHARACTERS // 2 - 1) + "a…"
    assert one_line("  short \n text ") == "short text"
    assert one_line(" " * 10_000_000 + "far") == "…"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_an_image_of_every_mode_becomes_a_small_one(mode: str) -> None:
    stream = BytesIO()
    image = Image.new("RGB", (300, 150), "red").convert(mode)
    image.save(stream, "TIFF" if mode in ("CMYK", "YCbCr") else "PNG")
    with Image.open(BytesIO(encoded(reduced(stream.getvalue(), SIDE)))) as small:
        assert small.size == (96, 48)
        assert small.format == "JPEG"


def test_a_tiny_image_stays_exact() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    with Image.open(BytesIO(encoded(reduced(pixels, SIDE)))) as small:
        np.testing.assert_array_equal(np.asarray(small), pixels)


def images(folder: Path, n: int = 6) -> FinishedRun:
    (folder / "images").mkdir()
    for number in range(n):
        pixels = np.random.default_rng(number).integers(0, 255, (200, 100, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"images/{number}.jpg")
    spec = {"asterism": 1, "name": "small", "source": {"modality": "image", "path": str(folder / "images")}, "cache": "off", "workers": 1}
    spec["stages"] = [{"encoder": "pixels", "size": [8, 8]}]
    registry = Registry()
    return open_finished(registry, run_plan(registry, registry.plan(spec), folder / "run").path)


def test_previews_of_all_records_lie_in_a_file_a_row_each(tmp_path: Path) -> None:
    run = images(tmp_path)
    path = write_previews(run)
    table = pq.read_table(path)
    assert table.column_names == ["text", "image"]
    assert table["text"].null_count == 6
    for content in table["image"].to_pylist():
        with Image.open(BytesIO(content)) as small:
            assert small.size == (48, 96)
    stamp = path.stat().st_mtime_ns
    assert write_previews(run).stat().st_mtime_ns == stamp  # it is made once


def test_a_file_that_is_gone_costs_itself_alone(tmp_path: Path) -> None:
    run = images(tmp_path)
    run.records()  # it was there when the source was opened
    (tmp_path / "images/2.jpg").unlink()
    assert [content is None for content in pq.read_table(write_previews(run))["image"].to_pylist()] == [False, False, True] + [False] * 3


def test_a_source_that_is_gone_shows_nothing_of_any_record(tmp_path: Path) -> None:
    run = images(tmp_path)
    (tmp_path / "images").rename(tmp_path / "elsewhere")
    assert pq.read_table(write_previews(run)).to_pylist() == [{"text": None, "image": None}] * 6
