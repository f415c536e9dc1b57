import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from asterism.framework import FinishedRun
from asterism.plugins.image.modality import Image
from asterism.plugins.recommend.modality import InteractionLog
from asterism.plugins.text.modality import Text
from asterism.plugins.video.modality import Video

Served = Callable[..., TestClient]


def selection(client: TestClient, rows: list[int], form: str = "csv") -> Any:
    return client.post("/api/selection", json={"rows": rows, "as": form})


def test_a_selection_is_a_table_with_a_line_for_each_record(reader: TestClient) -> None:
    sent = selection(reader, [4, 2, 2])
    assert sent.headers["Content-Disposition"] == 'attachment; filename="run-selection.csv"'
    lines = list(csv.DictReader(StringIO(sent.text)))
    assert [line["id"] for line in lines] == ["music-02", "<b>\"odd\" & 'quoted'</b>"]
    assert lines[0]["target"] == "music"
    assert lines[0]["preview"] == reader.get("/api/records/2").json()["preview"]["text"]


def test_all_records_are_saved_where_all_are_selected(reader: TestClient) -> None:
    assert len(selection(reader, list(range(60))).text.splitlines()) == 61


def test_a_selection_of_texts_is_a_source_that_is_read(reader: TestClient, tmp_path: Path) -> None:
    sent = selection(reader, [4, 7], "source")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="run-selection.jsonl"'
    (tmp_path / "new.jsonl").write_bytes(sent.content)
    read = Text(id="id", target="target").read(tmp_path / "new.jsonl")
    assert list(read.ids) == ["<b>\"odd\" & 'quoted'</b>", "sea-07"]
    assert list(read.targets or ()) == ["sea", "sea"]
    assert len(read[1]) > 900_000


@pytest.mark.parametrize("modality", ["image", "video"])
def test_a_selection_of_files_is_a_table_that_is_read_beside_them(request: pytest.FixtureRequest, served: Served, modality: str) -> None:
    run: FinishedRun = request.getfixturevalue(f"{modality}_run")
    sent = selection(served(run), [2, 1], "source")
    beside = Path(unquote(sent.headers["X-Asterism-Beside"]))
    table = beside / "selection.csv"
    table.write_bytes(sent.content)
    try:
        kind: Any = {"image": Image, "video": Video}[modality]
        read = kind(id="id").read(table)
        assert list(read.ids) == [list(run.result.ids)[row] for row in (1, 2)]
        assert read[0] is not None
    finally:
        table.unlink()


def test_a_selection_of_users_is_their_events(log_run: FinishedRun, served: Served, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_bytes(selection(served(log_run), [1, 2], "source").content)
    read = InteractionLog().read(tmp_path / "new.csv")
    assert (read.users, read[1]) == (["u1", "u2"], ["i2", "i4", "i6"])


def test_texts_that_are_gone_are_counted(tmp_path: Path, run_of: Any, served: Served) -> None:
    Text().write(["red apple", "green pear", "blue sea"], tmp_path / "in")
    client = served(run_of({"modality": "text", "path": str(tmp_path / "in")}, "tfidf"))
    assert client.get("/api/records/1").json()["text"] == "green pear"
    (tmp_path / "in" / "1.txt").unlink()
    sent = selection(client, [0, 1, 2], "source")
    assert [json.loads(line)["text"] for line in sent.text.splitlines()] == ["red apple", "blue sea"]
    assert sent.headers["X-Asterism-Left-Out"] == "1"


@pytest.mark.parametrize(
    "body", [{"rows": []}, {"rows": [-1]}, {"rows": [60]}, {"rows": [0], "as": "html"}, {"rows": ["0"]}, {"rows": [0.5]}]
)
def test_selections_that_make_no_sense_are_told(reader: TestClient, body: dict[str, Any]) -> None:
    assert reader.post("/api/selection", json=body).status_code in (404, 422)


def test_selections_are_bounded(reader: TestClient) -> None:
    assert selection(reader, [0] * 200_001).status_code == 422
