"""Times of records: from what stands in a column to ISO 8601, whose order as text is the order in time."""

import math
import re
from datetime import UTC, date, datetime
from typing import Any

from asterism.framework import DataError

_YEAR = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?", re.ASCII)
_SECONDS = re.compile(r"-?\d{9,}(?:\.\d+)?", re.ASCII)
HINT = "write 2024-01-31, 2024-01-31T10:00:00, a year, or seconds since 1970; or name another column as `time`"


def iso_time(value: Any) -> str:
    """Write a time as ISO 8601: a year, year and month, date, or date and time; the last in UTC where the zone is told.

    Parameters
    ----------
    value
        Text in one of the forms of ISO 8601, a date or time (of Parquet), or a number: of four digits a year, of nine or more the seconds
        since 1970. Empty or null gives "".

    Raises
    ------
    DataError
        Where it is none of these.
    """
    if isinstance(value, date):
        return _in_utc(value)
    text = "" if value is None else str(value).strip()
    if isinstance(value, float) and value.is_integer():
        text = str(int(value))
    try:
        if not text or _YEAR.fullmatch(text):
            return text
        return _in_utc(_of_seconds(text) if _SECONDS.fullmatch(text) else _of_text(text))
    except (ValueError, OverflowError, OSError):
        raise DataError(f"this is no time: {value!r:.40}", hint=HINT) from None


def _of_seconds(text: str) -> datetime:
    seconds = float(text)
    if not math.isfinite(seconds) or abs(seconds) >= 1e11:  # the year 5138; milliseconds look like that
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)


def _of_text(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _in_utc(time: date) -> str:
    if isinstance(time, datetime) and time.tzinfo is not None:
        time = time.astimezone(UTC)
    return time.isoformat()
