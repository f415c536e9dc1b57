"""Work through the rows of a matrix in parts, on the processors that linear algebra may use; the answer is the same on one or on many."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from asterism.framework import Matrix

PARTS, LEAST_ROWS = 8, 4096
"""A matrix is cut into at most so many parts, and a part of fewer rows is not worth a thread."""

Part = TypeVar("Part")

_limiting = Lock()
"""One at a time sets the limit below: two that overlap would each put back what the other had set."""


def in_parts(work: Callable[[Matrix], Part], X: Matrix) -> list[Part]:
    """Return what `work` gives for each part of X, in order.

    The parts follow from the number of rows alone. NumPy's own threads only share a product of matrices, which is half of the work in a
    round of k-means; here a thread takes all the steps of its part, and BLAS is held to one thread meanwhile.
    """
    n_rows = X.shape[0]
    size = max(LEAST_ROWS, -(-n_rows // PARTS))
    parts = [X[start : start + size] for start in range(0, n_rows, size)]
    with _limiting:
        threads = min(len(parts), _threads())
        with _libraries().limit(limits=1, user_api="blas"), ThreadPoolExecutor(max(1, threads)) as pool:
            return list(pool.map(work, parts)) if threads > 1 else [work(part) for part in parts]


def _threads() -> int:
    """Count the threads that BLAS may use, which is what the host, or the worker that this runs in, allows."""
    return max((library.num_threads for library in _libraries().lib_controllers if library.user_api == "blas"), default=1)


@cache
def _libraries() -> Any:
    import scipy.linalg  # so that its BLAS is loaded when the libraries are looked up
    from threadpoolctl import ThreadpoolController

    del scipy
    return ThreadpoolController()
