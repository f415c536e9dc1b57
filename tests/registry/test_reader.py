import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asterism.registry.reader import MAX_BYTES, parse, read_spec, scalar
from asterism.registry.writer import write_yaml


def messages(text: str) -> list[str]:
    return [str(problem) for problem in parse(text, "s.yaml").problems]


def test_every_key_and_value_keeps_its_line_and_column() -> None:
    document = parse("name: try\nstages:\n  - encoder: tfidf\n    span: [1,  20]\n")
    assert document.data == {"name": "try", "stages": [{"encoder": "tfidf", "span": [1, 20]}]}
    assert document.keys == {
        ("name",): (1, 1),
        ("stages",): (2, 1),
        ("stages", 0, "encoder"): (3, 5),
        ("stages", 0, "span"): (4, 5),
    }
    assert document.values[("name",)] == (1, 7)
    assert document.values[("stages", 0)] == (3, 5)
    assert document.values[("stages", 0, "span", 1)] == (4, 16)


def test_a_problem_points_at_the_nearest_thing_around_it() -> None:
    document = parse("stages:\n  - encoder: tfidf\n", "s.yaml")
    document.report("is wrong", ("stages", 0, "encoder"))
    document.report("is wrong", ("stages", 0, "encoder"), at_value=True)
    document.report("is missing", ("stages", 0, "width"), place="stages[0]")
    document.report("is missing", ("name",))
    assert [str(problem) for problem in document.problems] == [
        "s.yaml:2:5: is wrong",
        "s.yaml:2:14: is wrong",
        "s.yaml:2:5: stages[0]: is missing",
        "s.yaml:1:1: is missing",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        ("0b1", "0b1"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1e3", 1000),
        ("-2E+2", -200),
        ("1e-3", 0.001),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("3.", 3.0),
        ("-7", -7),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        (".", "."),
        ("e3", "e3"),
        ("٣", "٣"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    found = scalar(text)
    assert (type(found), found) == (type(value), value)
    assert parse(f"a: {text}").data == {"a": value}


def test_nan_is_read_as_not_a_number() -> None:
    assert math.isnan(scalar(".nan"))


def test_quoted_scalars_are_text() -> None:
    assert parse("a: '1e3'\nb: \"no\"\nc: |\n  12\nd: ''").data == {"a": "1e3", "b": "no", "c": "12\n", "d": ""}


def test_a_number_of_many_thousand_digits_does_no_harm() -> None:
    assert parse("a: " + "9" * 9000).data == {"a": math.inf}
    assert parse("a: " + "9" * 9000 + "e1").data == {"a": math.inf}


def test_duplicate_keys_are_refused_with_both_places() -> None:
    assert messages("a: 1\nb: {c: 1, c: 2}\na: 3\n") == [
        "s.yaml:2:11: 'c' stands here twice; the first is in line 2",
        "s.yaml:3:1: 'a' stands here twice; the first is in line 1",
    ]


def test_tags_are_refused() -> None:
    assert messages("a: !!python/object/apply:os.system [ls]") == [
        "s.yaml:1:4: has the tag '!!python/object/apply:os.system'; a spec holds plain values only"
    ]
    assert messages("a: !mine 1") == ["s.yaml:1:4: has the tag '!mine'; a spec holds plain values only"]
    assert messages("a: !!str 12") == ["s.yaml:1:4: has the tag '!!str'; a spec holds plain values only"]


def test_merge_keys_are_refused() -> None:
    assert messages("a: &x {b: 1}\nc:\n  <<: *x\n") == ["s.yaml:3:3: merges keys with `<<`, which a spec does not know; write them out"]


def test_aliases_stand_for_what_they_name() -> None:
    assert parse("a: &x [1, 2]\nb: *x\n").data == {"a": [1, 2], "b": [1, 2]}


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert messages("\n".join(lines)) == ["s.yaml:1:34: holds more than 20,000 values once its aliases are expanded"]


def test_an_alias_of_itself_is_refused() -> None:
    assert messages("a: &x [*x]") == ["s.yaml:1:4: is nested deeper than 40 levels"]


@pytest.mark.parametrize("depth", [50, 5000])
def test_depth_is_bounded(depth: int) -> None:
    (message,) = messages("[" * depth + "]" * depth)
    assert message.endswith(": is nested deeper than 40 levels")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2", "s.yaml:2:2: is not YAML: while parsing a flow sequence: expected ',' or ']', but got ':'"),
        ("a: b: c", "s.yaml:1:5: is not YAML: mapping values are not allowed here"),
        ("a: *x", "s.yaml:1:4: is not YAML: found undefined alias 'x'"),
        ("a: 1\n---\nb: 2", "s.yaml:2:1: is not YAML: expected a single document in the stream: but found another document"),
        ("a: 1\nb: \x00", "s.yaml:2:4: is not YAML: the character U+0000 cannot stand in it"),
        ('a: "\\ud800"', "s.yaml:1:4: is no text: an escape stands for half a character"),
        ("? [a]\n: b", "s.yaml:1:3: has a key that is no plain text"),
        ("", "s.yaml: is empty; `asterism demo text --write-spec FILE` writes one to start from"),
        ("# nothing\n", "s.yaml: is empty; `asterism demo text --write-spec FILE` writes one to start from"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_place(text: str, message: str) -> None:
    assert messages(text) == [message]


def test_a_missing_file_is_named(here: Path) -> None:
    (problem,) = read_spec("none.yaml").problems
    assert str(problem) == "none.yaml: cannot be read: No such file or directory"


def test_a_folder_is_no_spec(here: Path) -> None:
    (problem,) = read_spec(Path()).problems
    assert str(problem) == ".: cannot be read: Is a directory"


def test_a_spec_of_10_mb_is_refused_unread(here: Path) -> None:
    Path("big.yaml").write_bytes(b"a: 1\n" * 2_000_000)
    (problem,) = read_spec("big.yaml").problems
    assert str(problem) == f"big.yaml: is larger than {MAX_BYTES:,} bytes; a spec holds settings, not data"


def test_a_file_without_end_is_refused() -> None:
    (problem,) = read_spec(os.devnull.replace("null", "zero")).problems
    assert problem.message == "is larger than 1,000,000 bytes; a spec holds settings, not data"


def test_bad_utf8_is_refused_with_the_byte(here: Path) -> None:
    Path("bad.yaml").write_bytes(b"name: caf\xe9\n")
    (problem,) = read_spec("bad.yaml").problems
    assert str(problem) == "bad.yaml: is not UTF-8 text: byte 9 is 0xe9"


def test_a_byte_order_mark_is_no_part_of_the_spec(here: Path) -> None:
    Path("mark.yaml").write_bytes(b"\xef\xbb\xbfname: try\n")
    assert read_spec("mark.yaml").data == {"name": "try"}


def test_plain_data_of_a_host_is_copied_and_made_plain() -> None:
    source = {"path": Path("a/b"), "span": (1, 2)}
    document = read_spec(source)
    assert document.data == {"path": "a/b", "span": [1, 2]}
    document.data["path"] = "c"
    assert source["path"] == Path("a/b")


def test_data_of_a_host_that_no_spec_could_hold_is_refused() -> None:
    (problem,) = read_spec({"a": {1, 2}}).problems
    assert str(problem) == "spec: holds something else than plain values: expected str, bytes or os.PathLike object, not set"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = texts.filter(lambda key: key != "<<")
scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=10)


@given(st.dictionaries(keys, values, max_size=4))
@example({"a": "1e3", "b": "0x1f", "c": "\x85", "d": "1.5e3", "e": "\ufeff"})
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    document = parse(write_yaml(data))
    assert document.problems == []
    assert document.data == data


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@#,? \n\t0"), max_size=30))
def test_any_text_is_read_or_refused_in_single_lines(text: str) -> None:
    assert all("\n" not in str(problem) for problem in parse(text).problems)
