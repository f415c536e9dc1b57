"""The kind `explainer`, which the core does not know: it comes with this plugin, by an entry point of the group ``asterism.kind``."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Component, DataError, Joint, Labels, Upstream
from asterism.framework.values import n_rows

from .explanation import LOW, Explanation, as_table


class Explainer(Component, ABC):
    """Says why records are in their groups: labels to sentences, by what the labels were made of.

    In a run it is fed by a stage of labels, and given beside these the records and the fitted stages (`Upstream`). It gives one sentence
    for each record, or None where there is nothing to explain: an array of objects, shape (n_records,). A record of group -1 has none.
    """

    kind = "explainer"
    takes = "labels"
    gives = "explanations"
    beside: ClassVar[tuple[str, ...]] = ("upstream",)
    explains: ClassVar[Literal["record", "group"]] = "record"
    """Whether each record has an explanation of its own, or that of its group."""

    @abstractmethod
    def fit(self, labels: Labels, upstream: Upstream) -> Self:
        """Learn what the groups are.

        Parameters
        ----------
        labels
            Group of each record, shape (n_records,); -1 is none.
        upstream
            What the labels were made of, row for row.

        Raises
        ------
        DataError
            Where there is no group.
        """

    @abstractmethod
    def explain(self, labels: Labels, upstream: Upstream) -> list[Explanation | None]:
        """Explain records that the same stages have grouped: one explanation for each, None where there is none."""

    def learn(self, data: Joint) -> NDArray[Any]:
        found = self.fit(data.main, data["upstream"]).explain(data.main, data["upstream"])
        told = self._told(found)
        self.parts_, self.notes_ = as_table(told), _notes(told, self.explains)
        return _texts(found)

    def apply(self, data: Joint) -> NDArray[Any]:
        return _texts(self.explain(data.main, data["upstream"]))

    def tables(self) -> Mapping[str, Mapping[str, Sequence[Any]]]:
        return {"parts": self.parts_} if "parts_" in vars(self) else {}

    def picture(self, item: Any, explanation: Explanation) -> bytes | None:
        """Draw an explanation over the item that it is of, as a PNG; None where it has no boxes."""
        from .pictures import draw_boxes

        return draw_boxes(item, explanation.parts)

    def _told(self, found: Sequence[Explanation | None]) -> list[Explanation]:
        """List what a table is to hold: every explanation once."""
        return [explanation for explanation in found if explanation is not None]


class GroupExplainer(Explainer):
    """Explains groups: each record has the sentence of its group. Learns `explained_`, by group what an `Explanation` holds."""

    explains = "group"

    @abstractmethod
    def fit(self, labels: Labels, upstream: Upstream, only: Collection[int] | None = None) -> Self:
        """Explain every group, or those that are named in `only`; the rest as for any explainer."""

    def explain_group(self, group: int) -> Explanation:
        """Return the explanation of a group; `DataError` where there was none of that number."""
        known: dict[int, Any] = self.explained_
        if group not in known:
            groups = ", ".join(map(str, sorted(known)[:20]))
            raise DataError(f"there is no group {group}", hint=f"there are {groups}{', ...' if len(known) > 20 else ''}")
        return Explanation.from_json(known[group])

    def explain(self, labels: Labels, upstream: Upstream) -> list[Explanation | None]:
        found = {group: self.explain_group(group) for group in self.explained_}
        return [found.get(group) for group in labels.tolist()]

    def _told(self, found: Sequence[Explanation | None]) -> list[Explanation]:
        return [self.explain_group(group) for group in self.explained_]

    def _keep(self, explanations: Sequence[Explanation]) -> None:
        """Keep what was found out, as plain data."""
        self.explained_ = {explanation.group: explanation.as_json() for explanation in explanations}


def check_to_fit(labels: Labels, upstream: Upstream) -> NDArray[np.int64]:
    """Return the numbers of the groups, in order; `DataError` where there is none."""
    if n_rows(labels) != len(upstream):
        raise DataError(f"there are {n_rows(labels)} labels for {len(upstream)} records", hint="give what the same stages gave")
    groups = np.unique(labels)
    groups = groups[groups >= 0]
    if not len(groups):
        what = "every record is of group -1, so there is no group to explain" if len(labels) else "there is no record"
        raise DataError(what, hint="look at the stage that groups, which may be too strict")
    return groups


def _texts(found: Sequence[Explanation | None]) -> NDArray[Any]:
    texts = np.empty(len(found), object)
    texts[:] = [explanation and explanation.text for explanation in found]
    return texts


def _notes(explanations: Sequence[Explanation], what: str) -> list[str]:
    known = [explanation.fidelity for explanation in explanations if explanation.fidelity is not None]
    if not known:
        return []
    low = sum(fidelity < LOW for fidelity in known)
    return [f"fidelity {np.median(known):.2f} at the median, below {LOW:g} for {low:,} of {len(known):,} {what}s"]
