"""How large pages of real data are: a mail or a server of files must be able to take them."""

import os
from pathlib import Path

import pytest

from asterism.registry import Registry
from asterism.registry.runs import run_plan

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of reference data"),
]

DATA = Path(os.environ.get("ASTERISM_DATA", "."))


def megabytes(spec: str, folder: Path, *changes: str) -> float:
    registry = Registry()
    plan = registry.plan(registry.load("demo", spec) if spec == "text" else spec, ("cache=off", *changes))
    hooks = [registry.load("hooks", name)() for name in plan.hooks]
    return (run_plan(registry, plan, folder / "run", hooks=hooks).path / "report.html").stat().st_size / 1e6


def test_the_page_of_five_thousand_texts_has_less_than_six_megabytes(tmp_path: Path) -> None:
    assert 1 < megabytes("text", tmp_path) < 6


def test_the_page_of_ten_thousand_images_with_thumbnails_has_less_than_forty(tmp_path: Path) -> None:
    source = f"source.path={DATA / 'image/mnist_t10k/t10k-images-idx3-ubyte.gz'}"
    assert 5 < megabytes("images-fast", tmp_path, source, "stages.groups.n_init=1") < 40
