from typing import Any

import pytest
from fastapi.testclient import TestClient

from asterism.framework import FinishedRun
from asterism.plugins.report.server import make_app

EDIT = {"after": 0, "edits": [{"stage": "topics", "groups": [0], "name": "fruit"}]}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:8001", "127.0.0.1.evil.example:8000", ""])
@pytest.mark.parametrize("path", ["/api/edits", "/?token=the-token", "/favicon.ico"])
def test_other_names_of_this_machine_are_refused(reader: TestClient, host: str, path: str) -> None:
    refused = reader.get(path, headers={"Host": host})
    assert refused.status_code == 403
    assert refused.json()["error"]["hint"] == "open the address that `asterism view` printed"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_own_names_of_this_machine_are_answered(reader: TestClient, host: str) -> None:
    assert reader.get("/api/edits", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("token", ["", "another", "the-token ", "the-tokeñ", "the-token\u0000"])
def test_wrong_token_is_refused(reader: TestClient, token: str) -> None:
    refused = reader.get("/api/edits", headers={"X-Asterism-Token": token.encode()})
    assert (refused.status_code, refused.json()["error"]["message"]) == (401, "the token is missing or wrong")
    assert reader.get("/api/edits", headers={"X-Asterism-Token": ""}, params={"token": token}).status_code == 401


@pytest.mark.parametrize("path", ["/", "/?token=another"])
def test_page_without_its_token_says_where_to_find_it(text_run: FinishedRun, path: str) -> None:
    page = TestClient(make_app(text_run, "secret"), "http://127.0.0.1:8000").get(path)
    assert page.status_code == 401
    assert "asterism view" in page.text
    assert "small" not in page.text  # the name of the run


@pytest.mark.parametrize("path", ["/api/openapi.json", "/docs", "/nothing", "/api/records/0/original"])
def test_nothing_is_told_without_the_token(text_run: FinishedRun, path: str) -> None:
    client = TestClient(make_app(text_run, "secret"), "http://127.0.0.1:8000")
    assert client.get(path).status_code == 401


def test_token_in_the_address_reads_and_changes_nothing(text_run: FinishedRun) -> None:
    client = TestClient(make_app(text_run, "secret"), "http://127.0.0.1:8000")
    assert client.get("/api/edits?token=secret").status_code == 200
    assert client.post("/api/edits?token=secret", json=EDIT).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_pages_of_other_sites_change_nothing(reader: TestClient, headers: dict[str, str]) -> None:
    assert reader.post("/api/edits", json=EDIT, headers=headers).status_code == 403
    assert reader.get("/api/edits").json()["count"] == 0


def test_own_page_changes_things(texts: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}
    assert texts.post("/api/edits", json=EDIT, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/api/edits", "/", "/api/nothing"])
def test_every_answer_has_safe_headers(reader: TestClient, path: str) -> None:
    headers = reader.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert not [name for name in headers if name.startswith("access-control")]


def test_upload_over_the_limit_is_refused_while_it_is_read(reader: TestClient) -> None:
    read = []

    def parts() -> Any:
        for part in range(100):
            read.append(part)
            yield b"x" * 2**20

    refused = reader.post("/api/nearest/image", content=parts())
    assert (refused.status_code, refused.json()["error"]["message"]) == (413, "a request has at most 20 MB")


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{", b'{"after": 1e999}', b"\xff\xfe", b'{"after": 0, "edits": [], "more": 1}'])
def test_broken_bodies_are_told_without_a_traceback(reader: TestClient, body: bytes) -> None:
    refused = reader.post("/api/edits", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code in (400, 422)
    assert refused.json()["error"]["message"]
    assert "Traceback" not in refused.text


def test_what_nobody_expected_is_told_without_a_traceback(text_run: FinishedRun, caplog: pytest.LogCaptureFixture) -> None:
    def explain(row: int) -> dict[str, Any]:
        raise RuntimeError("a secret of the inside")

    client = TestClient(make_app(text_run, "secret", explain=explain), "http://127.0.0.1:8000")
    failed = client.get("/api/explain?row=0&token=secret")
    assert failed.status_code == 500
    assert failed.json()["error"]["message"] == "that is an error of Asterism or of a component"
    assert "secret of the inside" not in failed.text
    assert "RuntimeError: a secret of the inside" in caplog.text
    assert "token=" not in caplog.text
