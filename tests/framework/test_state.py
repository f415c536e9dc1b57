"""What was learned becomes arrays and JSON and comes back the same, bit for bit."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from scipy import sparse

from asterism.framework import Component, ModelError, Ranking, dump_state, load_state
from asterism.framework.state import class_reference, dump_value, load_value
from asterism.framework.testing.comparing import same


class Learner(Component):
    """Keeps whatever a test gives it."""


class Part(Component):
    """A component that another one has learned."""

    size: int = 1
    shape: tuple[int, int] = (1, 2)


CLASSES = {class_reference(cls): cls for cls in (Learner, Part)}


def learner(value: Any) -> Any:
    made: Any = Learner()
    made.value_ = value
    return made


def there_and_back(value: Any) -> Any:
    arrays, tree = dump_state(learner(value))
    assert all(array.flags.c_contiguous for array in arrays.values())
    loaded: Any = Learner()
    load_state(loaded, arrays, json.loads(json.dumps(tree, allow_nan=False)), CLASSES.__getitem__)
    return loaded.value_


def memory_order(array: Any) -> tuple[bool, bool]:
    return array.flags.c_contiguous, array.flags.f_contiguous


NUMBERS = st.one_of(nps.boolean_dtypes(), nps.integer_dtypes(), nps.unsigned_integer_dtypes(), nps.floating_dtypes(sizes=(16, 32, 64)))
ARRAYS = nps.arrays(NUMBERS, nps.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))
SCALARS = st.one_of(
    st.integers(-128, 127).map(np.int8),
    st.floats().map(np.float64),
    st.floats(width=32).map(np.float32),
    st.booleans().map(np.bool_),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=3).map(np.str_),
)
KEYS = st.one_of(
    st.text(max_size=3), st.sampled_from(["$array", "$csr", "$", "a.b"]), st.integers(), st.tuples(st.integers(), st.text(max_size=2))
)
STATES = st.recursive(
    st.one_of(PLAIN, ARRAYS, SCALARS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(KEYS, inner, max_size=3), st.just(()), st.builds(dict)
    ),
    max_leaves=8,
)


@given(STATES)
def test_nested_values_come_back_the_same(value: Any) -> None:
    assert same(there_and_back(value), value)


@given(ARRAYS, st.sampled_from("CF"))
def test_arrays_keep_bits_dtype_shape_and_memory_order(array: Any, order: Any) -> None:
    array = np.asarray(array, order=order)
    back = there_and_back(array)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    assert memory_order(back) == memory_order(array)
    assert back.flags.writeable
    assert back.flags.aligned


@pytest.mark.parametrize(
    "array",
    [np.arange(24.0).reshape(2, 3, 4)[:, ::2], np.arange(6)[::-1], np.broadcast_to(np.float32(1), (2, 2)), np.arange(3, dtype=">i4")],
    ids=["strided", "reversed", "broadcast", "big-endian"],
)
def test_views_come_back_with_the_same_numbers(array: Any) -> None:
    back = there_and_back(array)
    assert back.tolist() == array.tolist()
    assert back.dtype == array.dtype


def test_changing_what_was_loaded_does_not_change_what_was_saved() -> None:
    arrays, tree = dump_state(learner(np.arange(3)))
    one: Any = Learner()
    load_state(one, arrays, tree, CLASSES.__getitem__)
    one.value_[0] = 9
    other: Any = Learner()
    load_state(other, arrays, tree, CLASSES.__getitem__)
    assert other.value_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "array", [np.array(["a", "ünï", ""]), np.array([["a", None], ["b", "c"]], dtype=object), np.array([], dtype="U5"), np.array("x")]
)
def test_arrays_of_strings_come_back(array: Any) -> None:
    back = there_and_back(array)
    assert back.dtype.kind == array.dtype.kind
    assert back.shape == array.shape
    assert back.tolist() == array.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_matrices_come_back_bit_for_bit(dtype: Any) -> None:
    matrix = sparse.random(5, 4, density=0.4, random_state=0, dtype=dtype, format="csr")
    back = there_and_back({"m": [matrix]})["m"][0]
    assert isinstance(back, sparse.csr_matrix)
    assert same(back, matrix)
    assert there_and_back(sparse.csr_matrix((0, 3), dtype=dtype)).shape == (0, 3)


def test_values_come_back_without_a_component_around_them() -> None:
    value = {"b": [Ranking(np.array([[1, -1]]), np.array([[0.5, 0]], np.float32), ["x", "y"])], "a": np.arange(2)}
    arrays, tree = dump_value(value)
    back = load_value(arrays, json.loads(json.dumps(tree, allow_nan=False)), CLASSES.__getitem__)
    assert isinstance(back["b"][0], Ranking)
    assert same(back["b"][0], value["b"][0])
    assert list(back) == ["b", "a"]


def test_component_inside_comes_back_with_fields_and_state() -> None:
    part: Any = Part(size=7, shape=(3, 4))
    part.weights_ = np.arange(3.0)
    back = there_and_back([part])[0]
    assert isinstance(back, Part)
    assert (back.size, back.shape) == (7, (3, 4))
    assert back.weights_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "value_ holds a object, which cannot be saved; keep arrays, CSR matrices, numbers, strings, lists and dicts"),
        ({"a": [1, {2}]}, "value_.a.1 holds a set, which cannot be saved; keep arrays, CSR matrices, numbers, strings, lists and dicts"),
        (b"x", "value_ holds a bytes, which cannot be saved; keep arrays, CSR matrices, numbers, strings, lists and dicts"),
        (sparse.csc_matrix((1, 2)), "value_ holds a sparse matrix in CSC form, which cannot be saved; keep CSR (.tocsr())"),
        (np.array([1j]), "value_ holds an array of complex128, which cannot be saved; keep numbers, booleans or strings"),
        (np.array(["2020"], "M8[Y]"), "value_ holds an array of datetime64[Y], which cannot be saved; keep numbers, booleans or strings"),
        (
            np.array([object()]),
            "value_.0 holds a object, which cannot be saved; keep arrays, CSR matrices, numbers, strings, lists and dicts",
        ),
    ],
    ids=["object", "set inside", "bytes", "CSC", "complex", "dates", "array of objects"],
)
def test_what_cannot_be_saved_is_refused_by_its_place(value: Any, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        dump_state(learner(value))
    assert str(raised.value) == message


def test_arrays_of_two_places_never_share_a_name() -> None:
    value = {"a": {"b": np.array([1])}, "a.b": np.array([2])}
    assert same(there_and_back(value), value)


def test_only_learned_attributes_are_saved() -> None:
    part: Any = Part(size=2)
    part._cache, part.value_ = 1, 2
    assert dump_state(part) == ({}, {"value_": 2})


@pytest.mark.parametrize("name", ["size", "_secret_", "fit"])
def test_other_attributes_are_not_loaded(name: str) -> None:
    with pytest.raises(ModelError) as raised:
        load_state(Part(), {}, {name: 1}, CLASSES.__getitem__)
    assert str(raised.value) == f"'{name}' is no learned attribute: such names end in one underscore"


def test_class_reference_is_written_as_entry_points_are() -> None:
    assert class_reference(Component) == "asterism.framework.component:Component"
