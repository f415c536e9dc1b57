import gzip
import json
import struct
from io import BytesIO

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image as Pillow

from asterism.framework import DataError, Pipeline, Stage
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.modality import Image

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4)
COLOUR = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)


def png(array=GREY):
    stream = BytesIO()
    Pillow.fromarray(array).save(stream, "PNG")
    return stream.getvalue()


def message_of(call):
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


@pytest.fixture
def folder(tmp_path):
    for name in ("cats/1.png", "cats/2.PNG", "dogs/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png())
    return tmp_path


def test_a_folder_gives_an_image_per_file_and_sub_folders_are_classes(folder):
    records = Image().read(folder)
    assert records.ids == ["cats/1.png", "cats/2.PNG", "dogs/1.png"]
    assert records.targets == ["cats", "cats", "dogs"]
    assert records.modality == "image"
    assert all((image == GREY).all() for image in records)


def test_other_files_of_a_folder_are_left_out_and_reported(folder):
    (folder / "README").write_text("about cats")
    problems = []
    with problems_to(problems.append):
        assert len(Image().read(folder)) == 3
    assert [problem.message for problem in problems] == [f"{folder}: 1 files of other kinds were left out"]


def test_a_glob_and_one_file_are_read(folder):
    assert Image().read(f"{folder}/*/1.png").ids == ["cats/1.png", "dogs/1.png"]
    assert Image().read(folder / "dogs" / "1.png").ids == ["1.png"]


def test_reading_a_folder_decodes_nothing(folder):
    (folder / "cats" / "1.png").write_bytes(b"broken")
    records = Image().read(folder)
    assert len(records) == 3
    assert (records[1] == GREY).all()
    assert message_of(lambda: records[0]) == (
        f"{folder}/cats/1.png: is no image that can be read (JPEG, PNG, GIF, WEBP, TIFF, BMP, PPM) (records 'cats/1.png'); "
        "leave it out, or save it anew"
    )


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret.png"
    elsewhere.write_bytes(png())
    (folder / "cats" / "3.png").symlink_to(elsewhere)
    assert "cats/3.png: is a link out of the source" in message_of(lambda: Image().read(folder))


def test_a_missing_source_is_refused(tmp_path):
    assert message_of(lambda: Image().read(tmp_path / "no")).startswith(f"{tmp_path}/no: no such file or folder")


def test_a_table_of_paths_is_read_relative_to_itself(folder):
    (folder / "list.csv").write_text("name,file,kind\na,cats/1.png,cat\nb,dogs/1.png,dog\n")
    records = Image(column="file", id="name", target="kind").read(folder / "list.csv")
    assert (records.ids, records.targets) == (["a", "b"], ["cat", "dog"])
    assert (records[1] == GREY).all()


def test_names_stand_in_for_a_header(folder):
    (folder / "list.tsv").write_text("cats/1.png\tcat\n")
    records = Image(names=("image", "kind"), target="kind").read(folder / "list.tsv")
    assert (records.ids, records.targets, len(list(records))) == (["0"], ["cat"], 1)


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "cats/../../secret.png", "link.png", "a\0b"])
def test_a_path_out_of_the_tables_folder_is_refused(folder, path):
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "list.jsonl").write_text(json.dumps({"image": path}))
    records = Image().read(folder / "list.jsonl")
    assert message_of(lambda: records[0]) == (
        f"{folder}/list.jsonl: the path {path!r} leads out of the table's folder (records '0'); "
        "put the images beside the table, and name them relative to it"
    )


def test_a_path_to_nothing_is_refused(folder):
    (folder / "list.csv").write_text("image\nno.png\n")
    assert message_of(lambda: list(Image().read(folder / "list.csv"))) == (
        f"{folder}/no.png: cannot be read: No such file or directory (records '0')"
    )


def test_parquet_holds_the_bytes_or_a_struct_of_bytes_and_path(folder):
    cells = [{"bytes": png(COLOUR), "path": None}, {"bytes": None, "path": "cats/1.png"}]
    table = pyarrow.table({"raw": [png(), png(COLOUR)], "image": cells, "label": [3, 4]})
    pyarrow.parquet.write_table(table, folder / "x.parquet")
    raw = Image(column="raw", target="label").read(folder / "x.parquet")
    assert raw.targets == ["3", "4"]
    assert [image.tolist() for image in raw] == [GREY.tolist(), COLOUR.tolist()]
    assert [image.tolist() for image in Image().read(folder / "x.parquet")] == [COLOUR.tolist(), GREY.tolist()]


def test_broken_bytes_in_a_table_name_the_table_and_the_record(folder):
    pyarrow.parquet.write_table(pyarrow.table({"image": [png()[:50]]}), folder / "x.parquet")
    found = message_of(lambda: list(Image().read(folder / "x.parquet")))
    assert found.startswith(f"{folder}/x.parquet: cannot be decoded: ")
    assert found.endswith(" (records '0'); leave it out, or save it anew")


@pytest.mark.parametrize(("cell", "found"), [(None, "nothing"), (3, "a value of type int"), ({"path": None}, "nothing")])
def test_a_cell_without_an_image_is_refused(folder, cell, found):
    (folder / "x.jsonl").write_text(json.dumps({"image": cell}))
    assert message_of(lambda: list(Image().read(folder / "x.jsonl"))) == (
        f"{folder}/x.jsonl: the path or the bytes of an image are needed, there is {found} (records '0'); name another `column`"
    )


@pytest.mark.parametrize("field", ["column", "id", "target"])
def test_a_column_is_of_no_use_to_a_folder(folder, field):
    assert message_of(lambda: Image(**{field: "x"}).read(folder)) == (
        f"{folder}: read as folder, which has no use for `{field}`; leave `{field}` out, or declare `format` as csv, tsv, jsonl or parquet"
    )


def write_idx(path, array):
    path.write_bytes(gzip.compress(struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()))


def test_idx_takes_the_labels_beside_it_as_targets(tmp_path):
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_idx(tmp_path / "x-images-idx3-ubyte.gz", images)
    assert Image().read(tmp_path / "x-images-idx3-ubyte.gz").targets is None
    write_idx(tmp_path / "x-labels-idx1-ubyte.gz", np.array([7, 9], np.uint8))
    records = Image().read(tmp_path / "x-images-idx3-ubyte.gz")
    assert (records.ids, records.targets) == (["0", "1"], ["7", "9"])
    assert (np.stack(list(records)) == images).all()
    assert next(iter(Image(mode="colour").read(tmp_path / "x-images-idx3-ubyte.gz"))).shape == (3, 4, 3)


def test_as_many_labels_as_images_are_needed(tmp_path):
    write_idx(tmp_path / "x-images-idx3-ubyte.gz", np.zeros((2, 3, 4), np.uint8))
    write_idx(tmp_path / "x-labels-idx1-ubyte.gz", np.zeros(3, np.uint8))
    assert message_of(lambda: Image().read(tmp_path / "x-images-idx3-ubyte.gz")) == (
        f"{tmp_path}/x-labels-idx1-ubyte.gz: has 3 labels for the 2 images of x-images-idx3-ubyte.gz; "
        "fetch both files again, or move the labels elsewhere"
    )


def test_an_empty_source_is_refused(tmp_path):
    write_idx(tmp_path / "none.idx.gz", np.zeros((0, 3, 4), np.uint8))
    assert message_of(lambda: Image().read([])) == "the source is empty: there is not one image; give it at least one"
    assert message_of(lambda: Image().read(tmp_path / "none.idx.gz")) == (
        f"{tmp_path}/none.idx.gz: there is not one image in it; name another source"
    )


def test_a_host_passes_arrays_and_images_of_pillow():
    records = Image().read([GREY, COLOUR, Pillow.fromarray(GREY), Pillow.new("RGBA", (1, 1))])
    assert records.ids == ["0", "1", "2", "3"]
    assert [image.shape for image in records] == [(3, 4), (3, 4, 3), (3, 4), (1, 1, 3)]
    assert (records[2] == GREY).all()


def test_an_array_of_images_is_a_sequence_of_them():
    assert [image.shape for image in Image().read(np.stack([COLOUR, COLOUR]))] == [COLOUR.shape] * 2


def test_what_a_host_passes_instead_of_an_image_is_refused_with_its_row():
    rule = "an image is a uint8 array of shape (height, width) or (height, width, 3)"
    assert message_of(lambda: Image().read([GREY, "x.png"])) == f"{rule} (got str) (rows 1); turn it into an array first"
    assert message_of(lambda: Image().read([GREY, GREY, GREY / 2])) == (
        f"{rule} (got float64, shape (3, 4)) (rows 2); scale its values to 0..255 and cast with .astype('uint8')"
    )
    assert message_of(lambda: Image().read(3)) == f"{rule} (got int) (rows 0); turn it into an array first"


def test_preview_is_a_small_png():
    shown = Pillow.open(BytesIO(Image().preview(np.zeros((300, 600), np.uint8))))
    assert (shown.format, shown.size) == ("PNG", (128, 64))
    assert Pillow.open(BytesIO(Image().preview(COLOUR))).size == (4, 3)


def test_what_is_written_is_read_back_in_order(tmp_path):
    items = [np.full((2, 2), value, np.uint8) for value in range(11)] + [COLOUR]
    paths = Image().write(items, tmp_path / "new")
    assert [path.name for path in paths][:2] == ["00.png", "01.png"]
    assert all((a == b).all() for a, b in zip(Image().read(tmp_path / "new"), items, strict=True))


def test_only_images_are_written(tmp_path):
    assert "(got float64, shape (3, 4)) (rows 1)" in message_of(lambda: Image().write([GREY, GREY / 2], tmp_path))


def test_grey_images_among_coloured_ones_are_each_given_as_they_are_or_as_asked_for(folder):
    (folder / "cats" / "2.PNG").write_bytes(png(COLOUR))
    assert [image.ndim for image in Image().read(folder)] == [2, 3, 2]
    assert [image.ndim for image in Image(mode="colour").read(folder)] == [3, 3, 3]
    assert Pixels(colour=True).transform(Image().read(folder)).shape == (3, 36)


def test_a_text_among_images_costs_itself_alone(folder):
    (folder / "cats" / "3.png").write_text("a list of cats")
    (folder / "cats" / "4.png").touch()
    with problems_to(lambda problem: None):
        result = Pipeline([Stage("pixels", Pixels())], modality=Image()).fit(folder)
    assert result.ids == ["cats/1.png", "cats/2.PNG", "dogs/1.png"]
    assert {problem.ids[0] for problem in result.quarantine} == {"cats/3.png", "cats/4.png"}


def test_a_pipeline_leaves_the_broken_file_out_and_names_it(folder):
    (folder / "dogs" / "1.png").write_bytes(png()[:50])
    result = Pipeline([Stage("pixels", Pixels())], modality=Image()).fit(folder)
    (bad,) = result.quarantine
    assert (bad.ids, bad.place, bad.stage) == (("dogs/1.png",), f"{folder}/dogs/1.png", "pixels")
    assert bad.message.startswith("cannot be decoded: ")
    assert "dogs/1.png" not in result.ids
    assert len(result["pixels"]) == len(result.ids)
