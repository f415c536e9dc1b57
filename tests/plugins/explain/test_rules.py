import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from asterism.plugins.explain.rules import Condition, rule_parts, rule_text, rules_of

VALUES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5, np.float32)


def rules(inside: np.ndarray, values: np.ndarray = VALUES, names: tuple[str, ...] = ("sun", "sea")):
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(values, inside)
    return rules_of(tree.tree_, names)


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ([0, 0, 1, 1], "has 'sun'"),
        ([1, 1, 0, 0], "not 'sun'"),
        ([0, 0, 1, 0], "has 'sun', not 'sea'"),
        ([0, 1, 0, 0], "has 'sea', not 'sun'"),
        ([0, 1, 1, 0], "has 'sun', not 'sea'; or has 'sea', not 'sun'"),
    ],
)
def test_a_tree_is_written_down_as_what_records_have_and_have_not(inside: list[int], text: str) -> None:
    assert rule_text(rules(np.array(inside * 5, bool)), are_terms=True) == text


def test_of_two_bounds_on_one_column_the_narrower_one_stands() -> None:
    values = np.arange(40, dtype=np.float32).reshape(-1, 1)
    inside = (values[:, 0] > 9) & (values[:, 0] < 30)
    (rule,) = rules(inside, values, ("size",))
    assert rule_text([rule], are_terms=False) == "size > 9.5, size <= 29.5"
    wide, narrow = Condition(0, 5.0, True, "size"), Condition(0, 9.0, True, "size")
    assert narrow.met(values).sum() < wide.met(values).sum()


def test_a_condition_weighs_by_the_share_of_those_that_meet_it() -> None:
    inside = np.array([0, 0, 1, 0] * 5, bool)
    parts = rule_parts(rules(inside), VALUES, ("sun", "sea"), inside, are_terms=True)
    assert {part.name: round(part.weight, 3) for part in parts} == {"has 'sun'": 0.667, "not 'sea'": 0.667}


def test_a_tree_that_says_yes_nowhere_has_no_rule() -> None:
    assert rules(np.array([1, 0, 0, 0, 0] * 4, bool), np.zeros((20, 2), np.float32)) == []
