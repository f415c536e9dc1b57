"""The kind `detector`, which a plugin brings: every verb treats it as it treats the kinds of the core."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from asterism.framework import kinds
from asterism.framework.testing import check_component
from asterism.plugins.vectors.detectors.detector import Detector
from asterism.plugins.vectors.detectors.ecod import ECOD
from asterism.registry import Registry

Command = Callable[..., Any]

SPEC = """\
asterism: 1
name: strange
source: {modality: text, path: table.csv, column: body, id: id, target: kind}
stages:
  - encoder: tfidf
  - reducer: svd
    n_components: 4
  - detector: mahalanobis
    as: odd
  - detector: isolation_forest
    from: svd
    n_estimators: 20
"""
THINGS = ("red apple", "green pear", "red cherry", "green leaf", "blue sea", "blue sky")
USUAL = [f"r{row},{THINGS[row % 6]} {THINGS[(row + row // 6) % 6]},usual" for row in range(30)]
ODD = ["odd1,whales sing under the ice,odd", "odd2,quarterly tax form,odd"]


@pytest.fixture
def strange(here: Path) -> Path:
    """A folder with a spec of thirty-two texts, two of which are like no other."""
    (here / "spec.yaml").write_text(SPEC)
    (here / "table.csv").write_text("\n".join(["id,body,kind", *USUAL, *ODD]) + "\n")
    return here


@pytest.fixture
def run(asterism: Command, strange: Path) -> Any:
    done = asterism("run", "spec.yaml", "--quiet", "--out", "fitted")
    assert (done.code, done.err) == (0, "")
    return done


def table(folder: str) -> dict[str, list[Any]]:
    return pq.read_table(Path(folder) / "records.parquet").to_pydict()


def test_the_core_and_the_registry_do_not_name_the_kind() -> None:
    root = Path(kinds.__file__).parents[3]
    assert not hasattr(kinds, "Detector")
    for path in [*(root / "framework").rglob("*.py"), *(root / "registry").rglob("*.py")]:
        constants = (node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant))
        assert "detector" not in set(constants), path


def test_the_kind_is_found_by_its_entry_point() -> None:
    registry = Registry(allow=["asterism"])
    assert "detector" in registry.kinds()
    assert issubclass(registry.find("detector", "isolation_forest"), Detector)


def test_a_spec_is_checked(asterism: Command, strange: Path) -> None:
    assert asterism("check", "spec.yaml") == (0, "spec.yaml: no problem found\n", "")


def test_faults_of_a_detector_are_told_with_their_place(asterism: Command, strange: Path) -> None:
    text = SPEC.replace("n_estimators: 20", "n_estimators: 0\n    contamination: 0.6\n  - clusterer: kmeans\n    from: odd")
    (strange / "spec.yaml").write_text(text.replace("detector: mahalanobis", "detector: mahalanobs"))
    done = asterism("check", "spec.yaml")
    assert done.code != 0
    told = done.out + done.err
    assert "no detector is called 'mahalanobs'; did you mean 'mahalanobis'?" in told
    assert "stages[3] (detector/isolation_forest): n_estimators: must be >= 1 (got 0)" in told
    assert "stages[3] (detector/isolation_forest): contamination: must be <= 0.5 (got 0.6)" in told


def test_scores_do_not_feed_what_takes_a_matrix(asterism: Command, strange: Path) -> None:
    (strange / "spec.yaml").write_text(SPEC + "  - clusterer: kmeans\n    from: odd\n")
    done = asterism("check", "spec.yaml")
    assert "stages[4]: 'odd' gives scores, clusterer/kmeans takes a matrix" in done.out + done.err


def test_the_summary_shows_the_highest_scores_and_how_the_threshold_lies(run: Any) -> None:
    assert "odd (detector/mahalanobis): from " in run.out
    assert "\n  highest: odd" in run.out
    assert " of 32 training records lie above the threshold " in run.out


def test_the_table_holds_scores_and_outliers(run: Any) -> None:
    found = table("fitted")
    scores, outliers = np.array(found["odd"]), np.array(found["odd_outlier"])
    assert (scores.dtype, outliers.dtype) == (np.float64, np.bool_)
    flagged = {identity for identity, outlier in zip(found["id"], outliers, strict=True) if outlier}
    assert {"odd1", "odd2"} <= flagged
    assert len(flagged) <= 4
    assert scores[outliers].min() > scores[~outliers].max()


def test_the_scores_are_measured_against_known_anomalies(run: Any) -> None:
    metrics = json.loads(Path("fitted/metrics.json").read_text())
    assert metrics["odd"]["roc_auc"] == 1.0


def test_a_saved_model_scores_new_records_by_the_threshold_that_it_learned(asterism: Command, run: Any) -> None:
    Path("new.csv").write_text("\n".join(["id,body,kind", USUAL[4], "new1,whales sing on the ice,odd"]) + "\n")
    assert asterism("apply", "fitted", "new.csv", "--quiet", "--out", "applied").code == 0
    found, before = table("applied"), table("fitted")
    assert found["id"] == ["r4", "new1"]
    assert found["odd"][0] == pytest.approx(before["odd"][4], rel=1e-9)
    assert found["isolation_forest"][0] == before["isolation_forest"][4]
    assert found["odd_outlier"] == [before["odd_outlier"][4], True]


def test_a_run_in_little_memory_fits_by_sums_and_scores_the_same(asterism: Command, run: Any) -> None:
    done = asterism("run", "spec.yaml", "--quiet", "--out", "small", "--memory", "100 bytes", "--cache", "off")
    assert (done.code, done.err) == (0, "")
    assert "\non disk, for want of memory: tfidf, svd, odd, isolation_forest\n" in done.out
    whole, by_sums = table("fitted"), table("small")
    np.testing.assert_allclose(by_sums["odd"], whole["odd"], rtol=1e-5)
    assert by_sums["odd_outlier"] == whole["odd_outlier"]


def test_two_runs_are_compared(asterism: Command, run: Any) -> None:
    assert asterism("run", "spec.yaml", "--quiet", "--out", "second", "--set", "stages.isolation_forest.n_estimators=30").code == 0
    done = asterism("diff", "fitted", "second")
    assert done.code == 0
    assert "odd: rank correlation 1.000\n" in done.out
    assert "isolation_forest: rank correlation " in done.out


def test_a_run_is_forecast(asterism: Command, strange: Path) -> None:
    stages = {stage["name"]: stage for stage in json.loads(asterism("plan", "spec.yaml", "--json").out)["stages"]}
    assert stages["odd"]["component"] == "detector/mahalanobis"
    assert (stages["odd"]["streams"], stages["isolation_forest"]["streams"]) == (True, False)
    assert stages["odd"]["columns"] is None


def test_a_spec_is_filled_in(asterism: Command, strange: Path) -> None:
    done = asterism("fill", "spec.yaml")
    assert done.code == 0
    assert "- detector: mahalanobis\n  as: odd\n  from: svd\n  contamination: 0.1\n" in done.out


def test_the_kind_is_listed_and_shown(asterism: Command) -> None:
    listed = asterism("list", "detector").out
    assert [line.split()[0] for line in listed.splitlines() if "isolation" in line] == ["detector/isolation_forest"]
    shown = asterism("show", "detector/isolation_forest").out
    assert "takes matrix, gives scores\n" in shown
    assert "Poor choice where " in shown
    assert "  contamination: float > 0 <= 0.5  (default 0.1)\n" in shown


def test_the_schema_for_editors_knows_the_kind(asterism: Command) -> None:
    schema = json.loads(asterism("schema").out)
    fields = schema["$defs"]["detector.asterism.isolation_forest"]
    assert fields["properties"]["detector"]["enum"] == ["isolation_forest", "asterism:isolation_forest"]
    assert fields["properties"]["contamination"]["maximum"] == 0.5
    assert {"$ref": "#/$defs/detector.asterism.isolation_forest"} in schema["properties"]["stages"]["items"]["oneOf"]


def test_the_contract_kit_chooses_the_laws_of_matrices_and_scores() -> None:
    report = check_component(ECOD(), cold=False)
    report.raise_for_failures()
    kept = {result.name for result in report.results}
    assert {"answer_has_the_promised_form", "learning_answers_as_applying", "wrong_width_is_refused"} <= kept
