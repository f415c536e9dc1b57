"""What is kept in a store comes back bit for bit, whatever kills, damages or fills it."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from scipy import sparse

from asterism.framework import Cancelled, OutputError, Problem, Ranking
from asterism.framework.blocks import is_mapped
from asterism.framework.problems import problems_to
from asterism.framework.store import Store
from asterism.framework.testing.comparing import same

KEY, OTHER, THIRD = "ab" * 32, "cd" * 32, "ef" * 32


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache", durable=False)


def keep(store: Store, key: str = KEY, chunks: Any = ([0, 1, 2],), **about: Any) -> Any:
    with store.draft(key, {"stage": "s"}) as draft:
        for number, chunk in enumerate(chunks):
            draft.append(chunk if sparse.issparse(chunk) else np.asarray(chunk), {"number": number})
        return draft.finish(**about)


def found(store: Store, key: str = KEY) -> Any:
    kept = store.find(key)
    assert kept is not None
    return kept


# Round trips

DTYPES = st.one_of(
    nps.boolean_dtypes(), nps.integer_dtypes(endianness="?"), nps.floating_dtypes(endianness="?"), nps.complex_number_dtypes(endianness="?")
)


@settings(deadline=None, max_examples=60)
@given(DTYPES, st.lists(st.integers(0, 5), min_size=1, max_size=5), st.sampled_from([(), (0,), (1,), (3,), (2, 2)]), st.data())
def test_arrays_come_back_as_one(dtype: Any, lengths: list[int], row: tuple[int, ...], data: Any) -> None:
    chunks = [data.draw(nps.arrays(dtype, (length, *row))) for length in lengths]
    if data.draw(st.booleans()):
        chunks = [np.asfortranarray(chunk) for chunk in chunks]
    with Store.temporary() as store:
        keep(store, chunks=chunks)
        value, whole = found(store).value(), np.concatenate(chunks)
        assert (value.shape, value.dtype.str) == (whole.shape, np.dtype(dtype).str)
        assert value.tobytes() == whole.astype(dtype).tobytes()
        assert not value.flags.writeable
        assert found(store).n_rows == len(whole)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(1, 4), st.sampled_from(["f4", "f8", "i8", "?"]), st.data())
def test_sparse_matrices_come_back_as_one(lengths: list[int], width: int, dtype: str, data: Any) -> None:
    matrix_type = data.draw(st.sampled_from([sparse.csr_matrix, sparse.csr_array]))
    chunks = [matrix_type(data.draw(nps.arrays(dtype, (length, width)))) for length in lengths]
    for chunk in chunks:
        if data.draw(st.booleans()):  # unsorted, as some vectorizers give them
            chunk.indices[:], chunk.data[:] = chunk.indices[::-1].copy(), chunk.data[::-1].copy()
            chunk.indptr[:] = chunk.nnz - chunk.indptr[::-1]
    with Store.temporary() as store:
        keep(store, chunks=chunks)
        value = found(store).value()
        assert type(value) is matrix_type
        assert same(value, sparse.vstack(chunks, format="csr"))


def test_values_lie_in_maps(store: Store) -> None:
    keep(store, chunks=[np.eye(4)])
    keep(store, OTHER, chunks=[sparse.csr_matrix(np.eye(4))])
    dense, csr = found(store).value(), found(store, OTHER).value()
    assert is_mapped(dense)
    assert is_mapped(csr)
    with pytest.raises(ValueError, match="read-only"):
        dense[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        csr.data[0] = 1


def test_rows_of_a_larger_sparse_matrix_are_kept_alone(store: Store) -> None:
    matrix = sparse.random(50, 8, 0.3, format="csr", random_state=0)
    part = sparse.csr_matrix((3, 8))
    part.data, part.indices, part.indptr = matrix.data, matrix.indices, matrix.indptr[10:14]  # a view that does not begin at 0
    keep(store, chunks=[part])
    assert (found(store).value() != matrix[10:13]).nnz == 0


def test_column_numbers_have_one_type_whatever_the_chunks_had(store: Store) -> None:
    wide = sparse.csr_matrix(np.eye(3))
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    keep(store, chunks=[sparse.csr_matrix(np.eye(3)), wide])
    assert found(store).value().indices.dtype == np.int32


@pytest.mark.parametrize(
    "value",
    [
        ["a", "ü", ""],
        [],
        {"b": [1, 2.5, None], "a": np.arange(3)},
        Ranking(np.array([[1, -1]]), np.array([[0.5, 0]], np.float32), ["x", "y"]),
        [np.eye(2), np.zeros((0, 3), np.uint8)],
        "text",
        np.array([["a", "b"]], object),
    ],
    ids=["texts", "nothing", "dict", "ranking", "images", "text", "array of texts"],
)
def test_other_values_come_back(store: Store, value: Any) -> None:
    with store.draft(KEY, {}) as draft:
        draft.finish(value=value)
    assert same(found(store).value(), value)
    assert found(store).n_rows == {"dict": 0, "str": 0}.get(type(value).__name__, 0 if isinstance(value, dict | str) else len(value))


def test_state_notes_and_what_it_is_about_come_back(store: Store) -> None:
    state = {"mean_": np.arange(3.0)}, {"mean_": {"$array": "mean_"}, "a": 1}
    with store.draft(KEY, {"stage": "svd", "rows": 5}) as draft:
        draft.append(np.arange(2), {"bad": ["x"]})
        draft.append(np.arange(2))
        kept = draft.finish(state, seconds=1.5)
    for one in (kept, found(store)):
        assert (one.key, one.is_complete, one.about) == (KEY, True, {"stage": "svd", "rows": 5, "seconds": 1.5})
        assert same(one.state(), state)
        assert one.notes == [{"bad": ["x"]}, {}]
    assert kept.n_bytes == sum(path.stat().st_size for path in kept.folder.iterdir())


def test_entry_may_have_a_state_alone(store: Store) -> None:
    keep(store, chunks=[], state=({}, {"a": 1}))
    assert found(store).value() is None
    assert found(store).state() == ({}, {"a": 1})


def test_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in "ab":
        store = Store(tmp_path / name)
        keep(store, state=({"x": np.arange(3)}, {}))
        contents.append({path.name: path.read_bytes() for path in found(store).folder.iterdir()})
    assert contents[0] == contents[1]


def test_unknown_key_is_not_found(store: Store) -> None:
    assert store.find(KEY) is None
    assert store.entries() == []
    assert store.size == 0


@pytest.mark.parametrize("key", ["../../etc", "", "AB" * 32, "ab/cd", "abc", "a" * 129, "abababab\n"])
def test_keys_are_hexadecimal(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="a key is 8 to 128 hexadecimal digits"):
        store.find(key)


# Drafts


def test_draft_goes_on_where_it_was_left(store: Store) -> None:
    with suppress(KeyboardInterrupt), store.draft(KEY, {"stage": "s"}) as draft:
        draft.append(np.arange(4), {"next": 4})
        raise KeyboardInterrupt
    assert store.find(KEY) is None
    assert [(kept.is_complete, kept.n_rows, kept.about) for kept in store.entries()] == [(False, 4, {"stage": "s"})]
    with store.draft(KEY, {"stage": "s"}) as draft:
        assert (draft.complete, draft.n_rows, draft.notes) == (None, 4, [{"next": 4}])
        draft.append(np.arange(4, 6))
        draft.finish()
    assert found(store).value().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (np.zeros((1, 3)), "array of float64 with rows of shape (3,)"),
        (np.zeros((1, 2), "f4"), "array of float32 with rows of shape (2,)"),
        (np.zeros(1), "array of float64 with rows of shape ()"),
        (sparse.csr_matrix((1, 2)), "csr_matrix of float64 with rows of shape (2,)"),
    ],
)
def test_chunks_must_be_alike(store: Store, second: Any, told: str) -> None:
    first = np.zeros((1, 2))
    message = f"the first is array of float64 with rows of shape (2,), this one is {told}"
    with store.draft(KEY, {}) as draft:
        draft.append(first)
        with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole message is compared
            draft.append(second)
        assert str(raised.value) == f"the chunks of a matrix must be alike: {message}"
        draft.append(first)
        assert draft.finish().n_rows == 2


@pytest.mark.parametrize("chunk", [np.array("x"), np.array(["x"]), np.array([object()]), np.float32(1), sparse.csc_matrix((2, 2))])
def test_chunk_of_another_sort_is_refused(store: Store, chunk: Any) -> None:
    with store.draft(KEY, {}) as draft, pytest.raises(TypeError, match="a chunk must be an array of numbers with rows, or CSR"):
        draft.append(chunk)


def test_note_that_json_cannot_hold_changes_nothing(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        with pytest.raises(TypeError):
            draft.append(np.arange(2), {"a": object()})
        draft.append(np.arange(2))
        assert draft.finish().n_rows == 2


def test_value_that_cannot_be_saved_leaves_the_draft_usable(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        with pytest.raises(TypeError, match=r"value\.0 holds a object, which cannot be saved"):
            draft.finish(value=[object()])
        with pytest.raises(TypeError):
            draft.finish(seconds=object())
        assert draft.complete is None
        draft.append(np.arange(2))
        with pytest.raises(ValueError, match="or given as a value, not both"):
            draft.finish(value=["a"])
        draft.finish()
    assert found(store).value().tolist() == [0, 1]


def test_finished_draft_takes_no_more(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        draft.append(np.arange(2))
        assert draft.finish() is draft.complete
        with pytest.raises(RuntimeError, match="is complete, or its draft was left; nothing can be added"):
            draft.append(np.arange(2))
    with store.draft(KEY, {}) as draft:
        assert draft.complete is not None
        assert draft.n_rows == 2


def test_draft_can_start_over(store: Store) -> None:
    keep(store, state=({}, {}))
    with store.draft(KEY, {}) as draft:
        draft.start_over()
        assert (draft.complete, draft.n_rows, draft.last_checkpoint()) == (None, 0, None)
        draft.append(np.eye(2))
        draft.start_over()
        draft.append(np.arange(5.0))
        draft.finish()
    assert found(store).value().tolist() == [0, 1, 2, 3, 4]
    assert found(store).state() is None


def test_last_checkpoint_is_there_for_the_next_run(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        assert draft.last_checkpoint() is None
        draft.checkpoint({"a": np.arange(2)}, {"round": 1})
        draft.checkpoint({"a": np.arange(3)}, {"round": 2})
    with store.draft(KEY, {}) as draft:
        assert same(draft.last_checkpoint(), ({"a": np.arange(3)}, {"round": 2}))
        draft.append(np.arange(2))
        kept = draft.finish()
    assert not (kept.folder / "checkpoint.arrays").exists()


def test_damaged_checkpoint_counts_as_none(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        draft.checkpoint({"a": np.arange(2)}, {"round": 1})
        path = draft.folder / "checkpoint.arrays"
        path.write_bytes(path.read_bytes()[:-1])
        assert draft.last_checkpoint() is None


# Damage


def chunks_of(form: str) -> list[Any]:
    dense = [np.arange(8.0).reshape(4, 2) + 10 * number for number in range(3)]
    return dense if form == "dense" else [sparse.csr_matrix(chunk) for chunk in dense]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


FILES = {"dense": ["values.bin"], "CSR": ["data.bin", "indices.bin", "lengths.bin"]}


@pytest.mark.parametrize(
    "harm", [flip, shorten, Path.unlink, lambda path: path.write_bytes(b"")], ids=["flip", "shorten", "delete", "empty"]
)
@pytest.mark.parametrize(
    ("form", "name"),
    [(form, name) for form, files in FILES.items() for name in [*files, "chunks.jsonl", "state.arrays", "entry.json"]],
)
def test_damage_is_found_told_and_mended(store: Store, form: str, name: str, harm: Any) -> None:
    chunks, state = chunks_of(form), ({"a": np.arange(3)}, {})
    kept = keep(store, chunks=chunks, state=state)
    before = {path.name: path.read_bytes() for path in kept.folder.iterdir()}
    harm(kept.folder / name)
    told: list[Problem] = []
    with problems_to(told.append):
        assert store.find(KEY) is None
    left = sum(entry.n_rows for entry in store.entries())
    is_told = (name, harm) != ("entry.json", Path.unlink)  # who deletes it makes the entry a draft
    text = f"{kept.folder}: was damaged; the {left} rows before the damage are kept, the others are computed again"
    assert [str(problem) for problem in told] == [text] * is_told
    with store.draft(KEY, {"stage": "s"}) as draft:
        assert draft.n_rows == left
        for number in range(left // 4, 3):
            draft.append(chunks[number], {"number": number})
        draft.finish(state)
    assert {path.name: path.read_bytes() for path in found(store).folder.iterdir()} == before


def test_chunks_before_the_damage_are_kept(store: Store) -> None:
    kept = keep(store, chunks=[np.arange(4.0), np.arange(6.0), np.arange(2.0)])
    flip(kept.folder / "values.bin")
    with problems_to(lambda _: None), store.draft(KEY, {}) as draft:
        assert (draft.n_rows, draft.notes) == (4, [{"number": 0}])


def test_torn_end_of_a_draft_is_cut_off_without_a_word(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        draft.append(np.arange(4.0))
    for name in ("values.bin", "chunks.jsonl"):
        with (draft.folder / name).open("ab") as file:
            file.write(b'{"checksum": "00')
    with problems_to(pytest.fail), store.draft(KEY, {}) as draft:
        assert draft.n_rows == 4
        draft.append(np.arange(2.0))
        assert draft.finish().value().tolist() == [0, 1, 2, 3, 0, 1]


def test_leftovers_of_a_killed_finish_are_swept(store: Store) -> None:
    with store.draft(KEY, {}) as draft:
        draft.append(np.arange(4.0))
    (draft.folder / "value.arrays").write_bytes(b"half")
    (draft.folder / "entry.json.1234.tmp").write_bytes(b"half")
    with store.draft(KEY, {}) as draft:
        draft.finish()
    assert found(store).value().tolist() == [0, 1, 2, 3]


def test_entry_that_goes_while_it_is_in_use_is_told(store: Store) -> None:
    kept = keep(store, state=({}, {}))
    store.remove(KEY)
    for read in (kept.value, kept.state):
        with pytest.raises(OutputError) as raised:
            read()
        assert str(raised.value) == f"{kept.folder}: was removed or damaged while it was in use; start the same command again"


@pytest.mark.parametrize("name", ["", "values.bin", "chunks.jsonl", "entry.json"])
def test_symbolic_links_are_refused(store: Store, tmp_path: Path, name: str) -> None:
    path = keep(store).folder / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    for use in (lambda: store.find(KEY), lambda: store.draft(KEY, {}).__enter__()):
        with pytest.raises(OutputError) as raised:
            use()
        assert str(raised.value) == f"{path}: is a symbolic link, and a store of results holds none; remove it"


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(["entry.json", "chunks.jsonl", "about.json", "state.arrays"]), st.binary(max_size=40))
def test_files_of_any_content_are_read_without_harm(name: str, content: bytes) -> None:
    with Store.temporary() as store, problems_to(lambda _: None):
        (keep(store, state=({}, {})).folder / name).write_bytes(content)
        store.entries()
        store.find(KEY)
        with store.draft(KEY, {}) as draft:
            assert draft.n_rows in (0, 3)


# Kills, neighbours and full disks

WRITER = """
import sys
import numpy as np
from scipy import sparse
from asterism.framework.store import Store

store, form = Store(sys.argv[1], durable=False), sys.argv[2]
with store.draft("ab" * 32, {"stage": "s"}) as draft:
    if draft.complete is None:
        print(draft.n_rows, flush=True)
        for number in range(first := draft.n_rows // 50, 400):
            print(number, flush=True) if number < first + 50 else sys.stdin.read()
            rows = np.random.default_rng(number).random((50, 40))
            draft.append(rows if form == "dense" else sparse.csr_matrix(rows * (rows > 0.8)), {"number": number})
            draft.checkpoint({"at": np.arange(number)}, {})
        draft.finish(({"a": np.arange(3)}, {}))
"""


def write(folder: Path, form: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    """Start a process that writes; with a pipe for `stdin` it goes on for 50 chunks and then waits."""
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), form], stdin=stdin, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("form", ["dense", "CSR"])
def test_kills_change_nothing(tmp_path: Path, form: str) -> None:
    write(tmp_path / "undisturbed", form).communicate(timeout=60)
    chance, begun = random.Random(form), []  # noqa: S311  # moments, not secrets
    for _ in range(6):
        writer = write(tmp_path / "killed", form, subprocess.PIPE)
        assert writer.stdout is not None
        begun.append(int(writer.stdout.readline()))
        for _ in range(chance.randrange(2, 40)):  # until it is in the middle, however long that takes on a busy machine
            writer.stdout.readline()
        time.sleep(chance.random() * 0.003)
        writer.kill()
        writer.communicate()
    assert begun == sorted(begun)  # no work was lost
    assert len(set(begun)) > 3  # and the kills came in the middle
    write(tmp_path / "killed", form).communicate(timeout=60)
    files = [
        {path.name: path.read_bytes() for path in found(Store(tmp_path / name)).folder.iterdir()} for name in ("undisturbed", "killed")
    ]
    assert files[0] == files[1]


def test_two_processes_that_draft_one_key_do_the_work_once(tmp_path: Path) -> None:
    Store(tmp_path)
    writers = [write(tmp_path, "dense") for _ in range(2)]
    said = [writer.communicate(timeout=60)[0] for writer in writers]
    assert sorted(text[:2] for text in said) == ["", "0\n"]  # the second one waited and found it complete
    assert found(Store(tmp_path)).n_rows == 20_000


def test_who_waits_for_a_draft_can_be_cancelled(store: Store) -> None:
    waits = []

    def waiting() -> None:
        waits.append(time.monotonic())
        if len(waits) == 3:
            raise Cancelled("stop")

    with store.draft(KEY, {}) as draft:
        with pytest.raises(Cancelled), store.draft(KEY, {}, waiting):
            pytest.fail("two have it")
        assert 0.1 < waits[2] - waits[0] < 20  # it sleeps for a moment between two looks
        draft.append(np.arange(2))
        draft.finish()


def test_who_waited_is_given_the_finished_entry(store: Store) -> None:
    is_open, got = threading.Event(), []

    def second() -> None:
        is_open.wait()
        with store.draft(KEY, {}) as draft:
            got.append(draft.complete and draft.complete.value().tolist())

    thread = threading.Thread(target=second)
    thread.start()
    with store.draft(KEY, {}) as draft:
        is_open.set()
        draft.append(np.arange(3))
        time.sleep(0.15)
        draft.finish()
    thread.join()
    assert got == [[0, 1, 2]]


def test_damaged_entry_that_another_run_is_mending_is_left_to_it(store: Store) -> None:
    kept = keep(store)
    with store.draft(KEY, {}):
        flip(kept.folder / "values.bin")
        with problems_to(pytest.fail):
            assert store.find(KEY) is None
    assert (kept.folder / "entry.json").exists()


FILLER = """
import resource, sys
import numpy as np
from asterism.framework import OutputError
from asterism.framework.store import Store

store = Store(sys.argv[1])
if sys.argv[2:]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with store.draft("ab" * 32, {}) as draft:
        for number in range(draft.n_rows // 1000, 100):
            draft.append(np.full((1000, 8), number, np.float32), {"number": number})
        draft.finish(({"a": np.zeros(200_000)}, {}))
except OutputError as error:
    print(error)
"""


def fill(folder: Path, *limit: str) -> str:
    done = subprocess.run([sys.executable, "-c", FILLER, str(folder), *limit], capture_output=True, text=True, timeout=60, check=False)
    assert not done.stderr
    return done.stdout


def no_room(folder: Path) -> str:
    return f"{folder}: there is no room left on the disk; what is done is kept: make room and start the same command again\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_full_disk_stops_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    undisturbed, full = tmp_path / "undisturbed", tmp_path / "full"
    assert fill(undisturbed) == ""
    assert fill(full, "1000000") == no_room(full)  # in the middle of a chunk
    assert [kept.n_rows for kept in Store(full).entries()] == [31_000]
    assert fill(full, "1590000") == no_room(full)
    assert [kept.n_rows for kept in Store(full).entries()] == [49_000]
    assert fill(full) == ""
    assert found(Store(full)).value().tobytes() == found(Store(undisturbed)).value().tobytes()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_file_system_stops_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(3 * 2**20))
    assert fill(small_disk / "cache") == no_room(small_disk / "cache")
    store = Store(small_disk / "cache")
    rows = store.entries()[0].n_rows
    assert 0 < rows < 100_000
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    ballast.unlink()
    assert fill(small_disk / "cache") == ""
    assert found(store).n_rows == 100_000
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OutputError) as raised:
        Store(store.folder)
    hint = "choose another folder for the results, or remove this one"
    assert str(raised.value) == f"{store.folder}: cannot keep results (it is read-only); {hint}"


def test_state_that_finds_no_room_leaves_the_draft(tmp_path: Path) -> None:
    assert fill(tmp_path, "3300000") == ""
    assert Store(tmp_path).remove(KEY)
    with Store(tmp_path).draft(KEY, {}) as draft:
        for number in range(40):
            draft.append(np.full((1000, 8), number, np.float32))
    assert fill(tmp_path, "1300000") == no_room(tmp_path)
    assert Store(tmp_path).entries()[0].n_rows == 40_000


# The store itself


def test_store_makes_its_folder_and_is_ignored_by_git(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "b")
    assert (store.folder / ".gitignore").read_text() == "*\n"
    assert json.loads((store.folder / "format.json").read_text()) == {"format": 1}
    keep(Store(store.folder))
    assert found(store).n_rows == 3


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda folder: folder.write_text("x"), "cannot keep results (File exists)"),
        (lambda folder: (folder.mkdir(), (folder / "mine.txt").write_text("x")), "is no store of results, and holds 'mine.txt'"),
        (
            lambda folder: (folder.mkdir(), (folder / "format.json").write_text('{"format": 9}')),
            "holds results of format 9, this Asterism reads format 1",
        ),
        (lambda folder: (folder.mkdir(), (folder / "format.json").write_text("")), "its format.json was changed"),
    ],
    ids=["a file", "another folder", "another format", "damaged"],
)
def test_folder_that_cannot_be_used_is_refused(tmp_path: Path, prepare: Any, reason: str) -> None:
    folder = tmp_path / "cache"
    prepare(folder)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(OutputError) as raised:
        Store(folder)
    assert str(raised.value) == f"{folder}: {reason}; choose another folder for the results, or remove this one"
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root")
def test_read_only_folder_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot keep results"):
            Store(store.folder)
    finally:
        tmp_path.chmod(0o700)


def test_store_that_is_being_made_by_another_run_is_taken(tmp_path: Path) -> None:
    (tmp_path / "format.json.1234.tmp").write_bytes(b"")
    assert Store(tmp_path).entries() == []


def test_temporary_store_goes_with_its_context() -> None:
    with Store.temporary() as store:
        value = keep(store).value()
    assert not store.folder.exists()
    assert value.tolist() == [0, 1, 2]  # what is mapped stays readable


def used(store: Store, key: str, days_ago: float) -> None:
    moment = time.time() - 86400 * days_ago
    os.utime(store.folder / key[:2] / key / "used", (moment, moment))


@pytest.fixture
def three(store: Store) -> Store:
    for key, days_ago in ((KEY, 20), (OTHER, 40), (THIRD, 1)):
        keep(store, key, chunks=[np.zeros(1000)])
        used(store, key, days_ago)
    return store


def test_least_recently_used_entries_go_first(three: Store) -> None:
    one = three.entries()[0].n_bytes
    assert three.size == 3 * one
    assert three.prune() == []
    assert three.prune(max_bytes=3 * one) == []
    assert [kept.key for kept in three.prune(max_bytes=2 * one)] == [OTHER]
    assert [kept.key for kept in three.prune(older_than_days=10)] == [KEY]
    assert [kept.key for kept in three.prune(all_=True)] == [THIRD]
    assert three.entries() == []


def test_finding_an_entry_is_a_use_of_it(three: Store) -> None:
    found(three, OTHER)
    assert [kept.key for kept in three.prune(max_bytes=1)] == [KEY, THIRD, OTHER]


def test_entry_from_the_future_counts_as_used_now(three: Store) -> None:
    used(three, OTHER, -1000)  # the clock was wrong for a while
    assert all(kept.last_used <= time.time() for kept in three.entries())
    assert [kept.key for kept in three.prune(older_than_days=10)] == [KEY]
    assert [kept.key for kept in three.prune(max_bytes=1)] == [THIRD, OTHER]


def test_entry_that_is_being_written_is_not_removed(three: Store) -> None:
    with three.draft(KEY, {}):
        assert not three.remove(KEY)
        assert [kept.key for kept in three.prune(all_=True)] == [OTHER, THIRD]
    assert three.remove(KEY)
    assert not three.remove(KEY)


def test_other_files_in_the_folder_are_no_entries(three: Store) -> None:
    (three.folder / "ab" / "README").write_text("x")
    (three.folder / "12").mkdir()
    (three.folder / "12" / ("12" * 32)).symlink_to(three.folder / "ab" / KEY)
    assert len(three.entries()) == 3


def test_rates_are_learned_by_halves(store: Store) -> None:
    assert store.rates() == {}
    store.learn_rate("svd", 100)
    store.learn_rate("svd", 200)
    store.learn_rate("text/encoders/tfidf", 5.5)
    for worthless in (0, -1, float("inf"), float("nan")):
        store.learn_rate("svd", worthless)
    assert Store(store.folder).rates() == {"svd": 150.0, "text/encoders/tfidf": 5.5}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"svd": 5}', bytes(range(120, 250))])
def test_damaged_rates_count_as_none(store: Store, content: bytes) -> None:
    (store.folder / "rates.json").write_bytes(content)
    assert store.rates() == {}
    store.learn_rate("svd", 10)
    assert store.rates() == {"svd": 10.0}
