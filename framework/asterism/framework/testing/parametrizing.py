"""The contract kit under pytest: one test case per component and check."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..component import Component
from .checking import checks_for

if TYPE_CHECKING:
    import pytest

Expected = Mapping[str | tuple[str, str], str]
"""Reasons of laws that are known to be broken, by check or by (label, check)."""


def parametrize_components(
    components: Sequence[Component | type[Component]] | Mapping[str, Component | type[Component]],
    *,
    expected: Expected | None = None,
    data: Any = None,
    cold: bool = True,
) -> "pytest.MarkDecorator":
    """Parametrize a test function ``(component, check)`` over the checks of each component.

    Parameters
    ----------
    components
        Components or classes; as a mapping, by the label that test ids and `expected` use. The label is else the name of the class.
    expected
        ``{"check": "reason"}`` or ``{("label", "check"): "reason"}``: these must fail, and the test fails when they pass.
    data, cold
        As for `check_component`.
    """
    import pytest  # the kit works without it

    reasons, cases, known = expected or {}, [], set[str | tuple[str, str]]()
    for label, component in _labelled(components).items():
        for check in checks_for(component, data=data, cold=cold):
            names = ((label, check.name), check.name)
            known.update(names)
            marks = [pytest.mark.xfail(reason=reasons[name], strict=True) for name in names if name in reasons]
            cases.append(pytest.param(component, check, id=f"{label}-{check.name}", marks=marks))
    for name in reasons:
        if name not in known:
            raise ValueError(f"expected names {name!r}, which is no check of these components")
    return pytest.mark.parametrize(("component", "check"), cases)


def _labelled(components: Any) -> dict[str, Component]:
    named = components.items() if isinstance(components, Mapping) else [(_name(each), each) for each in components]
    made = {label: each() if isinstance(each, type) else each for label, each in named}
    if len(made) < len(components):
        raise ValueError("two components have one label; give a mapping of label to component")
    return made


def _name(component: Component | type[Component]) -> str:
    return component.__name__ if isinstance(component, type) else type(component).__name__
