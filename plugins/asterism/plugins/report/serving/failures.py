"""What goes wrong becomes an answer: a status, and ``{"error": {"message", "hint"}}``; never a traceback."""

import json
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from asterism.framework import DataError, ModelError, OutputError

logger = logging.getLogger("asterism.plugins.report")

GONE = 410
"""Status of what was there once."""
UNFIT = 422
"""Status of a question that makes no sense of this run."""


class Refused(Exception):
    """A request cannot be answered.

    Parameters
    ----------
    status
        The HTTP status.
    message, hint
        What is wrong, and the way out.
    more
        What else the answer holds.
    """

    def __init__(self, status: int, message: str, hint: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.more = status, message, hint, more


def answer(data: Any, status: int = 200) -> Response:
    """Answer with JSON; halves of surrogate pairs, which ids may hold, are escaped."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def failed(status: int, message: str, hint: str = "", **more: Any) -> Response:
    """Answer that something went wrong."""
    return answer({"error": {"message": message, "hint": hint}, **more}, status)


def failed_inside(request: str, error: Exception) -> Response:
    """Answer that the fault is ours; what it was goes to the log."""
    logger.error("%s: %s: %s", request, type(error).__name__, error)
    logger.debug("%s", request, exc_info=error)
    return failed(500, "that is an error of Asterism or of a component", "`asterism view` says in its terminal what it was")


def handle_failures(app: FastAPI) -> None:
    """Let an app answer the errors that are expected."""
    add: Callable[[type[Exception], Any], None] = app.add_exception_handler
    add(Refused, lambda request, error: failed(error.status, error.message, error.hint, **error.more))
    add(DataError, lambda request, error: of_data(UNFIT, error))
    add(ModelError, lambda request, error: failed(GONE, str(error)))
    add(OutputError, lambda request, error: failed(503, str(error)))
    add(HTTPException, lambda request, error: failed(error.status_code, str(error.detail)))
    add(RequestValidationError, _invalid)


def of_data(status: int, error: DataError) -> Response:
    """Answer with what an error says of the data."""
    place = f"{error.place}: " if error.place else ""
    return failed(status, f"{place}{error.reason}", error.hint)


def _invalid(request: Request, error: RequestValidationError) -> Response:
    """Say which parameter is wrong, and why; the value is not repeated, since it may be anything."""
    problems = error.errors()
    where = ".".join(str(part) for part in problems[0]["loc"][1:])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return failed(UNFIT, f"{where or 'the request'}: {problems[0]['msg']}{more}")
