"""Between a stage and the store: what of a stage is kept there, and how a later run takes it up again."""

import logging
from typing import Any

from ..blocks import in_blocks
from ..component import Component
from ..problems import Problem
from ..state import class_reference, dump_state, load_state
from ..store import Draft, Kept
from ..values import is_sparse

logger = logging.getLogger("asterism.framework")


def keep(draft: Draft, component: Component, value: Any, **about: Any) -> Kept | None:
    """Finish the entry of a stage whose rows are in the draft, or, where there are none, whose result is `value`.

    None where the result is of a sort that cannot be kept. Where that holds for what was learned, the rows are kept for this run alone.
    """
    try:
        state = dump_state(component)
    except TypeError as error:
        logger.debug("what was learned is not kept: %s", error)
        state, about = None, {**about, "is_usable": False}
    try:
        if value is None:
            return draft.finish(state, **about)
        if is_sparse(value) or (getattr(value, "ndim", 0) in (1, 2) and value.dtype.kind in "biuf"):
            for _, block in in_blocks(value):
                draft.append(block)
            return draft.finish(state, **about)
        return draft.finish(state, value, **about)
    except TypeError as error:
        logger.debug("not kept: %s", error)
        return None


def take_up(kept: Kept, component: Any) -> Any:
    """Give a component what an earlier fit had learned, and return the value; None where it cannot be read."""
    state = kept.state()
    if not kept.about.get("is_usable", True):
        return None
    try:
        if state:
            load_state(component, *state, find_class)
        return kept.value()
    except (LookupError, ValueError, TypeError) as error:
        logger.debug("not reused: %s", error)
        return None


def bad_record(note: dict[str, Any]) -> tuple[int, Problem]:
    """Read a record that was left out as JSON keeps it."""
    return int(note["row"]), Problem(note["reason"], ids=(note["id"],), place=note["place"], quarantined=True)


def find_class(reference: str) -> type[Component]:
    """Find a component class among those that are loaded; nothing is imported."""
    waiting: list[type[Component]] = [Component]
    while waiting:
        cls = waiting.pop()
        if class_reference(cls) == reference:
            return cls
        waiting += cls.__subclasses__()
    raise LookupError(f"{reference} is not loaded")
