from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Le, Len, Lt

from asterism.framework import BrokenPlugin, Encoder
from asterism.registry.schema import adapter, dump_fields, field_names, json_schema, validate


class Plain(Encoder):
    """Every type that a field may have."""

    count: Annotated[int, Ge(1), Le(9)] = 1
    """A whole number."""
    share: Annotated[float, Gt(0), Lt(1)] = 0.5
    """A number."""
    name: str = "x"
    """Text."""
    flag: bool = False
    """True or false."""
    mode: Literal["a", "b"] = "a"
    """One of two."""
    maybe: int | None = None
    """A whole number or nothing."""
    either: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """A whole number or a word."""
    pair: tuple[int, int] = (1, 1)
    """Two whole numbers."""
    words: Annotated[tuple[str, ...], Len(1)] = ("x",)
    """Some words."""
    chosen: frozenset[str] = frozenset()
    """Different words."""

    def transform(self, records: Any) -> Any:
        return []


class Needy(Encoder):
    """A component that cannot do without a value."""

    wanted: int
    """It must be given."""

    def transform(self, records: Any) -> Any:
        return []


@dataclass(frozen=True)
class Point:
    x: int
    y: int


class Nested(Encoder):
    """A field with a shape of its own."""

    point: Point = Point(x=0, y=0)
    """Where."""

    def transform(self, records: Any) -> Any:
        return []


def test_good_values_make_an_instance() -> None:
    made, problems = validate(Plain, {"count": 3, "share": 0.25, "pair": [1, 2], "either": 4, "maybe": None, "chosen": ["u"]})
    assert problems == []
    assert (made.count, made.share, made.pair, made.either, made.chosen) == (3, 0.25, (1, 2), 4, frozenset({"u"}))


def test_a_whole_number_is_a_number() -> None:
    made, problems = validate(Nested, {"point": {"x": 1, "y": 2}})
    assert (problems, made.point.y) == ([], 2)


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"count": 0}, ("count",), "must be >= 1 (got 0)"),
        ({"count": 10}, ("count",), "must be <= 9 (got 10)"),
        ({"count": "3"}, ("count",), "must be a whole number (got '3')"),
        ({"count": 3.0}, ("count",), "must be a whole number (got 3.0)"),
        ({"count": True}, ("count",), "must be a whole number (got true)"),
        ({"share": 0}, ("share",), "must be > 0.0 (got 0)"),
        ({"share": 1.0}, ("share",), "must be < 1.0 (got 1.0)"),
        ({"share": "half"}, ("share",), "must be a number (got 'half')"),
        ({"name": 3}, ("name",), "must be text (got 3)"),
        ({"flag": "no"}, ("flag",), "must be true or false (got 'no')"),
        ({"mode": "c"}, ("mode",), "must be 'a' or 'b' (got 'c')"),
        ({"maybe": "x"}, ("maybe",), "must be a whole number (got 'x')"),
        ({"either": 0}, ("either",), "must be >= 1 (got 0)"),
        ({"either": "atuo"}, ("either",), "must be a whole number or 'auto' (got 'atuo')"),
        ({"pair": 3}, ("pair",), "must be a list (got 3)"),
        ({"pair": [1, "b"]}, ("pair", 1), "must be a whole number (got 'b')"),
        ({"pair": [1]}, ("pair", 1), "is missing"),
        ({"words": []}, ("words",), "must be at least 1 long (got [])"),
        ({"words": "x"}, ("words",), "must be a list (got 'x')"),
        ({"chosen": [1]}, ("chosen", 0), "must be text (got 1)"),
        ({"naem": 1}, ("naem",), "is unknown; did you mean 'name'?"),
        (
            {"zzz": 1},
            ("zzz",),
            "is unknown; there are chosen, count, either, flag, maybe, mode, name, pair, share, words",
        ),
        ({"name": ["long" * 40]}, ("name",), 'must be text (got ["' + "long" * 13 + "lon...)"),
    ],
)
def test_a_value_that_breaks_a_rule_is_told_with_the_rule(values: dict[str, Any], path: tuple[str | int, ...], message: str) -> None:
    assert validate(Plain, values) == (None, [(path, message)])


def test_every_field_is_checked_at_once() -> None:
    assert [path for path, _ in validate(Plain, {"count": 0, "name": 1, "pair": ["a", "b"]})[1]] == [
        ("count",),
        ("name",),
        ("pair", 0),
        ("pair", 1),
    ]


def test_what_must_be_given_is_missed() -> None:
    assert validate(Needy, {}) == (None, [(("wanted",), "is missing")])
    assert validate(Nested, {"point": {"x": 1}}) == (None, [(("point", "y"), "is missing")])
    assert validate(Nested, {"point": 3}) == (None, [(("point",), "must be a mapping (got 3)")])


def test_docstrings_are_descriptions() -> None:
    properties = json_schema(Plain)["properties"]
    assert properties["count"] == {
        "default": 1,
        "description": "A whole number.",
        "maximum": 9,
        "minimum": 1,
        "title": "Count",
        "type": "integer",
    }


def test_fields_are_written_as_a_spec_holds_them() -> None:
    written = dump_fields(Plain(pair=(2, 3), chosen=frozenset({"u"})), str)
    assert (written["pair"], written["chosen"], list(written)) == ([2, 3], ["u"], field_names(Plain))
    assert validate(Plain, written)[0].pair == (2, 3)


def test_a_class_is_looked_at_once() -> None:
    assert adapter(Plain) is adapter(Plain)


def test_a_field_of_a_type_that_is_not_to_be_found_is_broken() -> None:
    class Odd(Encoder):
        what: "NowhereToBeFound" = None  # type: ignore[name-defined]  # noqa: F821  # the mistake that is tested

        def transform(self, records: Any) -> Any:
            return []

    with pytest.raises(BrokenPlugin, match=r"^Odd has a field that no spec could hold: .*is not fully defined"):
        adapter(Odd)
