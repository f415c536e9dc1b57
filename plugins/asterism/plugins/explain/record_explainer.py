"""What explainers of single records share: take the item apart, ask the stages about it without some parts, weigh the parts."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Labels, Upstream
from asterism.framework.values import is_sparse

from .asking import Ask, Asking, Masks, about, parts_that_matter
from .belonging import Belonging
from .explanation import Explanation, Part, for_and_against, told
from .kind import Explainer, check_to_fit
from .taking_apart import BY_MODALITY, columns
from .taking_apart.apart import Apart

FLAT = 1e-6
"""Where the share in the group varies by less than this, no part matters."""


class RecordExplainer(Explainer):
    """Explains the group of each record by the parts of that record.

    How much an item belongs to a group is what the clusterer says by its ``membership``, where it has one; elsewhere the softmax of
    ``-d^2 / s``, where d is the distance to the mean of a group in the matrix that was grouped, and s such that the records' share
    in their own groups is, on average, halfway between one of all groups alike and the whole.

    A text falls into its different words (one of more than `n_parts` into runs of words), of which those weigh nothing whose absence
    changes nothing, alone and all of them together; an image into a grid of patches, of which one that is left out gets the mean colour of
    the image; a video into spans of frames, of which one that is left out is cut out. Of other modalities the columns of the matrix are
    the parts. What an encoder refuses, such as a text without words, belongs to all groups alike.

    Learns `groups_`, `means_` (n_groups, n_features), `scale_`, which is s, and `columns_`, the column of each group in ``membership``
    where that is used.

    Raises `DataError` where every record is of group -1.
    """

    n_samples: Annotated[int, Ge(10)] = 300
    """How many items with parts left out are encoded for each record; where there are no more ways to leave out parts, each once. Of a text
    there is one more for each word."""
    n_parts: Annotated[int, Ge(2)] | Literal["auto"] = "auto"
    """Parts of an item at most; "auto": 200 words, 49 patches, 8 spans, 100 columns."""
    random_state: int = 0
    """Seed of which parts are left out; each record starts anew from it."""

    def fit(self, labels: Labels, upstream: Upstream) -> Self:
        found = Belonging.of(labels, check_to_fit(labels, upstream), upstream)
        self.groups_, self.means_, self.scale_, self.columns_ = found.groups, found.means, found.scale, found.columns
        return self

    def explain(self, labels: Labels, upstream: Upstream) -> list[Explanation | None]:
        known = set(self.groups_.tolist())
        pairs = zip(labels.tolist(), self._taken_apart(upstream), upstream.ids, strict=True)
        return [self._explain(apart(), group, id_, upstream) if group in known else None for group, apart, id_ in pairs]

    @abstractmethod
    def weigh(self, ask: Ask, n_parts: int) -> tuple[NDArray[np.float64], float | None]:
        """Return the weight of each part, and the fidelity of these weights, None where no part matters; there is one part at least."""

    def _explain(self, apart: Apart, group: int, id_: str, upstream: Upstream) -> Explanation:
        if not len(apart) or len(self.groups_) == 1:
            why = "there is no other group" if len(apart) else "it has no part that could be left out"
            return Explanation(id_, group, (), None, f"in group {group}: {why}")
        weights, fidelity = self._weigh_those_that_matter(self._asking(apart, group, upstream), apart)
        parts = _in_order(apart, weights)
        if fidelity is None:
            return Explanation(id_, group, parts, None, f"in group {group}, whichever of its {apart.unit} are left out")
        return told(id_, group, parts, fidelity, f"in group {group}: {for_and_against(parts) or f'none of its {apart.unit}'}", apart.unit)

    def _weigh_those_that_matter(self, ask: Ask, apart: Apart) -> tuple[NDArray[np.float64], float | None]:
        """Weigh the parts; where many are idle by nature, as words that no encoder knows, those are not drawn and weigh nothing."""
        if not apart.may_be_idle:
            return self.weigh(ask, len(apart))
        weights, parts = np.zeros(len(apart)), parts_that_matter(ask, len(apart))
        if not len(parts):
            return weights, None
        weights[parts], fidelity = self.weigh(about(parts, ask, len(apart)), len(parts))
        return weights, fidelity

    def _taken_apart(self, upstream: Upstream) -> Iterator[Callable[[], Apart]]:
        """Yield what takes each record apart."""
        n_parts = None if self.n_parts == "auto" else self.n_parts
        if take_apart := BY_MODALITY.get(upstream.modality):
            yield from (partial(take_apart, item, n_parts) for item in upstream.records)
            return
        usual, names = self.means_.mean(axis=0), upstream.terms() if upstream.term_stage == upstream.matrix_stage != "" else []
        matrix = upstream.matrix()
        for row in range(len(upstream)):
            yield partial(columns.take_apart, _dense_row(matrix, row), usual, names, n_parts)

    def _asking(self, apart: Apart, group: int, upstream: Upstream) -> Ask:
        belonging = Belonging(self.groups_, self.means_, self.scale_, self.columns_)
        return Asking(apart, int(np.searchsorted(self.groups_, group)), belonging, upstream)


def _dense_row(matrix: Any, row: int) -> NDArray[Any]:
    return np.asarray(matrix[row : row + 1].toarray()[0] if is_sparse(matrix) else matrix[row])


def _in_order(apart: Apart, weights: NDArray[np.float64]) -> tuple[Part, ...]:
    order = np.argsort(-np.round(np.abs(weights), 9), kind="stable").tolist()
    return tuple(replace(apart.parts[place], weight=float(weights[place])) for place in order)


def every_mask(n_parts: int) -> Masks:
    """Return every way to leave out parts, all of them and none included: shape (2 ** n_parts, n_parts)."""
    return (np.arange(2**n_parts)[:, None] >> np.arange(n_parts) & 1).astype(bool)


def draw_masks(n_parts: int, n: int, random_state: int) -> Masks:
    """Draw masks of which each leaves out a number of parts that is drawn first, from one to all; the first one leaves out none."""
    random = np.random.default_rng(random_state)
    left_out = random.integers(1, n_parts + 1, n)
    left_out[:1] = 0
    return random.random((n, n_parts)).argsort(axis=1).argsort(axis=1) >= left_out[:, None]


def explained_share(found: NDArray[np.float64], told_: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float | None:
    """Return the share of the variance that is told (R squared), 0 to 1; None where there is next to no variance."""
    weights = np.ones(len(found)) if weights is None else weights
    mean = np.average(found, weights=weights)
    variance = np.average(np.square(found - mean), weights=weights)
    if variance < FLAT**2:
        return None
    return float(np.clip(1 - np.average(np.square(found - told_), weights=weights) / variance, 0, 1))
