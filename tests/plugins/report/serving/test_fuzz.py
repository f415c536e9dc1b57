"""Requests that a machine makes up from the description of the server: whatever they hold, no answer is an error of the server."""

from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, assume, given, settings

HOST = "http://127.0.0.1:8000"
OPERATIONS = [
    "GET /api/columns",
    "GET /api/records",
    "GET /api/rows",
    "GET /api/records/{row}",
    "GET /api/records/{row}/picture",
    "GET /api/records/{row}/original",
    "GET /api/nearest",
    "GET /api/groups/{stage}",
    "GET /api/groups/{stage}/{group}",
    "GET /api/edits",
    "GET /api/explain",
    "POST /api/nearest/text",
    "POST /api/nearest/image",
    "POST /api/edits",
    "POST /api/selection",
]
WITHOUT_PARAMETERS = ("GET /api/columns", "GET /api/edits")
"""There is nothing in these that could be wrong."""
LONGEST = 10_000
"""Characters of an address; the client itself refuses long ones."""
MANY = settings(
    max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


CASES = [
    pytest.param(name, mode, id=f"{name} {mode.value}")
    for mode in schemathesis.GenerationMode
    for name in OPERATIONS
    if mode == schemathesis.GenerationMode.POSITIVE or name not in WITHOUT_PARAMETERS
]


def as_asked(case: Any) -> dict[str, Any]:
    """Return what the client must be told; cookies mean nothing here, and bytes are a body."""
    told = case.as_transport_kwargs(base_url=HOST)
    body = {"content": told.pop("data")} if isinstance(told.get("data"), bytes | str) else {}
    return {name: value for name, value in told.items() if name != "cookies"} | body


@pytest.fixture(scope="module")
def operations(reader: TestClient) -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(reader.get("/api/openapi.json").json())
    found = [result.ok() for result in schema.get_all_operations()]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


def test_every_answer_is_tried(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_no_request_makes_the_server_fail(operations: dict[str, Any], reader: TestClient, name: str, mode: Any) -> None:
    @MANY
    @given(case=operations[name].as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        told = as_asked(case)
        assume(len(str(told.get("params"))) < LONGEST)
        answer = reader.request(**told)
        assert answer.status_code < 500, answer.text

    asked()
