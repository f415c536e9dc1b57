"""The door for a host: one object, no global state, nothing printed."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asterism.registry import Registry

Install = Callable[..., Path]
SPEC = {
    "asterism": 1,
    "name": "try",
    "source": {"modality": "lines"},
    "stages": [{"encoder": "lengths"}, {"reducer": "shift"}, {"clusterer": "halves"}],
}


def test_a_host_builds_fits_saves_loads_and_applies_in_silence(
    registry: Registry, here: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert registry.check(SPEC) == []
    pipeline = registry.build(SPEC)
    assert pipeline.fit(["a", "bb", "cccc", "ddddd"])["halves"].tolist() == [0, 0, 1, 1]
    registry.save(pipeline, "model")
    assert registry.load_pipeline("model").apply(["a", "dddddd"])["halves"].tolist() == [0, 1]
    assert tuple(capfd.readouterr()) == ("", "")
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
    assert [path.name for path in here.iterdir()] == ["model"]


def test_two_pipelines_run_side_by_side_in_threads(registry: Registry) -> None:
    def labels(width: int) -> list[int]:
        texts = ["x" * (1 + place % width) for place in range(60)]
        found: list[int] = registry.build(SPEC).fit(texts)["halves"].tolist()
        return found

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(labels, [3, 7, 11, 13]))
    assert together == [labels(width) for width in (3, 7, 11, 13)]


def test_a_sample_is_written_where_the_host_wants_it(install: Install, tmp_path: Path) -> None:
    code = "def write(folder):\n    folder.mkdir()\n    (folder / 'poem.txt').write_text('so much')\n    return folder / 'poem.txt'\n"
    install("acme", "[asterism.sample]\npoem = acme_wheelbarrow:write\n", {"acme_wheelbarrow": code})
    assert Registry(allow=["acme"]).sample("poem", tmp_path / "data").read_text() == "so much"
