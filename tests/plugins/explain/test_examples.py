import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import DataError, Result, Stage, Upstream
from asterism.plugins.explain.examples import Examples
from asterism.plugins.vectors.clusterers.kmeans import KMeans

ROWS = np.array([[0.0], [1.0], [2.0], [4.4], [10.0], [11.0], [12.0], [7.0], [5.4]], np.float32)
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1])
IDS = [f"at {row[0]:g}" for row in ROWS]


def upstream(rows=ROWS, labels=LABELS) -> Upstream:
    return Upstream(Result(rows, IDS, stages={"groups": Stage("groups", KMeans(), "source")}, values={"groups": labels}), "groups")


@pytest.mark.parametrize("make", [np.asarray, csr_matrix])
def test_a_group_is_shown_by_its_middle_its_edge_and_what_lies_outside(make) -> None:
    component = Examples(n_examples=1).fit(LABELS, upstream(make(ROWS)))
    found = component.explain_group(0)
    assert [(part.role, part.name) for part in found.parts] == [
        ("exemplar", "at 2"),  # the mean is 1.85
        ("borderline", "at 4.4"),
        ("counter-example", "at 5.4"),
    ]
    assert found.text == "group 0: typical: at 2; hardly in it: at 4.4; nearest outside: at 5.4"
    assert found.fidelity is None
    assert not found.low_fidelity


def test_weights_say_how_much_nearer_a_record_is() -> None:
    parts = {part.name: part.weight for part in Examples().fit(LABELS, upstream()).explain_group(0).parts}
    assert parts["at 2"] == pytest.approx((8 - 0.15) / (8 + 0.15), abs=1e-6)
    assert 0 < parts["at 4.4"] < 0.6
    assert parts["at 7"] < 0


def test_no_record_stands_twice() -> None:
    names = [part.name for part in Examples(n_examples=5).fit(LABELS, upstream()).explain_group(1).parts]
    assert len(names) == len(set(names)) == 9


def test_one_group_alone_has_no_borderline_cases() -> None:
    labels = np.zeros(9, np.int64)
    found = Examples(n_examples=2).fit(labels, upstream(labels=labels)).explain_group(0)
    assert {part.role for part in found.parts} == {"exemplar"}
    assert all(part.weight == 1 for part in found.parts)


def test_no_group_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="every record is of group -1"):
        Examples().fit(np.full(9, -1), upstream(labels=np.full(9, -1)))


def test_groups_that_are_named_are_explained_as_among_all() -> None:
    every, one = (Examples().fit(LABELS, upstream(), only) for only in (None, [1]))
    assert list(one.explained_) == [1]
    assert one.explain_group(1) == every.explain_group(1)


def test_distances_are_the_same_whatever_stands_in_memory_together(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Examples().fit(LABELS, upstream()).explained_
    monkeypatch.setattr("asterism.plugins.explain.examples.CELLS", 3)
    assert Examples().fit(LABELS, upstream()).explained_ == whole
