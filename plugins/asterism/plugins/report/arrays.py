"""Numbers as a page takes them: little-endian bytes in base64, with the name of their type."""

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

TYPES = {"f32": "<f4", "i32": "<i4", "u32": "<u4", "u16": "<u2", "u8": "<u1"}


def packed(values: ArrayLike, kind: str) -> dict[str, str]:
    """Pack numbers as one of `TYPES`."""
    return {"type": kind, "data": b64encode(np.ascontiguousarray(values, TYPES[kind]).tobytes()).decode()}


def data_url(content: bytes) -> str:
    """Write the bytes of a JPEG or PNG as a URL that holds them."""
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def plain(number: Any, digits: int = 6) -> float | None:
    """Return a number that JSON can hold, rounded to some significant digits; None where it is not finite."""
    value = float(number)
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None
