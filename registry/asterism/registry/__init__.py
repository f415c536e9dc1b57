"""Names and files become objects: what is installed, specs that are checked before they run, models on disk."""

from .registry import Registry

__all__ = ["Registry"]
