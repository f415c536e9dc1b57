from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.framework import Interactions, Pipeline, Result, Stage
from asterism.framework.problems import Problem
from asterism.registry import Registry
from asterism.registry.summary import summarize


@pytest.fixture
def result(registry: Registry) -> Result:
    stages: list[dict[str, Any]] = [
        {"encoder": "lengths"},
        {"clusterer": "halves", "as": "groups"},
        {"generator": "parrot", "n_samples": 2},
    ]
    pipeline = registry.build({"asterism": 1, "name": "x", "source": {"modality": "lines"}, "stages": stages})
    result = pipeline.fit(["a", "bb", "ccc", "a  long\nline", "eeeee"])
    result.seconds = dict.fromkeys(result.seconds, 0.25)
    return result


def test_a_person_reads_groups_with_size_and_words_samples_figures_and_problems(result: Result) -> None:
    result.problems.append(Problem("was cut", stage="lengths", ids=("1", "2")))
    text = summarize(
        "try",
        result,
        {"groups": {"nmi": 0.51234, "other": 2.0}},
        {"groups": {"keywords": {0: ["short", "tiny"], 1: ["long"]}, "exemplars": {0: ["0"], 1: ["3"]}}},
        {"nmi": "0 none to 1 full", "other": ""},
        details=["exemplars"],
    )
    assert (
        text
        == """\
try: 5 text records

groups (clusterer/halves): 2 groups
   group    size  keywords
       0       3  short, tiny
       1       2  long
  nmi 0.512  (0 none to 1 full)
  other 2.000

parrot (generator/parrot): 2 generated
  1. a
  2. bb

Worth knowing
  - stage 'lengths': was cut (records '1', '2')

0.75 s in stages: lengths 0.25, groups 0.25, parrot 0.25
"""
    )


def test_without_keywords_exemplars_tell_what_a_group_is(result: Result) -> None:
    text = summarize("try", result, {}, {"groups": {"exemplars": {0: ["0", "1"]}}}, details=["exemplars"])
    assert "   group    size  exemplars\n       0       3  0, 1\n       1       2\n" in text


def test_records_of_no_group_are_told_as_such(result: Result) -> None:
    result.values["groups"] = np.array([-1, -1, 0, -1, 0])
    text = summarize("try", result, {}, {})
    assert "groups (clusterer/halves): 1 group\n   group    size\n    none       3\n       0       2\n" in text


def test_only_the_largest_groups_are_shown(result: Result) -> None:
    result.values["groups"] = np.arange(35)
    text = summarize("try", result, {}, {})
    assert "\n      29       1\n  ... and 5 smaller groups\n" in text
    assert "\n      30 " not in text


def test_a_long_text_is_one_short_line(result: Result) -> None:
    result.values["parrot"] = ["word \n" * 100]
    (line,) = [line for line in summarize("try", result, {}, {}).splitlines() if line.startswith("  1. ")]
    assert line.endswith("word wo...")
    assert len(line) == len("  1. ") + 120


def test_scores_show_the_highest(result: Result) -> None:
    result.values["groups"] = np.array([0.5, 4.0, 1.25, 3.0, 2.0])
    result.stages["groups"] = Stage("odd", type("Odd", (), {"gives": "scores", "kind": "detector"})())
    text = summarize("try", result, {}, {})
    assert "groups (detector/Odd): from 0.5 to 4\n  highest: 1 (4), 3 (3), 4 (2), 2 (1.25), 0 (0.5)\n" in text


def test_a_ranking_shows_the_longest_histories(registry: Registry) -> None:
    pipeline: Pipeline = registry.build(
        {"asterism": 1, "name": "x", "source": {"modality": "baskets"}, "stages": [{"recommender": "bestsellers"}]}
    )
    histories = Interactions.from_histories({"ann": ["p"], "bob": ["p", "q"], "cy": ["p", "q", "r", "s", "t"]})
    lines = summarize("shop", pipeline.fit(histories), {}, {}).splitlines()
    assert lines[:6] == [
        "shop: 3 histories over 5 items",
        "",
        "bestsellers (recommender/bestsellers): 3 of 5 items for each of 3 histories",
        "  cy (touched p, q, r, s, ...): ",
        "  bob (touched p, q): r, s, t",
        "  ann (touched p): q, r, s",
    ]


def test_a_summary_is_plain_text_of_bounded_width(result: Result, tmp_path: Path) -> None:
    assert all(len(line) <= 140 for line in summarize("try", result, {}, {}).splitlines())


def test_records_that_were_left_out_are_counted_with_the_most_frequent_reasons(result: Result) -> None:
    reasons = ["cannot be decoded", "took longer than 30 s", "cannot be decoded", "is empty", "is torn"]
    result.quarantine = [Problem(reason, ids=(str(place),), quarantined=True) for place, reason in enumerate(reasons)]
    assert summarize("try", result, {}, {}).splitlines()[:3] == [
        "try: 5 text records",
        "5 of 10 records could not be used (quarantine.jsonl): cannot be decoded (2), took longer than 30 s (1), is empty (1) "
        "and 1 other reasons",
        "",
    ]


def test_what_was_reused_and_what_is_on_disk_is_told(result: Result) -> None:
    result.reused, result.mapped = {"lengths": 3, "groups": 5, "parrot": 0}, ["lengths"]
    lines = summarize("try", result, {}, {}, cache=Path("runs/.cache")).splitlines()
    assert lines[-3:-1] == ["reused from runs/.cache: lengths (3 of 5 rows), groups", "on disk, for want of memory: lengths"]


def test_notes_stand_under_their_stage_and_before_its_metrics(result: Result) -> None:
    result.stages["groups"].component.notes_ = ["tried 2 to 9 groups", "12 records lie far away"]  # type: ignore[attr-defined]  # learned
    text = summarize("try", result, {"groups": {"nmi": 0.5}}, {})
    assert "       1       2\n  tried 2 to 9 groups\n  12 records lie far away\n  nmi 0.500\n\n" in text


def test_a_matrix_shows_its_size_above_its_notes_and_metrics(result: Result) -> None:
    result.stages["lengths"].component.notes_ = ["3 columns", "of the length"]  # type: ignore[attr-defined]  # learned
    assert "lengths (encoder/lengths): 5 x 3\n  3 columns\n  of the length\n\ngroups " in summarize("try", result, {}, {})
    del result.stages["lengths"].component.notes_  # type: ignore[attr-defined]  # learned
    text = summarize("try", result, {"lengths": {"kept": 0.25, "lost": 0.75}}, {}, {"kept": "1 is all"})
    assert "lengths (encoder/lengths): 5 x 3\n  kept 0.250  (1 is all)\n  lost 0.750\n\ngroups " in text


def test_groups_that_another_stage_makes_groups_of_are_shown_once(result: Result) -> None:
    result.stages["topics"] = replace(result.stages["groups"], name="topics", fed_by="groups")
    result.values["topics"] = result.values["groups"]
    text = summarize("try", result, {"groups": {"nmi": 0.5}}, {})
    assert "groups (clusterer/halves): 2 groups\n  nmi 0.500\n\n" in text
    assert "topics (clusterer/halves): 2 groups\n   group    size\n" in text
