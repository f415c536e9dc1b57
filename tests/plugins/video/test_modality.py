import json
from io import BytesIO
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from PIL import Image as Pillow

from asterism.framework import DataError, Pipeline, Stage
from asterism.framework.fingerprint import RecordsDigest
from asterism.framework.problems import problems_to
from asterism.plugins.video.arrays import ArrayClip
from asterism.plugins.video.clip import Wanted
from asterism.plugins.video.encoders.color_rhythm import ColorRhythm
from asterism.plugins.video.files import FileClip
from asterism.plugins.video.modality import Video


@pytest.fixture
def folder(film, square):
    for name in ("cats/1.mp4", "cats/2.MP4", "dogs/1.mp4"):
        film(square(20), name)
    return film(square(20), "dogs/2.mp4").parent.parent


def test_a_folder_gives_a_clip_per_file_and_sub_folders_are_classes(folder):
    records = Video().read(folder)
    assert records.ids == ["cats/1.mp4", "cats/2.MP4", "dogs/1.mp4", "dogs/2.mp4"]
    assert records.targets == ["cats", "cats", "dogs", "dogs"]
    assert records.modality == "video"
    assert all(isinstance(clip, FileClip) for clip in records)


def test_fields_say_which_frames_a_clip_gives_that_is_asked_for_nothing_else(folder):
    clip = Video(frames="rate", frame_rate=5, size=(16, 24), mode="grey").read(folder)[0]
    assert clip.wanted == Wanted("rate", 16, 5.0, (16, 24), False)
    assert clip.stack().shape == (4, 16, 24)


def test_a_table_names_videos_beside_it(folder):
    (folder / "list.csv").write_text("file,kind\ncats/1.mp4,cat\ndogs/1.mp4,dog\n")
    records = Video(column="file", target="kind").read(folder / "list.csv")
    assert (records.ids, records.targets) == (["0", "1"], ["cat", "dog"])
    assert len(records[1].stack(sample="all")) == 20


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("../x.mp4", "the path '../x.mp4' leads out of the table's folder; put the videos beside the table, and name them relative to it"),
        ("/etc/passwd", "the path '/etc/passwd' leads out of the table's folder"),
        ("gone.mp4", "cannot be read: No such file or directory"),
        (None, "the path of a video is needed, there is nothing; name another `column`"),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"windows": 0.5}])
def test_a_row_that_names_no_video_of_the_folder_costs_itself_alone(folder, cell, message, fields):
    lines = [json.dumps({"video": name}) for name in ("cats/1.mp4", cell)]
    (folder / "list.jsonl").write_text("\n".join(lines))
    result = Pipeline([Stage("rhythm", ColorRhythm())], modality=Video(**fields)).fit(folder / "list.jsonl")
    assert len(result.quarantine) == 1
    assert message in result.quarantine[0].message


def test_fields_that_say_what_a_table_holds_are_refused_for_a_folder(folder):
    with pytest.raises(DataError, match="read as folder, which has no use for `target`; leave `target` out"):
        Video(target="kind").read(folder)


def test_windows_are_records_that_tell_their_video(folder):
    records = Video(windows=0.3, overlap=0.1).read(folder / "cats")
    assert records.ids[:4] == ["1.mp4#0", "1.mp4#1", "1.mp4#2", "1.mp4#3"]
    assert list(records.about("parent"))[:4] == ["1.mp4"] * 4
    spans = [(round(clip.start, 3), round(clip.end, 3)) for clip in records]
    assert spans[:4] == [(0, 0.3), (0.2, 0.5), (0.4, 0.7), (0.6, 0.8)]
    assert sum(len(clip.stack(sample="all")) for clip in list(records)[:4]) == 8 + 8 + 8 + 5


def test_a_video_that_cannot_be_read_costs_itself_alone(folder):
    (folder / "cats" / "3.mp4").write_bytes(b"nothing")
    for fields in ({}, {"windows": 0.5}):
        result = Pipeline([Stage("rhythm", ColorRhythm())], modality=Video(**fields)).fit(folder)
        assert len(result.quarantine) == 1
        assert "3.mp4" in result.quarantine[0].ids[0]
        assert "is no video that can be read" in result.quarantine[0].message


def test_the_rest_of_a_video_is_a_window_of_its_own_or_lengthens_the_last(film, square):
    path = film(square(30))  # of 1.2 seconds
    spans = {windows: [(clip.start, clip.end) for clip in Video(windows=windows).read(path)] for windows in (0.5, 0.7, 5.0)}
    assert spans == {0.5: [(0.0, 0.5), (0.5, 1.2)], 0.7: [(0.0, 0.7), (0.7, 1.2)], 5.0: [(0.0, 1.2)]}


def test_windows_tell_when_their_file_changes_and_have_a_digest(folder):
    def told():
        records = Video(windows=0.3).read(folder)
        digest = RecordsDigest(records)
        digest.add(records.entries)
        return records.survey().stamps, str(digest)

    stamps, digest = told()
    assert digest
    assert told() == (stamps, digest)
    (folder / "cats" / "1.mp4").write_bytes((folder / "dogs" / "1.mp4").read_bytes() + b"0")
    assert told()[0] != stamps
    assert told()[1] != digest


def test_results_of_windows_go_by_video(folder):
    result = Pipeline([Stage("rhythm", ColorRhythm())], modality=Video(windows=0.4)).fit(folder)
    assert result["rhythm"].shape[0] == len(result.about["parent"]) == 8


def test_only_the_beginning_is_looked_at_where_that_is_asked_for(folder):
    told = []
    with problems_to(told.append):
        records = Video(max_seconds=0.2).read(folder)
        assert len(records[0].stack(sample="all")) == len(records) + 1 == 5
        assert len(records[0].stack(count=3)) == 3
    message = "of 4 videos only the first 0.2 seconds are looked at, as `max_seconds` says"
    assert [(problem.message, problem.count, problem.expected) for problem in told] == [(message, 4, True)]


def test_a_limit_beyond_the_end_changes_nothing(folder):
    limited, free = (Video(max_seconds=limit).read(folder)[0] for limit in (50.0, None))
    assert [frame.seconds for frame in limited.frames(count=4)] == [frame.seconds for frame in free.frames(count=4)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"overlap": 1.0}, "`overlap` needs `windows` (got 1)"),
        ({"windows": 1.0, "overlap": 1.0}, "`overlap` must be less than `windows`, 1 (got 1)"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(folder, fields, message):
    with pytest.raises(DataError) as caught:
        Video(**fields).read(folder)
    assert message in str(caught.value)


def test_a_host_passes_arrays(square):
    records = Video(mode="grey", n_frames=3).read([square(9), np.repeat(square(6)[..., None], 3, axis=3)])
    assert [clip.stack().shape for clip in records] == [(3, 48, 48)] * 2
    with pytest.raises(DataError, match="a clip is a uint8 array of shape"):
        Video().read([np.zeros((3, 4), np.uint8)])
    with pytest.raises(DataError, match="there is not one clip"):
        Video().read([])


def test_what_is_written_is_read_back_nearly(square, tmp_path):
    clips = [ArrayClip(square(10)), ArrayClip(np.repeat(square(12, side=35)[..., None], 3, axis=3))]
    paths = Video().write(clips, tmp_path / "out")
    assert [path.name for path in paths] == ["0.mp4", "1.mp4"]
    back = [clip.stack(sample="all", colour=False) for clip in Video().read(tmp_path / "out")]
    assert [frames.shape for frames in back] == [(10, 48, 48), (12, 36, 36)]
    assert np.abs(back[0].astype(int) - clips[0].array).mean() < 4


def test_what_is_written_keeps_its_pace(film, square, tmp_path):
    clip = FileClip(film(square(8), "film.mkv", times=[0, 40, 80, 120, 1000, 1040, 2000, 2900]))
    [path] = Video().write([clip], tmp_path / "out")
    before, after = ([round(frame.seconds, 3) for frame in one.frames(sample="all")] for one in (clip, FileClip(path)))
    assert before == after


def test_a_clip_is_sent_to_another_process_as_what_it_is(folder):
    clip = Video(windows=0.4).read(folder)[1]
    sent = ForkingPickler.dumps(clip)
    assert ForkingPickler.loads(sent) == clip
    assert len(sent) < 1000


def test_a_clip_is_shown_as_its_middle_and_as_an_animation(folder):
    clip = Video().read(folder)[0]
    assert Pillow.open(BytesIO(Video().preview(clip))).size == (48, 48)
    moving = Pillow.open(BytesIO(Video().animation(clip)))
    assert (moving.format, moving.n_frames) == ("WEBP", 12)


def test_sound_is_ignored_and_that_is_said(tmp_path, square):
    import av

    with av.open(str(tmp_path / "loud.mp4"), "w") as container:
        video, sound = container.add_stream("libx264", rate=25), container.add_stream("aac", rate=44100, layout="mono")
        video.height, video.width, video.pix_fmt = 48, 48, "yuv420p"
        for image in square(5):
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="gray")))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(sound.encode(frame))
        for stream in (video, sound):
            container.mux(stream.encode())
    told = []
    with problems_to(told.append):
        assert len(Video().read(tmp_path)[0].stack(sample="all")) == 5
    assert [(problem.message, problem.expected) for problem in told] == [("'loud.mp4' has sound; that of videos is ignored", True)]


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "x.mp4"
    outside.write_bytes(b"x")
    (folder / "cats" / "link.mp4").symlink_to(outside)
    with pytest.raises(DataError, match="is a link out of the source"):
        Video().read(folder)
