"""What a law is, and the conditions under which it concerns a component.

A law is a function that takes a `Subject` and raises `Broken`; its name is the name of the check, its docstring the law in words.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..component import Component
from .subject import Subject

Condition = Callable[[Component], bool]
LawFunction = Callable[[Subject], None]


@dataclass(frozen=True)
class Law:
    """One law."""

    name: str
    function: LawFunction
    conditions: tuple[Condition, ...]
    cold: bool
    """True where the law needs a fresh process, which takes most of a second."""

    def concerns(self, component: Component) -> bool:
        """Tell whether the law makes sense for `component`."""
        return all(condition(component) for condition in self.conditions)


def law(*conditions: Condition, cold: bool = False) -> Callable[[LawFunction], Law]:
    """Make the function below a law, which concerns components that meet every condition."""
    return lambda function: Law(function.__name__, function, conditions, cold)


def takes(*values: str) -> Condition:
    """Make a condition: it takes one of `values`."""
    return lambda component: component.takes in values


def gives(*values: str) -> Condition:
    """Make a condition: it gives one of `values`."""
    return lambda component: component.gives in values


def is_fed(component: Component) -> bool:
    """Tell a component that is fed data from a modality, which opens a source."""
    return component.takes != "source"


def is_modality(component: Component) -> bool:
    """Tell a modality."""
    return not is_fed(component)


def has_rows(component: Component) -> bool:
    """Tell a component that answers each record by itself; a generator answers all of them with one stream of random numbers."""
    return is_fed(component) and component.gives != "items"


def has_fit(component: Component) -> bool:
    """Tell a component with a `fit` of its own, one that learns."""
    return hasattr(component, "fit") and not component.is_stateless
