"""Compiling inner loops to machine code, once for all processes.

Importing this module loads numba, so whoever needs it imports it where it works. numba compiles a function when it is first called,
which takes seconds, and keeps the machine code for later processes.
"""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function when it is first called, and keep the machine code where there is any folder to keep it in.

    It lies beside the module of the function, or in the user's cache folder where that cannot be written. It is made anew when that
    module changes, not when another one does of which a function is compiled into it.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        try:
            return njit(function, cache=True, **options)
        except RuntimeError:  # neither this folder nor the user's can be written: every process compiles for itself
            return njit(function, **options)

    return wrap
