"""The detector `isolation_forest`: rows that few random cuts set apart are unusual."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Scores
from asterism.framework.problems import report_problem
from asterism.framework.values import rows_not_finite

from ..rows import require, rows_to_apply, rows_to_fit
from .detector import Detector
from .forest import Forest, flatten, sums_of_values


class IsolationForest(Detector):
    """Score a row by how few random cuts set it apart from a sample of the others, on average over many trees.

    Dense or CSR, shape (n_records, n_features), to float64, shape (n_records,), between 0 and 1; about 0.5 is usual. The trees are
    scikit-learn's, and so are the scores; values are compared as float32. New rows go down the same trees.

    Learns the nodes of all trees as flat arrays: `columns_`, `thresholds_`, `children_`, `path_lengths_` (n_nodes,), `roots_`
    (n_estimators,), with `depth_` and `n_samples_` (rows that each tree was grown on).

    Raises `DataError` for fewer than two rows, and for values that float32 cannot hold.

    Poor choice where outliers are unusual only among their neighbours, or only by a combination of columns: every cut looks at one
    column. Of five sets of real data it finds the anomalies of pendigits and cardio least well (ROC-AUC 0.956 and 0.933).

    Source: Liu, Ting and Zhou, "Isolation forest", ICDM 2008.
    """

    n_estimators: Annotated[int, Ge(1)] = 100
    """How many trees."""
    max_samples: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Le(1)] | Literal["auto"] = "auto"
    """Rows that each tree is grown on: a count, a share of all rows, or "auto": 256, or all where there are fewer."""
    max_features: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Le(1)] = 1.0
    """Columns that each tree is given: a count, or a share of all."""
    bootstrap: bool = False
    """Draw the rows of a tree with replacement."""
    random_state: int = 0
    """Seed of the draws and the cuts."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        from sklearn.ensemble import IsolationForest as Trees

        X = _as_float32(rows_to_fit(self, X, least=2))
        if isinstance(self.max_features, int):
            require(self.max_features, X.shape[1], "columns", f"max_features={self.max_features}")
        trees = Trees(
            n_estimators=self.n_estimators,
            max_samples=self._n_samples(X.shape[0]),
            max_features=self.max_features,
            bootstrap=self.bootstrap,
            random_state=self.random_state,
        ).fit(X)
        self._keep(trees)
        self._finish(self._scored(X))
        return self

    def anomaly_score(self, X: Matrix) -> Scores:
        return self._scored(_as_float32(rows_to_apply(self, X)))

    def _n_samples(self, n_rows: int) -> int:
        if self.max_samples == "auto":
            return min(256, n_rows)
        if isinstance(self.max_samples, float):
            return max(1, int(self.max_samples * n_rows))
        if self.max_samples > n_rows:
            report_problem(f"max_samples={self.max_samples}, and there are only {n_rows} records: each tree is grown on all of them")
        return min(self.max_samples, n_rows)

    def _keep(self, trees: Any) -> None:
        grown = [tree.tree_ for tree in trees.estimators_]
        lengths = [tree.compute_node_depths() + _mean_path_length(tree.n_node_samples) - 1.0 for tree in grown]
        forest = flatten(grown, trees.estimators_features_, lengths)
        self.columns_, self.thresholds_, self.children_, self.path_lengths_, self.roots_, self.depth_ = forest
        self.n_samples_ = int(trees.max_samples_)

    def _scored(self, X: Matrix) -> Scores:
        forest = Forest(self.columns_, self.thresholds_, self.children_, self.path_lengths_, self.roots_, self.depth_)
        usual = len(self.roots_) * float(_mean_path_length(np.array([self.n_samples_]))[0])
        lengths = sums_of_values(forest, X)
        # Trees of one row have no cut, and every row the score of a row without any.
        scores: Scores = 2.0 ** -(lengths / usual if usual else np.ones_like(lengths))
        return scores


def _mean_path_length(n_samples: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean number of cuts that set one of `n_samples` rows apart (Liu et al., equation 1)."""
    n = np.maximum(n_samples, 3).astype(np.float64)  # what stands for fewer follows
    lengths = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(n_samples <= 1, 0.0, np.where(n_samples == 2, 1.0, lengths))


def _as_float32(X: Matrix) -> Matrix:
    with np.errstate(over="ignore"):  # what overflows is found below
        X = X.astype(np.float32, copy=False)
    if bad := rows_not_finite(X):
        raise DataError("the trees compare values as float32, which holds none beyond 3.4e38", rows=bad, hint="scale the columns")
    return X
