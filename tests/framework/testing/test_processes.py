"""The checks that start a fresh process, on components in modules that such a process can import."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from asterism.framework import Component, Encoder, Interactions, Ranking, Records
from asterism.framework.testing import NotChecked, check_component, checks_for
from asterism.framework.testing.carrying import receive, send
from asterism.framework.testing.comparing import same

HEADER = """
import numpy as np
from asterism.framework import Encoder

class Words(Encoder):
    '''Counts of words.'''
    reads = frozenset({"text"})
"""
LEARNS = """
    def fit(self, records, y=None):
        words = {word for text in records for word in text.split()}
        if not words:
            raise ValueError("there is no word")
        self.words_ = list(words)
        return self
"""
COUNTS = """
    def transform(self, records):
        return np.array([[text.split().count(word) for word in self.words_] for text in records], np.float32)
"""


def load(source: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> type[Component]:
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    loaded: type[Component] = importlib.import_module(name).Words
    return loaded


def failures(component: type[Component], **options: Any) -> dict[str, str]:
    return {result.name: result.message for result in check_component(component, **options).failures}


def test_component_in_a_module_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = load(HEADER + LEARNS.replace("list(", "sorted(") + COUNTS, "acme_sorted", tmp_path, monkeypatch)
    report = check_component(cls)
    assert report.ok, str(report)
    assert not any(result.skipped for result in report.results)


def test_order_of_a_set_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "random")
    cls = load(HEADER + LEARNS + COUNTS, "acme_unsorted", tmp_path, monkeypatch)
    found = set(failures(cls))
    assert "fresh_process_learns_the_same" in found
    assert found <= {
        "fresh_process_learns_the_same",
        "order_of_learning_does_not_matter",
    }  # a set's order may hang on that of insertion too


def test_knowledge_in_a_global_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = HEADER + LEARNS.replace("self.words_ = list(words)", "KNOWN[:] = self.words_ = sorted(words)") + COUNTS
    source = source.replace("self.words_]", "KNOWN]").replace("        return np.array", "        self.words_\n        return np.array")
    source = source.replace("class Words", "KNOWN = []\n\nclass Words")
    found = failures(load(source, "acme_global", tmp_path, monkeypatch))
    assert list(found) == ["fresh_process_applies_the_same"]
    assert found["fresh_process_applies_the_same"] == "Words answers otherwise in a fresh process: they are of different forms"


def test_heavy_import_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "import sklearn\n" + HEADER + LEARNS.replace("list(", "sorted(") + COUNTS
    found = failures(load(source, "acme_heavy", tmp_path, monkeypatch))
    assert found == {"import_is_light": "importing acme_heavy loads sklearn; import it in the method that needs it"}


def test_class_inside_a_function_is_not_checked_and_told_so() -> None:
    class Hidden(Encoder):
        """Stands in a function."""

        def transform(self, records: Any) -> Any:
            return np.zeros((len(list(records)), 1), np.float32)

    report = check_component(Hidden)
    skipped = {result.skipped for result in report.results if result.skipped}
    name = "test_class_inside_a_function_is_not_checked_and_told_so.<locals>.Hidden"
    assert skipped == {f"a fresh process cannot import {name}; let its class stand in a module of its own"}


def test_module_that_has_no_name_to_import_is_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = load(HEADER + LEARNS + COUNTS, "acme_lost", tmp_path, monkeypatch)
    (tmp_path / "acme_lost.py").unlink()
    check = next(check for check in checks_for(cls()) if check.name == "import_is_light")
    with pytest.raises(NotChecked, match="a fresh process cannot import acme_lost: ModuleNotFoundError: No module named 'acme_lost'"):
        check(cls())


def test_module_that_checks_itself_does_not_start_processes_without_end(tmp_path: Path) -> None:
    source = HEADER + LEARNS.replace("list(", "sorted(") + COUNTS
    source += "\nfrom asterism.framework.testing import check_component\ncheck_component(Words).raise_for_failures()\n"
    (tmp_path / "acme_self.py").write_text(source, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", "import acme_self"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


VALUES = {
    "matrix": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "sparse": sparse.csr_matrix(np.eye(3, dtype=np.float32)),
    "interactions": Interactions.from_events(["u", "v", "u"], ["a", "b", "b"], weights=[1, 2, 3], times=[3, 2, 1]),
    "ranking": Ranking(np.array([[1, -1]]), np.array([[0.5, 0]], np.float32), ["a", "b"]),
    "items": ["one", (1, 2.5), np.arange(3), None],
}


@pytest.mark.parametrize("name", VALUES)
def test_value_travels_unchanged(name: str, tmp_path: Path) -> None:
    send({"value": VALUES[name]}, tmp_path, "parcel")
    back = receive(tmp_path, "parcel", resolve=lambda reference: pytest.fail(f"no component was sent, {reference}"))["value"]
    assert type(back) is type(VALUES[name])
    assert same(back, VALUES[name])


def test_records_travel_with_ids_targets_and_modality(tmp_path: Path) -> None:
    records = Records.of(["x", "y"], ids=["a", "b"], targets=["1", "2"], modality="text")
    send({"value": records}, tmp_path, "parcel")
    back = receive(tmp_path, "parcel", resolve=lambda reference: pytest.fail(reference))["value"]
    assert (list(back), back.ids, back.targets, back.modality) == (["x", "y"], ["a", "b"], ["1", "2"], "text")
