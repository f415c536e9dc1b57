"""Files are there whole or not at all, and show any damage."""

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import OutputError
from asterism.framework.store.durable import read_arrays, seal, unseal, write_arrays, write_whole, writing_to

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_sealed_line_comes_back(content: dict[str, Any]) -> None:
    line = seal(content)
    assert line.count(b"\n") == 1
    assert unseal(line) == content


@given(st.dictionaries(st.text(), JSON, max_size=2), st.data())
def test_any_changed_bit_of_a_sealed_line_shows(content: dict[str, Any], data: Any) -> None:
    line = bytearray(seal(content))
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert unseal(bytes(line)) in (None, content)  # 'a' and 'A' are the same digit of a checksum


@given(st.binary(max_size=60))
def test_other_bytes_are_no_sealed_line(line: bytes) -> None:
    assert unseal(line) is None


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": {1, 2}}])
def test_what_json_cannot_hold_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        seal(content)


def test_arrays_come_back_with_their_order_and_any_name(tmp_path: Path) -> None:
    arrays = {"file": np.arange(3), "../up": np.asfortranarray(np.eye(2)), "": np.float32(1), "\0a\n": np.zeros((0, 4), bool)}
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    write_arrays(tmp_path / "x", arrays, {"b": 1, "a": [2]})
    stored = read_arrays(tmp_path / "x")
    assert stored is not None
    assert list(stored[0]) == list(arrays)
    assert all(stored[0][name].tobytes() == array.tobytes() for name, array in arrays.items())
    assert list(stored[1]) == ["b", "a"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_objects_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_arrays(tmp_path / "x", {"a": np.array([object()])}, None)
    assert not list(tmp_path.iterdir())


def test_any_changed_byte_of_stored_arrays_shows(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_arrays(path, {"a": np.arange(4)}, {"t": 1})
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 8]) + whole[place + 1 :])
        assert read_arrays(path) is None
        path.write_bytes(whole[:place])
        assert read_arrays(path) is None
    assert read_arrays(tmp_path / "none") is None


def test_file_stays_as_it_was_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def fail(file: Any) -> None:
        file.write(b"new")
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOSPC, "there is no room left on the disk; what is done is kept: make room and start the same command again"),
        (errno.EDQUOT, "there is no room left on the disk; what is done is kept: make room and start the same command again"),
        (errno.EIO, "it cannot be written (Input/output error); what is done is kept: mend that and start the same command again"),
    ],
)
def test_failing_disk_is_told_with_the_way_out(code: int, message: str) -> None:
    with pytest.raises(OutputError) as raised, writing_to(Path("cache")):
        raise OSError(code, "Input/output error")
    assert str(raised.value) == f"cache: {message}"
