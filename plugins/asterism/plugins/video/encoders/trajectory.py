"""The encoder `trajectory`: which paths the points of a video take."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge, Gt

from asterism.framework import DataError, Encoder, Matrix, Records, report_problem
from asterism.plugins.visual_words import Vectors, counts, learn_words, sample_of

from ..clip import Clip
from ..rows import of_clips, stacked
from ..tracks import paths


class Trajectory(Encoder):
    """Follow corners through a clip for some steps, and count which shapes of paths there are.

    Clips, looked at in grey, to float32, shape (n_clips, n_words + 1): the shares of the words among the paths that move, and in the end,
    under a logarithm, how many paths there are. A clip where nothing moves gets zeros, and is reported.

    Learns `words_` (n_words, 2 * length), the typical shapes.

    Raises `DataError` where no clip has a path. Poor choice for smooth things without corners, and for clips shorter than `length` steps.

    Source: Wang, Kläser, Schmid and Liu, "Action recognition by dense trajectories", CVPR 2011.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    n_words: Annotated[int, Ge(1)] = 32
    """How many shapes of paths are told apart."""
    length: Annotated[int, Ge(2)] = 10
    """For how many steps a point is followed."""
    frame_rate: Annotated[float, Gt(0)] = 25.0
    """How many frames a second are looked at."""
    size: tuple[Annotated[int, Ge(16)], Annotated[int, Ge(16)]] = (120, 160)
    """Height and width, in pixels, that frames are brought to first."""
    n_points: Annotated[int, Ge(1)] = 150
    """How many points are followed at a time."""
    distance: Annotated[int, Ge(1)] = 5
    """How near to each other points may be at first, in pixels."""
    random_state: int = 0
    """Seed of the sample and of the words."""

    def fit(self, records: Records[Any], y: None = None) -> Self:
        self._learn_words(of_clips(records, self._paths))
        return self

    def fit_transform(self, records: Records[Any], y: None = None) -> Matrix:
        shapes = list(of_clips(records, self._paths))  # smaller than the videos, and following points is what takes time
        self._learn_words(shapes)
        return self._told(shapes)

    def transform(self, records: Iterable[Any]) -> Matrix:
        self.words_  # noqa: B018  # raises NotFittedError first, whatever the records are
        return self._told(of_clips(records, self._paths))

    def _learn_words(self, clips: Iterable[Vectors]) -> None:
        sample = sample_of(clips, self.random_state)
        if not len(sample):
            raise DataError("not one point moves in all of the clips", hint="lower `length`, or take encoder/color_rhythm")
        self.words_ = learn_words(sample, self.n_words, self.random_state)

    def _told(self, clips: Iterable[Vectors]) -> Matrix:
        rows = stacked(np.append(counts(shapes, self.words_) / max(len(shapes), 1), np.log1p(len(shapes))) for shapes in clips)
        if len(still := np.flatnonzero(rows[:, -1] == 0)):
            report_problem("have no point that moves and get a row of zeros", rows=still.tolist())
        return rows

    def _paths(self, clip: Clip) -> Vectors:
        frames = clip.frames(sample="rate", rate=self.frame_rate, size=self.size, colour=False)
        return paths(frames, self.length, self.n_points, self.distance)
