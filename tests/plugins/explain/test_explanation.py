import json

import pytest

from asterism.plugins.explain.explanation import Explanation, Part, as_table, for_and_against, told

PARTS = [Part("comet", 0.5, box=(0, 0, 4, 4)), Part("old", -0.2, frames=(0.5, 1.0)), Part("grey", 0.01, role="word")]


def test_a_low_fidelity_is_said_in_words() -> None:
    low, high, unknown = (told("a", 1, PARTS, fidelity, "because", "words") for fidelity in (0.31, 0.5, None))
    assert (low.text, low.low_fidelity) == ("because; the words explain this only in part: fidelity 0.31", True)
    assert (high.text, high.low_fidelity) == ("because; fidelity 0.50", False)
    assert (unknown.text, unknown.low_fidelity) == ("because", False)


def test_an_explanation_survives_json() -> None:
    explanation = told("a", 1, PARTS, 0.7, "because", "words")
    assert Explanation.from_json(json.loads(json.dumps(explanation.as_json()))) == explanation


@pytest.mark.parametrize(
    ("parts", "text"),
    [(PARTS, "for it comet (+0.50); against it old (-0.20)"), (PARTS[:1], "for it comet (+0.50)"), ([], "")],
)
def test_parts_that_weigh_next_to_nothing_are_not_named(parts: list[Part], text: str) -> None:
    assert for_and_against(parts) == text


def test_a_table_has_a_row_for_each_of_the_weightiest_parts() -> None:
    many = told("b", 2, [Part(str(place), 1.0) for place in range(30)], None, "because", "words")
    table = as_table([told("a", 1, PARTS, 0.7, "because", "words"), many])
    assert table["of"] == ["a"] * 3 + ["b"] * 10
    assert table["fidelity"] == [0.7] * 3 + [None] * 10
    assert {len(column) for column in table.values()} == {13}
