"""The explainer `lime`: a linear model of the group around one record."""

import numpy as np
from numpy.typing import NDArray

from .asking import Ask
from .record_explainer import RecordExplainer, draw_masks, every_mask, explained_share

KERNEL_WIDTH = 0.25
"""How quickly samples lose weight with their distance, as in the package of the paper's authors."""
PENALTY = 1.0
"""Of the ridge regression, as there."""


class LIME(RecordExplainer):
    """Weigh the parts of a record by a linear model of what happens to its group where some of them are left out.

    Items with parts left out at random are encoded by the fitted stages; a ridge regression on which parts stand tells how much they
    belong to the group of the record, samples near the record counting more: the root of ``exp(-d^2 / 0.25^2)``, where d is the cosine
    distance of the mask to that of the whole record. The weight of a part is its coefficient: by how much it raises the share.

    The fidelity is the weighted R^2 of the model, of each sample told by the model of the others (in closed form); where every way to leave
    out parts was tried, of the model itself.

    Poor choice where parts speak only together, which no sum of them shows: the fidelity is low then.

    Source: Ribeiro, Singh and Guestrin, "Why should I trust you? Explaining the predictions of any classifier", KDD 2016.
    """

    def weigh(self, ask: Ask, n_parts: int) -> tuple[NDArray[np.float64], float | None]:
        every = n_parts < 31 and 2**n_parts <= self.n_samples
        masks = every_mask(n_parts) if every else draw_masks(n_parts, self.n_samples, self.random_state)
        shares, near = ask(masks), _nearness(masks)
        coefficients, told = _ridge(masks.astype(np.float64), shares, near, left_out=not every)
        return coefficients, explained_share(shares, told, near)


def _nearness(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    distances = 1 - np.sqrt(masks.mean(axis=1))
    return np.asarray(np.sqrt(np.exp(-np.square(distances / KERNEL_WIDTH))))


def _ridge(
    X: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], left_out: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coefficients, and what the model tells of each row; with `left_out`, what that of the other rows tells of it."""
    centre, mean = np.average(X, axis=0, weights=weights), np.average(y, weights=weights)
    X, y_centred = X - centre, y - mean
    weighted = X * weights[:, None]
    inverse = np.linalg.inv(X.T @ weighted + PENALTY * np.eye(X.shape[1]))
    coefficients = inverse @ (weighted.T @ y_centred)
    told = mean + X @ coefficients
    if left_out:
        leverage = weights / weights.sum() + np.einsum("ij,jk,ik->i", weighted, inverse, X)
        told = y - (y - told) / np.maximum(1 - leverage, 1e-9)
    return coefficients, told
