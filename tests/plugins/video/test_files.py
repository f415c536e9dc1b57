"""Frames of video files: the same whichever way is taken through the file, and what is wrong with a file is said."""

import gc
import os
import re
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import pytest
from av.stream import Disposition
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


FORMATS = {
    "film.mp4": {"g": 10, "bf": 2},
    "open.mkv": {"bf": 3, "x264-params": "open-gop=1:keyint=10:scenecut=0"},
    "film.ts": {"g": 10, "bf": 2},
    "film.mpg": {"codec": "mpeg2video", "g": 12, "bf": 2},
    "film.avi": {"codec": "mpeg4", "g": 10, "bf": 2},
    "film.webm": {"codec": "libvpx", "g": 10},
}


@pytest.mark.parametrize("name", FORMATS)
def test_looking_up_sparse_frames_gives_what_passing_through_gives(film, square, monkeypatch, name):
    path = film(square(120), name, **FORMATS[name])
    images = decoded(path)[1]
    for count in (3, 9):
        passed = list(FileClip(path).frames(count=count, colour=False))
        places = [int((place + 0.5) * 120 / count + 1e-6) for place in range(count)]
        assert np.array_equal(np.stack([frame.image for frame in passed]), images[places])
        with monkeypatch.context() as patch:
            patch.setattr(files, "SPARSE", 0.0)
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


def test_a_span_without_a_key_frame_has_the_one_that_it_shows_in_its_middle(film, square):
    path = film(square(40), g=40)
    [frame] = FileClip(path, 0.4, 0.8).frames(sample="key", colour=False)
    assert round(frame.seconds, 2) == 0.2
    assert np.array_equal(frame.image, decoded(path)[1][15])


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


@pytest.mark.parametrize(("name", "options"), [("whole.mkv", {}), ("whole.mp4", {"faststart": True})])
def test_a_truncated_video_gives_what_it_has_and_that_is_said(film, square, name, options):
    path = film(square(200), name, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    told = []
    with problems_to(told.append):
        assert 0 < len(FileClip(path).stack(sample="all")) < 200
    assert re.fullmatch(r".*: the pictures end after \d\.\d of the 8\.0 seconds that the file states", told[0].message)


def test_a_video_whose_table_is_cut_off_is_none(film, square):
    path = film(square(200))
    path.write_bytes(path.read_bytes()[:-600])
    assert message_of(path).startswith("film.mp4: is no video that can be read: ")


def test_damaged_packets_are_passed_over_and_that_is_said(film, square):
    path = film(square(60), "film.avi", codec="mjpeg")
    content = bytearray(path.read_bytes())
    for place in [found.start() for found in re.finditer(b"00dc", content)][10:14]:
        length = int.from_bytes(content[place + 4 : place + 8], "little")
        content[place + 8 : place + 8 + length] = bytes(length)
    path.write_bytes(content)
    told = []
    with problems_to(told.append):
        assert len(FileClip(path).stack(sample="all")) == 56
    assert [problem.message for problem in told] == [f"{path}: 4 packets are damaged and were passed over"]


def test_a_length_that_no_such_file_has_is_not_believed(film, square):
    path = film(square(3), "film.mkv", times=[0, 40, 80_000_000])
    assert "film.mkv: is too small for the 80,000 seconds that it states; leave it out" in message_of(path)
    assert len(FileClip(path).stack(sample="all")) == 3


def test_a_leap_in_the_times_is_leapt_over(film, square):
    path = film(square(3), "film.mkv", times=[0, 40, 2_000_000])
    assert [round(frame.seconds, 2) for frame in FileClip(path).frames(sample="rate", rate=1e6)] == [0.0, 0.04, 2000.0]


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


@pytest.mark.parametrize(
    "content",
    [
        "\n\n  ffconcat version 1.0\nfile x.mp4\n",
        "\ufeff#EXTM3U\n#EXTINF:1,\nx.mp4\n",
        "\0\n#EXTM3U\n#EXTINF:1,\nx.mp4\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
)
def test_a_playlist_in_disguise_opens_nothing(film, square, tmp_path, content):
    film(square(5), "x.mp4")
    (tmp_path / "list.mp4").write_text(content)
    assert "list.mp4: is " in message_of(tmp_path / "list.mp4")


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


def test_a_cover_picture_is_no_video(tmp_path):
    with av.open(str(tmp_path / "song.mp4"), "w") as container:
        sound, cover = container.add_stream("aac", rate=44100, layout="mono"), container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt, cover.disposition = 16, 16, "yuvj420p", Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 16), np.uint8), format="gray")
        for packets in (cover.encode(picture), cover.encode(), sound.encode(frame), sound.encode()):
            container.mux(packets)
    assert message_of(tmp_path / "song.mp4") == "song.mp4: has no video, only audio; leave it out"


def test_frames_that_grow_in_the_midst_come_in_the_size_of_the_first(film, square):
    content = [film(square(10, side=side), f"{side}.ts").read_bytes() for side in (48, 96)]
    path = film(square(1), "both.ts")
    path.write_bytes(b"".join(content))
    assert FileClip(path).stack(sample="all").shape == (20, 48, 48, 3)
    with problems_to(lambda problem: None):
        assert len(FileClip(path, max_pixels=5000).stack(sample="all")) <= 10  # larger ones are not decoded


def test_the_ending_of_a_name_need_not_tell_the_format(film, square):
    path = film(square(4), "film.mkv")
    path = path.rename(path.with_suffix(".mp4"))
    assert len(FileClip(path).stack()) == 4


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
    theirs = cv2.VideoCapture(str(path)).read()[1][..., 0]
    assert np.abs(upright[0].astype(int) - theirs).max() < 8
    assert upright[0, :, 20:].min() > 150  # what was above is to the right


@pytest.mark.parametrize(("codec", "name"), [("mjpeg", "full.avi"), ("libx264", "limited.mp4")])
def test_grey_is_from_black_to_white_whichever_range_the_file_has(film, codec, name):
    path = film(np.repeat([[0, 255]], 16, axis=0).repeat(16, axis=1).astype(np.uint8)[None], name, codec=codec)
    image = FileClip(path).stack(colour=False)[0]
    assert image[:, :12].max() < 6
    assert image[:, -12:].min() > 249


def test_frames_are_made_smaller_by_the_means_of_areas(film):
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 96)).astype(np.uint8)
    path = film(noise, qp=0)
    means = decoded(path)[1][0].reshape(8, 8, 12, 8).mean(axis=(1, 3))
    assert np.abs(FileClip(path).stack(size=(8, 12), colour=False)[0] - means).max() < 2


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
