"""Runs the laws on a component: `check_component` for a report, `checks_for` for whoever runs them one by one."""

from dataclasses import dataclass
from typing import Any

from ..component import Component
from ..problems import problems_to
from . import answer_laws, class_laws, fitting_laws, modality_laws, refusal_laws, state_laws
from .law import Law
from .report import CheckResult, NotChecked, Report
from .subject import Subject

LAWS = [
    law
    for module in (class_laws, fitting_laws, answer_laws, refusal_laws, state_laws, modality_laws)
    for law in vars(module).values()
    if isinstance(law, Law)
]
"""Every law, in the order in which reports list them."""


@dataclass(frozen=True)
class Check:
    """One law, ready to be called on a component; it raises where the component breaks it."""

    law: Law
    data: Any = None
    """The author's data; None: a sample."""

    @property
    def name(self) -> str:
        """Name of the check, as reports and `expected` write it."""
        return self.law.name

    def __call__(self, component: Component) -> None:
        """Raise `Broken`, or what the component itself raises, where the law is broken; `NotChecked` where it cannot be checked."""
        with problems_to(lambda problem: None):  # a sample may well be cut or cast; saying so is what a component should do
            self.law.function(Subject(component, self.data))


def checks_for(component: Component, *, data: Any = None, cold: bool = True) -> list[Check]:
    """List the checks that concern `component`; without `cold`, those that start no process."""
    return [Check(law, data) for law in LAWS if law.concerns(component) and (cold or not law.cold)]


def check_component(component: Component | type[Component], *, data: Any = None, cold: bool = True) -> Report:
    """Run every check that concerns `component` and report on each.

    Parameters
    ----------
    component
        A component, or its class where the defaults will do. Its fields must suit the data; it is never fitted itself.
    data
        What to feed it: items, `Records`, `Interactions` or a matrix. By default a sample made for what it takes.
    cold
        Also run the checks that need a fresh process.
    """
    subject = component() if isinstance(component, type) else component
    return Report(repr(subject), [_result(check, subject, cold) for check in checks_for(subject, data=data)])


def _result(check: Check, component: Component, cold: bool) -> CheckResult:
    if check.law.cold and not cold:
        return CheckResult(check.name, True, skipped="it needs a fresh process, and `cold` is off")
    try:
        check(component)
    except NotChecked as reason:
        return CheckResult(check.name, True, skipped=str(reason))
    except AssertionError as broken:
        return CheckResult(check.name, False, str(broken))
    except Exception as error:
        return CheckResult(check.name, False, f"{type(error).__name__}: {error}")
    return CheckResult(check.name, True)
