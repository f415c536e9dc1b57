"""Results on disk, under keys made of what decides them: what is kept outlives a kill, and is found by later runs."""

from .draft import Draft
from .kept import Kept
from .store import Store

__all__ = ["Draft", "Kept", "Store"]
