import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image

from asterism.framework import FinishedRun
from asterism.plugins.text.modality import Text

Served = Callable[..., TestClient]
Opened = Callable[[Path], FinishedRun]


def error_of(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


def picture(folder: Path, name: str, colour: int = 0, size: tuple[int, int] = (30, 20)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, colour, colour)).save(folder / name)
    return folder / name


def test_the_picture_and_the_file_of_an_image(image_run: FinishedRun, served: Served) -> None:
    client, source = served(image_run), Path(image_run.state["source"])
    record = client.get("/api/records/3").json()
    assert (record["picture"], record["moving"], record["file"]) == (True, False, Path(record["id"]).name)
    shown = client.get("/api/records/3/picture")
    assert (shown.headers["Content-Type"], Image.open(BytesIO(shown.content)).size) == ("image/png", (30, 40))
    original = client.get("/api/records/3/original")
    assert original.content == (source / record["id"]).read_bytes()
    assert original.headers["Content-Type"] == "image/png"
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert client.get("/api/records/3/picture?moving=1").status_code == 404


def test_a_large_picture_is_made_smaller(tmp_path: Path, run_of: Any, served: Served) -> None:
    picture(tmp_path / "in", "large.png", size=(1400, 700))
    shown = served(run_of({"modality": "image", "path": str(tmp_path / "in")})).get("/api/records/0/picture")
    assert Image.open(BytesIO(shown.content)).size == (1024, 512)


def test_the_poster_the_animation_and_the_file_of_a_video(video_run: FinishedRun, served: Served) -> None:
    client = served(video_run)
    assert client.get("/api/records/1").json()["moving"]
    assert Image.open(BytesIO(client.get("/api/records/1/picture").content)).size == (32, 32)
    moving = client.get("/api/records/1/picture?moving=1")
    assert moving.headers["Content-Type"] == "image/webp"
    assert Image.open(BytesIO(moving.content)).is_animated
    original = client.get("/api/records/1/original")
    assert original.headers["Content-Type"] == "video/mp4"
    assert client.get("/api/records/1/original", headers={"Range": "bytes=0-9"}).content == original.content[:10]


def test_a_video_that_was_moved_is_gone_and_the_others_are_not(video_made: Path, tmp_path: Path, run_of: Any, served: Served) -> None:
    shutil.copytree(video_made / "videos", tmp_path / "videos")
    client = served(run_of({"modality": "video", "path": str(tmp_path / "videos")}, "color_rhythm"))
    (tmp_path / "videos" / "1.mp4").rename(tmp_path / "elsewhere.mp4")
    for path in ("picture", "picture?moving=1", "original"):
        gone = client.get(f"/api/records/1/{path}")
        assert gone.status_code == 410
        assert "1.mp4" in error_of(gone) or "cannot be read" in error_of(gone)
    assert client.get("/api/records/1").json()["gone"]
    assert client.get("/api/records/2/picture").status_code == 200


def test_a_source_that_is_gone_leaves_the_results(tmp_path: Path, run_of: Any, opened: Opened, served: Served) -> None:
    picture(tmp_path / "in", "a.png")
    run_of({"modality": "image", "path": str(tmp_path / "in")})
    (tmp_path / "run" / "previews.parquet").unlink(missing_ok=True)
    shutil.rmtree(tmp_path / "in")
    client = served(opened(tmp_path / "run"))
    assert client.get("/api/records").json()["rows"] == [{"row": 0, "id": "a.png", "preview": {}, "columns": {}}]
    assert client.get("/api/records/0").json()["gone"].startswith("the original records cannot be read")
    assert client.get("/api/records/0/original").status_code == 410
    assert client.get("/api/nearest?row=0").json()["rows"] == []


def test_a_link_out_of_the_source_is_refused(tmp_path: Path, run_of: Any, served: Served) -> None:
    secret = picture(tmp_path / "secret", "key.png", 99)
    inside = picture(tmp_path / "in", "a.png")
    client = served(run_of({"modality": "image", "path": str(tmp_path / "in")}))
    assert client.get("/api/records/0/original").status_code == 200
    inside.unlink()
    inside.symlink_to(secret)
    refused = client.get("/api/records/0/original")
    assert (refused.status_code, error_of(refused).partition(":")[0]) == (403, "the file leads out of the source")


def test_images_of_a_table_are_files_and_those_of_an_archive_are_their_pixels(tmp_path: Path, run_of: Any, served: Served) -> None:
    picture(tmp_path / "in" / "sub", "a.png", 50)
    (tmp_path / "in" / "table.csv").write_text("id,image\nfirst,sub/a.png\n")
    client = served(run_of({"modality": "image", "path": str(tmp_path / "in" / "table.csv"), "id": "id"}))
    original = client.get("/api/records/0/original")
    assert original.content == (tmp_path / "in" / "sub" / "a.png").read_bytes()
    shutil.rmtree(tmp_path / "run")
    shutil.make_archive(str(tmp_path / "all"), "zip", tmp_path / "in" / "sub")
    client = served(run_of({"modality": "image", "path": str(tmp_path / "all.zip")}))
    original = client.get("/api/records/0/original")
    assert original.headers["Content-Disposition"] == 'attachment; filename="a.png.png"'
    assert np.asarray(Image.open(BytesIO(original.content))).tolist() == [[[50, 50, 50]] * 30] * 20
    refused = client.post("/api/selection", json={"rows": [0], "as": "source"})
    assert (refused.status_code, error_of(refused).partition(",")[0]) == (409, "the originals are no files of their own")


def test_images_of_every_mode_are_seen(tmp_path: Path, run_of: Any, served: Served) -> None:
    (tmp_path / "in").mkdir()
    modes = ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"]
    for number, mode in enumerate(modes):
        Image.new(mode, (9, 7 + number)).save(tmp_path / "in" / f"{number}.{'tif' if mode == 'CMYK' else 'png'}")
    client = served(run_of({"modality": "image", "path": str(tmp_path / "in")}))
    shown = [Image.open(BytesIO(client.get(f"/api/records/{row}/picture").content)).size for row in range(len(modes))]
    assert shown == [(9, 7 + number) for number in range(len(modes))]


def test_a_table_that_changed_is_told(tmp_path: Path, run_of: Any, served: Served) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,text\na,red apple\nb,green pear\nc,blue sea\n")
    client = served(run_of({"modality": "text", "path": str(table), "id": "id"}, "tfidf"))
    assert client.get("/api/records/1/original").text == "green pear"
    table.write_text("id,text\na,red apple\nx,another\n")
    for row, reason in ((1, "the source holds another record there than the run read"), (2, "the source is shorter than it was")):
        gone = client.get(f"/api/records/{row}/original")
        assert gone.status_code == 410
        assert error_of(gone).startswith(reason)


def test_files_of_a_folder_of_texts_are_sent_as_bytes_to_save(tmp_path: Path, run_of: Any, served: Served) -> None:
    Text().write(["a page", "another page"], tmp_path / "in")
    (tmp_path / "in" / "0.txt").rename(tmp_path / "in" / "page.md")
    client = served(run_of({"modality": "text", "path": str(tmp_path / "in")}, "tfidf"))
    ids = [row["id"] for row in client.get("/api/records").json()["rows"]]
    sent = client.get(f"/api/records/{ids.index('page.md')}/original")
    assert (sent.text, sent.headers["Content-Type"]) == ("a page", "application/octet-stream")
