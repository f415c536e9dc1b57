import numpy as np
import pytest

from asterism.framework import DataError, Encoder, Records, report_problem
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.hog import HOG
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.encoders.sift_bovw import SIFTWords
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.video.encoders.frames import Frames

CLIPS = list(np.random.default_rng(0).integers(0, 256, (4, 10, 16, 16), dtype=np.uint8))
RECORDS = Records.of(CLIPS, modality="video")


def of_frames(clip):
    return Pixels(size=(4, 4)).transform(list(clip))


@pytest.mark.parametrize(
    ("name", "pool"),
    [
        ("mean", lambda frames: frames.mean(axis=0)),
        ("max", lambda frames: frames.max(axis=0)),
        ("differences", lambda frames: np.abs(np.diff(frames, axis=0)).mean(axis=0)),
    ],
)
def test_frames_are_pooled(name, pool):
    found = Frames(frame_encoder=Pixels(size=(4, 4)), n_frames=10, pooling=(name,)).fit_transform(RECORDS)
    np.testing.assert_allclose(found, [pool(of_frames(clip)) for clip in CLIPS], rtol=1e-5, atol=1e-6)


def test_poolings_stand_side_by_side():
    both = Frames(frame_encoder=Pixels(size=(4, 4)), pooling=("max", "vlad"), n_words=3).fit_transform(RECORDS)
    assert both.shape == (4, 16 + 3 * 16)
    np.testing.assert_allclose(np.linalg.norm(both[:, 16:], axis=1), 1, rtol=1e-6)


def test_an_image_encoder_that_learns_is_fitted_to_the_frames_and_the_field_stays_as_it_was():
    inner = SIFTWords(n_words=4, upscale=4)
    outer = Frames(frame_encoder=inner, n_frames=2).fit(RECORDS)
    assert outer.encoder_.words_.shape == (4, 128)
    assert inner.learned() == {}
    assert outer.transform(RECORDS).shape == (4, 4)


def test_frames_are_resized_before_they_are_encoded():
    assert Frames(frame_encoder=HOG(size=None), size=(32, 32)).fit_transform(RECORDS).shape == (4, 3 * 3 * 36)


def test_an_encoder_of_texts_is_refused():
    with pytest.raises(DataError, match="`frame_encoder` must read images; Tfidf reads text; name one such as hog"):
        Frames(frame_encoder=Tfidf()).fit(RECORDS)


def test_one_frame_has_no_differences():
    assert not Frames(frame_encoder=Pixels(size=(2, 2)), pooling=("differences",)).fit_transform([CLIPS[0][:1]]).any()


class Meticulous(Encoder):
    """Learns of frames, and refuses one that is not as the first; tells of black ones."""

    reads = frozenset({"image"})

    def fit(self, records, y=None):
        for row, image in enumerate(records):
            self.shape_ = list(image.shape) if row == 0 else self.shape_
            if list(image.shape) != self.shape_:
                raise DataError("another size", rows=[row])
        return self

    def transform(self, records):
        images = list(records)
        if black := [row for row, image in enumerate(images) if not image.any()]:
            report_problem("are black", rows=black)
        return np.zeros((len(images), 1), np.float32)


@pytest.mark.parametrize("n_frames", [1, 3])
def test_a_frame_that_the_image_encoder_cannot_use_is_the_fault_of_its_clip(n_frames):
    clips = [CLIPS[0], CLIPS[1][:2], CLIPS[2][:, :8], CLIPS[3]]
    with pytest.raises(DataError, match="another size") as caught:
        Frames(frame_encoder=Meticulous(), n_frames=n_frames).fit(clips)
    assert caught.value.rows == (2,)


@pytest.mark.parametrize("n_frames", [1, 3])
def test_a_clip_that_cannot_be_decoded_is_named(n_frames):
    with pytest.raises(DataError, match="a clip is a uint8 array") as caught:
        Frames(frame_encoder=Meticulous(), n_frames=n_frames).fit([*CLIPS[:2], CLIPS[2].astype(float)])
    assert caught.value.rows == (2,)


def test_what_an_image_encoder_says_of_frames_is_told_of_their_clip():
    encoder, told = Frames(frame_encoder=Meticulous()).fit(RECORDS), []
    with problems_to(told.append):
        encoder.transform([CLIPS[0], CLIPS[1] * 0])
    assert [(problem.message, problem.rows) for problem in told] == [("frames are black", (1,))]
