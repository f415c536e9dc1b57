"""Rows of numbers, one for each clip, as encoders of videos give them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError


def stacked(rows: Iterable[NDArray[Any]]) -> NDArray[np.float32]:
    """Put rows on top of each other as float32; `DataError` where there is none."""
    found = list(rows)
    if not found:
        raise DataError("there is not one clip to encode", hint="give it at least one")
    return np.stack(found).astype(np.float32)
