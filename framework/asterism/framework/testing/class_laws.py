"""Laws about the class itself: documentation, fields, kind, weight."""

import enum
from typing import Any

from .. import kinds
from ..component import Component, describe_fields
from .comparing import same
from .law import is_fed, law
from .processes import modules_of_fresh
from .report import Broken
from .subject import Subject

HEAVY = frozenset({"jax", "sklearn", "tensorflow", "torch"})
"""Packages that take long to import, so a component imports them where it needs them."""


@law()
def class_is_documented(subject: Subject) -> None:
    """The class has a docstring."""
    text = type(subject.component).__doc__ or ""
    if not text.strip() or text.startswith(f"{subject.name}("):  # what `dataclass` writes where there is none
        raise Broken(f"{subject.name} has no docstring; say what it does, with shapes, units and source")


@law()
def fields_are_documented(subject: Subject) -> None:
    """Every field has a docstring under it."""
    bare = [field.name for field in describe_fields(type(subject.component)) if not field.doc]
    if bare:
        raise Broken(f"{subject.name}.{bare[0]} has no docstring; write a string under the field")


@law()
def defaults_are_immutable(subject: Subject) -> None:
    """Nobody can change the default of a field; one for which no value makes sense has none."""
    for field in describe_fields(type(subject.component)):
        if not field.required and not _is_immutable(field.default):
            raise Broken(f"{subject.name}.{field.name} has a default that can change ({type(field.default).__name__}); use a tuple or None")


@law()
def fields_round_trip(subject: Subject) -> None:
    """A component made of another one's `get_params` has the same fields; `set_params` sets them and refuses others."""
    wanted, other = subject.component.get_params(), subject.fresh()
    if not _same_fields(other.get_params(), wanted):
        raise Broken(f"{subject.name} made of its get_params() differs from the one it was taken from")
    if other.set_params(**subject.fresh().get_params(deep=False)) is not other or not _same_fields(other.get_params(), wanted):
        raise Broken(f"{subject.name}.set_params() does not set what get_params() gave, or does not return self")
    try:
        other.set_params(no_such_field=1)
    except ValueError:
        return
    raise Broken(f"{subject.name}.set_params() accepts a field that does not exist")


@law()
def repr_names_the_class(subject: Subject) -> None:
    """``repr`` works before fit and starts with the name of the class."""
    if not repr(subject.fresh()).startswith(f"{subject.name}("):
        raise Broken(f"repr gives {subject.fresh()!r}; let Component write it")


@law()
def kind_is_complete(subject: Subject) -> None:
    """The class has a kind that says what it takes and gives, and how it learns and is applied."""
    cls = type(subject.component)
    for name in ("kind", "takes", "gives"):
        if not isinstance(getattr(cls, name), str) or not getattr(cls, name):
            raise Broken(f"{subject.name}.{name} is {getattr(cls, name)!r}; derive from a kind, or let your kind set it")
    ours = {base.kind: base for base in vars(kinds).values() if isinstance(base, type) and issubclass(base, Component)}
    if not issubclass(cls, ours.get(cls.kind, Component)):
        raise Broken(f"{subject.name} calls itself a {cls.kind}, and does not derive from {ours[cls.kind].__name__}")
    missing = [verb for verb in ("learn", "apply") if getattr(cls, verb) is getattr(Component, verb)]
    if is_fed(subject.component) and missing:
        raise Broken(f"{subject.name} has no {missing[0]}; a kind says what its components do there")


@law(cold=True)
def import_is_light(subject: Subject) -> None:
    """Importing the module of the class, in a fresh process, loads no heavy library."""
    loaded = HEAVY & modules_of_fresh(type(subject.component))
    if loaded:
        raise Broken(
            f"importing {type(subject.component).__module__} loads {', '.join(sorted(loaded))}; import it in the method that needs it"
        )


def _is_immutable(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_immutable, value))
    return value is None or isinstance(value, bool | int | float | complex | str | bytes | enum.Enum | range)


def _same_fields(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Compare fields; components among them by class, because their own fields stand beside them as ``outer__inner``."""
    plain = [{name: type(at) if isinstance(at, Component) else at for name, at in fields.items()} for fields in (one, other)]
    return same(*plain)
