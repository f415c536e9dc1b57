"""What passages say of the documents that they were cut from: the results of a run with one row per document."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.result import Result
from asterism.framework.values import Labels, is_sparse

PARENT = "parent"
"""Under which name records tell the document that they are a passage of."""


def roll_up(result: Result) -> Result:
    """Return the results by document, in the order of their first passages.

    A document is in the group of most of its passages (of equally many, the lowest; -1 comes last), has the highest of their scores
    and the mean of their rows. What is generated or recommended is left out.
    """
    documents, places = _documents(result.about[PARENT])
    first = np.unique(places, return_index=True)[1]
    rolled = Result(result.data, documents, None if result.targets is None else [result.targets[row] for row in first])
    for name, value in _rolled(result, places, len(documents)):
        rolled.stages[name], rolled.values[name] = result.stages[name], value
    return rolled


def _documents(parents: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    numbers: dict[str, int] = {}
    places = np.fromiter((numbers.setdefault(parent, len(numbers)) for parent in parents), np.int64, len(parents))
    return list(numbers), places


def _rolled(result: Result, places: NDArray[np.int64], n_documents: int) -> Iterator[tuple[str, Any]]:
    for name, value in result.values.items():
        gives = result.stages[name].component.gives
        if gives == "labels":
            yield name, _most_frequent(value, places, n_documents)
        elif gives == "scores":
            highest = np.full(n_documents, -np.inf)
            np.maximum.at(highest, places, value)
            yield name, highest
        elif gives == "matrix":
            yield name, _means(value, places, n_documents)


def _most_frequent(labels: Labels, places: NDArray[np.int64], n_documents: int) -> Labels:
    groups, columns = np.unique(np.where(labels < 0, np.iinfo(np.int64).max, labels), return_inverse=True)  # -1 last
    pairs, times = np.unique(places * len(groups) + columns, return_counts=True)
    order = np.lexsort((pairs, -times, pairs // len(groups)))  # by document, the most frequent first
    best = pairs[order][np.searchsorted(pairs[order] // len(groups), np.arange(n_documents))] % len(groups)
    numbers: Labels = np.where(groups == np.iinfo(np.int64).max, -1, groups)
    found: Labels = numbers[best]
    return found


def _means(matrix: Any, places: NDArray[np.int64], n_documents: int) -> Any:
    from scipy.sparse import csr_matrix

    weights = 1 / np.bincount(places, minlength=n_documents)[places]
    of_documents = csr_matrix((weights, (places, np.arange(len(places)))), shape=(n_documents, len(places)))
    means = of_documents @ matrix
    return means.astype(np.float32) if is_sparse(matrix) else np.asarray(means, np.float32)
