from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from asterism.framework import FinishedRun
from asterism.framework.edits import Edit, add_edits, read_edits

Served = Callable[..., TestClient]
Opened = Callable[[Path], FinishedRun]


def edit(client: TestClient, after: int, *groups: int, name: str = "", stage: str = "topics") -> Any:
    return client.post("/api/edits", json={"after": after, "edits": [{"stage": stage, "groups": list(groups), "name": name}]})


def largest(client: TestClient) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = client.get("/api/groups/topics").json()["groups"]
    return groups


def test_a_name_is_shown_at_once_and_kept_in_the_run(texts: TestClient, text_run: FinishedRun) -> None:
    told = edit(texts, 0, 1, name="the  <b>sea</b>").json()
    assert (told["count"], told["titles"]["topics"]["1"]) == (1, "the <b>sea</b>")
    assert texts.get("/api/groups/topics/1").json()["title"] == "the <b>sea</b>"
    assert [each.name for each in read_edits(text_run.folder).made] == ["the  <b>sea</b>"]


def test_joined_groups_are_one_in_every_answer(texts: TestClient) -> None:
    first, second = largest(texts)[:2]
    assert edit(texts, 0, first["group"], second["group"], name="both").status_code == 200
    joined = largest(texts)[0]
    assert (joined["group"], joined["size"]) == (first["group"], first["size"] + second["size"])
    page = texts.get(f"/api/groups/topics/{first['group']}?limit=200").json()
    assert page["total"] == joined["size"]
    assert {row["columns"]["topics"] for row in page["rows"]} == {first["group"]}
    assert texts.get(f"/api/groups/topics/{second['group']}").status_code == 404
    assert texts.get("/api/records", params={"where": f"topics:eq:{second['group']}"}).json()["total"] == 0
    record = texts.get(f"/api/records/{page['rows'][-1]['row']}").json()
    assert record["groups"]["topics"] == {"group": first["group"], "title": "both"}
    ordered = texts.get("/api/records", params={"order": "-topics", "limit": 200}).json()["rows"]
    shown = [row["columns"]["topics"] for row in ordered]
    assert shown == sorted(shown, reverse=True)


def test_joins_add_up(texts: TestClient) -> None:
    edit(texts, 0, 0, 1)
    assert edit(texts, 1, 2, 0).status_code == 200
    assert {group["group"] for group in largest(texts)} == {2, 3}
    assert texts.get("/api/records", params={"where": "topics:eq:2"}).json()["total"] == 60 - largest(texts)[-1]["size"]


@pytest.mark.parametrize(
    ("groups", "status"), [([99], 422), ([0, 99], 422), ([0, 0], 422), ([-1], 422), ([], 422), ([0], 422), ([2**60], 422)]
)
def test_groups_that_are_not_there_are_not_edited(texts: TestClient, groups: list[int], status: int) -> None:
    refused = edit(texts, 0, *groups)
    assert (refused.status_code, texts.get("/api/edits").json()["count"]) == (status, 0)


def test_a_group_that_the_edit_before_joined_to_another_is_not_there(texts: TestClient) -> None:
    edits = [{"stage": "topics", "groups": [0, 1]}, {"stage": "topics", "groups": [1], "name": "gone"}]
    refused = texts.post("/api/edits", json={"after": 0, "edits": edits})
    assert (refused.status_code, refused.json()["error"]["message"]) == (422, "stage 'topics' has no group 1")


def test_a_stage_without_groups_is_not_edited(texts: TestClient) -> None:
    assert edit(texts, 0, 0, name="x", stage="svd").status_code == 404


def test_the_second_of_two_viewers_of_one_server_must_look_again(texts: TestClient) -> None:
    assert edit(texts, 0, 0, name="mine").status_code == 200
    late = edit(texts, 0, 0, name="yours")
    assert late.status_code == 409
    assert late.json()["edits"] == [{"stage": "topics", "groups": [0], "name": "mine"}]
    assert edit(texts, late.json()["count"], 0, name="yours").json()["titles"]["topics"]["0"] == "yours"


def test_two_servers_of_one_run_see_what_the_other_changed(text_run: FinishedRun, opened: Opened, served: Served) -> None:
    one, other = served(text_run), served(opened(text_run.folder))
    assert edit(one, 0, 0, 1, name="joined").status_code == 200
    assert edit(other, 0, 0, name="late").status_code == 409
    assert other.get("/api/edits").json()["count"] == 1
    assert largest(one) == largest(other)


def test_a_run_that_was_edited_before_is_edited_further(text_run: FinishedRun, opened: Opened, served: Served) -> None:
    add_edits(text_run.folder, [Edit("topics", (0, 1), "first")], after=0)
    client = served(opened(text_run.folder))
    assert edit(client, 1, 2, 3).status_code == 200
    assert {group["group"] for group in largest(client)} == {0, 2}
    assert client.get("/api/groups/topics/0").json()["title"] == "first"


def test_the_page_shows_the_groups_as_they_are_edited(texts: TestClient) -> None:
    before = texts.get("/").text
    edit(texts, 0, 0, 1, name="Joined by hand")
    after = texts.get("/").text
    assert "Joined by hand" not in before
    assert "Joined by hand" in after
    assert '"edits":1' in after


def test_edits_that_are_no_longer_the_same_are_told(text_run: FinishedRun, opened: Opened, served: Served) -> None:
    add_edits(text_run.folder, [Edit("topics", (0,), "first")], after=0)
    client = served(opened(text_run.folder))
    (text_run.folder / "edits.jsonl").unlink()
    changed = client.get("/api/edits")
    assert (changed.status_code, changed.json()["error"]["message"]) == (409, "the edits of the run are others than before")


def test_broken_edits_are_told(texts: TestClient, text_run: FinishedRun) -> None:
    (text_run.folder / "edits.jsonl").write_text("nonsense\n")
    assert texts.get("/api/groups/topics").status_code == 410
