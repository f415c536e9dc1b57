import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from asterism.framework import DataError
from asterism.registry.difference import Change, Ids, Move, Pair, Single, compare

Past = Callable[..., Path]


def test_a_run_does_not_differ_from_itself(past: Past) -> None:
    run = past("run", {"groups": {"nmi": 0.5}}, groups={"a": 0, "b": 1, "c": -1})
    found = compare(run, run)
    groups = found.stages["groups"]
    assert groups.pairs == [Pair(0, 0, 1, 1.0, 0.0, 0.0), Pair(1, 1, 1, 1.0, 0.0, 0.0)]
    assert (groups.vanished, groups.appeared, groups.moved, groups.moves) == ([], [], 0, [])
    assert (groups.ari, groups.nmi) == (1.0, 1.0)
    assert found.metrics == [Change("groups", "nmi", 0.5, 0.5, 0.0)]
    assert (found.shared, found.only_before, found.only_after) == (3, Ids(0, []), Ids(0, []))


def test_other_numbers_are_no_difference(past: Past) -> None:
    groups = compare(past("a", g={"x": 0, "y": 0, "z": 1}), past("b", g={"z": 0, "y": 5, "x": 5})).stages["g"]
    assert [(pair.before, pair.after) for pair in groups.pairs] == [(0, 5), (1, 0)]
    assert groups.moved == 0


def test_what_moved_what_left_and_what_came(past: Past) -> None:
    before = past("a", g={"p": 0, "q": 0, "r": 0, "s": 1, "t": 1, "u": -1})
    after = past("b", g={"p": 1, "q": 1, "r": 0, "s": 0, "t": 0, "u": 0})
    groups = compare(before, after).stages["g"]
    assert groups.pairs == [
        Pair(0, 1, shared=2, jaccard=2 / 3, left=pytest.approx(1 / 3), came=0.0),
        Pair(1, 0, shared=2, jaccard=2 / 4, left=0.0, came=0.5),
    ]
    assert groups.moves == [Move("r", 0, 0), Move("u", -1, 0)]
    assert groups.moved == 2


def test_a_split_and_a_merger_are_told_by_where_their_records_are(past: Past) -> None:
    one, two = {"p": 0, "q": 0, "r": 0}, {"p": 0, "q": 0, "r": 1}
    split = compare(past("a", g=one), past("b", g=two)).stages["g"]
    assert (split.vanished, split.appeared) == ([], [Single(1, records=1, nearest=0, shared=1)])
    merger = compare(past("c", g=two), past("d", g=one)).stages["g"]
    assert (merger.vanished, merger.appeared) == ([Single(1, records=1, nearest=0, shared=1)], [])


def test_only_records_in_both_runs_have_moved(past: Past) -> None:
    found = compare(past("a", g={"x": 0, "y": 0, "old": 7}), past("b", g={"x": 0, "new": 0, "y": 0, "newer": 2}))
    assert (found.shared, found.only_before, found.only_after) == (2, Ids(1, ["old"]), Ids(2, ["new", "newer"]))
    groups = found.stages["g"]
    assert groups.pairs == [Pair(0, 0, 2, 1.0, 0.0, 0.0)]
    assert groups.vanished == [Single(7, 1, None, 0)]
    assert groups.appeared == [Single(2, 1, None, 0)]
    assert groups.moved == 0


def test_every_metric_is_told_even_of_one_run(past: Past) -> None:
    groups = {"x": 0}
    found = compare(past("a", {"g": {"nmi": 0.5, "ari": 0.25}}, g=groups), past("b", {"g": {"nmi": 0.75}, "h": {"nmi": 1.0}}, g=groups))
    assert found.metrics == [
        Change("g", "nmi", 0.5, 0.75, 0.25),
        Change("g", "ari", 0.25, None, None),
        Change("h", "nmi", None, 1.0, None),
    ]


def test_ids_that_are_mere_positions_are_pointed_out(past: Past) -> None:
    counted = past("a", g={"0": 0, "1": 0})
    assert compare(counted, past("b", g={"0": 1})).by_position
    assert not compare(counted, past("c", g={"1": 0, "0": 0})).by_position


def test_positions_in_the_same_data_are_the_same_records(past: Past) -> None:
    for name in ("a", "b"):
        (past(name, g={"0": 0}) / "run.json").write_text(json.dumps({"format": 1, "state": "complete", "fingerprint": "f00d"}))
    assert not compare(Path("a"), Path("b")).by_position


def test_the_lists_are_short_and_their_numbers_full(past: Past) -> None:
    many = {f"r{row}": row % 2 for row in range(100)}
    mixed = {identity: (group + (row < 40)) % 2 for row, (identity, group) in enumerate(many.items())}
    groups = compare(past("a", g=many), past("b", g=mixed)).stages["g"]
    assert (groups.moved, len(groups.moves)) == (40, 10)


def test_agreement_is_that_of_scikit_learn_on_the_shared_records(past: Past) -> None:
    random = np.random.default_rng(0)
    first, second = random.integers(-1, 5, 200), random.integers(-1, 4, 200)
    before = past("a", g={f"r{row}": int(group) for row, group in enumerate(first[:150])})
    after = past("b", g={f"r{row}": int(second[row]) for row in range(199, 49, -1)})
    groups = compare(before, after).stages["g"]
    assert groups.ari == pytest.approx(adjusted_rand_score(first[50:150], second[50:150]))
    assert groups.nmi == pytest.approx(normalized_mutual_info_score(first[50:150], second[50:150]))


def test_runs_without_a_shared_record_are_refused(past: Past) -> None:
    with pytest.raises(DataError) as caught:
        compare(past("a", g={"x": 0}), past("b", g={"y": 0}))
    hint = "compare runs on the same data (asterism apply a ... gives one), or name ids (source.id)"
    assert str(caught.value) == f"a and b: the two runs share no record; {hint}"


def test_runs_without_a_stage_or_metric_in_common_are_refused(past: Past) -> None:
    with pytest.raises(DataError) as caught:
        compare(past("a", {"g": {"nmi": 1.0}}, g={"x": 0}, h={"x": 0}), past("b", {"other": {"nmi": 1.0}}, other={"x": 0}))
    told = "the two runs have no stage that gives groups or scores and no metric in common: a has g, h; b has other"
    assert str(caught.value) == f"{told}; give the stages that are to be compared one name, with `as`"


def test_a_metric_in_common_is_enough(past: Past) -> None:
    found = compare(past("a", {"g": {"nmi": 1.0}}, one={"x": 0}), past("b", {"g": {"nmi": 0.5}}, two={"x": 0}))
    assert (found.stages, found.metrics) == ({}, [Change("g", "nmi", 1.0, 0.5, -0.5)])
