"""The encoder `frames`: what an image encoder says of the frames of a video, pooled."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Entry, Matrix, Records
from asterism.framework.values import is_sparse
from asterism.plugins.visual_words import learn_words, sample_of, vlad

from ..clip import Frame, as_clip
from ..rows import stacked

Side = Annotated[int, Ge(1)]
Pooling: TypeAlias = Literal["mean", "max", "differences", "vlad"]


class Frames(Encoder):
    """Encode frames of a clip as images, and pool what comes: the look of a video, and with "differences" how it changes.

    Clips to float32, shape (n_clips, the columns of the image encoder for each of `pooling`, `n_words` times as many for "vlad").

    Learns `encoder_`, the image encoder, fitted to the frames of all clips; and `words_` (n_words, n_features) for "vlad".

    Raises `DataError` where the image encoder does not read images. Poor choice where motion decides and single frames look alike:
    `optical_flow` sees that.

    Source: of pooling by words, Girdhar et al., "ActionVLAD", CVPR 2017.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    frame_encoder: Encoder
    """The image encoder, such as ``{encoder: hog, size: [64, 64]}``."""
    n_frames: Annotated[int, Ge(1)] = 8
    """How many frames of a clip are encoded, evenly spaced."""
    size: tuple[Side, Side] | None = None
    """Height and width, in pixels, that frames are brought to before they are encoded; None leaves them as they are."""
    pooling: Annotated[tuple[Pooling, ...], MinLen(1)] = ("mean",)
    """How frames become one row, side by side: their "mean", their "max", the mean of the "differences" from one to the next whatever their
    sign, or "vlad", how they differ from words."""
    n_words: Annotated[int, Ge(1)] = 8
    """How many words there are, for "vlad"."""
    random_state: int = 0
    """Seed of the words."""

    def fit(self, records: Records[Any], y: None = None) -> Self:
        self._refuse_others()
        self.encoder_ = deepcopy(self.frame_encoder).fit(Records(_EveryFrame(records, self.n_frames, self.size), modality="image"))
        if "vlad" in self.pooling:
            sample = sample_of(self._encoded(records), self.random_state)
            self.words_ = learn_words(sample, self.n_words, self.random_state)
        return self

    def transform(self, records: Iterable[Any]) -> Matrix:
        self.encoder_  # noqa: B018  # raises NotFittedError first, whatever the records are
        return stacked(np.concatenate([self._pooled(frames, name) for name in self.pooling]) for frames in self._encoded(records))

    def _refuse_others(self) -> None:
        reads = self.frame_encoder.reads
        if reads and "image" not in reads:
            name = type(self.frame_encoder).__name__
            raise DataError(f"`frame_encoder` must read images; {name} reads {', '.join(sorted(reads))}", hint="name one such as hog")

    def _encoded(self, records: Iterable[Any]) -> Iterator[NDArray[np.float32]]:
        for row, item in enumerate(records):
            images = [frame.image for frame in _frames_of(item, row, self.n_frames, self.size)]
            matrix = self.encoder_.transform(Records.of(images, modality="image"))
            yield matrix.toarray() if is_sparse(matrix) else matrix

    def _pooled(self, frames: NDArray[np.float32], name: Pooling) -> NDArray[Any]:
        if name == "vlad":
            return vlad(frames, self.words_)
        if name == "differences":
            steps = np.abs(np.diff(frames, axis=0))
            return steps.mean(axis=0) if len(steps) else np.zeros(frames.shape[1])
        return frames.mean(axis=0) if name == "mean" else frames.max(axis=0)


@dataclass(frozen=True)
class _EveryFrame:
    """The frames of many clips as entries, decoded anew at each iteration."""

    clips: Iterable[Any]
    n_frames: int
    size: tuple[int, int] | None

    def __iter__(self) -> Iterator[Entry]:
        for row, item in enumerate(self.clips):
            for number, frame in enumerate(_frames_of(item, row, self.n_frames, self.size)):
                yield Entry(f"{row}#{number}", frame.image)


def _frames_of(item: Any, row: int, n_frames: int, size: tuple[int, int] | None) -> Iterator[Frame]:
    return as_clip(item, row).frames(sample="count", count=n_frames, colour=True, **({} if size is None else {"size": size}))
