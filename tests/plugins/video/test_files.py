"""Frames of video files: the same whichever way is taken through the file, and what is wrong with a file is said."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from PIL import Image as Pillow

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.plugins.video import files
from asterism.plugins.video.clip import Wanted
from asterism.plugins.video.files import FileClip


def decoded(path):
    """Every frame by PyAV, as it turns them to grey, with their times."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    start = frames[0].time
    return [frame.time - start for frame in frames], np.stack([frame.to_ndarray(format="gray") for frame in frames])


def shown(times, seconds):
    """Which frame is shown at a time."""
    return max(place for place, time in enumerate(times) if time <= seconds + 1e-6)


def message_of(path, **changes):
    with pytest.raises(DataError) as caught:
        FileClip(path).stack(**changes)
    return str(caught.value).replace(str(path), path.name)


def test_all_frames_are_those_of_pyav(film, square):
    path = film(square())
    assert np.array_equal(FileClip(path).stack(sample="all", colour=False), decoded(path)[1])


@pytest.mark.parametrize("count", [1, 4, 7, 30, 100])
def test_frames_by_count_are_those_shown_in_the_middles_of_equal_spans(film, square, count):
    path = film(square())
    times, images = decoded(path)
    wanted = dict.fromkeys(shown(times, (place + 0.5) * 30 / 25 / count) for place in range(count))
    frames = list(FileClip(path).frames(count=count, colour=False))
    assert [round(frame.seconds * 25) for frame in frames] == list(wanted)
    assert np.array_equal(np.stack([frame.image for frame in frames]), images[list(wanted)])


def test_a_variable_frame_rate_is_followed_by_time(film, square):
    at = [0, 40, 80, 120, 1000, 1040, 2000, 2900]
    path = film(square(8), "film.mkv", times=at)
    frames = list(FileClip(path).frames(sample="rate", rate=2, colour=False))
    assert [round(frame.seconds, 2) for frame in frames] == [0.0, 0.12, 1.0, 1.04, 2.0]  # what is shown at 0.5 s has been since 0.12 s


@pytest.mark.parametrize("count", [3, 9])
def test_looking_up_sparse_frames_gives_what_passing_through_gives(film, square, monkeypatch, count):
    path = film(square(120), g=10, bf=2)
    passed = list(FileClip(path).frames(count=count, colour=False))
    monkeypatch.setattr(files, "SPARSE", 0.0)
    looked_up = list(FileClip(path).frames(count=count, colour=False))
    assert [frame.seconds for frame in looked_up] == [frame.seconds for frame in passed]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(looked_up, passed, strict=True))


def test_a_span_has_its_own_frames_and_times(film, square, monkeypatch):
    path = film(square(50), g=5)
    images = decoded(path)[1]
    for sparse in (10.0, 0.2):  # by passing through, and by going there
        monkeypatch.setattr(files, "SPARSE", sparse)
        frames = list(FileClip(path, 0.8, 1.6).frames(sample="all", colour=False))
        assert [round(frame.seconds, 2) for frame in frames] == [round(0.04 * place, 2) for place in range(20)]
        assert np.array_equal(np.stack([frame.image for frame in frames]), images[20:40])


def test_key_frames_are_those_that_the_codec_stores_whole(film, square):
    path = film(square(40), g=10, sc_threshold=0)
    assert [round(frame.seconds, 2) for frame in FileClip(path).frames(sample="key")] == [0.0, 0.4, 0.8, 1.2]


def test_the_first_frame_of_each_shot_is_found(film, square):
    path = film(np.concatenate([square(20), square(20, shade=200)[:, ::-1], square(15, shade=90).transpose(0, 2, 1)]))
    assert [round(frame.seconds, 2) for frame in FileClip(path).frames(sample="scene", colour=False)] == [0.0, 0.8, 1.6]


def test_frames_come_in_size_and_colours(film, square):
    path = film(np.repeat(square(5)[..., None], 3, axis=3))
    assert FileClip(path).stack(size=(20, 30), colour=True).shape == (5, 20, 30, 3)
    assert FileClip(path).stack(size=(20, 30), colour=False).shape == (5, 20, 30)
    assert FileClip(path, wanted=Wanted(count=2, colour=False)).stack().shape == (2, 48, 48)


def test_sides_of_odd_numbers_of_pixels_are_kept(film):
    path = film(np.full((3, 37, 53, 3), 90, np.uint8), "odd.mkv", codec="ffv1")
    assert FileClip(path).stack().shape == (3, 37, 53, 3)


def test_a_gif_is_a_video(tmp_path, square):
    pictures = [Pillow.fromarray(frame) for frame in square(6)]
    pictures[0].save(tmp_path / "moving.gif", save_all=True, append_images=pictures[1:], duration=40)
    pictures[0].save(tmp_path / "still.gif")
    assert len(FileClip(tmp_path / "moving.gif").stack(colour=False)) == 6
    assert len(FileClip(tmp_path / "still.gif").stack(colour=False)) == 1


def test_a_truncated_video_gives_what_it_has_or_says_what_is_wrong(film, square):
    path = film(square(200), "whole.mkv")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with problems_to(lambda problem: None):
        assert 0 < len(FileClip(path).stack(sample="all")) < 200
    cut = film(square(200), "cut.mp4")
    cut.write_bytes(cut.read_bytes()[:-600])  # the table at its end is gone
    assert message_of(cut).startswith("cut.mp4: is no video that can be read: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.mp4: is empty; leave it out, or convert it anew"),
        (
            b"a text\n" * 99,
            "bad.mp4: is no video that can be read: Invalid data found when processing input; leave it out, or convert it anew",
        ),
        (b"#EXTM3U\nhttp://example.org/a.ts\n", "bad.mp4: is a playlist, which names other files or addresses; name the videos themselves"),
        (b"ffconcat version 1.0\nfile x.mp4\n", "bad.mp4: is a playlist, which names other files or addresses; name the videos themselves"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, content, message):
    (tmp_path / "bad.mp4").write_bytes(content)
    assert message_of(tmp_path / "bad.mp4") == message


def test_a_playlist_in_disguise_opens_nothing(film, square, tmp_path):
    film(square(5), "x.mp4")
    (tmp_path / "list.mp4").write_bytes(b"\n\n  ffconcat version 1.0\nfile x.mp4\n")
    assert "list.mp4: is" in message_of(tmp_path / "list.mp4")


def test_a_file_of_sound_alone_has_no_video(tmp_path):
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert message_of(tmp_path / "sound.mp4") == "sound.mp4: has no video, only audio; leave it out"


def test_frames_that_are_too_large_are_refused_before_one_is_decoded(film, square):
    with pytest.raises(DataError, match=r"has frames of 2,304 pixels \(48 x 48\), more than max_pixels=1000; raise `max_pixels`"):
        FileClip(film(square(2)), max_pixels=1000).stack()


def test_a_codec_that_is_not_built_in_is_said(film, square):
    path = film(square(3), "odd.avi", codec="mpeg4")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"QQQQ").replace(b"fmp4", b"qqqq"))
    assert message_of(path) == "odd.avi: has a codec that is not built in; convert it, such as to h264"


def test_a_missing_file_is_said(tmp_path):
    assert message_of(tmp_path / "gone.mp4") == "gone.mp4: cannot be read: No such file or directory; leave it out, or convert it anew"


def test_a_name_that_is_not_utf_8_is_read(film, square):
    path = film(square(3))
    odd = Path(os.fsdecode(os.fsencode(str(path.parent)) + b"/\xff\xfe.mp4"))
    path.rename(odd)
    assert len(FileClip(odd).stack()) == 3


def test_a_video_that_was_filmed_on_its_side_is_turned_upright(film, square):
    frames = np.zeros((3, 32, 64), np.uint8)
    frames[:, :16] = 200
    path = film(frames)
    content = bytearray(path.read_bytes())
    place = content.find(b"tkhd") + 4 + 40  # the matrix of the track
    turned = [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30]
    content[place : place + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turned)
    path.write_bytes(content)
    upright = FileClip(path).stack(colour=False)
    assert upright.shape == (3, 64, 32)
    assert FileClip(path).stack(colour=False, size=(32, 16)).shape == (3, 32, 16)
    bright = upright[0].mean(axis=0)
    assert (bright[-8:].min() > 150) or (bright[:8].min() > 150)


def test_a_dropped_iterator_closes_its_file(film, square):
    path = film(square(30))
    before = psutil.Process().num_fds()
    frames = FileClip(path).frames(sample="all")
    next(frames)
    del frames
    gc.collect()
    assert psutil.Process().num_fds() == before


def test_ffmpeg_prints_nothing(tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(300))
    code = (
        "from pathlib import Path; from asterism.framework import DataError; from asterism.plugins.video.files import FileClip\n"
        f"try: FileClip(Path({str(tmp_path / 'bad.mp4')!r})).stack()\nexcept DataError: pass"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
