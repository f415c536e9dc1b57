import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from asterism.framework import FinishedRun

ODD = "<b>\"odd\" & 'quoted'</b>"
Served = Callable[..., TestClient]


def error_of(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


def test_columns_are_told_with_their_kinds(reader: TestClient) -> None:
    kinds = {column["name"]: column["kind"] for column in reader.get("/api/columns").json()["columns"]}
    assert kinds == {
        "id": "text",
        "target": "text",
        "time": "text",
        "topics": "groups",
        "map_x": "number",
        "map_y": "number",
        "odd": "number",
        "odd_outlier": "flag",
    }


def test_records_come_in_pages(reader: TestClient) -> None:
    page = reader.get("/api/records", params={"offset": 58, "limit": 5}).json()
    assert (page["total"], [row["row"] for row in page["rows"]]) == (60, [58, 59])
    assert page["rows"][0]["id"] == "sea-58"
    assert page["rows"][0]["columns"]["target"] == "sea"
    assert page["rows"][0]["columns"]["time"].startswith("2058")
    assert page["rows"][0]["preview"]["text"] == reader.get("/api/records/58").json()["text"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 201},
        {"limit": 0},
        {"offset": -1},
        {"offset": "x"},
        {"where": "x"},
        {"where": "nothing:eq:1"},
        {"where": "topics:is:1"},
        {"where": "topics:eq:apple"},
        {"where": "topics:contains:1"},
        {"order": "nothing"},
        {"order": "id; DROP TABLE records"},
        {"search": "x" * 201},
    ],
)
def test_questions_that_make_no_sense_are_told(reader: TestClient, parameters: dict[str, Any]) -> None:
    refused = reader.get("/api/records", params=parameters)
    assert refused.status_code == 422
    assert error_of(refused)


def test_rows_that_meet_conditions_are_listed_without_their_contents(reader: TestClient) -> None:
    found = reader.get("/api/rows", params={"where": "target:eq:sea"}).json()
    assert found == {"total": 20, "rows": [row for row in range(60) if row % 3 == 1]}


def test_a_record_is_shown_whole(reader: TestClient) -> None:
    record = reader.get("/api/records/5").json()
    assert record["id"] == "music-05"
    assert len(record["text"].split()) == 8
    assert record["groups"]["topics"]["group"] == record["columns"]["topics"]
    assert record["groups"]["topics"]["title"]
    assert (record["truncated"], record["picture"], record["gone"]) == (False, False, "")


def test_a_text_of_a_million_characters_is_cut_where_it_is_shown_and_whole_where_it_is_saved(reader: TestClient) -> None:
    record = reader.get("/api/records/7").json()
    assert (len(record["text"]), record["truncated"]) == (100_000, True)
    assert len(reader.get("/api/records/7/original").content) > 900_000


def test_an_id_with_markup_is_data(reader: TestClient) -> None:
    assert reader.get("/api/records/4").json()["id"] == ODD
    found = reader.get("/api/records", params={"where": f"id:eq:{ODD}"}).json()
    assert [row["row"] for row in found["rows"]] == [4]
    sent = reader.get("/api/records/4/original").headers["Content-Disposition"]
    assert sent == 'attachment; filename="b_odd_quoted_b.txt"'


@pytest.mark.parametrize("path", ["/api/records/60", "/api/records/60/original", "/api/records/60/picture", "/api/nearest?row=60"])
def test_a_record_that_is_not_there_is_told(reader: TestClient, path: str) -> None:
    refused = reader.get(path)
    assert (refused.status_code, error_of(refused)) == (404, "there is no record 60")


@pytest.mark.parametrize("path", ["/api/records/../../etc/passwd", "/api/records/%2e%2e%2frun.json", "/run/run.json", "/../run.json"])
def test_files_are_not_served_by_their_paths(reader: TestClient, path: str) -> None:
    refused = reader.get(path)
    assert refused.status_code in (404, 422)
    assert "spec" not in refused.text


def test_groups_are_listed_and_paged(reader: TestClient) -> None:
    groups = reader.get("/api/groups/topics").json()["groups"]
    assert sum(group["size"] for group in groups) == 60
    first = groups[0]
    assert first["size"] == max(group["size"] for group in groups)
    page = reader.get(f"/api/groups/topics/{first['group']}?limit=3").json()
    assert (page["total"], page["title"], len(page["rows"])) == (first["size"], first["title"], 3)
    assert {row["columns"]["topics"] for row in page["rows"]} == {first["group"]}


@pytest.mark.parametrize("path", ["/api/groups/nothing", "/api/groups/svd", "/api/groups/topics/99", "/api/groups/nothing/0"])
def test_a_group_that_is_not_there_is_told(reader: TestClient, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_nearest_records_are_of_one_theme(reader: TestClient) -> None:
    found = reader.get("/api/nearest?row=1&n=5").json()
    assert found["stage"] == "svd"
    assert {row["columns"]["target"] for row in found["rows"]} == {"sea"}
    assert 1 not in [row["row"] for row in found["rows"]]
    similarities = [row["similarity"] for row in found["rows"]]
    assert similarities == sorted(similarities, reverse=True)


def test_a_text_finds_records_like_it(reader: TestClient) -> None:
    found = reader.post("/api/nearest/text?n=3", json={"text": "the violin plays a melody"}).json()
    assert {row["columns"]["target"] for row in found["rows"]} == {"music"}


def test_a_text_of_which_nothing_is_known_is_told(reader: TestClient) -> None:
    refused = reader.post("/api/nearest/text", json={"text": "xylograph"})
    assert refused.status_code == 422
    assert error_of(refused).startswith("nothing in it is known to the run")


def test_an_image_does_not_fit_texts(reader: TestClient) -> None:
    refused = reader.post("/api/nearest/image", content=b"x")
    assert (refused.status_code, error_of(refused)) == (409, "the run is about text, not about image")


def test_explanations_come_from_whoever_opened_the_view(text_run: FinishedRun, reader: TestClient, served: Served) -> None:
    assert reader.get("/api/explain?row=0").status_code == 409
    client = served(text_run, explain=lambda row: {"row": row, "because": "of apples"})
    assert client.get("/api/explain?row=3").json() == {"row": 3, "because": "of apples"}
    assert client.get("/api/explain?row=60").status_code == 404


def test_a_run_folder_that_is_deleted_while_it_is_viewed_is_told(text_run: FinishedRun, texts: TestClient) -> None:
    assert texts.get("/api/records").status_code == 200
    shutil.rmtree(text_run.folder)
    for path in ("/api/records", "/api/records/3", "/api/nearest?row=1", "/api/groups/topics", "/api/edits", "/"):
        gone = texts.get(path)
        assert gone.status_code == 410
        assert "gone" in error_of(gone)


def test_a_run_that_is_done_anew_while_it_is_viewed_is_told(text_run: FinishedRun, texts: TestClient) -> None:
    text_run.table.write_bytes(text_run.table.read_bytes() + b" ")
    anew = texts.get("/api/records")
    assert (anew.status_code, error_of(anew)) == (410, "the run was done anew while it was viewed")


def test_a_run_without_vectors_and_groups_is_viewed(log_run: FinishedRun, served: Served) -> None:
    client = served(log_run)
    record = client.get("/api/records/2").json()
    assert (record["id"], record["text"]) == ("u2", "i2\ni4\ni6")
    assert client.get("/api/nearest?row=2").status_code == 409
    assert client.post("/api/nearest/text", json={"text": "i2"}).status_code == 409
    assert client.get("/api/edits").json() == {"count": 0, "edits": [], "titles": {}}
    assert client.get("/").status_code == 200


def test_openapi_describes_every_answer(reader: TestClient, tmp_path: Path) -> None:
    paths = reader.get("/api/openapi.json").json()["paths"]
    assert {"/api/records", "/api/nearest/text", "/api/edits", "/api/selection"} <= set(paths)
    assert reader.get("/docs").status_code == 404


def test_a_user_is_told_with_what_was_recommended(log_run: FinishedRun, served: Served, reader: TestClient) -> None:
    client, ranking = served(log_run), log_run.pipeline["popular"].recommend(log_run.records(), 2)  # type: ignore[attr-defined]  # a recommender
    for row in range(8):
        offered = client.get(f"/api/records/{row}").json()["recommended"]["popular"]
        assert [item["id"] for item in offered] == ranking[row]
        assert [item["score"] for item in offered] == pytest.approx(ranking.scores[row][: len(offered)])
    assert reader.get("/api/records/1").json()["recommended"] == {}
