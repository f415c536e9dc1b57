"""Names and joins that people gave to groups: a list in the folder of the run that everybody reads alike."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, ModelError
from asterism.framework.edits import FILE, Edit, Edits, OutOfDate, add_edits, read_edits

LABELS = np.array([0, 1, 2, 3, -1, 2])


def test_a_run_without_edits_is_as_it_was(tmp_path: Path) -> None:
    edits = read_edits(tmp_path)
    assert len(edits) == 0
    assert edits.labels("groups", LABELS) is LABELS
    assert edits.names("groups") == {}


def test_groups_that_are_joined_have_the_number_of_the_first() -> None:
    edits = Edits((Edit("groups", (2, 0)), Edit("groups", (3, 2), "late"), Edit("others", (1, 2))))
    assert edits.labels("groups", LABELS).tolist() == [3, 1, 3, 3, -1, 3]
    assert edits.groups_of("groups") == {0: 3, 2: 3}
    assert edits.names("groups") == {3: "late"}


def test_a_name_follows_its_group_into_another_one() -> None:
    edits = Edits((Edit("groups", (1,), " old   name "), Edit("groups", (0, 1))))
    assert edits.names("groups") == {0: "old name"}
    assert Edits((*edits.made, Edit("groups", (0,), "new"))).names("groups") == {0: "new"}


def test_edits_are_read_back(tmp_path: Path) -> None:
    first = add_edits(tmp_path, [Edit("groups", (1,), 'a "name" <b> שלום \ud800')], 0)
    second = add_edits(tmp_path, [Edit("groups", (0, 2))], 1)
    assert len(first) == 1
    assert read_edits(tmp_path) == second
    assert len((tmp_path / FILE).read_text().splitlines()) == 2


def test_whoever_has_not_seen_all_edits_is_told_so(tmp_path: Path) -> None:
    add_edits(tmp_path, [Edit("groups", (1,), "one")], 0)
    with pytest.raises(OutOfDate, match=r"edited in the meantime \(1 edits, 0 were known\); look at its groups again"):
        add_edits(tmp_path, [Edit("groups", (1,), "other")], 0)
    assert read_edits(tmp_path).names("groups") == {1: "one"}


@pytest.mark.parametrize(
    ("groups", "name", "reason"),
    [
        ((), "x", "from 0 on"),
        ((-1,), "x", "no group"),
        ((1, 1), "", "several different ones"),
        ((1,), " ", "write a name"),
        ((1,), "x" * 201, "at most 200 characters"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(groups: tuple[int, ...], name: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        Edit("groups", groups, name)


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"stage": "a"}', '{"stage": "a", "groups": "x", "name": ""}', '{"stage": "a", "groups": [-1], "name": "x"}']
)
def test_a_file_that_holds_anything_else_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ModelError, match=r"edits.jsonl: holds something else than edits; mend it"):
        read_edits(tmp_path)
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="cannot be read"):
        read_edits(tmp_path)


def _add_one(folder: str) -> int:
    done = 0
    while done < 20:
        try:
            add_edits(Path(folder), [Edit("groups", (1,), "x")], len(read_edits(Path(folder))))
            done += 1
        except OutOfDate:
            continue
    return done


def test_no_edit_is_lost_where_two_processes_edit_one_run(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_add_one, [str(tmp_path)] * 2) == [20, 20]
    assert len(read_edits(tmp_path)) == 40


@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=4, unique=True), max_size=6))
def test_joining_goes_on_from_what_is_shown(joins: list[list[int]]) -> None:
    labels, made = np.arange(6), []
    for groups in joins:
        labels = np.where(np.isin(labels, groups), groups[0], labels)
        made.append(Edit("groups", tuple(groups)))
    assert Edits(tuple(made)).labels("groups", np.arange(6)).tolist() == labels.tolist()
