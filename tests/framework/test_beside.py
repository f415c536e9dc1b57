"""A component that needs other values beside what feeds it: how they are found, joined and kept in step."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from scipy.sparse import csr_matrix, vstack

from asterism.framework import (
    Clusterer,
    Component,
    DataError,
    Encoder,
    Entry,
    Joint,
    Labels,
    Matrix,
    Pipeline,
    Records,
    Settings,
    Stage,
    WiringError,
)
from asterism.framework.store import Store
from asterism.framework.values import with_empty_rows


class Letters(Encoder):
    """How often each text holds a and b; a text with a z cannot be encoded, where it is told so."""

    refuses: str = "z"

    def transform(self, records: Iterable[str]) -> Matrix:
        texts = list(records)
        if bad := [row for row, text in enumerate(texts) if self.refuses in text]:
            raise DataError("has a letter that is refused", rows=bad)
        return csr_matrix([[text.count("a"), text.count("b")] for text in texts], dtype=np.float32)

    def get_feature_names_out(self) -> list[str]:
        return ["a", "b"]


class Lengths(Encoder):
    """The length of each text; one with an x cannot be encoded."""

    def transform(self, records: Iterable[str]) -> Matrix:
        texts = list(records)
        if bad := [row for row, text in enumerate(texts) if "x" in text]:
            raise DataError("has an x", rows=bad)
        return np.array([[len(text)] for text in texts], np.float32)


class Long(Clusterer):
    """Group 1 is longer than two letters."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return (X[:, 0] > 2).astype(np.int64)


class Witness(Component):
    """Gives the labels back, and tells what it was given beside."""

    kind = "witness"
    takes = "labels"
    gives = "labels"
    beside: ClassVar = ("vectors", "terms", "term_matrix")

    seen: ClassVar[list[Joint]] = []

    def learn(self, data: Joint) -> Labels:
        self.terms_ = data["terms"]
        return self.apply(data)

    def apply(self, data: Joint) -> Labels:
        self.seen.append(data)
        return np.asarray(data.main) + 10


@pytest.fixture(autouse=True)
def seen() -> list[Joint]:
    Witness.seen.clear()
    return Witness.seen


def stages(letters_first: bool = True) -> list[Stage]:
    encoders = [Stage("letters", Letters(), "source"), Stage("lengths", Lengths(), "source")]
    return [*(encoders if letters_first else encoders[::-1]), Stage("groups", Long(), "lengths"), Stage("witness", Witness())]


def test_what_stands_beside_is_of_the_same_records(seen: list[Joint]) -> None:
    pipeline = Pipeline(stages())
    result = pipeline.fit(["aab", "b", "abba"])
    assert result["witness"].tolist() == [11, 10, 11]
    (joint,) = seen
    assert joint.main.tolist() == [1, 0, 1]
    assert joint["vectors"].tolist() == [[3], [1], [4]]
    assert joint["terms"] == ["a", "b"]
    assert joint["term_matrix"].toarray().tolist() == [[2, 1], [0, 1], [2, 2]]
    pipeline.apply(["b"])
    assert seen[1]["term_matrix"].toarray().tolist() == [[0, 1]]


@pytest.mark.parametrize("letters_first", [True, False])
def test_a_record_that_was_left_out_on_the_way_is_left_out_beside(seen: list[Joint], letters_first: bool) -> None:
    result = Pipeline(stages(letters_first)).fit(["aab", "xa", "abba", "bz", "b"], settings=Settings(max_bad=1.0))
    joint = seen[-1]
    assert list(result.ids) == ["0", "2", "4"]
    assert result["witness"].tolist() == [11, 11, 10]
    rows = [0, 1, 2] if letters_first else [0, 1, 3]  # what the later encoder refused is still in what the earlier one gave
    assert joint["vectors"][rows].tolist() == [[3], [4], [1]]
    assert joint["term_matrix"][rows].toarray().tolist() == [[2, 1], [2, 2], [0, 1]]
    if not letters_first:
        assert joint["term_matrix"][2].nnz == 0


def test_a_change_beside_is_not_answered_from_the_store(tmp_path: Path, seen: list[Joint]) -> None:
    def run(letters: Letters) -> dict[str, int]:
        made = [Stage("letters", letters, "source"), *stages()[1:]]
        return Pipeline(made).fit(["aab", "b"], settings=Settings(store=Store(tmp_path))).reused

    assert run(Letters()) == {"letters": 0, "lengths": 0, "groups": 0, "witness": 0}
    assert run(Letters()) == {"letters": 2, "lengths": 2, "groups": 2, "witness": 2}
    assert run(Letters(refuses="y")) == {"letters": 0, "lengths": 2, "groups": 2, "witness": 0}


def test_a_stage_that_misses_what_it_needs_is_refused() -> None:
    message = "needs the terms of the records; let an encoder of terms come before it, such as `- encoder: tfidf`, `from: source`"
    with pytest.raises(WiringError, match=message):
        Pipeline(stages()[1:])
    with pytest.raises(WiringError, match="witness/Witness needs the vectors that 'source' was made of, and there is none"):
        Pipeline([Stage("letters", Letters(), "source"), Stage("witness", Witness(), "source")])


def test_rows_of_a_joint_are_rows_of_all_that_is_in_it() -> None:
    joint = Joint(np.array([5, 6, 7]), {"vectors": np.eye(3), "terms": ["a"], "term_matrix": csr_matrix(np.eye(3))})
    some = joint[[2, 0]]
    assert joint.shape == (len(joint),) == (3,)
    assert (some.main.tolist(), some["terms"]) == ([7, 5], ["a"])
    assert some["vectors"].tolist() == some["term_matrix"].toarray().tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("make", [np.asarray, csr_matrix])
def test_a_row_that_is_not_there_is_empty(make: Any) -> None:
    found = with_empty_rows(make([[1, 0, 2], [0, 3, 0]]), [1, -1, 0, -1])
    expected = vstack([csr_matrix(row) for row in ([0, 3, 0], [0, 0, 0], [1, 0, 2], [0, 0, 0])]).toarray().tolist()
    assert (found.toarray() if hasattr(found, "toarray") else found).tolist() == expected


def test_what_is_known_of_every_record_is_told_by_name() -> None:
    both, one = {"time": "2024", "parent": "a"}, {"time": "2025"}
    records = Records([Entry("0", "x", None, both), Entry("1", "y", None, one)])
    assert records.about("time") == ["2024", "2025"]
    assert [records.about(name) for name in ("parent", "language")] == [None, None]
    assert Records.of(["x"]).about("time") is None
    result = Pipeline([Stage("lengths", Lengths(), "source")]).fit(
        Records([Entry("0", "u", None, both), Entry("1", "x", None, both), Entry("2", "v", None, one)]), settings=Settings(max_bad=1.0)
    )
    assert result.about == {"time": ["2024", "2025"]}
