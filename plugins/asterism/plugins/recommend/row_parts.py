"""Work on rows in parts, which threads share: the compiled loops let them, and the answer is the same with one thread or many."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from asterism.framework.workers import usable_cores

Given = TypeVar("Given")


def cut(n_rows: int, size: int) -> list[slice]:
    """Cut rows into parts of at most `size`."""
    return [slice(first, min(first + size, n_rows)) for first in range(0, n_rows, size)]


def in_threads(work: Callable[[slice], Given], parts: Sequence[slice], threads: int | None = None) -> Iterator[Given]:
    """Yield what `work` gives for each part, in order; at most as many threads as there are usable cores, unless it is said how many."""
    threads = min(len(parts), usable_cores() if threads is None else threads)
    if threads < 2:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, parts)
