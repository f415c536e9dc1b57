"""How an item is taken apart, by modality, so that it can be shown to the stages without some of its parts."""

from collections.abc import Callable
from typing import Any, TypeAlias

from . import patches, spans, words
from .apart import Apart

TakeApart: TypeAlias = Callable[[Any, int | None], Apart]
"""Takes an item and how many parts it may have at most (None: as many as suit the modality)."""

BY_MODALITY: dict[str, TakeApart] = {"text": words.take_apart, "image": patches.take_apart, "video": spans.take_apart}
"""Modalities whose items can be taken apart; of others the columns of the matrix are the parts."""
