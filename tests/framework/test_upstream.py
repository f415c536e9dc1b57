"""What a value was made of: records and stages that can be asked again, in a run and when it is over."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import (
    Clusterer,
    Component,
    DataError,
    Encoder,
    Joint,
    Labels,
    Matrix,
    Pipeline,
    Records,
    Result,
    Settings,
    Stage,
    Upstream,
    WiringError,
    report_problem,
)
from asterism.framework.store import Store


class Letters(Encoder):
    """How often each text holds a and b; a text with a z cannot be encoded."""

    unit: float = 1.0

    def transform(self, records: Iterable[str]) -> Matrix:
        texts = list(records)
        if bad := [row for row, text in enumerate(texts) if "z" in text]:
            raise DataError("has a z", rows=bad)
        return csr_matrix([[self.unit * text.count("a"), text.count("b")] for text in texts], dtype=np.float32)

    def get_feature_names_out(self) -> list[str]:
        return ["a", "b"]


class Lengths(Encoder):
    """The length of each text; one with an x cannot be encoded."""

    def transform(self, records: Iterable[str]) -> Matrix:
        texts = list(records)
        if bad := [row for row, text in enumerate(texts) if "x" in text]:
            raise DataError("has an x", rows=bad)
        report_problem("texts were measured")
        return np.array([[len(text)] for text in texts], np.float32)


class Long(Clusterer):
    """Group 1 is longer than two letters."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        return (np.asarray(X)[:, 0] > 2).astype(np.int64)


class Sorted(Component):
    """Puts texts with more a than b into group 5."""

    kind = "sorter"
    takes = "labels"
    gives = "labels"
    beside: ClassVar = ("term_matrix",)

    def learn(self, data: Joint) -> Labels:
        self.learned_ = True
        return self.apply(data)

    def apply(self, data: Joint) -> Labels:
        counts = data["term_matrix"].toarray()
        return np.where(counts[:, 0] > counts[:, 1], 5, data.main).astype(np.int64)


class Witness(Component):
    """Gives a sentence about each record, and keeps what it was given."""

    kind = "witness"
    takes = "labels"
    gives = "explanations"
    beside: ClassVar = ("upstream",)

    seen: ClassVar[list[Joint]] = []

    def learn(self, data: Joint) -> Any:
        self.fitted_ = True
        return self.apply(data)

    def apply(self, data: Joint) -> Any:
        self.seen.append(data)
        texts = [None if text == "b" else f"{text} is in {group}" for text, group in zip(data["upstream"].records, data.main, strict=True)]
        return np.array(texts, object)


@pytest.fixture(autouse=True)
def seen() -> list[Joint]:
    Witness.seen.clear()
    return Witness.seen


def stages(letters: Letters | None = None) -> list[Stage]:
    encoders = [Stage("letters", letters or Letters(), "source"), Stage("lengths", Lengths(), "source")]
    return [*encoders, Stage("long", Long(), "lengths"), Stage("groups", Sorted()), Stage("said", Witness())]


def test_a_component_is_given_the_records_and_what_their_labels_were_made_of(seen: list[Joint]) -> None:
    result = Pipeline(stages()).fit(["aab", "b", "bbb"])
    upstream = seen[0]["upstream"]
    assert seen[0].main.tolist() == [5, 0, 1]
    assert (upstream.stage, upstream.matrix_stage, upstream.term_stage) == ("groups", "lengths", "letters")
    assert (len(upstream), upstream.shape, upstream.ids) == (3, (3,), ["0", "1", "2"])
    assert list(upstream.records) == ["aab", "b", "bbb"]
    assert upstream.matrix().tolist() == [[3], [1], [3]]
    assert upstream.terms() == ["a", "b"]
    assert upstream.term_matrix().toarray().tolist() == [[2, 1], [0, 1], [0, 3]]
    assert isinstance(upstream.component, Sorted)
    assert result["said"].tolist() == ["aab is in 5", None, "bbb is in 1"]


def test_the_stages_answer_for_other_items_through_what_stands_beside(seen: list[Joint]) -> None:
    pipeline = Pipeline(stages())
    pipeline.fit(["aab", "b", "bbb"])
    upstream = seen[0]["upstream"]
    others = ["aaaa", "bb", "babb"]
    assert upstream.matrix(others).tolist() == [[4], [2], [4]]
    assert upstream.give(others).tolist() == [5, 0, 1] == pipeline.apply(others)["groups"].tolist()
    with pytest.raises(DataError, match="has an x"):
        upstream.matrix(["x"])


def test_what_is_asked_for_other_items_reports_nothing_to_the_run(seen: list[Joint]) -> None:
    class Curious(Witness):
        def apply(self, data: Joint) -> Any:
            data["upstream"].give(["a", "b"])
            return super().apply(data)

    result = Pipeline([*stages()[:-1], Stage("said", Curious())]).fit(["aab", "b", "bbb"])
    assert [problem.stage for problem in result.problems] == ["lengths"]


def test_records_that_were_left_out_on_the_way_are_not_among_them(seen: list[Joint]) -> None:
    result = Pipeline(stages()).fit(["aab", "xa", "abba", "bz", "b"], settings=Settings(max_bad=1.0))
    upstream = seen[-1]["upstream"]
    assert list(result.ids) == upstream.ids == ["0", "2", "4"]
    assert list(upstream.records) == ["aab", "abba", "b"]
    assert upstream.matrix().tolist() == [[3], [4], [1]]
    assert upstream.term_matrix().toarray().tolist() == [[2, 1], [2, 2], [0, 1]]
    assert result["said"].tolist() == ["aab is in 5", "abba is in 1", None]


def test_what_is_left_out_after_the_explanations_is_left_out_of_them(seen: list[Joint]) -> None:
    late = [Stage("lengths", Lengths(), "source"), Stage("long", Long()), Stage("said", Witness()), Stage("letters", Letters(), "source")]
    result = Pipeline(late).fit(["aab", "zz", "b"], settings=Settings(max_bad=1.0))
    assert seen[0]["upstream"].ids == ["0", "1", "2"]
    assert result["said"].tolist() == ["aab is in 1", None]


def test_some_rows_are_rows_of_all_that_is_in_it(seen: list[Joint]) -> None:
    Pipeline(stages()).fit(["aab", "b", "bbb", "ab"])
    some = seen[0][[2, 0]]
    upstream = some["upstream"]
    assert some.main.tolist() == [1, 5]
    assert (upstream.ids, list(upstream.records)) == (["2", "0"], ["bbb", "aab"])
    assert upstream.matrix().tolist() == [[3], [3]]
    assert upstream.term_matrix().toarray().tolist() == [[0, 3], [2, 1]]
    again = upstream[np.array([1])]
    assert (again.ids, list(again.records), len(again)) == (["0"], ["aab"], 1)
    assert upstream.give(["aaaa"]).tolist() == [5]
    assert len(upstream[[]]) == 0


def test_it_is_made_of_a_run_that_is_over_just_so() -> None:
    result = Pipeline(stages()).fit(["aab", "b", "bbb"])
    upstream = Upstream(result, "groups")
    assert list(upstream.records) == ["aab", "b", "bbb"]
    assert upstream.give(["aaaa"]).tolist() == [5]
    assert Upstream(result, "long").give(["aaaa"]).tolist() == [1]
    result.data = None
    with pytest.raises(DataError, match="the records of the run are not at hand; read them first"):
        _ = upstream[[0]].records


def test_rows_of_numbers_are_their_own_matrix() -> None:
    result = Pipeline([Stage("long", Long(), "source")]).fit(np.array([[1.0], [4.0]], np.float32))
    upstream = Upstream(result, "long")
    assert (upstream.modality, upstream.matrix_stage, upstream.term_stage) == ("", "", "")
    assert upstream.matrix().tolist() == [[1], [4]]
    assert upstream[[1]].records.tolist() == [[4]]
    assert upstream.matrix([[7.0]]).tolist() == [[7]]
    assert upstream.give([[7.0], [0.0]]).tolist() == [1, 0]


def test_groups_are_shown_under_the_numbers_of_an_earlier_run() -> None:
    made = [Stage("lengths", Lengths(), "source"), Stage("long", Long(), renumber=((0, 7), (1, 3)))]
    result = Pipeline(made).fit(Records.of(["aab", "b"], modality="text"))
    assert Upstream(result, "long").give(["aaaa", "a"]).tolist() == [3, 7]


def test_a_change_upstream_is_not_answered_from_the_store(tmp_path: Path, seen: list[Joint]) -> None:
    def run(letters: Letters) -> Result:
        made = [*stages(letters)[:3], Stage("said", Witness(), "long")]  # it reads the letters, which are not in its chain
        return Pipeline(made).fit(["aab", "b"], settings=Settings(store=Store(tmp_path)))

    assert run(Letters()).reused["said"] == 0
    kept = run(Letters())
    assert (kept.reused["said"], kept["said"].tolist()) == (2, ["aab is in 1", None])
    assert run(Letters(unit=2.0)).reused == {"letters": 0, "lengths": 2, "long": 2, "said": 0}


def test_a_stage_whose_groups_were_made_of_no_matrix_is_refused() -> None:
    class Grouper(Component):
        kind = "grouper"
        takes = "records"
        gives = "labels"

    with pytest.raises(WiringError, match="witness/Witness needs the matrix that 'Grouper' was made of, and there is none"):
        Pipeline([Stage("Grouper", Grouper(), "source"), Stage("said", Witness())])
