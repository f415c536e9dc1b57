"""What a metric or a describer, a plain function on a result, may say of itself."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def on_request(function: Function) -> Function:
    """Mark a metric that is computed only where somebody names it: it takes long, or it misleads who did not ask for it."""
    function.__on_request__ = True  # type: ignore[attr-defined]  # a function takes any attribute
    return function


def in_detail(function: Function) -> Function:
    """Mark a describer whose texts are too long for the line of a group in the summary, where there are others: they go to the file."""
    function.__in_detail__ = True  # type: ignore[attr-defined]  # a function takes any attribute
    return function


def is_in_detail(function: Callable[..., Any]) -> bool:
    """Tell whether `in_detail` marks a function."""
    return getattr(function, "__in_detail__", False) is True


def is_on_request(function: Callable[..., Any]) -> bool:
    """Tell whether `on_request` marks a function."""
    return getattr(function, "__on_request__", False) is True
