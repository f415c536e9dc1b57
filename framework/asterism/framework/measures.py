"""What a metric, a plain function on a result, may say of itself."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def on_request(function: Function) -> Function:
    """Mark a metric that is computed only where somebody names it: it takes long, or it misleads who did not ask for it."""
    function.__on_request__ = True  # type: ignore[attr-defined]  # a function takes any attribute
    return function


def is_on_request(function: Callable[..., Any]) -> bool:
    """Tell whether `on_request` marks a function."""
    return getattr(function, "__on_request__", False) is True
