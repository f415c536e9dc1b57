from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.sparse import csr_matrix

from asterism.framework.errors import DataError, OutputError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.exports import tensorboard_projector as module
from asterism.plugins.exports.tensorboard_projector import tensorboard_projector
from asterism.registry import Registry
from asterism.registry.finished import open_finished

Opened = Callable[[Path], Any]


def test_vectors_and_metadata_have_a_line_for_each_record(texts: Path, tmp_path: Path) -> None:
    run = open_finished(Registry(), texts)
    paths = tensorboard_projector(run, tmp_path / "out")
    assert [path.name for path in paths] == ["vectors.tsv", "metadata.tsv", "projector_config.pbtxt"]
    vectors = np.loadtxt(paths[0], delimiter="\t", dtype=np.float32)
    np.testing.assert_array_equal(vectors, run.result.values["svd"])
    told = pd.read_csv(paths[1], sep="\t", quoting=3)
    assert list(told.columns) == ["id", "groups", "groups_title", "odd", "odd_outlier", "map_x", "map_y"]
    assert told["id"].tolist() == list(run.result.ids)
    assert 'tensor_name: "svd"' in paths[2].read_text()
    assert "sprite" not in paths[2].read_text()


def test_images_are_one_sprite_in_the_order_of_the_records(images: Path, tmp_path: Path) -> None:
    paths = tensorboard_projector(open_finished(Registry(), images), tmp_path / "out")
    assert [path.name for path in paths] == ["vectors.tsv", "metadata.tsv", "sprite.png", "projector_config.pbtxt"]
    sprite = Image.open(paths[2])
    assert sprite.size == (3 * 64, 3 * 64)
    shown = [sprite.getpixel((64 * (n % 3) + 32, 64 * (n // 3) + 32)) for n in range(6)]
    assert shown == [(255, 0, 0), (139, 0, 0), (128, 0, 0), (0, 0, 255), (0, 0, 128), (255, 255, 255)]
    assert paths[3].read_text().count("single_image_dim: 64") == 2


def test_too_many_pictures_have_no_sprite(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SPRITE_PIXELS", 20)
    told: list[Problem] = []
    with problems_to(told.append):
        paths = tensorboard_projector(open_finished(Registry(), images), tmp_path / "out")
    assert "sprite.png" not in [path.name for path in paths]
    assert str(told[0]) == "5 pictures have no room in a sprite of 20 pixels; it is left out"


def test_sparse_vectors_alone_are_written_with_their_zeros_or_refused(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    sparse = run.result.values["tfidf"]
    run.result.values = {name: run.result.values[name] for name in ("groups",)} | {"svd": sparse, "map": sparse[:, :2], "tfidf": sparse}
    (path, *_) = tensorboard_projector(run, tmp_path / "out")
    np.testing.assert_allclose(np.loadtxt(path, delimiter="\t"), sparse.toarray(), rtol=1e-6)
    wide = csr_matrix((8, 5000), dtype=np.float32)
    run.result.values |= dict.fromkeys(("svd", "map", "tfidf"), wide)
    with pytest.raises(DataError, match="only sparse vectors of more than 2,000 columns; let the spec have a reducer"):
        tensorboard_projector(run, tmp_path / "other")


def test_a_folder_with_something_in_it_is_left_alone(texts: Path, opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    run = opened(texts)
    with pytest.raises(OutputError, match="is there already and not empty; name another folder"):
        tensorboard_projector(run, tmp_path / "mine")
    (tmp_path / "empty").mkdir()
    assert len(tensorboard_projector(run, tmp_path / "empty")) == 3


def test_what_breaks_off_leaves_no_folder(texts: Path, opened: Opened, tmp_path: Path) -> None:
    run = opened(texts)
    run.table.write_bytes(b"PAR1 is all that is left")
    run.result.values = {"svd": np.ones((8, 3), np.float32)}
    with pytest.raises(Exception, match="cannot be read"):
        tensorboard_projector(run, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]
