"""Images as arrays in files: .npy and .npz of NumPy, .mat of MATLAB. Nothing in them is executed."""

from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Entry, report_problem

ENDINGS = (".npy", ".npz", ".mat")
LABELS = ("Y", "y", "gnd", "labels", "label", "targets")
"""How variables of known classes are usually called."""
Shape: TypeAlias = tuple[int, int]
Order: TypeAlias = Literal["rows", "columns"]
"""How the pixels of an image follow each other: row by row, or column by column."""


def is_matrix(path: Path) -> bool:
    """Tell by its ending whether a file holds arrays."""
    return path.name.lower().endswith(ENDINGS)


def matrix_entries(path: Path, variable: str | None, target: str | None, shape: Shape | None, order: Order | None) -> list[Entry]:
    """Read the images of a file of arrays, and their classes where there are any.

    NumPy's arrays have the shape (n, height, width) or (n, height, width, 3), MATLAB's (height, width, n) or (height, width, 3, n). In
    both, rows of pixels, (n, height * width), are images of the `shape` that is given or that the file tells (`im_height`, `im_width`);
    MATLAB lists pixels column by column, NumPy row by row, unless `order` says otherwise.

    Raises `DataError` where the file is damaged, holds Python objects, or where it cannot be told which variable holds images.
    """
    arrays, is_matlab = _variables(path), path.name.lower().endswith(".mat")
    shape = shape or _told_shape(arrays)
    name = variable or _only_images(arrays, path, shape)
    if name not in arrays:
        raise _unknown(name, arrays, path)
    pixels = _of_rows(arrays[name], shape, order or ("columns" if is_matlab else "rows"))
    images = _in_bytes(_as_images(pixels, is_matlab and arrays[name].ndim > 2, path), path)
    classes = _classes(arrays, target, len(images), path)
    return [Entry(str(row), image, None if classes is None else str(classes[row])) for row, image in enumerate(images)]


def _variables(path: Path) -> dict[str, NDArray[Any]]:
    try:
        if path.name.lower().endswith(".mat"):
            from scipy.io import loadmat

            found = {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
        elif path.name.lower().endswith(".npz"):
            with np.load(path, allow_pickle=False) as archive:
                found = {name: archive[name] for name in archive.files}
        else:
            found = {"array": np.load(path, mmap_mode="r", allow_pickle=False)}
    except NotImplementedError as error:
        raise DataError("is a MATLAB file of version 7.3", place=str(path), hint="save it with -v7, or as .npy") from error
    except Exception as error:  # MATLAB's reader raises nearly everything at broken bytes
        has_objects = "allow_pickle" in str(error) or "Python objects" in str(error)
        reason = "holds Python objects" if has_objects else f"cannot be read: {error}"
        raise DataError(reason, place=str(path), hint="save plain arrays of numbers") from error
    return {name: value for name, value in found.items() if isinstance(value, np.ndarray) and value.dtype.kind in "buif"}


def _told_shape(arrays: dict[str, NDArray[Any]]) -> Shape | None:
    sides = [int(arrays[name].flat[0]) for name in ("im_height", "im_width") if name in arrays and arrays[name].size]
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _only_images(arrays: dict[str, NDArray[Any]], path: Path, shape: Shape | None) -> str:
    fit = [
        name
        for name, value in arrays.items()
        if value.ndim in (3, 4) or (shape and value.ndim == 2 and value.shape[1] == shape[0] * shape[1])
    ]
    if len(fit) != 1:
        known = ", ".join(f"{name} {value.shape}" for name, value in arrays.items()) or "none"
        reason = f"{'none' if not fit else 'several'} of its variables can be images ({known})"
        raise DataError(
            reason, place=str(path), hint="name the variable as `column`, and the height and width of rows of pixels as `shape`"
        )
    return fit[0]


def _unknown(name: str, arrays: dict[str, NDArray[Any]], path: Path) -> DataError:
    return DataError(f"has no variable '{name}' of numbers; it has {', '.join(arrays) or 'none'}", place=str(path), hint="name another")


def _of_rows(array: NDArray[Any], shape: Shape | None, order: Order) -> NDArray[Any]:
    """Bring rows of pixels to the shape (n, height, width); any other array comes back itself."""
    if array.ndim != 2 or shape is None or array.shape[1] != shape[0] * shape[1]:
        return array
    return array.reshape(-1, *shape) if order == "rows" else array.reshape(-1, *shape[::-1]).transpose(0, 2, 1)


def _as_images(array: NDArray[Any], is_last: bool, path: Path) -> NDArray[Any]:
    """Bring an array to the shape (n, height, width) or (n, height, width, 3); `is_last` where the images lie along its last axis."""
    if is_last:
        array = np.moveaxis(array, -1, 0)
    if array.ndim not in (3, 4) or array.shape[3:] not in ((), (3,)) or array.size == 0:
        reason = f"an array of shape {array.shape} is no stack of images"
        raise DataError(
            reason, place=str(path), hint="give it the shape (n, height, width), or say the height and width of its rows as `shape`"
        )
    return array


def _in_bytes(images: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 255):  # also where it is not a number
        raise DataError(f"holds pixels from {low:g} to {high:g}; 0 to 255, or 0 to 1, is understood", place=str(path), hint="scale them")
    factor = 255 if images.dtype.kind == "b" or (images.dtype.kind == "f" and high <= 1) else 1
    if images.dtype.kind == "f":
        report_problem(f"{path}: holds pixels as fractions; they are rounded to 256 levels")
    rounded: NDArray[np.uint8] = np.rint(images * factor).astype(np.uint8)
    return rounded


def _classes(arrays: dict[str, NDArray[Any]], target: str | None, n_images: int, path: Path) -> list[Any] | None:
    if target is not None and target not in arrays:
        raise _unknown(target, arrays, path)
    name = target or next((name for name in LABELS if name in arrays and arrays[name].size == n_images), None)
    if name is None:
        return None
    classes: list[Any] = arrays[name].ravel().tolist()
    if len(classes) != n_images:
        raise DataError(f"has {len(classes):,} classes in '{name}' for {n_images:,} images", place=str(path), hint="name another `target`")
    return classes
