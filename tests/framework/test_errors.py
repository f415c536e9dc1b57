"""The error tree: who derives from whom, and what messages say."""

import re

import pytest

from asterism.framework import errors
from asterism.framework.errors import AsterismError, DataError, NotFittedError, SpecError, shorten


def drawn_tree() -> dict[str, str]:
    """Read the tree in the module's docstring as {class: base}."""
    parents: dict[str, str] = {}
    path = ["AsterismError"]
    for bar, name in re.findall(r"^    ([│├└─ ]*)(\w+) ", (errors.__doc__ or "") + " ", re.MULTILINE):
        depth = len(bar) // 4
        if depth:
            path[depth:] = [name]
            parents[name] = path[depth - 1]
    return parents


def test_tree_is_as_it_is_drawn() -> None:
    real = {
        name: cls.__bases__[0].__name__
        for name, cls in vars(errors).items()
        if isinstance(cls, type) and issubclass(cls, AsterismError) and cls is not AsterismError
    }
    assert drawn_tree() == real


def test_errors_are_those_that_python_code_expects() -> None:
    assert issubclass(DataError, ValueError)
    assert issubclass(NotFittedError, ValueError)
    assert issubclass(NotFittedError, AttributeError)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DataError("it is empty"), "it is empty"),
        (DataError("it is empty", place="a.csv:3", hint="fill it"), "a.csv:3: it is empty; fill it"),
        (DataError("NaN", rows=[4, 7]), "NaN (rows 4, 7)"),
        (DataError("NaN", rows=[4], ids=["x"], stage="svd", hint="drop it"), "stage 'svd': NaN (records 'x'); drop it"),
        (DataError("NaN", rows=range(8)), "NaN (rows 0, 1, 2, 3, 4 and 3 more)"),
    ],
    ids=["reason", "place and hint", "rows", "ids instead of rows", "many"],
)
def test_data_error_names_place_rule_records_and_way_out(error: DataError, message: str) -> None:
    assert str(error) == message


def test_data_error_carries_its_parts() -> None:
    error = DataError("it is empty", place="a.csv", hint="fill it", rows=[1], ids=["x"], stage="svd")
    parts = (error.reason, error.place, error.hint, error.rows, error.ids, error.stage)
    assert parts == ("it is empty", "a.csv", "fill it", (1,), ("x",), "svd")


def test_spec_error_lists_every_problem() -> None:
    error = SpecError(["a.yaml:1:1: one", "a.yaml:2:1: two"])
    assert str(error) == "a.yaml:1:1: one\na.yaml:2:1: two"
    assert error.problems == ("a.yaml:1:1: one", "a.yaml:2:1: two")


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (1, "'0'"), (5, "'0', '1', '2', '3', '4'"), (6, "'0', '1', '2', '3', '4' and 1 more")]
)
def test_long_lists_are_shortened(count: int, text: str) -> None:
    assert shorten([str(number) for number in range(count)]) == text
