"""The contract kit under pytest: one test case per component and check."""

from collections import Counter
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
        Components or classes; as a mapping, by the label that test ids and `expected` use. The label is else the name
        of the class, or the component as `repr` writes it where several are of one class.
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
    if isinstance(components, Mapping):
        return {label: _made(each) for label, each in components.items()}
    made = [_made(each) for each in components]
    counts = Counter(type(each).__name__ for each in made)
    labelled = {name if counts[name := type(each).__name__] == 1 else repr(each): each for each in made}
    if len(labelled) < len(made):
        raise ValueError("two components are the same; give a mapping of label to component")
    return labelled


def _made(component: Component | type[Component]) -> Component:
    return component() if isinstance(component, type) else component
