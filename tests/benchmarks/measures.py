"""The measures against scikit-learn and the package hdbscan, on made-up data: time of ours over theirs, and what each costs a run.

Each pair is measured in turn, several times; the smallest time of each side counts, since a shared machine only ever adds to it.
"""

from typing import Any

import numpy as np
from hdbscan.validity import validity_index
from measuring import compare
from scipy.sparse import csr_matrix, random_array
from sklearn import metrics as theirs
from sklearn.manifold import trustworthiness as their_trustworthiness

from asterism.plugins.measures.agreement import ami, ari, nmi, purity, v_measure
from asterism.plugins.measures.density import dbcv
from asterism.plugins.measures.detection import average_precision, roc_auc
from asterism.plugins.measures.distances import sample
from asterism.plugins.measures.maps import continuity, neighbourhood_hit, trustworthiness
from asterism.plugins.measures.separation import calinski_harabasz, davies_bouldin, silhouette

RECORDS = 10_000


def of_groups(name: str, groups: Any, matrix: Any) -> None:
    """Compare what is told from groups and matrix."""
    compare(f"silhouette, {name}", lambda: silhouette(groups, matrix), lambda: theirs.silhouette_score(matrix, groups))
    if isinstance(matrix, csr_matrix):  # scikit-learn takes no CSR here
        compare(f"calinski_harabasz, {name}", lambda: calinski_harabasz(groups, matrix))
        compare(f"davies_bouldin, {name}", lambda: davies_bouldin(groups, matrix))
        return
    compare(f"calinski_harabasz, {name}", lambda: calinski_harabasz(groups, matrix), lambda: theirs.calinski_harabasz_score(matrix, groups))
    compare(f"davies_bouldin, {name}", lambda: davies_bouldin(groups, matrix), lambda: theirs.davies_bouldin_score(matrix, groups))


def of_map(name: str, targets: list[str], matrix: Any, reduced: Any) -> None:
    """Compare what is told from a matrix and its reduction, which needs no reducer but in name."""
    reducer: Any = None
    rows = sample(len(matrix), 500)
    far, near = matrix[rows], reduced[rows]
    compare(f"trustworthiness, {name}", lambda: trustworthiness(reducer, reduced, matrix), lambda: their_trustworthiness(far, near))
    compare(f"continuity, {name}", lambda: continuity(reducer, reduced, matrix), lambda: their_trustworthiness(near, far))
    compare(f"neighbourhood_hit, {name}", lambda: neighbourhood_hit(reducer, reduced, targets))


def of_classes(groups: Any, targets: list[str], scores: Any) -> None:
    """Compare what is told from known classes."""
    compare("nmi", lambda: nmi(groups, targets), lambda: theirs.normalized_mutual_info_score(targets, groups))
    compare("v_measure", lambda: v_measure(groups, targets), lambda: theirs.v_measure_score(targets, groups))
    compare("ami", lambda: ami(groups, targets), lambda: theirs.adjusted_mutual_info_score(targets, groups))
    compare("ari", lambda: ari(groups, targets), lambda: theirs.adjusted_rand_score(targets, groups))
    compare("purity", lambda: purity(groups, targets))
    rare = groups == 0
    two = rare.astype(str).tolist()
    compare("roc_auc", lambda: roc_auc(scores, two), lambda: theirs.roc_auc_score(rare, scores))
    compare("average_precision", lambda: average_precision(scores, two), lambda: theirs.average_precision_score(rare, scores))


def main() -> None:
    """Print every comparison."""
    random = np.random.default_rng(0)
    groups = random.integers(0, 20, RECORDS)
    targets = groups.astype(str).tolist()
    of_classes(random.permutation(groups), targets, random.normal(size=RECORDS))
    for n_columns in (50, 784):
        matrix = (random.normal(size=(RECORDS, n_columns)) + 3 * random.normal(size=(20, n_columns))[groups]).astype(np.float32)
        of_groups(f"10,000 x {n_columns}", groups, matrix)
        of_map(f"10,000 x {n_columns} to 2", targets, matrix, matrix[:, :2])
        compare(f"neighbourhood_hit, 10,000 x {n_columns}", lambda matrix=matrix: neighbourhood_hit(None, matrix, targets))  # type: ignore[misc]  # needs a reducer but in name
        compare(f"dbcv, 10,000 x {n_columns}", lambda matrix=matrix: dbcv(groups, matrix))  # type: ignore[misc]  # bound to this round's matrix
    few, few_groups = matrix[:2000, :50].astype(np.float64), groups[:2000]
    compare("dbcv, 2,000 x 50", lambda: dbcv(few_groups, few), lambda: validity_index(few, few_groups))
    of_groups("CSR 5,500 x 14,000", groups[:5500], csr_matrix(random_array((5500, 14_000), density=0.003, rng=random, dtype=np.float32)))


if __name__ == "__main__":
    main()
