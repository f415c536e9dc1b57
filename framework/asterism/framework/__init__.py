"""The core of Asterism: what a component is, the kinds, the values, and the pipeline. It needs numpy and pluggy, nothing heavier.

Names are loaded when they are first used, so that a program that only lists what is installed does not wait for numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .public import *  # noqa: F403  # public.py has __all__
else:

    def __getattr__(name: str) -> Any:
        if name.startswith("_") and name != "__all__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.public"), name)

    def __dir__() -> list[str]:
        return import_module(f"{__name__}.public").__all__
