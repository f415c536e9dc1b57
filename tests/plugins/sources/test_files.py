"""Which files a source means."""

import errno
import os
import sys
from collections import Counter

import pytest

from asterism.framework import DataError, Entry
from asterism.plugins.sources import find_files, means_several


@pytest.fixture
def pets(tmp_path):
    for name in ("cat/b.txt", "cat/a.txt", "dog/deep/er/c.txt", "dog/photo.JPG", ".hidden/d.txt", "cat/.DS_Store"):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "pets"


def message(source, suffixes=(".txt",)):
    with pytest.raises(DataError) as caught:
        find_files(source, suffixes)
    return str(caught.value)


def ids(entries):
    return [entry.id for entry in entries]


def test_folder_gives_its_files_sorted_with_the_first_level_as_target(pets):
    assert find_files(pets, [".txt"]) == [
        Entry("cat/a.txt", pets / "cat/a.txt", "cat"),
        Entry("cat/b.txt", pets / "cat/b.txt", "cat"),
        Entry("dog/deep/er/c.txt", pets / "dog/deep/er/c.txt", "dog"),
    ]


def test_endings_are_compared_without_case_and_others_are_reported(pets, caplog):
    assert ids(find_files(str(pets), [".jpg"])) == ["dog/photo.JPG"]
    assert caplog.messages == [f"{pets}: 3 files of other kinds were left out"]


def test_files_directly_in_the_folder_have_no_target(pets):
    assert [entry.target for entry in find_files(pets / "cat", [".txt"])] == [None, None]


def test_one_file_is_called_by_its_name(pets):
    assert find_files(pets / "dog/photo.JPG", [".txt"]) == [Entry("photo.JPG", pets / "dog/photo.JPG")]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("**/*.txt", ["cat/a.txt", "cat/b.txt", "dog/deep/er/c.txt"]),
        ("*/*.txt", ["cat/a.txt", "cat/b.txt"]),
        ("cat/?.txt", ["a.txt", "b.txt"]),
        ("dog/**", ["deep/er/c.txt", "photo.JPG"]),
        ("[d-e]og/*", ["dog/photo.JPG"]),
        ("**/er/*", ["dog/deep/er/c.txt"]),
    ],
)
def test_pattern_gives_what_matches_and_names_it_from_the_first_wildcard_on(pets, pattern, expected):
    assert ids(find_files(pets / pattern, [])) == expected


def test_relative_pattern_works(pets, monkeypatch):
    monkeypatch.chdir(pets)
    assert ids(find_files("*/a.txt", [])) == ["cat/a.txt"]


def test_existing_name_with_a_wildcard_in_it_is_no_pattern(tmp_path):
    path = tmp_path / "what?.txt"
    path.write_text("x")
    assert not means_several(path)
    assert ids(find_files(path, [])) == ["what?.txt"]


def test_missing_path_suggests_a_name_nearby(pets):
    assert message(pets / "cat/c.txt") == f"{pets}/cat/c.txt: no such file or folder; did you mean '{pets}/cat/b.txt'?"
    assert message(pets / "zzz") == f"{pets}/zzz: no such file or folder; look at what is in '{pets}'"
    assert message(pets / "no/zzz") == f"{pets}/no/zzz: no such file or folder; there is no folder '{pets}/no' either"


def test_folder_without_a_file_is_refused(tmp_path):
    (tmp_path / "sub").mkdir()
    assert message(tmp_path) == f"{tmp_path}: the folder is empty: there is no file in it or in its sub-folders; name another folder"


def test_folder_without_a_fitting_file_is_refused(pets):
    assert message(pets, [".png", ".gif"]) == (
        f"{pets}: of the 4 files in the folder none ends in .gif, .png; name another folder, or a pattern such as '**/*.ending'"
    )


def test_pattern_without_a_match_is_refused(pets):
    assert message(pets / "*.csv") == f"{pets}/*.csv: no file matches the pattern; '*' stays within a folder, '**' spans folders"
    assert message(pets / "cot/*.csv") == f"{pets}/cot: no such folder; did you mean '{pets}/cat'?"


@pytest.mark.parametrize("is_folder", [True, False])
def test_link_out_of_the_source_is_refused(pets, tmp_path, is_folder):
    target = tmp_path / "secret"
    if is_folder:
        target.mkdir()
    else:
        target.write_text("secret")
    (pets / "cat/link.txt").symlink_to(target)
    expected = f"{pets}/cat/link.txt: is a link out of the source, to {target}; remove the link, or name its target as the source"
    assert message(pets) == message(pets / "**/*.txt") == expected


def test_link_to_nothing_is_refused(pets):
    (pets / "link.txt").symlink_to(pets / "gone")
    assert message(pets) == f"{pets}/link.txt: is a link to {pets}/gone, which does not exist; remove the link"


def test_links_that_lead_to_themselves_are_refused(pets):
    (pets / "a.txt").symlink_to("b.txt")
    (pets / "b.txt").symlink_to("a.txt")
    assert message(pets) == f"{pets}/a.txt: is a link that leads to itself; remove the link"


def test_folder_that_must_not_be_listed_is_named(pets, monkeypatch):
    scandir = os.scandir

    def guarded(folder):
        if str(folder).endswith("deep"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    assert message(pets) == f"{pets}/dog/deep: cannot be listed: Permission denied; ask for the right to read it"


def test_names_that_are_no_utf8_are_written_so_that_they_can_be_read_back(tmp_path, caplog):
    for name in (b"caf\xe9/\xff\\x.txt", b"caf\xe9/y.txt", "café\\.txt".encode()):
        path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118  # pathlib has no bytes
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # likewise
        with open(path, "wb"):  # noqa: PTH123  # likewise
            pass
    entries = find_files(tmp_path, [".txt"])
    assert ids(entries) == ["café\\.txt", "caf\\xe9/y.txt", "caf\\xe9/\\xff\\\\x.txt"]
    assert [entry.target for entry in entries] == [None, "caf\\xe9", "caf\\xe9"]
    assert entries[2].id.encode().decode("unicode_escape").encode("latin-1") == b"caf\xe9/\xff\\x.txt"
    assert all(entry.content.exists() for entry in entries)
    assert caplog.messages == [f"{tmp_path}: 2 names are no UTF-8; ids show their other bytes as \\xff"]


def test_ten_thousand_files_are_listed_at_once(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    for number in range(10_000):
        os.close(os.open(f"{number:05}.txt", os.O_CREAT, dir_fd=folder))
    os.close(folder)
    calls = Counter()
    sys.setprofile(lambda frame, event, called: calls.update([getattr(called, "__name__", event)] if event.endswith("call") else []))
    try:
        entries = find_files(tmp_path, [".txt"])
    finally:
        sys.setprofile(None)
    assert len(entries) == 10_000
    assert ids(entries)[::9_999] == ["00000.txt", "09999.txt"]
    # Calls are counted, not seconds: a busy machine changes these. There are 42 a file, and the folder itself is asked for, not each file.
    assert calls.total() < 80 * 10_000
    assert 0 < calls["scandir"] + calls["listdir"] + calls["stat"] + calls["lstat"] + calls["open"] < 100


def test_link_within_the_source_counts_and_a_loop_is_not_followed(pets):
    (pets / "cat/z.txt").symlink_to(pets / "cat/a.txt")
    (pets / "dog/loop").symlink_to(pets)
    assert ids(find_files(pets, [".txt"])) == ["cat/a.txt", "cat/b.txt", "cat/z.txt", "dog/deep/er/c.txt"]


def test_source_may_itself_be_a_link(pets, tmp_path):
    (tmp_path / "link").symlink_to(pets)
    assert len(find_files(tmp_path / "link", [".txt"])) == 3


def test_pipe_in_the_folder_is_not_opened(pets):
    os.mkfifo(pets / "pipe.txt")
    assert len(find_files(pets, [".txt"])) == 3


def test_pipe_or_device_is_refused_as_a_source(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (str(tmp_path / "pipe.csv"), "/dev/null"):
        with pytest.raises(DataError) as raised:
            find_files(path, [".csv"])
        assert str(raised.value) == f"{path}: is a pipe or a device, which can be read only once; write it into a file first"


def test_text_in_place_of_a_name_is_refused():
    assert message("some long text " * 99) == (
        "some long text some long text some long: cannot be a source: File name too long; "
        "name a file, a folder or a pattern; a host that has the items passes a list of them"
    )


def test_folders_without_end_are_refused(tmp_path):
    (tmp_path / "/".join("x" * 102)).mkdir(parents=True)
    assert message(tmp_path).endswith("x/x: folders are nested deeper than 100; name a folder further down")
