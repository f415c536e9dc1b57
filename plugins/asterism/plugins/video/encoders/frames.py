"""The encoder `frames`: what an image encoder says of the frames of a video, pooled."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Entry, Matrix, Records
from asterism.framework.values import is_sparse
from asterism.plugins.visual_words import learn_words, sample_of, vlad

from ..clip import Array, Clip, as_clip
from ..rows import of_clips, stacked

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
        self.encoder_ = self._fitted(_EveryFrame(records, self._images))
        if "vlad" in self.pooling:
            sample = sample_of(of_clips(records, self._encoded), self.random_state)
            self.words_ = learn_words(sample, self.n_words, self.random_state)
        return self

    def transform(self, records: Iterable[Any]) -> Matrix:
        self.encoder_  # noqa: B018  # raises NotFittedError first, whatever the records are
        return stacked(np.concatenate([self._pooled(frames, name) for name in self.pooling]) for frames in of_clips(records, self._encoded))

    def _refuse_others(self) -> None:
        reads = self.frame_encoder.reads
        if reads and "image" not in reads:
            name = type(self.frame_encoder).__name__
            raise DataError(f"`frame_encoder` must read images; {name} reads {', '.join(sorted(reads))}", hint="name one such as hog")

    def _fitted(self, frames: "_EveryFrame") -> Encoder:
        """Fit a copy of the image encoder; where it cannot use a frame, the clip is named."""
        try:
            encoder: Encoder = deepcopy(self.frame_encoder).fit(Records(frames, modality="image"))
        except DataError as error:
            error.rows = tuple(dict.fromkeys(frames.rows[number] for number in error.rows))
            raise
        return encoder

    def _encoded(self, clip: Clip) -> NDArray[np.float32]:
        matrix = self.encoder_.transform(Records.of(self._images(clip), modality="image"))
        return np.asarray(matrix.toarray() if is_sparse(matrix) else matrix)

    def _images(self, clip: Clip) -> list[Array]:
        changes = {} if self.size is None else {"size": self.size}
        return [frame.image for frame in clip.frames(sample="count", count=self.n_frames, colour=True, **changes)]

    def _pooled(self, frames: NDArray[np.float32], name: Pooling) -> NDArray[Any]:
        if name == "vlad":
            return vlad(frames, self.words_)
        if name == "differences":
            steps = np.abs(np.diff(frames, axis=0))
            return np.asarray(steps.mean(axis=0)) if len(steps) else np.zeros(frames.shape[1])
        return np.asarray(frames.mean(axis=0) if name == "mean" else frames.max(axis=0))


@dataclass(frozen=True)
class _EveryFrame:
    """The frames of many clips as entries, decoded anew at each iteration."""

    clips: Iterable[Any]
    images: Callable[[Clip], list[Array]]
    rows: list[int] = field(default_factory=list)
    """The row of the clip that each frame so far is of."""

    def __iter__(self) -> Iterator[Entry]:
        self.rows.clear()
        for row, item in enumerate(self.clips):
            self.rows.append(row)  # of the first frame, or of the error that there is none
            try:
                images = self.images(as_clip(item, row))
            except DataError as error:
                error.rows = (len(self.rows) - 1,)
                raise
            self.rows.extend([row] * (len(images) - 1))
            yield from (Entry(f"{row}#{number}", image) for number, image in enumerate(images))
