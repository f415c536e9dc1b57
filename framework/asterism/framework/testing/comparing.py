"""Whether two answers are the same, bit for bit or nearly."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..component import Component
from ..upstream import Upstream
from ..values import Interactions, Joint, Ranking, is_sparse


def same(one: Any, other: Any) -> bool:
    """Tell whether two values agree bit for bit, dtypes and shapes included."""
    parts, others = _parts(one), _parts(other)
    return len(parts) == len(others) and all(map(_same_part, parts, others))


def close(one: Any, other: Any, relative: float, absolute: float) -> bool:
    """Tell whether two values agree within `relative` of each number plus `absolute` of the largest; whole numbers exactly."""
    parts, others = _parts(one), _parts(other)
    return len(parts) == len(others) and all(_close_part(a, b, relative, absolute) for a, b in zip(parts, others, strict=True))


def largest_difference(one: Any, other: Any) -> str:
    """Describe how far apart two values are, for a message."""
    pairs = [(_dense(a), _dense(b)) for a, b in zip(_parts(one), _parts(other), strict=False)]
    numbers = [(a, b) for a, b in pairs if _is_numeric(a) and _is_numeric(b) and a.shape == b.shape and a.size]
    if not numbers:
        return "they are of different forms"
    return f"they differ by up to {max(float(np.max(np.abs(a.astype(float) - b.astype(float)))) for a, b in numbers):.3g}"


def _parts(value: Any) -> list[Any]:
    """Flatten a value into arrays, CSR matrices and plain objects, in a fixed order."""
    if isinstance(value, Ranking):
        return [value.rows, value.scores, *value.items]
    if isinstance(value, Interactions):
        return [*value.users, *value.items, value.indptr, value.indices, value.weights, value.times]
    if isinstance(value, Component):
        return [type(value).__name__, *_parts(value.get_params(deep=False)), *_parts(value.learned())]
    if isinstance(value, Upstream):
        components = [stage.component for stage in value.result.stages.values()]
        return [value.stage, *value.ids, *_parts([list(value.records), value.matrix(), *components])]
    if isinstance(value, Joint):
        return [*_parts(value.main), *_parts(value.others)]
    if isinstance(value, Mapping):
        return [part for key, item in value.items() for part in (key, *_parts(item))]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [type(value).__name__ if isinstance(value, list | tuple) else "", len(value), *(p for item in value for p in _parts(item))]
    return [value]


def _same_part(one: Any, other: Any) -> bool:
    if is_sparse(one) or is_sparse(other):
        return is_sparse(one) and is_sparse(other) and one.shape == other.shape and same(_csr_parts(one), _csr_parts(other))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return type(one) is type(other) and one.dtype == other.dtype and one.shape == other.shape and _same_content(one, other)
    return type(one) is type(other) and bool(one == other or (one != one and other != other))


def _same_content(one: Any, other: Any) -> bool:
    return bool(one.tolist() == other.tolist()) if one.dtype.kind == "O" else one.tobytes() == other.tobytes()


def _csr_parts(matrix: Any) -> list[Any]:
    return [matrix.data, matrix.indices, matrix.indptr]


def _close_part(one: Any, other: Any, relative: float, absolute: float) -> bool:
    one, other = _dense(one), _dense(other)
    if not (_is_numeric(one) and one.dtype.kind == "f" and _is_numeric(other)):
        return _same_part(one, other)
    if one.shape != other.shape:
        return False
    scale = float(np.max(np.abs(one), initial=0))
    return bool(np.allclose(one, other, rtol=relative, atol=absolute * scale, equal_nan=True))


def _dense(value: Any) -> Any:
    return value.toarray() if is_sparse(value) else value


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
