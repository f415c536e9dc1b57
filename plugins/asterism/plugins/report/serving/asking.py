"""What people ask with, a text or an image, goes the way that the records went: through the fitted stages, to a vector."""

import threading
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, FinishedRun, Problem, Records
from asterism.framework.problems import problems_to

from .failures import UNFIT, Refused

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "PPM")
"""What may be uploaded; the decoders of some other formats start programs, or are rarely looked after."""
MOST_PIXELS = 50_000_000
"""An image that declares more is refused before it is decoded."""
OF_FILES = ("time", "fallback_encoding")
"""What some modalities have to say of files, and refuse to hear of an item of a host."""


Told: TypeAlias = tuple[NDArray[np.float32], list[str]]
"""A vector, and what was said on the way to it."""


class Asker:
    """Turns a text or an image into a vector of the matrix that the groups of a run are made of.

    Parameters
    ----------
    run
        The run; its components are used by one thread at a time.
    """

    def __init__(self, run: FinishedRun) -> None:
        self.run, self.stage, self._lock = run, matrix_stage(run), threading.Lock()

    def takes(self, modality: str) -> bool:
        """Tell whether an item of a modality can be asked with."""
        return not self._obstacle(modality)

    def vector_of_text(self, text: str) -> Told:
        """Return the vector of a text, and what was said on the way; `Refused` where the run is not about texts."""
        self._check("text")
        return self._vector(text)

    def vector_of_image(self, content: bytes) -> Told:
        """Return the vector of an image file; `Refused` where the run is not about images, or the file is none that can be read."""
        self._check("image")
        return self._vector(_opened(content))

    def _check(self, modality: str) -> None:
        if obstacle := self._obstacle(modality):
            raise Refused(409, obstacle, "search by a record instead")

    def _obstacle(self, modality: str) -> str:
        """Say why an item of a modality cannot be asked with; empty where it can."""
        own = self.run.pipeline.modality
        if own is None or own.modality != modality:
            return f"the run is about {getattr(own, 'modality', '') or 'numbers'}, not about {modality}"
        if not self.stage:
            return "no stage of the run gives vectors"
        return "" if self._way()[0].component.takes == "records" else "its vectors are not made of single records"

    def _way(self) -> list[Any]:
        """List the stages from the source to the matrix."""
        return [*reversed(self.run.result.upstream(self.stage)), self.run.result.stages[self.stage]]

    def _vector(self, item: Any) -> Told:
        problems: list[Problem] = []
        with self._lock, problems_to(problems.append):
            value = self._records(item)
            for stage in self._way():
                value = stage.component.apply(value)
        vector = np.asarray(value.toarray() if hasattr(value, "toarray") else value, np.float32)[0]
        notes = [str(problem) for problem in problems]
        if not vector.any():
            raise Refused(UNFIT, " ".join(["nothing in it is known to the run", *notes]), "ask with what its records hold")
        return vector, notes

    def _records(self, item: Any) -> Any:
        """Read one item as the records of the run were read; a long text may become several passages, of which the first counts."""
        modality: Any = self.run.pipeline.modality
        fields = modality.get_params(deep=False)
        read = type(modality)(**fields | {name: None for name in OF_FILES if name in fields}).read([item])
        items = [read.item(entry) for entry in read.head(1).entries]
        if not items:
            raise DataError("nothing is left of it, as the settings of the source leave it out", hint="ask with another one")
        return Records.of(items, modality=modality.modality)


def matrix_stage(run: FinishedRun) -> str:
    """Name the matrix that the first grouping was made of; without one the last matrix that is no map, or else any; empty: none."""
    for stage in run.stages_giving("labels"):
        if matrix := run.result.matrix_of(stage):
            return matrix
    matrices, maps = run.stages_giving("matrix"), run.maps()
    return next((stage for stage in reversed(matrices) if stage not in maps), matrices[-1] if matrices else "")


def _opened(content: bytes) -> Any:
    """Open an uploaded image; its pixels are not decoded yet."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Refused(UNFIT, f"that is no image that can be read ({', '.join(FORMATS)})") from error
    except Image.DecompressionBombError as error:
        raise Refused(UNFIT, "the image has too many pixels", "make it smaller") from error
    except Exception as error:  # decoders raise nearly every built-in exception at broken bytes
        raise Refused(UNFIT, "the image is damaged", "save it anew") from error
    if image.width * image.height > MOST_PIXELS:
        raise Refused(UNFIT, f"the image has {image.width * image.height:,} pixels, {MOST_PIXELS:,} are allowed", "make it smaller")
    return image
