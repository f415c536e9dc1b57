from typing import Any

import pytest
from fastapi.testclient import TestClient


def rows(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/records", params={"limit": 200, **parameters}).json()["rows"]
    return found


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        (["target:eq:sea"], lambda row: row["columns"]["target"] == "sea"),
        (["target:ne:sea"], lambda row: row["columns"]["target"] != "sea"),
        (["target:in:sea,fruit"], lambda row: row["columns"]["target"] in ("sea", "fruit")),
        (['target:in:["sea","a, b"]'], lambda row: row["columns"]["target"] == "sea"),
        (["id:contains:SEA-1"], lambda row: row["id"].startswith("sea-1")),
        (["topics:in:0,2"], lambda row: row["columns"]["topics"] in (0, 2)),
        (["topics:ge:2"], lambda row: row["columns"]["topics"] >= 2),
        (["map_x:lt:0", "map_y:gt:0"], lambda row: row["columns"]["map_x"] < 0 < row["columns"]["map_y"]),
        (["odd_outlier:eq:true"], lambda row: row["columns"]["odd_outlier"]),
        (["time:ge:2030"], lambda row: row["columns"]["time"] >= "2030"),
        (["id:eq:' OR 1=1 --"], lambda row: False),
        (["target:in:[]"], lambda row: False),
    ],
)
def test_conditions_hold_for_what_is_found_and_for_nothing_else(reader: TestClient, where: list[str], wanted: Any) -> None:
    found = [row["row"] for row in rows(reader, where=where)]
    assert found == [row["row"] for row in rows(reader) if wanted(row)]


def test_search_looks_into_ids_and_previews_in_any_case(reader: TestClient) -> None:
    by_preview = rows(reader, search="VIOLIN")
    assert by_preview
    assert all("violin" in row["preview"]["text"] for row in by_preview)
    assert [row["id"] for row in rows(reader, search="sea-58")] == ["sea-58"]
    assert rows(reader, search="%") == []


def test_conditions_search_and_group_hold_together(reader: TestClient) -> None:
    group = rows(reader, where=["target:eq:music"])[0]["columns"]["topics"]
    found = rows(reader, where=["target:eq:music"], search="violin", group_of="topics", group=group)
    assert found
    assert {(row["columns"]["target"], row["columns"]["topics"]) for row in found} == {("music", group)}
    assert reader.get("/api/records", params={"group_of": "svd", "group": 0}).status_code == 404


@pytest.mark.parametrize("column", ["map_x", "target", "time"])
def test_order_goes_by_a_column_and_ties_stay_as_in_the_run(reader: TestClient, column: str) -> None:
    every = rows(reader)
    rising = [row["row"] for row in rows(reader, order=column)]
    assert rising == [row["row"] for row in sorted(every, key=lambda row: (row["columns"][column], row["row"]))]
    falling = rows(reader, order=f"-{column}", limit=5)
    assert falling[0]["columns"][column] == max(row["columns"][column] for row in every)


def test_pages_of_an_order_do_not_overlap(reader: TestClient) -> None:
    pages = [[row["row"] for row in rows(reader, order="target", offset=offset, limit=13)] for offset in range(0, 60, 13)]
    assert sorted(row for page in pages for row in page) == list(range(60))


def test_values_of_in_are_bounded(reader: TestClient) -> None:
    refused = reader.get("/api/records", params={"where": f"topics:in:{','.join(['1'] * 1001)}"})
    assert refused.status_code == 422
    assert refused.json()["error"]["message"] == "the values of `in` are 1,000 at most (got 1,001)"
