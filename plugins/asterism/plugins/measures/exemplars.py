"""What a group looks like: the records nearest to its mean, whatever they are records of.

A describer is a function behind an entry point of ``asterism.describer``; it names what it needs as parameters, like a metric, and
says something about each group.
"""

from collections.abc import Sequence

from asterism.framework import Labels, Matrix, in_detail

from ..group_means import nearest_to_means


@in_detail
def exemplars(labels: Labels, matrix: Matrix, ids: Sequence[str], n: int = 3) -> dict[int, list[str]]:
    """Return for each group the ids of the `n` records nearest to its mean, the nearest first; equals stay in their order.

    `matrix` is dense or CSR, shape (n_records, n_features): what was grouped. Group -1 (no group) is left out.
    """
    return {group: [ids[row] for row in rows] for group, rows in nearest_to_means(labels, matrix, n).items() if group >= 0}
