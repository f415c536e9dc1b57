"""The values that flow between stages."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from scipy import sparse

from asterism.framework import CSR, DataError, Entry, Interactions, Ranking, Records
from asterism.framework.values import is_sparse, rows_not_finite, rows_with_negatives

# --- records


class Source:
    """Entries that are read anew at each iteration, as from a file; counts how often."""

    def __init__(self, count: int) -> None:
        self.count, self.readings, self.decoded = count, 0, 0

    def __iter__(self) -> Iterator[Entry]:
        self.readings += 1
        return (Entry(f"id {row}", row) for row in range(self.count))

    def decode(self, entry: Entry) -> int:
        self.decoded += 1
        return int(entry.content) * 10


def records(count: int = 7) -> tuple[Source, Records[int]]:
    source = Source(count)
    return source, Records(source, source.decode, modality="number")


def test_nothing_is_read_before_it_is_asked_for() -> None:
    source, _ = records()
    assert (source.readings, source.decoded) == (0, 0)


def test_ids_and_length_decode_nothing() -> None:
    source, read = records()
    assert len(read) == 7
    assert read.ids[:2] == ["id 0", "id 1"]
    assert read.targets is None
    assert (source.readings, source.decoded) == (1, 0)


def test_item_is_decoded_when_it_is_reached() -> None:
    source, read = records()
    items = iter(read)
    assert (next(items), next(items)) == (0, 10)
    assert source.decoded == 2


def test_records_can_be_iterated_again() -> None:
    _, read = records()
    assert list(read) == list(read) == [0, 10, 20, 30, 40, 50, 60]


@given(st.integers(0, 6), st.integers(-8, 8), st.integers(-8, 8), st.sampled_from([-3, -1, 1, 2]))
def test_indices_and_slices_are_those_of_a_list(count: int, start: int, stop: int, step: int) -> None:
    _, read = records(count)
    items = list(read)
    assert list(read[start:stop:step]) == items[start:stop:step]
    assert read[start:stop:step].ids == [f"id {item // 10}" for item in items[start:stop:step]]
    for row in range(-count, count):
        assert read[row] == items[row]


@pytest.mark.parametrize("row", [7, -8, 100])
def test_row_beyond_the_end_is_an_index_error(row: int) -> None:
    _, read = records()
    with pytest.raises(IndexError):
        read[row]


def test_one_item_decodes_one() -> None:
    source, read = records()
    assert read[3] == 30
    assert source.decoded == 1


@pytest.mark.parametrize("listed", [True, False], ids=["list", "file"])
def test_taken_records_stand_in_the_given_order(listed: bool) -> None:
    source, read = records()
    if listed:
        read = Records(list(source), source.decode, modality="number")
    taken = read.take([5, 0, 3])
    assert source.decoded == 0
    assert list(taken) == [50, 0, 30]
    assert taken.modality == "number"
    assert list(read.take([])) == []


def test_taken_record_keeps_its_target() -> None:
    read = Records.of("abc", targets=["x", "y", "z"])
    assert read.take([2, 0]).targets == ["z", "x"]


def test_batches_are_lists_of_one_size_and_a_rest() -> None:
    _, read = records()
    assert list(read.batches(3)) == [[0, 10, 20], [30, 40, 50], [60]]
    assert list(Records.of([]).batches(3)) == []


@pytest.mark.parametrize(("every", "told"), [(3, [3, 6, 7]), (7, [7]), (1, [1, 2, 3, 4, 5, 6, 7]), (64, [7])])
def test_watched_records_tell_how_far_they_are(every: int, told: list[int]) -> None:
    _, read = records()
    seen: list[int] = []
    watched = read.watched(seen.append, every)
    assert list(watched) == list(read)
    assert seen == told
    assert watched.ids == read.ids
    list(watched)
    assert seen == told * 2


def test_watching_knows_ids_without_reading_again() -> None:
    source, read = records()
    assert read.ids
    assert read.watched(lambda done: None).ids == read.ids
    assert source.readings == 1


def test_host_items_get_numbers_for_ids() -> None:
    read = Records.of(["x", "y"], modality="text")
    assert (list(read), read.ids, read.targets, read.modality) == (["x", "y"], ["0", "1"], None, "text")
    assert Records.of(["x"], ids=[5], targets=[1]).ids == ["5"]  # type: ignore[list-item]  # hosts have numbers, too


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(DataError, match=r"^items, ids and targets must have one length \(got 2, 1, 2\)$"):
        Records.of(["x", "y"], ids=["a"])


def test_targets_are_all_or_none() -> None:
    assert Records([Entry("a", 1, "x"), Entry("b", 2)]).targets is None
    assert Records([Entry("a", 1, "x"), Entry("b", 2, "y")]).targets == ["x", "y"]


def test_id_that_stands_twice_is_refused() -> None:
    read = Records.of("abcd", ids=["x", "y", "x", "y"])
    with pytest.raises(DataError) as raised:
        read.ids  # noqa: B018  # reading the property is the test
    message = "ids must be unique; these stand more than once: 'x', 'y'; name another id column, or leave it out"
    assert str(raised.value) == message


def test_error_of_a_decoder_names_the_record() -> None:
    def decode(entry: Entry) -> Any:
        raise DataError("it is cut off", place=entry.content)

    with pytest.raises(DataError) as raised:
        list(Records([Entry("a", "a.png")], decode))
    assert str(raised.value) == "a.png: it is cut off (records 'a')"


# --- interactions


def test_events_become_histories_in_the_given_order() -> None:
    read = Interactions.from_events(["u", "v", "u", "u"], ["b", "a", "c", "b"])
    assert (read.users, read.items) == (["u", "v"], ["b", "a", "c"])
    assert [read[0], read[1]] == [["b", "c", "b"], ["a"]]
    assert read.weights.tolist() == [1, 1, 1, 1]
    assert read.times is None
    assert (read.indptr.dtype, read.indices.dtype, read.weights.dtype) == (np.int64, np.int64, np.float32)
    assert (read.ids, read.targets, read.modality, len(read)) == (["u", "v"], None, "interactions", 2)


def test_events_with_times_are_put_in_the_order_of_time() -> None:
    read = Interactions.from_events(["u", "v", "u", "u"], ["b", "a", "c", "d"], weights=[1, 2, 3, 4], times=[9, 5, 1, 9])
    assert read[0] == ["c", "b", "d"]  # of two events at one time, the first given comes first
    assert read.weights.tolist() == [3, 1, 4, 2]
    assert read.times is not None
    assert read.times.tolist() == [1, 9, 9, 5]


def test_histories_keep_users_without_events() -> None:
    read = Interactions.from_histories({"u": ["a", "b"], "new": [], "v": ["b"]})
    assert read.users == ["u", "new", "v"]
    assert [read[row] for row in range(3)] == [["a", "b"], [], ["b"]]


def test_histories_may_be_iterators() -> None:
    read = Interactions.from_histories({"u": iter(["a", "b"]), "v": iter([])})
    assert [read[0], read[1]] == [["a", "b"], []]


def test_users_are_looked_up_in_the_given_order_and_unknown_ones_are_empty() -> None:
    read = Interactions.from_events(["u", "v", "u"], ["a", "b", "c"], weights=[1, 2, 3], times=[3, 2, 1])
    some = read.for_users(["v", "nobody", "u"])
    assert some.users == ["v", "nobody", "u"]
    assert [some[row] for row in range(3)] == [["b"], [], ["c", "a"]]
    assert some.weights.tolist() == [2, 3, 1]
    assert some.times is not None
    assert some.times.tolist() == [2, 1, 3]
    assert some.items == read.items
    assert len(read.for_users([])) == 0


def test_no_event_makes_no_user() -> None:
    read = Interactions.from_events([], [])
    assert len(read) == 0
    assert read.indptr.tolist() == [0]


@given(st.dictionaries(st.text(max_size=3), st.lists(st.sampled_from("abcd"), max_size=5), max_size=6))
def test_histories_come_back_as_they_were_given(histories: dict[str, list[str]]) -> None:
    read = Interactions.from_histories(histories)
    assert dict(zip(read.users, [read[row] for row in range(len(read))], strict=True)) == histories
    assert read.users == list(histories)
    counts = sparse.csr_matrix((read.weights, read.indices, read.indptr), shape=(len(read.users), len(read.items)))
    assert counts.sum() == sum(map(len, histories.values()))


# --- rankings and matrices


def test_ranking_gives_item_ids_without_the_filling() -> None:
    ranking = Ranking(np.array([[2, 0], [1, -1]]), np.array([[0.9, 0.5], [0.1, 0]], np.float32), ["a", "b", "c"])
    assert len(ranking) == 2
    assert [ranking[0], ranking[1]] == [["c", "a"], ["b"]]


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csr_array])
def test_both_sparse_types_of_scipy_are_csr(make: Any) -> None:
    assert isinstance(make(np.eye(2)), CSR)
    assert is_sparse(make(np.eye(2)))
    assert not is_sparse(np.eye(2))


@given(
    nps.arrays(
        st.sampled_from([np.float32, np.float64]),
        nps.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=5),
        elements=st.sampled_from([0.0, 1.0, -3.5, 1e30, -1e30, np.nan, np.inf, -np.inf]),
    )
)
def test_rows_that_are_not_finite_are_found_dense_and_sparse(matrix: Any) -> None:
    expected = [row for row in range(len(matrix)) if not np.isfinite(matrix[row]).all()]
    assert rows_not_finite(matrix) == expected
    assert rows_not_finite(sparse.csr_matrix(matrix)) == expected


def test_sum_that_overflows_is_still_finite() -> None:
    assert rows_not_finite(np.full((3, 2), np.finfo(np.float64).max)) == []


def test_whole_numbers_and_scores_are_looked_through_too() -> None:
    assert rows_not_finite(np.array([1, 2, 3])) == []
    assert rows_not_finite(np.array([1.0, np.nan, np.inf])) == [1, 2]
    assert rows_not_finite(np.zeros((0, 3))) == []


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_rows_with_negative_values_are_found_dense_and_sparse(make: Any) -> None:
    assert rows_with_negatives(make([[0.0, 1.0], [-1.0, 2.0], [0.0, 0.0], [-3.0, -4.0]])) == [1, 3]
    assert rows_with_negatives(make(np.zeros((2, 3)))) == rows_with_negatives(make(np.zeros((0, 3)))) == []
