"""The explainer `shap`: Shapley values of the parts of a record."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .asking import Ask, Masks
from .record_explainer import RecordExplainer, draw_masks, every_mask, explained_share

HELD_OUT = 100
"""Masks by which the fidelity is measured."""


class SHAP(RecordExplainer):
    """Share what the whole record adds to its membership of its group fairly among its parts: Shapley values, by the library shap.

    The weights add up to the share of the whole record in its group, less that of the record without any part. Where there are no more
    than `n_samples` ways to leave out parts, the values are exact. Elsewhere they are means over random orders in which the parts come
    in (shap's permutation explainer), of as many orders as `n_samples` allows, and of one at least.

    The fidelity is the R^2 of the sum of the values of the parts that stand, on 100 masks that are drawn anew; on all where the values are
    exact.

    Needs the extra `explain`. Takes longer than `lime` where there are many parts, at least twice their number of encodings.

    Source: Lundberg and Lee, "A unified approach to interpreting model predictions", NIPS 2017; Castro, Gomez and Tejada, "Polynomial
    calculation of the Shapley value based on sampling", 2009.
    """

    def weigh(self, ask: Ask, n_parts: int) -> tuple[NDArray[np.float64], float | None]:
        every = n_parts < 31 and 2**n_parts <= self.n_samples
        values, base = _shapley_values(ask, n_parts, None if every else max(self.n_samples, 2 * n_parts + 1), self.random_state)
        masks = every_mask(n_parts) if every else draw_masks(n_parts, HELD_OUT, self.random_state + 1)
        return values, explained_share(ask(masks), base + masks @ values)


def _shapley_values(ask: Ask, n_parts: int, most: int | None, seed: int) -> tuple[NDArray[np.float64], float]:
    """Return the value of each part, and the share without any; exact where `most` is None, else from so many samples."""
    shap = _library()
    asked = _Remembered(ask)
    whole = np.ones((1, n_parts))
    if most is None:
        found = shap.explainers.ExactExplainer(asked, _masked)(whole, max_evals=2**n_parts, silent=True)
    else:
        found = shap.explainers.PermutationExplainer(asked, _masked, seed=seed)(whole, max_evals=most, silent=True)
    return np.asarray(found.values[0], np.float64), float(np.ravel(found.base_values)[0])


def _masked(mask: NDArray[np.bool_], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave parts out, as shap asks for it; its own classes do so by functions that are compiled for seconds first."""
    return (whole * mask).reshape(1, -1)


class _Remembered:
    """Asks about every mask once; shap comes back to some."""

    def __init__(self, ask: Ask) -> None:
        self.ask, self.known = ask, dict[bytes, float]()

    def __call__(self, rows: Any) -> NDArray[np.float64]:
        masks: Masks = np.asarray(rows) > 0.5
        keys = [mask.tobytes() for mask in masks]
        new = {key: place for place, key in enumerate(keys) if key not in self.known}
        if new:
            self.known |= dict(zip(new, self.ask(masks[list(new.values())]).tolist(), strict=True))
        return np.array([self.known[key] for key in keys])


def _library() -> Any:
    """Import shap, which loads Matplotlib and is told by it what will change there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap
    return shap
