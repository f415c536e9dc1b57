"""The encoder `hog`: which way edges run in each part of an image."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Le

from asterism.framework import DataError, Encoder, Matrix

from ..gradients import gradients
from ..sizing import of_one_size

Length = Annotated[int, Ge(1)]
MAX_ORIENTATIONS = 180


class HOG(Encoder):
    """Count the orientations of edges, by their strength, in the cells of an image, normalised over blocks of cells.

    Images, uint8, to float32, shape (n_images, n_block_rows * n_block_columns * cells of a block * orientations): the numbers of
    scikit-image's `hog`, to rounding. Pixels beyond the last whole cell are not looked at. There is nothing to learn.

    Raises `DataError` where images differ in size and `size` is None, or are smaller than one block.

    Poor choice where colour or fine texture decides, and where things turn or lie anywhere in the image: a cell is a place.

    Source: Dalal and Triggs, "Histograms of oriented gradients for human detection", CVPR 2005.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    size: tuple[Length, Length] | None = (64, 64)
    """Height and width, in pixels, that every image is brought to, whatever its proportions; None leaves them as they are."""
    orientations: Annotated[int, Ge(1), Le(MAX_ORIENTATIONS)] = 9
    """Into how many parts the half circle of orientations is cut."""
    pixels_per_cell: tuple[Length, Length] = (8, 8)
    """Height and width of a cell, in pixels."""
    cells_per_block: tuple[Length, Length] = (2, 2)
    """Height and width of a block, in cells; blocks overlap."""
    block_norm: Literal["L1", "L1-sqrt", "L2", "L2-Hys"] = "L2-Hys"
    """How a block is normalised; L2-Hys cuts large values off and normalises again."""
    transform_sqrt: bool = False
    """Take the root of the pixels first, which evens out light and shadow."""
    colour: bool = False
    """Look at red, green and blue, where the steepest counts; otherwise at grey."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        from ..hog_rounds import cell_histograms, normalised_blocks

        images = of_one_size(records, self.size, colour=self.colour)
        self._check_room(images.shape[1:3])
        bins, lengths = gradients(images, self.orientations, rooted=self.transform_sqrt)
        cells = cell_histograms(bins, lengths, self.pixels_per_cell, self.orientations)
        norm = self.block_norm
        blocks = normalised_blocks(cells, self.cells_per_block, norm.startswith("L1"), norm == "L1-sqrt", norm == "L2-Hys")
        return np.asarray(blocks.reshape(len(images), -1))

    def _check_room(self, shape: tuple[int, ...]) -> None:
        least = tuple(pixels * cells for pixels, cells in zip(self.pixels_per_cell, self.cells_per_block, strict=True))
        if shape[0] < least[0] or shape[1] < least[1]:
            reason = f"images of {shape[0]} x {shape[1]} pixels are smaller than one block of {least[0]} x {least[1]}"
            raise DataError(reason, rows=[0], hint="lower `pixels_per_cell` or `cells_per_block`, or set a larger `size`")
