"""The explainer `decision_tree`: rules of a few conditions that tell each group from the others."""

import warnings
from collections.abc import Collection
from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Labels, Upstream

from .conditions import Features, features_of
from .explanation import Explanation, told
from .kind import GroupExplainer, check_to_fit
from .rules import rule_parts, rule_text, rules_of

FOLDS = 3
LEAST = 0.025
"""Share of the records, both sides weighing alike, that a leaf holds at least."""


class DecisionTree(GroupExplainer):
    """Tell each group from all others by a shallow decision tree, and write it down as a rule: has 'orbit', not 'god'.

    There is a tree for each group: one tree of `max_depth` 3 has eight leaves, and could name no more than eight groups. Its columns are
    those whose names are known, such as the terms of an encoder of words upstream or beside; elsewhere those of the matrix that was
    grouped. Of a sparse matrix a condition says whether a record has a term, of another one whether a value is above a threshold. A tree
    looks at the `n_columns` columns by which the group differs most from the rest; both sides weigh alike in it.

    The fidelity of a group is how far its tree and the clusterer agree on which records are of it, beyond what two that know nothing of
    each other would by chance (Cohen's kappa, 1960), on records that were held out from the tree (cross-validation in three parts).
    `fidelity_` is the share of all records that the trees together put where the clusterer did, held out likewise: where the surest says.
    The weight of a part is the share of the group's records that meet the condition, less that of the others.

    Learns `explained_`, by group what an `Explanation` holds, and `fidelity_`.

    Raises `DataError` where every record is of group -1.

    Source: Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984; trees as explanations of a model, Craven and
    Shavlik, "Extracting tree-structured representations of trained networks", NIPS 1995.
    """

    max_depth: Annotated[int, Ge(1)] = 3
    """Conditions that follow on each other at most."""
    n_columns: Annotated[int, Ge(1)] = 100
    """Columns that the tree of a group may choose from."""
    random_state: int = 0
    """Seed of the parts that are held out, and of the choice between conditions that part the records alike."""

    def fit(self, labels: Labels, upstream: Upstream, only: Collection[int] | None = None) -> Self:
        groups = check_to_fit(labels, upstream).tolist()
        rows = np.flatnonzero(labels >= 0)
        labels, features = labels[rows], features_of(upstream).rows(rows)
        surest, said, explanations = np.full(len(rows), -np.inf), np.full(len(rows), -1), []
        for group in groups if only is None else [group for group in groups if group in only]:
            explanation, sure = self._explained(group, labels == group, features)
            explanations.append(explanation)
            surest, said = np.maximum(surest, sure), np.where(sure > surest, group, said)
        self._keep(explanations)
        self.fidelity_ = float((said == labels).mean())
        return self

    def learn(self, data: Any) -> NDArray[Any]:
        texts = super().learn(data)
        self.notes_ = [f"the trees put {self.fidelity_:.0%} of the records, held out, where the clusterer did", *self.notes_]
        return texts

    def _explained(self, group: int, inside: NDArray[np.bool_], features: Features) -> tuple[Explanation, NDArray[np.float64]]:
        """Return the rule of one group, and how sure trees are of each record that was held out from them."""
        of = f"group {group}"
        if inside.all():
            return Explanation(of, group, (), None, f"{of}: there is no other group"), np.ones(len(inside))
        values, names = features.chosen(inside, self.n_columns)
        tree, sure = self._tree(values, inside), self._held_out(values, inside)
        rules = rules_of(tree.tree_, names)
        fidelity = None if np.isnan(sure).all() else _agreement(inside, sure > 0.5)
        text = f"{of}: {rule_text(rules, features.are_terms)}" if rules else f"{of}: no rule of {self.max_depth} conditions tells it apart"
        parts = rule_parts(rules, values, names, inside, features.are_terms)
        return told(of, group, parts, fidelity if rules else 0.0, text, "conditions"), np.nan_to_num(sure, nan=-1.0)

    def _tree(self, values: NDArray[np.float32], inside: NDArray[np.bool_]) -> Any:
        from sklearn.tree import DecisionTreeClassifier

        options = {"class_weight": "balanced", "min_weight_fraction_leaf": LEAST, "random_state": self.random_state}
        return DecisionTreeClassifier(max_depth=self.max_depth, **options).fit(values, inside)

    def _held_out(self, values: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return how sure of each record is a tree that did not learn from it; NaN where there are too few records for that."""
        from sklearn.model_selection import StratifiedKFold

        folds = min(FOLDS, int(inside.sum()), int((~inside).sum()))
        sure = np.full(len(inside), np.nan)
        if folds < 2:
            return sure
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts = list(StratifiedKFold(folds, shuffle=True, random_state=self.random_state).split(values, inside))
        for learned, held_out in parts:
            sure[held_out] = self._tree(values[learned], inside[learned]).predict_proba(values[held_out])[:, 1]
        return sure


def _agreement(inside: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    """Return Cohen's kappa, 0 where there is no agreement beyond chance."""
    shares = inside.mean(), said.mean()
    by_chance = shares[0] * shares[1] + (1 - shares[0]) * (1 - shares[1])
    return float(max(0.0, ((inside == said).mean() - by_chance) / (1 - by_chance)))
