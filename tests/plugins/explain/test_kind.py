"""The kind `explainer`, in specs and by the contract kit."""

import json
from pathlib import Path
from typing import Any, Self

import pytest

from asterism.framework import Labels, SpecError, Upstream
from asterism.framework.testing import check_component
from asterism.plugins.explain.explanation import Explanation
from asterism.plugins.explain.kind import Explainer, check_to_fit
from asterism.registry import Registry

SOURCE = {"modality": "text", "path": "words.txt"}


class Sizes(Explainer):
    """Says how large the group of a record is: an explainer as a third party writes one."""

    explains = "group"

    def fit(self, labels: Labels, upstream: Upstream) -> Self:
        self.sizes_ = {group: int((labels == group).sum()) for group in check_to_fit(labels, upstream).tolist()}
        return self

    def explain(self, labels: Labels, upstream: Upstream) -> list[Explanation | None]:
        known = {group: Explanation("", group, (), None, f"one of {size}") for group, size in self.sizes_.items()}
        return [known.get(group) for group in labels.tolist()]


def test_an_explainer_of_a_third_party_keeps_the_laws() -> None:
    report = check_component(Sizes(), cold=False)
    report.raise_for_failures()


def spec(*stages: dict[str, Any]) -> list[str]:
    Path("words.txt").write_text("red sun\nblue sea\n")
    Path("spec.json").write_text(json.dumps({"asterism": 1, "name": "s", "source": SOURCE, "stages": list(stages)}))
    return [str(problem) for problem in Registry().check(Path("spec.json"))]


@pytest.mark.parametrize("name", ["lime", "shap", "examples", "decision_tree"])
def test_a_spec_may_end_with_an_explainer(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert spec({"encoder": "tfidf"}, {"clusterer": "kmeans"}, {"explainer": name}) == []


def test_an_explainer_without_groups_is_refused_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (problem,) = spec({"encoder": "tfidf"}, {"explainer": "lime", "from": "tfidf"})
    assert problem.endswith("stages[1]: 'tfidf' gives a matrix, explainer/lime takes labels")
    with pytest.raises(SpecError, match="must be >= 10"):
        Registry().plan(
            {
                "asterism": 1,
                "name": "s",
                "source": SOURCE,
                "stages": [{"encoder": "tfidf"}, {"clusterer": "kmeans"}, {"explainer": "lime", "n_samples": 1}],
            }
        )
