from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework.errors import DataError
from asterism.framework.memory import _left_in_cgroups, available, parse_bytes, write_bytes


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1048576", 2**20),
        ("500MB", 500_000_000),
        ("2GiB", 2 * 2**30),
        ("2GB", 2 * 10**9),
        ("1.5 gib", 3 * 2**29),
        (" 7 bytes ", 7),
        ("1TiB", 2**40),
        ("0.5kB", 500),
    ],
)
def test_amounts_are_read_with_their_units(text: str, amount: int) -> None:
    assert parse_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "GiB", "-1", "2G", "1e3", "2 GiB 1", "½GiB", "٣GB", "1.GB", "nan", "9" * 30, "2\nGiB\nx"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_bytes(text)
    assert str(caught.value) == f"'{text}' is no amount of memory; write it as 500MB, 2GiB or a number of bytes"


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (2 * 2**30, "2 GiB"), (123 * 2**20, "123 MiB")],
)
def test_amounts_are_written_in_the_unit_that_suits_them(amount: int, text: str) -> None:
    assert write_bytes(amount) == text


@given(st.integers(0, 2**45))
def test_what_is_written_can_be_read_back_to_three_digits(amount: int) -> None:
    assert parse_bytes(write_bytes(amount)) == pytest.approx(amount, rel=0.006)


def test_no_more_is_available_than_the_machine_has() -> None:
    assert 0 < available() <= psutil.virtual_memory().total


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_a_control_group_of_version_2_limits_with_all_that_stand_around_it(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("0::/jobs/mine\n")
    group(tmp_path / "fs/jobs/mine", memory__max="max\n", memory__current="10\n", memory__stat="inactive_file 1\n")
    group(tmp_path / "fs/jobs", memory__max="1000\n", memory__current="300\n", memory__stat="anon 5\ninactive_file 100\n")
    assert list(_left_in_cgroups(tmp_path / "own", tmp_path / "fs")) == [800]


def test_a_control_group_of_version_1_limits_too(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("5:cpu:/x\n4:memory:/x\n")
    stat = "inactive_file 7\ntotal_inactive_file 50\n"
    group(tmp_path / "fs/memory", memory__limit_in_bytes="500\n", memory__usage_in_bytes="700\n", memory__stat=stat)
    assert list(_left_in_cgroups(tmp_path / "own", tmp_path / "fs")) == [0]


def test_without_control_groups_nothing_limits(tmp_path: Path) -> None:
    assert list(_left_in_cgroups(tmp_path / "none", tmp_path)) == []
