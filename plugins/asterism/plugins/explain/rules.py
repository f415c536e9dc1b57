"""A decision tree as rules in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .explanation import Part


@dataclass(frozen=True)
class Condition:
    """What a record must meet."""

    column: int
    """Among the columns that the tree was given."""
    threshold: float
    above: bool
    """Above the threshold, or not above it."""
    name: str

    def met(self, values: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Tell which rows meet it."""
        over: NDArray[np.bool_] = values[:, self.column] > self.threshold
        return over if self.above else ~over

    def text(self, is_term: bool) -> str:
        """Write it down."""
        if is_term:
            return f"has '{self.name}'" if self.above else f"not '{self.name}'"
        return f"{self.name} {'>' if self.above else '<='} {self.threshold:.3g}"


Rule: TypeAlias = tuple[Condition, ...]
"""Conditions that must all be met."""


def rules_of(tree: Any, names: Sequence[str]) -> list[Rule]:
    """List the ways through scikit-learn's tree of two classes that end in the second one, those of the most of its records first."""
    found = sorted(_ways(tree, 0, (), names), key=lambda pair: -pair[0])
    return [_without_weaker(rule) for _, rule in found if rule]


def _ways(tree: Any, node: int, conditions: Rule, names: Sequence[str]) -> Iterator[tuple[float, Rule]]:
    """Yield the rules below a node; where all its leaves say yes, the way to the node itself."""
    verdicts = set(_verdicts(tree, node))
    if verdicts == {True}:
        yield _weight(tree, node), conditions
    elif True in verdicts:
        column, threshold = int(tree.feature[node]), float(tree.threshold[node])
        for child, above in ((tree.children_left[node], False), (tree.children_right[node], True)):
            yield from _ways(tree, int(child), (*conditions, Condition(column, threshold, above, names[column])), names)


def _verdicts(tree: Any, node: int) -> Iterator[bool]:
    left, right = int(tree.children_left[node]), int(tree.children_right[node])
    if left == right:  # a leaf has no children
        yield bool(tree.value[node][0][1] > tree.value[node][0][0])
    else:
        yield from _verdicts(tree, left)
        yield from _verdicts(tree, right)


def _weight(tree: Any, node: int) -> float:
    """Tell how many records of the second class reach a node, both classes weighing alike."""
    share = tree.value[node][0]
    return float(tree.weighted_n_node_samples[node] * share[1] / share.sum())


def _without_weaker(rule: Rule) -> Rule:
    """Leave out conditions that a later one on the same column includes."""
    kept = {(condition.column, condition.above): condition for condition in rule}
    return tuple(condition for condition in rule if kept[condition.column, condition.above] is condition)


def rule_text(rules: Sequence[Rule], are_terms: bool) -> str:
    """Write rules down, of which one must hold; what a record has before what it has not."""
    texts = [", ".join(c.text(are_terms) for c in sorted(rule, key=lambda c: are_terms and not c.above)) for rule in rules]
    return "; or ".join(texts)


def rule_parts(
    rules: Sequence[Rule], values: NDArray[np.float32], names: Sequence[str], inside: NDArray[np.bool_], are_terms: bool
) -> list[Part]:
    """Return the conditions, each once, with the share of the records inside that meet it, less that of the others."""
    texts = {condition.text(are_terms): condition for rule in rules for condition in rule}
    weights = {text: _gap(condition.met(values), inside) for text, condition in texts.items()}
    return [Part(text, weight, role="condition") for text, weight in sorted(weights.items(), key=lambda pair: -abs(pair[1]))]


def _gap(met: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    return float(met[inside].mean() - met[~inside].mean())
