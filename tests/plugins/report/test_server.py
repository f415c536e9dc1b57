import json
import os
import shutil
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi.testclient import TestClient

from asterism.framework import DataError, FinishedRun
from asterism.plugins.report.server import make_app, view
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

READERS = 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run about forty texts."""
    here = tmp_path_factory.mktemp("served")
    words = ["red apple", "green pear", "blue sea", "deep sea", "ripe apple"]
    (here / "t.csv").write_text("id,text\n" + "".join(f"{n},{words[n % 5]} {words[n % 3]}\n" for n in range(40)))
    source = {"modality": "text", "path": str(here / "t.csv"), "id": "id"}
    stages = [{"encoder": "tfidf"}, {"clusterer": "kmeans", "n_clusters": 3, "as": "groups"}]
    registry = Registry()
    run_plan(registry, registry.plan({"asterism": 1, "name": "served", "source": source, "stages": stages, "cache": "off"}), here / "run")
    return here / "run"


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> FinishedRun:
    return open_finished(Registry(), Path(shutil.copytree(folder, tmp_path / "run")))


@pytest.fixture
def address(run: FinishedRun) -> Iterator[str]:
    """Where the server of the run listens, as a real one does."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(run, "t"), log_config=None, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def got(address: str, path: str) -> Any:
    request = urllib.request.Request(f"{address}/api/{path}", headers={"X-Asterism-Token": "t"})  # noqa: S310  # an address of our own
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # likewise
        return json.load(answer)


def test_fifty_readers_at_one_time_all_get_their_answers(address: str) -> None:
    paths = ["records?order=-id&limit=40", "records?search=sea", "nearest?row={n}&n=5", "records/{n}", "groups/groups"]

    def read(n: int) -> list[Any]:
        return [got(address, path.format(n=n % 40)) for path in paths]

    with ThreadPoolExecutor(READERS) as pool:
        answers = list(pool.map(read, range(READERS)))
    for n, (page, found, near, record, groups) in enumerate(answers):
        assert (page["total"], len(page["rows"])) == (40, 40)
        assert all("sea" in row["preview"]["text"] for row in found["rows"])
        assert len(near["rows"]) == 5
        assert record["id"] == str(n % 40)
        assert sum(group["size"] for group in groups["groups"]) == 40


def test_only_one_of_many_who_edit_at_one_time_is_taken(run: FinishedRun, address: str) -> None:
    def edit(n: int) -> int:
        body = json.dumps({"after": 0, "edits": [{"stage": "groups", "groups": [0], "name": f"name {n}"}]}).encode()
        headers = {"X-Asterism-Token": "t", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}/api/edits", body, headers)  # noqa: S310  # an address of our own
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # likewise
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(edit, range(8)))
    assert found == [200, *[409] * 7]
    assert got(address, "edits")["count"] == 1


def test_a_port_that_is_taken_is_told(run: FinishedRun) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DataError, match=f"port {port} cannot be used"):
            view(run, port=port, ready=lambda address: None)


def test_every_start_has_a_token_of_its_own(run: FinishedRun) -> None:
    found = []

    def ready(address: str) -> None:
        found.append(address)
        raise KeyboardInterrupt

    view(run, ready=ready)
    view(run, ready=ready)
    first, second = (address.partition("token=")[2] for address in found)
    assert len(first) >= 32
    assert first != second


def test_previews_of_an_earlier_run_in_the_folder_are_not_shown(run: FinishedRun) -> None:
    first = TestClient(make_app(run, "t"), "http://127.0.0.1:8000", headers={"X-Asterism-Token": "t"})
    shown = first.get("/api/records/0").json()["preview"]
    previews = run.folder / "previews.parquet"
    pq.write_table(pa.table({"text": pa.array(["old"] * 40, pa.large_string()), "image": pa.nulls(40, pa.large_binary())}), previews)
    os.utime(previews, ns=(0, run.table.stat().st_mtime_ns - 1))
    second = TestClient(make_app(run, "t"), "http://127.0.0.1:8000", headers={"X-Asterism-Token": "t"})
    assert second.get("/api/records/0").json()["preview"] == shown


def test_previews_that_cannot_be_kept_leave_the_ids(run: FinishedRun, caplog: pytest.LogCaptureFixture) -> None:
    (run.folder / "previews.parquet").unlink(missing_ok=True)
    (run.folder / "previews.parquet").mkdir()  # which is in the way of the file, also for who may write everywhere
    client = TestClient(make_app(run, "t"), "http://127.0.0.1:8000", headers={"X-Asterism-Token": "t"})
    assert "previews cannot be kept there" in caplog.text
    row = client.get("/api/records?limit=1").json()["rows"][0]
    assert (row["id"], row["preview"]) == ("0", {})
    assert client.get("/api/records?search=sea").json()["total"] == 0
