"""Laws about saving: what was learned is arrays and JSON, and answers the same wherever it is loaded."""

import json
from typing import Any

from ..state import dump_state, load_state
from .comparing import largest_difference, same
from .fresh import find_class
from .law import is_fed, law
from .processes import answer_of_fresh
from .report import Broken
from .subject import Subject


@law(is_fed)
def loaded_state_gives_the_same_answer(subject: Subject) -> None:
    """What was learned, written as arrays and JSON and given to a fresh component, answers the same bit for bit."""
    component = subject.fitted()
    try:
        arrays, tree = dump_state(component)
    except TypeError as error:
        raise Broken(f"{subject.name} cannot be saved: {error}") from error
    loaded = subject.fresh()
    load_state(loaded, arrays, json.loads(json.dumps(tree)), find_class)
    try:
        answer = subject.apply(loaded)
    except Exception as error:
        raise Broken(
            f"{subject.name} cannot be applied after loading ({error}); attributes that end in one underscore are saved"
        ) from error
    _same_or_broken(subject, subject.apply(component), answer, "after loading")


@law(is_fed, cold=True)
def fresh_process_applies_the_same(subject: Subject) -> None:
    """Loaded in a fresh process, it answers the same bit for bit."""
    component = subject.fitted()
    answer = answer_of_fresh("apply", component, subject.data())
    _same_or_broken(subject, subject.apply(component), answer, "in a fresh process")


@law(is_fed, cold=True)
def fresh_process_learns_the_same(subject: Subject) -> None:
    """A fresh process that learns from the same data answers the same bit for bit: nothing hangs on hash order or addresses."""
    answer = answer_of_fresh("learn", subject.fresh(), subject.data())
    _same_or_broken(subject, subject.learn(), answer, "when a fresh process learns")


def _same_or_broken(subject: Subject, wanted: Any, found: Any, when: str) -> None:
    if not same(wanted, found):
        raise Broken(f"{subject.name} answers otherwise {when}: {largest_difference(wanted, found)}")
