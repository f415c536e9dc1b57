"""Explanations of a run that is read back from its folder."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from asterism.framework import DataError, UnknownComponent
from asterism.framework.edits import Edit, add_edits
from asterism.registry import Registry
from asterism.registry.explanations import explain_group, explain_recommendation, explain_record, explainer_of
from asterism.registry.finished import open_finished
from asterism.registry.runs import apply_model, run_plan

SUBJECTS = {"sky": "comet orbit", "sea": "whale harbour", "oven": "bread honey"}
NOISE = ("one", "old", "grey", "small", "quiet", "early", "long")
SPEC: dict[str, Any] = {
    "asterism": 1,
    "name": "texts",
    "source": {"modality": "text", "path": "texts.csv", "column": "body", "id": "id"},
    "stages": [
        {"encoder": "tfidf"},
        {"clusterer": "kmeans", "n_clusters": 3, "n_init": 10, "as": "groups"},
        {"clusterer": "hdbscan", "from": "tfidf", "min_cluster_size": 5, "as": "dense"},
        {"explainer": "lime", "n_samples": 20, "from": "dense", "as": "why"},
    ],
}

Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Runs a spec in a folder of its own, and returns the folder of the run."""
    monkeypatch.chdir(tmp_path)

    def run(**changes: Any) -> Path:
        Path("spec.json").write_text(json.dumps({**SPEC, **changes}))
        return run_plan(Registry(), Registry().plan(Path("spec.json")), Path("out")).path

    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 45 texts of three subjects, and one that is of none, and a run over them; ids say the subject."""
    folder = tmp_path_factory.mktemp("texts")
    random = np.random.default_rng(0)
    lines = ["id,body"]
    for place in range(45):
        subject = list(SUBJECTS)[place % 3]
        lines.append(f"{subject} {place},{' '.join(random.permutation([*random.permutation(NOISE)[:3], *SUBJECTS[subject].split()]))}")
    (folder / "texts.csv").write_text("\n".join([*lines, "stray,xylophone zebra quince vortex\n"]))
    (folder / "spec.json").write_text(json.dumps(SPEC))
    run_plan(Registry(), Registry().plan(folder / "spec.json"), folder / "out")
    return folder


@pytest.fixture
def texts(whole: Path, tmp_path: Path) -> Path:
    """The folder of that run, a copy of its own for each test."""
    return Path(shutil.copytree(whole / "out", tmp_path / "out"))


@pytest.mark.parametrize("explainer", ["lime", "shap"])
def test_a_record_is_explained_by_the_words_that_make_its_group(texts: Path, explainer: str) -> None:
    found = explain_record(Registry(), texts, "sea 4", stage="groups", explainer=explainer)
    assert {part.name for part in found.explanation.parts[:2]} == {"whale", "harbour"}
    assert set(found.item.split()) > {"whale", "harbour"}
    told = found.as_json()
    assert told == json.loads(json.dumps(told))
    assert (told["record"], told["stage"], told["explainer"]) == ("sea 4", "groups", explainer)
    assert told["title"].count(",") == 2
    assert 0 <= told["fidelity"] <= 1
    assert "box" in told["parts"][0]


def test_a_viewer_asks_for_one_record_after_the_other(texts: Path) -> None:
    explain = explainer_of(Registry(), texts, stage="groups")
    assert explain(4) == explain_record(Registry(), texts, "sea 4", stage="groups").as_json()
    assert {part["name"] for part in explain(0)["parts"][:2]} == {"comet", "orbit"}


def test_a_source_that_is_gone_is_named(texts: Path) -> None:
    state = json.loads((texts / "run.json").read_text())
    (texts / "run.json").write_text(json.dumps({**state, "source": "gone.csv"}))
    with pytest.raises(DataError, match=r"gone\.csv"):
        explain_record(Registry(), texts, "sea 4", stage="groups")
    with pytest.raises(DataError, match=r"gone\.csv"):
        explainer_of(Registry(), texts, stage="groups")(0)
    assert explain_group(Registry(), texts, 0, stage="groups").size


def test_a_group_is_explained_by_a_rule_and_by_examples(texts: Path) -> None:
    group = explain_record(Registry(), texts, "oven 2", stage="groups").group
    found = explain_group(Registry(), texts, group, stage="groups")
    assert found.explanations["decision_tree"].text.split(";")[0] in {f"group {group}: has 'bread'", f"group {group}: has 'honey'"}
    assert found.explanations["decision_tree"].fidelity > 0.9
    shown = {part.role: part.name for part in found.explanations["examples"].parts}
    assert shown["exemplar"].startswith("oven")
    assert not shown["counter-example"].startswith("oven")
    assert {"bread", "honey"} <= set(found.described["keywords"])
    assert found.size in (15, 16)
    told = found.as_json()
    assert told == json.loads(json.dumps(told))


def test_explanations_are_of_the_groups_as_people_joined_and_named_them(texts: Path) -> None:
    sky, sea = (explain_record(Registry(), texts, record, stage="groups").group for record in ("sky 0", "sea 1"))
    add_edits(texts, [Edit("groups", (sea, sky), "outside")], after=0)
    found = explain_record(Registry(), texts, "sky 0", stage="groups")
    assert (found.group, found.title) == (sea, "outside")
    rule = explain_group(Registry(), texts, sea, stage="groups").explanations["decision_tree"]
    assert rule.low_fidelity is False
    with pytest.raises(DataError, match=f"'groups' has no group {sky}; there are"):
        explain_group(Registry(), texts, sky, stage="groups")


def test_the_fields_that_the_run_gave_its_explainer_are_used(texts: Path) -> None:
    assert explain_record(Registry(), texts, "sea 4", stage="dense").component.n_samples == 20
    assert explain_record(Registry(), texts, "sea 4", stage="groups").component.n_samples == 300


def test_a_record_in_no_group_has_nothing_to_explain(texts: Path) -> None:
    with pytest.raises(DataError, match="record 'stray' is in no group of 'dense', so there is nothing to explain"):
        explain_record(Registry(), texts, "stray")
    told = explainer_of(Registry(), texts)(45)
    assert (told["group"], told["text"], told["parts"]) == (-1, "in no group of 'dense'", [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": "sae 4"}, "no record is called 'sae 4'; did you mean 'sea 4'?"),
        ({"record": "?"}, r"no record is called '\?'; look into records.parquet for the ids"),
        ({"record": "sea 4", "stage": "grups"}, "no stage is called 'grups'; did you mean 'groups'?"),
        ({"record": "sea 4", "stage": "tfidf"}, "stage 'tfidf' cannot be explained so: it gives matrix; there is groups, dense"),
        ({"record": "sea 4", "explainer": "decision_tree"}, "explainer/decision_tree explains a group, not a record; take --with lime"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_way_out(texts: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        explain_record(Registry(), texts, options.pop("record"), **options)


def test_an_explainer_that_is_not_installed_is_named(texts: Path) -> None:
    with pytest.raises(UnknownComponent, match="no explainer is called 'lyme'; did you mean 'lime'"):
        explain_record(Registry(), texts, "sea 4", explainer="lyme")


def test_a_group_that_is_not_there_is_refused(texts: Path) -> None:
    with pytest.raises(DataError, match="'groups' has no group 9; there are 0, 1, 2"):
        explain_group(Registry(), texts, 9, stage="groups")
    with pytest.raises(DataError, match="'groups' has no group -1"):
        explain_group(Registry(), texts, -1, stage="groups")


def test_images_are_explained_by_patches(made: Made) -> None:
    random = np.random.default_rng(0)
    Path("images").mkdir()
    for place in range(24):
        image = random.integers(0, 50, (12, 12), dtype=np.uint8)
        image[:4, 4 * (place % 2) : 4 * (place % 2) + 4] += np.uint8(180)
        Image.fromarray(image).save(f"images/{place:02}.png")
    stages = [{"encoder": "pixels", "size": [12, 12]}, {"clusterer": "kmeans", "n_clusters": 2, "as": "groups"}]
    folder = made(source={"modality": "image", "path": "images"}, stages=stages)
    found = explain_record(Registry(), folder, "03.png")
    top, left, bottom, right = found.explanation.parts[0].box
    assert (top, bottom) <= (4, 5)
    assert 3 <= left < right <= 9
    assert found.component.picture(found.item, found.explanation)[:4] == b"\x89PNG"


@pytest.fixture
def baskets(made: Made) -> Path:
    """A run that recommends to six users."""
    events = ["user,item"]
    for user in range(6):
        events += [f"u{user},{item}" for item in (("tea", "milk", "cup") if user % 2 else ("nail", "hammer", "saw"))[: 2 + user // 2]]
    Path("events.csv").write_text("\n".join(events) + "\n")
    source = {"modality": "interactions", "path": "events.csv", "user": "user", "item": "item"}
    return made(source=source, stages=[{"recommender": "item_knn", "as": "suggestions"}])


def test_a_recommendation_is_explained_by_the_history(baskets: Path) -> None:
    found = explain_recommendation(Registry(), baskets, "u1", "cup")
    assert found.stage == "suggestions"
    assert {reason.items[0] for reason in found.reasons} == {"tea", "milk"}
    with pytest.raises(DataError, match="no user is called 'u9'"):
        explain_recommendation(Registry(), baskets, "u9", "cup")
    with pytest.raises(DataError, match="the item 'cap' is not known"):
        explain_recommendation(Registry(), baskets, "u1", "cap")


def test_a_run_says_what_can_be_explained_of_it(baskets: Path) -> None:
    with pytest.raises(DataError, match="no stage of this run gives groups; it recommends: name a --user and an --item"):
        explain_record(Registry(), baskets, "u1")


def test_a_run_with_groups_recommends_nothing(texts: Path) -> None:
    with pytest.raises(DataError, match="no stage of this run recommends; it has groups: name a --record or a --group"):
        explain_recommendation(Registry(), texts, "u1", "cup")


def test_a_stage_of_explanations_is_in_the_table_and_read_back(texts: Path) -> None:
    sentences = pq.read_table(texts / "records.parquet")["why"].to_pylist()
    assert sentences[-1] is None
    assert sentences[0].startswith("in group ")
    assert list(open_finished(Registry(), texts).result.values["why"]) == sentences
    parts = pq.read_table(texts / "tables" / "why" / "parts.parquet").to_pydict()
    assert list(parts) == ["of", "group", "part", "role", "weight", "fidelity"]
    assert parts["of"][0] == "sky 0"
    summary = (texts / "summary.txt").read_text()
    assert f"why (explainer/lime): {sum(sentence is not None for sentence in sentences)} of 46 records" in summary
    assert "  sky 0: in group " in summary
    assert "below 0.5 for " in summary


def test_new_records_are_explained_by_a_saved_model(texts: Path, whole: Path) -> None:
    done = apply_model(Registry(), texts / "model", str(whole / "texts.csv"), texts.parent / "applied")
    before = pq.read_table(texts / "records.parquet")["why"].to_pylist()
    assert done.result.values["why"].tolist() == before


def test_nothing_is_written_into_the_run(texts: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in texts.rglob("*")}
    explain_record(Registry(), texts, "sea 4", stage="groups")
    explain_group(Registry(), texts, 0, stage="groups")
    assert {path: path.stat().st_mtime_ns for path in texts.rglob("*")} == before
