"""The idx format of MNIST: a header with the shape, then every pixel of every image in one block."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.sources import open_bytes

UNSIGNED_BYTE = 0x08
"""Type code of the only kind of idx file that holds images or labels of 8 bits."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an idx file, or idx.gz, of unsigned bytes with that many dimensions; the array cannot be written to.

    `DataError` where the header is wrong or announces another number of bytes than there are. A gzip file that unpacks out of all
    proportion is refused.
    """
    with open_bytes(path) as stream:
        shape = _shape(stream.read(4 + 4 * dimensions), dimensions, path)
        expected = math.prod(shape)
        content = stream.read()  # not read(expected): a false header would have it allocate terabytes
    if len(content) != expected:
        reason = f"the header announces {' x '.join(map(str, shape))} = {expected:,} bytes, there are {len(content):,}"
        raise DataError(reason, place=str(path), hint="fetch the file again")
    return np.frombuffer(content, np.uint8).reshape(shape)


def is_idx(path: Path) -> bool:
    """Tell by its name whether a file is idx: ``train-images-idx3-ubyte.gz``, ``images.idx3-ubyte``, ``x.idx``."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith((".idx", "-ubyte")) and "idx" in name


def labels_beside(path: Path) -> Path | None:
    """Find the file of labels that usually lies beside one of images; None where there is none."""
    if "images" not in path.name or "idx3" not in path.name:
        return None
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    bare = name.removesuffix(".gz")
    return next((path.with_name(n) for n in (name, bare, bare + ".gz") if path.with_name(n).is_file()), None)


def _shape(header: bytes, dimensions: int, path: Path) -> tuple[int, ...]:
    if len(header) < 4 or header[:2] != b"\0\0":
        raise DataError(f"is no idx file: it begins with {header[:4].hex(' ') or 'nothing'}", place=str(path), hint="name another `format`")
    if header[2] != UNSIGNED_BYTE:
        raise DataError(f"holds idx values of type 0x{header[2]:02x}", place=str(path), hint="save it as unsigned bytes (0x08)")
    if header[3] != dimensions:
        raise DataError(
            f"has {header[3]} dimensions, {dimensions} are needed", place=str(path), hint="name the idx3 file, which holds images"
        )
    if len(header) < 4 + 4 * dimensions:
        raise DataError("ends within its header", place=str(path), hint="fetch the file again")
    return tuple(int(n) for n in np.frombuffer(header, ">u4", dimensions, offset=4))
