"""One photograph and its edits among others, one of them corrupt: the ready spec finds the edits, no false pair, and what is broken."""

import json
import os
from pathlib import Path

import pytest

from asterism.registry import Registry
from asterism.registry.runs import run_plan

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]


def test_edits_of_a_photograph_are_found_and_no_false_pair(tmp_path):
    registry = Registry()
    source = Path(os.environ["ASTERISM_DATA"]) / "image" / "near_duplicates"
    plan = registry.plan("photos-near-duplicates", (f"source.path={source}", "cache=off"))
    run = run_plan(registry, plan, tmp_path / "run")
    groups = dict(zip(run.result.ids, run.result["copies"].tolist(), strict=True))
    edits = {name: label for name, label in groups.items() if "ukbench00120" in name}
    assert set(edits.values()) == {0}
    assert len(edits) == 5  # the photograph, a copy, resized, mirrored, turned
    assert groups["base_images/ukbench09268.jpg"] == groups["mixed_images/ukbench09268.jpg"] == 1
    assert sum(label < 0 for label in groups.values()) == 8
    assert len(json.loads((run.path / "groups.json").read_text())["copies"]["0"]["pairs"]) == 5
    left_out = [json.loads(line) for line in (run.path / "quarantine.jsonl").read_text().splitlines()]
    assert [record["id"] for record in left_out] == ["mixed_images/ukbench09268_corrupt.jpg"]
    assert "is no image that can be read" in left_out[0]["reason"]
