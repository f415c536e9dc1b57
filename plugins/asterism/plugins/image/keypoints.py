"""The encoders of key points: words of what stands around the corners and blobs of an image."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix, report_problem
from asterism.framework.records import Records
from asterism.plugins.visual_words import Encoding, Vectors, counts, fisher, learn_words, sample_of, spreads, vlad

from .arrays import Array, to_pil
from .sizing import images_of

Side = Annotated[int, Ge(1)]


class KeyPointWords(Encoder):
    """What `sift_bovw` and `orb_bovw` have in common; each says how descriptors are found."""

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    n_words: Annotated[int, Ge(1)] = 256
    """How many visual words are learned."""
    encoding: Encoding = "counts"
    """What is told of an image: "counts" of the words, weighted by tf-idf, of length 1; "vlad", how descriptors differ from their words; or
    "fisher", how they and their spread do. The latter two want few words, such as 16."""
    size: tuple[Side, Side] | None = None
    """Height and width, in pixels, that every image is brought to first; None leaves them as they are."""
    upscale: Annotated[int, Ge(1)] = 1
    """Enlarge images so many times: small ones have no key points otherwise."""
    n_keypoints: Annotated[int, Ge(1)] = 500
    """The strongest so many key points of an image are described."""
    step: Annotated[int, Ge(1)] | None = None
    """Describe the points of a grid, so many pixels apart, instead of key points (Lazebnik, Schmid and Ponce, CVPR 2006): better for images
    that all show a thing in the same place, and for small ones. None: key points."""
    random_state: int = 0
    """Seed of the sample and of the words."""

    def _detector(self) -> Any:
        """Make what finds and describes key points."""
        raise NotImplementedError

    def _vectors(self, descriptors: NDArray[Any]) -> Vectors:
        """Make vectors of descriptors, which words can be means of."""
        raise NotImplementedError

    def fit(self, records: Records[Any], y: None = None) -> Self:
        documents: list[int] = []
        detector = self._detector()
        sample = sample_of(self._noted(records, detector, documents), self.random_state)
        if not len(sample):
            raise DataError("there is not one key point in all of the images", hint="raise `upscale`, or take encoder/hog")
        self.words_ = learn_words(sample, self.n_words, self.random_state)
        self.variances_, self.shares_ = spreads(sample, self.words_)
        if self.encoding == "counts":
            held = sum((counts(vectors, self.words_) > 0).astype(np.float64) for vectors in self._described(records, detector))
            self.idf_ = np.log((1 + len(documents)) / (1 + held)) + 1
        self.notes_ = [f"{len(self.words_):,} words, {np.mean(documents):.0f} key points per image"]
        return self

    def transform(self, records: Iterable[Any]) -> Matrix:
        self.words_  # noqa: B018  # raises NotFittedError first, whatever the records are
        rows, empty = [], []
        for row, vectors in enumerate(self._described(records, self._detector())):
            rows.append(self._told(vectors))
            empty += [] if len(vectors) else [row]
        if not rows:
            raise DataError("there is not one image to encode", hint="give it at least one")
        if empty:
            report_problem("have no key point and get a row of zeros", rows=empty)
        return np.stack(rows).astype(np.float32)

    def _noted(self, records: Iterable[Any], detector: Any, sizes: list[int]) -> Iterator[Vectors]:
        for vectors in self._described(records, detector):
            sizes.append(len(vectors))
            yield vectors

    def _described(self, records: Iterable[Any], detector: Any) -> Iterator[Vectors]:
        for image in images_of(records, self.size, colour=False):
            descriptors = self._descriptors(self._enlarged(image), detector)
            yield self._vectors(descriptors if descriptors is not None else np.zeros((0, detector.descriptorSize()), np.uint8))

    def _descriptors(self, image: Array, detector: Any) -> NDArray[Any] | None:
        found = detector.detectAndCompute(image, None) if self.step is None else detector.compute(image, _grid(image, self.step))
        descriptors: NDArray[Any] | None = found[1]
        return descriptors

    def _enlarged(self, image: Array) -> Array:
        if self.upscale == 1:
            return image
        from PIL.Image import Resampling

        height, width = image.shape
        return np.asarray(to_pil(image).resize((width * self.upscale, height * self.upscale), Resampling.BICUBIC))

    def _told(self, vectors: Vectors) -> NDArray[np.float64]:
        if self.encoding == "vlad":
            return vlad(vectors, self.words_)
        if self.encoding == "fisher":
            return fisher(vectors, self.words_, self.variances_, self.shares_)
        weighted: NDArray[np.float64] = counts(vectors, self.words_) * self.idf_
        return weighted / (np.linalg.norm(weighted) or 1.0)


def _grid(image: Array, step: int) -> list[Any]:
    """Lay points over an image, `step` pixels apart and as large as that."""
    from cv2 import KeyPoint

    rows, columns = (range(step // 2, length, step) for length in image.shape)
    return [KeyPoint(float(column), float(row), float(step)) for row in rows for column in columns]
