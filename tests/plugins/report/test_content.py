"""What the page of a run is told, on small real runs: texts in three groups, images, a log, and whatever goes wrong with them."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from asterism.framework import FinishedRun
from asterism.framework.edits import Edit, add_edits
from asterism.plugins.report import groupings, points
from asterism.plugins.report.arrays import TYPES, packed, plain
from asterism.plugins.report.content import content_of
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

HOSTILE = "<script>alert(1)</script> \"quoted\" & 'more' \u2028 שלום"
SUBJECTS = {"sky": "moon comet star orbit dust", "sea": "whale boat shell harbour tide", "oven": "bread pan tomato baker honey"}

Run = Callable[..., FinishedRun]


def numbers(array: dict[str, str]) -> list[float]:
    found: list[float] = np.frombuffer(base64.b64decode(array["data"]), TYPES[array["type"]]).tolist()
    return found


def sentences(n: int = 60) -> list[dict[str, str]]:
    """Write records about three subjects in turn; the first one is hostile."""
    lines = []
    for row in range(n):
        subject = list(SUBJECTS)[row % 3]
        words = SUBJECTS[subject].split()
        text = " ".join(words[(row + step * step) % 5] for step in range(4))
        lines.append({"id": f"doc {row}", "text": text, "kind": subject, "when": f"198{row % 5}-0{1 + row % 9}-11"})
    lines[0] |= {"id": HOSTILE, "text": f"moon comet star {HOSTILE}"}
    return lines


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs stages on records or a folder, and opens what the run left."""
    registry, folders = Registry(), (tmp_path / f"run-{number}" for number in count())

    def go(stages: list[dict[str, Any]], source: dict[str, Any] | None = None, lines: list[dict[str, str]] | None = None) -> FinishedRun:
        path = tmp_path / "texts.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines or sentences()))
        text = {"modality": "text", "path": str(path), "column": "text", "id": "id", "target": "kind", "time": "when"}
        spec = {"asterism": 1, "name": "small", "source": source or text, "stages": stages, "cache": "off", "workers": 1}
        written = run_plan(registry, registry.plan(spec), next(folders))
        return open_finished(registry, written.path)

    return go


TEXT_STAGES = [
    {"encoder": "tfidf", "stop_words": None},
    {"reducer": "svd", "n_components": 4},
    {"clusterer": "kmeans", "as": "topics"},
    {"reducer": "pca", "n_components": 2, "as": "map", "from": "svd"},
    {"detector": "isolation_forest", "as": "odd", "from": "svd", "n_estimators": 20},
]


def test_every_record_is_a_point_with_its_text_and_columns(run: Run) -> None:
    content = content_of(run(TEXT_STAGES))
    told = content["points"]
    assert (told["total"], told["shown"], told["rows"], told["thumbs"]) == (60, 60, None, None)
    assert told["ids"][0] == HOSTILE
    assert told["texts"][0] == f"moon comet star {' '.join(HOSTILE.split())}"
    columns = {column["name"]: column for column in told["columns"]}
    assert {name: column["kind"] for name, column in columns.items()} == {
        "topics": "groups",
        "odd": "numbers",
        "odd_outlier": "numbers",
        "target": "classes",
        "time": "numbers",
    }
    assert [columns["target"]["levels"][int(level)] for level in numbers(columns["target"]["values"])] == [
        line["kind"] for line in sentences()
    ]
    assert numbers(columns["time"]["values"])[:2] == pytest.approx([1980.03, 1981.11], abs=0.01)
    json.dumps(content, allow_nan=False)


def test_the_map_and_the_scores_are_those_of_the_run(run: Run) -> None:
    finished = run(TEXT_STAGES)
    content = content_of(finished)
    (drawn,) = content["maps"]
    assert (drawn["stage"], drawn["component"]) == ("map", "reducer/pca")
    np.testing.assert_array_equal(numbers(drawn["x"]), finished.result.values["map"][:, 0])
    (outliers,) = content["outliers"]
    scores = finished.result.values["odd"]
    assert [found["row"] for found in outliers["records"]] == np.argsort(-scores, kind="stable")[:24].tolist()
    assert sum(outliers["histogram"]["counts"]) == 60


def test_groups_have_their_typical_and_their_borderline_records(run: Run) -> None:
    finished = run(TEXT_STAGES)
    (told,) = content_of(finished)["groupings"]
    labels, matrix = finished.result.values["topics"], finished.result.values["svd"].astype(float)
    assert [group["size"] for group in told["groups"]] == sorted((group["size"] for group in told["groups"]), reverse=True)
    means = {group: matrix[labels == group].mean(axis=0) for group in np.unique(labels)}
    for group in told["groups"]:
        rows = np.flatnonzero(labels == group["group"])
        own = np.linalg.norm(matrix[rows] - means[group["group"]], axis=1)
        assert group["size"] == len(rows)
        assert group["exemplars"][0]["row"] in rows[np.isclose(own, own.min())]
        others = {other: np.linalg.norm(matrix[rows] - mean, axis=1) for other, mean in means.items() if other != group["group"]}
        nearest = np.min(list(others.values()), axis=0)
        margins = (nearest - own) / np.maximum(own, nearest)
        assert group["borderline"][0]["margin"] == pytest.approx(margins.min(), abs=1e-3)
        assert group["cohesion"] == pytest.approx(margins.mean(), abs=1e-3)
        assert {near["group"] for near in group["nearest"]} <= set(others)
        assert group["keywords"]
        assert group["title"] == ", ".join(group["keywords"][:3])


def test_groups_join_to_a_tree_over_all_of_them(run: Run) -> None:
    (told,) = content_of(run(TEXT_STAGES))["groupings"]
    assert sorted(told["tree"]["order"]) == sorted(told["leaves"])
    assert len(told["tree"]["merges"]) == len(told["leaves"]) - 1
    assert told["tree"]["merges"][-1][3] == len(told["leaves"])


def test_the_curve_behind_an_automatic_count_is_told(run: Run) -> None:
    finished = run(TEXT_STAGES)
    (curve,) = content_of(finished)["groupings"][0]["curves"]
    assert curve["chosen"] == finished.pipeline["topics"].n_clusters_  # type: ignore[attr-defined]  # learned
    assert max(zip(curve["y"], curve["x"], strict=True))[1] == curve["chosen"]
    fixed = content_of(run([*TEXT_STAGES[:2], {"clusterer": "kmeans", "n_clusters": 3}]))
    assert fixed["groupings"][0]["curves"] == []


def test_groups_over_time_are_told_by_period(run: Run) -> None:
    (told,) = content_of(run(TEXT_STAGES))["groupings"]
    periods = told["periods"]
    assert periods["periods"][0].startswith("1980")
    for group in told["groups"]:
        assert sum(periods["counts"][str(group["group"])]) == group["size"]
        assert len(periods["words"][str(group["group"])]) == len(periods["periods"])


def test_the_run_is_told_with_versions_times_memory_and_problems(run: Run) -> None:
    told = content_of(run(TEXT_STAGES))["run"]
    assert (told["verb"], told["noun"], told["records"], told["quarantined"]) == ("fit", "text records", 60, 0)
    assert told["source"] == "texts.jsonl"  # and not the folder that it lies in
    assert "reducer: svd" in told["spec"]
    assert told["versions"]["asterism"]
    assert [stage["name"] for stage in told["stages"]] == ["tfidf", "svd", "topics", "map", "odd"]
    assert all(stage["memory"] > 0 and stage["rows"] == 60 for stage in told["stages"])


def test_metrics_come_with_how_to_read_them(run: Run) -> None:
    told = {metric["name"]: metric for metric in content_of(run(TEXT_STAGES))["metrics"]}
    assert told["ari"]["meaning"] == "agreement with the known classes beyond chance, 1 is full"
    assert -1 <= told["ari"]["value"] <= 1


def test_edited_groups_are_shown_as_they_are_now(run: Run) -> None:
    finished = run(TEXT_STAGES)
    first, second = (group["group"] for group in content_of(finished)["groupings"][0]["groups"][:2])
    add_edits(finished.folder, [Edit("topics", (first, second), "two of them")], 0)
    told = content_of(open_finished(Registry(), finished.folder))
    joined = next(group for group in told["groupings"][0]["groups"] if group["group"] == first)
    sizes = finished.groups("topics")
    assert (joined["title"], joined["named"]) == ("two of them", True)
    assert joined["size"] == sizes[first]["size"] + sizes[second]["size"]
    assert second not in numbers(told["points"]["columns"][0]["values"])


def test_a_run_without_map_or_groups_has_empty_parts(run: Run) -> None:
    content = content_of(run(TEXT_STAGES[:2]))
    for part in ("maps", "groupings", "outliers", "duplicates", "recommendations", "samples"):
        assert content[part] == []


def test_a_source_without_classes_and_times_has_none_of_them(run: Run, tmp_path: Path) -> None:
    source = {"modality": "text", "path": str(tmp_path / "texts.jsonl"), "column": "text"}
    content = content_of(run([*TEXT_STAGES[:2], {"clusterer": "kmeans", "n_clusters": 3}], source))
    assert [column["name"] for column in content["points"]["columns"]] == ["kmeans"]
    assert content["groupings"][0]["periods"] is None
    assert not {"ari", "nmi"} & {metric["name"] for metric in content["metrics"]}


def test_one_group_has_no_neighbours_and_no_tree(run: Run) -> None:
    (told,) = content_of(run([*TEXT_STAGES[:2], {"clusterer": "kmeans", "n_clusters": 1}]))["groupings"]
    (group,) = told["groups"]
    assert (group["nearest"], group["borderline"], group["cohesion"], told["tree"]) == ([], [], None, None)
    assert len(group["exemplars"]) == 6


def test_of_very_many_groups_the_largest_are_told_in_detail(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groupings, "DETAILED", 5)
    (told,) = content_of(run([*TEXT_STAGES[:2], {"clusterer": "kmeans", "n_clusters": 12}]))["groupings"]
    assert (len(told["groups"]), told["detailed"], len(told["leaves"])) == (12, 5, 5)
    assert [bool(group["exemplars"]) for group in told["groups"]] == [True] * 5 + [False] * 7


def test_of_very_many_records_a_part_is_on_the_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MOST", 25)
    finished = run(TEXT_STAGES)
    content = content_of(finished)
    told = content["points"]
    rows = [int(row) for row in numbers(told["rows"])]
    assert (told["total"], told["shown"], len(set(rows))) == (60, 25, 25)
    assert told["ids"] == [finished.result.ids[row] for row in rows]
    np.testing.assert_array_equal(numbers(content["maps"][0]["y"]), finished.result.values["map"][rows, 1])
    every = [record for group in content["groupings"][0]["groups"] for record in group["exemplars"]]
    assert all((record["point"] is None) == (record["row"] not in rows) for record in every)
    assert any("25 of 60 records" in problem for problem in content["run"]["problems"])


@pytest.mark.parametrize("text", [None, '{"id": "another", "text": "other", "kind": "x", "when": "1980"}\n'])
def test_a_source_that_is_gone_or_changed_costs_the_texts_alone(run: Run, text: str | None) -> None:
    finished = run(TEXT_STAGES)
    path = Path(finished.state["source"])
    path.unlink()
    if text is not None:
        path.write_text(text)
    content = content_of(open_finished(Registry(), finished.folder))
    assert content["points"]["texts"] is None
    assert content["points"]["ids"][1] == "doc 1"
    assert any(problem.startswith("records cannot be shown:") for problem in content["run"]["problems"])


def test_a_long_text_is_cut(run: Run) -> None:
    lines = sentences()
    lines[3]["text"] = "star " * 250_000
    shown = content_of(run(TEXT_STAGES, lines=lines))["points"]["texts"][3]
    assert len(shown) == 240
    assert shown.endswith("…")


MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Saves images of every mode, of many sizes."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    random = np.random.default_rng(0)
    for place in range(24):
        mode, side = MODES[place % len(MODES)], 8 * (1 + place % 5)
        pixels = random.integers(0, 255, (side, 2 * side, 3), dtype=np.uint8)
        image = Image.fromarray(pixels) if mode != "I;16" else Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 200)
        image = image if mode == "I;16" else image.convert(mode)
        image.save(folder / f"{place:02}.{'tif' if mode == 'CMYK' else 'png'}")
    return folder


def test_images_of_every_mode_become_thumbnails(run: Run, pictures: Path) -> None:
    stages = [
        {"encoder": "pixels", "size": [8, 8]},
        {"clusterer": "kmeans", "n_clusters": 3, "as": "groups"},
        {"reducer": "pca", "n_components": 2, "as": "map"},
    ]
    content = content_of(run(stages, {"modality": "image", "path": str(pictures)}))
    thumbs = content["points"]["thumbs"]
    assert (thumbs["size"], thumbs["columns"], len(thumbs["sheets"])) == (64, 32, 1)
    sheet = base64.b64decode(thumbs["sheets"][0].partition(",")[2])
    with Image.open(BytesIO(sheet)) as image:
        assert image.size == (32 * 64, 64)
    assert content["points"]["texts"] is None
    assert content["groupings"][0]["groups"][0]["sheet"].startswith("data:image/jpeg;base64,")
    assert content["groupings"][0]["groups"][0]["exemplars"][0]["preview"] == {}  # the page has its thumbnail already


def test_images_that_could_not_be_used_are_listed(run: Run, pictures: Path) -> None:
    (pictures / "broken.png").write_bytes((pictures / "00.png").read_bytes()[:40])
    told = content_of(run([{"encoder": "pixels", "size": [8, 8]}], {"modality": "image", "path": str(pictures)}))["run"]
    assert (told["records"], told["quarantined"]) == (24, 1)
    assert told["quarantine"][0]["id"] == "broken.png"
    assert "is no image that can be read" in told["quarantine"][0]["reason"]


def test_an_image_that_is_gone_is_counted(run: Run, pictures: Path) -> None:
    finished = run([{"encoder": "pixels", "size": [8, 8]}], {"modality": "image", "path": str(pictures)})
    finished.records()
    (pictures / "03.png").unlink()
    told = content_of(finished)["run"]["problems"]
    assert [problem for problem in told if "cannot be shown, because" in problem]


def test_a_component_that_breaks_a_part_of_the_page_costs_that_part_alone(run: Run) -> None:
    finished = run(TEXT_STAGES)
    finished.pipeline["topics"].criterion_curve_ = "no curve"  # type: ignore[attr-defined]  # learned
    content = content_of(finished)
    assert content["groupings"] == []
    assert content["maps"]
    assert any(problem.startswith("the page has no groups: ") for problem in content["run"]["problems"])


def test_near_duplicates_are_told_in_sets(run: Run) -> None:
    lines = [line | {"text": " ".join(f"{word}{row}" for word in "abcdef")} for row, line in enumerate(sentences())]
    lines[10] |= {"text": lines[1]["text"]}
    stages = [
        {"encoder": "tfidf", "stop_words": None, "token_pattern": "[a-z0-9]+"},
        {"clusterer": "near_duplicates", "metric": "cosine", "threshold": 0.1, "as": "copies"},
    ]
    (told,) = content_of(run(stages, lines=lines))["duplicates"]
    assert (told["total"], len(told["sets"])) == (1, 1)
    assert [record["id"] for record in told["sets"][0]["records"]] == ["doc 1", "doc 10"]


def test_users_are_told_what_they_touched_what_is_offered_and_why(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    random = np.random.default_rng(0)
    events = [(f"user {user}", f"item {6 * (user % 3) + item}") for user in range(20) for item in random.permutation(9)[:5]]
    path.write_text("user,item\n" + "".join(f"{user},{item}\n" for user, item in events))
    source = {"modality": "interactions", "path": str(path), "user": "user", "item": "item"}
    content = content_of(run([{"recommender": "item_knn", "n_recommendations": 4}], source))
    (told,) = content["recommendations"]
    first = told["users"][0]
    assert first["touched_total"] == 5
    assert set(first["touched"]) == {item for user, item in events if user == first["id"]}
    assert not {offer["id"] for offer in first["items"]} & set(first["touched"])
    assert first["items"][0]["reasons"]
    scores = [offer["score"] for offer in first["items"]]
    assert scores == sorted(scores, reverse=True)
    assert content["run"]["noun"] == "histories"


def test_what_was_generated_stands_beside_real_records(run: Run) -> None:
    (told,) = content_of(run([{"generator": "ngram", "n_samples": 5, "as": "samples"}]))["samples"]
    assert len(told["generated"]) == 5
    assert all(sample["text"] for sample in told["generated"])
    assert told["real"][0]["text"].startswith("moon comet star")


def test_numbers_are_packed_little_endian_and_kept_finite() -> None:
    assert numbers(packed([1, -1, 300000], "i32")) == [1, -1, 300000]
    assert [plain(value) for value in (float("nan"), float("inf"), 1 / 3)] == [None, None, 0.333333]


def test_a_database_is_named_without_its_password(run: Run) -> None:
    finished = run(TEXT_STAGES[:2])
    address = "postgresql://me:secret@host/db"
    state = {**finished.state, "source": address, "spec": {"source": {"path": address}}}
    told = content_of(replace(finished, state=state))["run"]
    assert (told["source"], told["spec"]) == ("postgresql://host/db", "source:\n  path: postgresql://host/db\n")


def test_what_explainers_say_of_groups_stands_with_them(run: Run) -> None:
    stages = [*TEXT_STAGES[:3], {"explainer": "decision_tree", "as": "why"}, {"explainer": "lime", "from": "topics", "n_samples": 10}]
    (told,) = content_of(run(stages))["groupings"]
    for group in told["groups"]:
        assert group["texts"]["why"][0].startswith(f"group {group['group']}: ")
        assert "lime" not in group["texts"]
