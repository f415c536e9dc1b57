import io
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image as Pillow

from asterism.framework import DataError, Pipeline, Settings, Stage
from asterism.framework.fingerprint import RecordsDigest
from asterism.framework.local import LocalEngine
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.modality import Image

SHADES = {"set/cats/1.png": 10, "set/cats/2.png": 20, "set/dogs/1.png": 30}


def png(shade):
    stream = io.BytesIO()
    Pillow.new("L", (4, 3), shade).save(stream, "PNG")
    return stream.getvalue()


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return path


IMAGES = {name: png(shade) for name, shade in SHADES.items()}
PACKERS = {
    "a.zip": zipped,
    "a.tar": lambda path, members: tarred(path, members, "w"),
    "a.tar.gz": tarred,
    "a.tgz": tarred,
    "a.tar.xz": lambda path, members: tarred(path, members, "w:xz"),
    "a.tar.bz2": lambda path, members: tarred(path, members, "w:bz2"),
}


@pytest.fixture(params=PACKERS)
def packed(request, tmp_path):
    return lambda members: PACKERS[request.param](tmp_path / request.param, members)


def message_of(path):
    with pytest.raises(DataError) as caught:
        list(Image().read(path))
    return str(caught.value).replace(str(path), path.name)


def test_images_are_read_where_they_lie(packed, tmp_path):
    path = packed(IMAGES)
    records = Image().read(path)
    assert records.ids == list(SHADES)
    assert records.targets == ["cats", "cats", "dogs"]
    assert [int(image[0, 0]) for image in records] == [10, 20, 30] == [int(image[0, 0]) for image in records]
    assert records[2].shape == (3, 4)
    assert int(records[0][0, 0]) == 10  # backwards too
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_other_files_and_hidden_ones_are_left_out(packed):
    told = []
    with problems_to(told.append):
        assert len(Image().read(packed({**IMAGES, "README": b"x", "__MACOSX/set/1.png": b"x", ".hidden/1.png": b"x"}))) == 3
    assert told[0].message.endswith("1 files of other kinds were left out")


@pytest.mark.parametrize("name", ["../../etc/x.png", "/etc/x.png", "a/../../x.png", "..\\x.png", "C:/x.png"])
def test_a_name_that_leads_out_of_the_archive_is_refused(packed, name):
    message = message_of(packed({**IMAGES, name: png(1)}))
    assert "has a name that leads out of the archive; pack the archive anew with plain images alone" in message


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ((tarfile.SYMTYPE, "/etc/passwd"), "is a link"),
        ((tarfile.LNKTYPE, "set/cats/1.png"), "is a link"),
        ((tarfile.FIFOTYPE, ""), "is a device"),
    ],
)
def test_links_and_devices_in_a_tar_file_are_refused(tmp_path, kind, what):
    assert f"a.tar.gz: 'x.png' {what}" in message_of(tarred(tmp_path / "a.tar.gz", {**IMAGES, "x.png": kind}))


def test_a_link_in_a_zip_file_is_refused(tmp_path):
    info = zipfile.ZipInfo("x.png")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert message_of(tmp_path / "a.zip").startswith("a.zip: 'x.png' is a link")


def test_a_member_that_unpacks_out_of_all_proportion_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x.png": bytes(3_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert "'x.png' unpacks from" in message_of(path)


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2"])
def test_a_tar_file_that_unpacks_out_of_all_proportion_is_refused_before_it_is_unpacked(tmp_path, mode):
    message = message_of(tarred(tmp_path / "a.tar.gz", {**IMAGES, "x.png": bytes(4_000_000)}, mode))
    assert message.startswith("a.tar.gz: 'x.png' unpacks from ")
    assert message.endswith(" bytes, more than 200 times its size; pack the archive anew with plain images alone")


def test_a_size_that_no_image_has_is_refused(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("x.png")
        info.size = 2**30
        archive.addfile(info)  # the header alone
    assert message_of(tmp_path / "a.tar") == (
        "a.tar: 'x.png' unpacks to 1,073,741,824 bytes, more than 536,870,912; pack the archive anew with plain images alone"
    )


def test_a_name_that_stands_in_it_twice_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", IMAGES)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("set/cats/1.png", png(1))
    assert message_of(path) == "a.zip: 'set/cats/1.png' stands in it twice; pack the archive anew with plain images alone"


def test_a_name_in_another_code_is_written_so_that_it_can_be_read_back(tmp_path):
    told = []
    with problems_to(told.append):
        records = Image().read(tarred(tmp_path / "a.tar", {"caf\udce9/1.png": png(7), "2.png": png(8)}))
        assert records.ids == ["caf\\xe9/1.png", "2.png"]
        assert records.targets is None
        assert [int(image[0, 0]) for image in records] == [7, 8]
    assert [problem.count for problem in told] == [1]


@pytest.mark.parametrize("packer", PACKERS.values(), ids=PACKERS)
def test_broken_bytes_give_images_or_data_errors_and_nothing_else(tmp_path, packer):
    content = packer(tmp_path / "whole", IMAGES).read_bytes()
    random = np.random.default_rng(0)
    for number in range(30):
        broken = bytearray(content)
        for place in random.integers(len(content), size=3):
            broken[place] = random.integers(256)
        path = tmp_path / f"{number}.{'zip' if content[:2] == b'PK' else 'tar'}"
        path.write_bytes(broken if number % 3 else content[: random.integers(len(content))])
        with suppress(DataError), problems_to(lambda problem: None):
            records = Image().read(path)
            for row in range(len(records)):
                with suppress(DataError):
                    assert records[row].dtype == np.uint8


def test_threads_read_archives_beside_each_other(tmp_path):
    paths = [zipped(tmp_path / f"{shade}.zip", {f"{row}.png": png(shade) for row in range(30)}) for shade in (10, 20, 30, 40)]

    def shades(path):
        return {int(image[0, 0]) for image in Image().read(path)}

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shades, paths)) == [{10}, {20}, {30}, {40}]


def test_an_encrypted_member_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", IMAGES)
    content = bytearray(path.read_bytes())
    for place in range(len(content) - 4):
        if content[place : place + 4] == b"PK\x01\x02":
            content[place + 8] |= 1
    path.write_bytes(content)
    assert message_of(path) == "a.zip: 'set/cats/1.png' is encrypted; pack the images anew without a password"


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
@pytest.mark.parametrize("content", [b"", b"nothing"])
def test_what_is_no_archive_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    message = message_of(tmp_path / name)
    assert message.startswith(f"{name}: ")
    assert "archive" in message


def test_an_archive_without_images_is_refused(packed):
    assert "of the 1 files in the archive none ends in" in message_of(packed({"README": b"x"}))


@pytest.mark.parametrize("packed", ["a.zip", "a.tar.gz"], indirect=True)
def test_a_damaged_image_costs_itself_alone_in_worker_processes_too(packed):
    members = {**IMAGES, "set/dogs/2.png": b"no image"}
    pipeline = Pipeline([Stage("pixels", Pixels())], modality=Image())
    result = pipeline.fit(str(packed(members)), settings=Settings(engine=LocalEngine(workers=2)))
    assert result.ids == list(SHADES)
    np.testing.assert_allclose(result["pixels"][:, 0] * 255, list(SHADES.values()), rtol=1e-5)
    assert "set/dogs/2.png" in result.quarantine[0].place


def test_a_changed_archive_is_other_data(tmp_path):
    def fingerprint(path=tmp_path / "a.zip"):
        digest = RecordsDigest(records := Image().read(path))
        digest.add(records.entries)
        return str(digest)

    zipped(tmp_path / "a.zip", IMAGES)
    first = fingerprint()
    zipped(tmp_path / "a.zip", {**IMAGES, "set/cats/1.png": png(11)})
    assert fingerprint() != first != ""
