"""Data that cannot be used, from the command to its message; each family tests the same at its own door."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

Command = Callable[..., Any]
Install = Callable[..., Path]

IMAGES = """\
asterism: 1
name: pictures
source: {modality: image, path: pictures}
stages:
  - encoder: pixels
"""


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv: the file is empty; name another file"),
        ("heading.csv", b"id,body\n", "heading.csv: there is not one row in it; name another source"),
        (
            "twice.csv",
            b"id,body\n1,a\n1,b\n2,c\n",
            "twice.csv: ids must be unique; these stand more than once: '1'; name another id column, or leave it out",
        ),
        (
            "latin.csv",
            b"id,body\n1,red\n2,caf\xe9 noir\n",
            "latin.csv:3: byte 0xE9 at offset 19 does not fit the encoding utf-8; "
            "declare another `encoding` (such as cp1252 or gb18030), or mend the file",
        ),
        (
            "blank.csv",
            b"id,body\n1,\n2,\n3, \n",
            "stage 'tfidf': the texts hold no term at all; look at the texts, at stop_words, or try analyzer 'char'",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_bad_input(asterism: Command, fruit: Path, file: str, content: bytes, message: str) -> None:
    Path(file).write_bytes(content)
    assert asterism("run", "spec.yaml", "--quiet", "--set", f"source.path={file}") == (2, "", message + "\n")


def test_too_few_records_for_the_groups_are_bad_input(asterism: Command, fruit: Path) -> None:
    Path("one.csv").write_text("id,body\n1,red apple\n")
    assert asterism("run", "spec.yaml", "--quiet", "--set", "source.path=one.csv").err.splitlines() == [
        "stage 'groups': n_clusters=3, but there is only 1 record; lower it, or give it more records",
        "what the stages tfidf gave is kept in runs/fruit",
        "mend that and start the same command again to go on from there",
    ]
    done = asterism("run", "spec.yaml", "--quiet", "--set", "stages.groups.n_clusters=7")
    assert done.code == 2
    assert done.err.splitlines()[0] == "stage 'groups': n_clusters=7, but there are only 6 records; lower it, or give it more records"


def test_one_record_is_enough_for_one_group(asterism: Command, fruit: Path) -> None:
    Path("one.csv").write_text("id,body\n1,red apple\n")
    done = asterism("run", "spec.yaml", "--quiet", "--set", "source.path=one.csv", "--set", "stages.groups.n_clusters=1")
    assert done.code == 0
    assert done.out.startswith("fruit: 1 text records\n")


def test_a_path_that_is_not_there_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--set", "source.path=tabel.csv")
    assert done == (2, "", "tabel.csv: no such file or folder; did you mean 'table.csv'?\n")
    assert [path.name for path in Path("runs").iterdir()] == [".cache"]


def test_a_missing_column_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("run", "spec.yaml", "--set", "source.column=text")
    assert done == (2, "", "table.csv: there is no column 'text' among id, body; name one of these columns\n")


@pytest.fixture
def folder(fruit: Path) -> Path:
    (fruit / "texts").mkdir()
    (fruit / "spec.yaml").write_text("asterism: 1\nname: x\nsource: {modality: text, path: texts}\nstages: [{encoder: tfidf}]\n")
    return fruit / "texts"


def test_an_empty_folder_is_bad_input(asterism: Command, folder: Path) -> None:
    message = "texts: the folder is empty: there is no file in it or in its sub-folders; name another folder\n"
    assert asterism("run", "spec.yaml") == (2, "", message)


def test_a_link_out_of_the_folder_is_bad_input(asterism: Command, folder: Path) -> None:
    (folder / "a.txt").write_text("some words")
    (folder.parent / "private").mkdir()
    (folder.parent / "private" / "secret.txt").write_text("secret words")
    (folder / "link").symlink_to(folder.parent / "private")
    message = f"texts/link: is a link out of the source, to {folder.parent}/private; remove the link, or name its target as the source\n"
    assert asterism("run", "spec.yaml") == (2, "", message)


@pytest.fixture
def pictures(here: Path) -> Path:
    (here / "pictures").mkdir()
    (here / "spec.yaml").write_text(IMAGES)
    for place in range(3):
        pixels = np.random.default_rng(place).integers(0, 256, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(here / "pictures" / f"{place}.png")
    return here / "pictures"


def test_a_truncated_image_is_left_out(asterism: Command, pictures: Path) -> None:
    path = pictures / "1.png"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = asterism("run", "spec.yaml", "--quiet", "--out", "out")
    reason = "cannot be decoded: image file is truncated; leave it out, or save it anew"
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1] == f"1 of 3 records could not be used (quarantine.jsonl): {reason} (1)"
    record = {"id": "1.png", "place": "pictures/1.png", "reason": reason, "stage": "pixels"}
    assert [json.loads(line) for line in Path("out/quarantine.jsonl").read_text().splitlines()] == [record]
    done = asterism("run", "spec.yaml", "--quiet", "--set", "strict=true")
    assert done.code == 2
    assert done.err.startswith(f"stage 'pixels': pictures/1.png: {reason} (records '1.png'); `strict` is on")


def test_too_many_bad_records_stop_the_run(asterism: Command, pictures: Path) -> None:
    (pictures / "1.png").write_bytes(b"no picture")
    done = asterism("run", "spec.yaml", "--quiet", "--set", "max_bad=10%", "--out", "out")
    assert done.code == 2
    assert "1 of 3 records could not be used, more than max_bad=0.1 allows" in done.err
    assert json.loads(Path("out/quarantine.jsonl").read_text())["id"] == "1.png"
    assert json.loads(Path("out/run.json").read_text())["state"] == "failed"


def test_a_decompression_bomb_is_left_out(asterism: Command, pictures: Path) -> None:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")]
    (pictures / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    done = asterism("run", "spec.yaml", "--quiet")
    assert done.code == 0
    assert "1 of 3 records could not be used (quarantine.jsonl): is too large" in done.out


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


NAN = """
    import numpy as np
    from asterism.framework import Encoder

    class Nan(Encoder):
        def transform(self, records):
            return np.array([[np.nan if "green" in record else 1] for record in records], dtype=np.float32)
"""


def test_not_a_number_is_told_with_its_records(asterism: Command, fruit: Path, install: Install) -> None:
    install("acme", "[asterism.encoder]\nnan = acme_nan:Nan\n", {"acme_nan": NAN})
    Path("spec.yaml").write_text(Path("spec.yaml").read_text().replace("tfidf", "nan").replace("clusters: 3", "clusters: 1"))
    done = asterism("run", "spec.yaml", "--quiet", "--out", "out")
    assert done.code == 0
    assert [json.loads(line)["id"] for line in Path("out/quarantine.jsonl").read_text().splitlines()] == ["2", "4"]
    assert pq.read_table("out/records.parquet")["id"].to_pylist() == ["1", "3", "5", "6"]
