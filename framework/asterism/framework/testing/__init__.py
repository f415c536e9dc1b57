"""The contract kit: checks that a component keeps the laws which every component obeys.

A plugin's whole contract test is three lines of pytest::

    from asterism.framework.testing import parametrize_components

    @parametrize_components([MyEncoder()])
    def test_contract(component, check):
        check(component)

Each check is one test case. Which checks run is read off the component: what it takes and gives, whether it has a `fit`, and what it
`reads`; a component of a kind that a plugin brought is checked by the same ones. A law that a component cannot keep is expected to
break, with the reason, and the test fails on the day when it is kept after all::

    @parametrize_components(
        [MyEncoder(), MyClusterer()],
        expected={("MyClusterer", "batch_equals_its_rows"): "groups are voted on by the whole batch"},
    )

Components are fed samples made for what they take: sentences, small images, interactions, a matrix of three blobs. Where those do not
fit, give your own: ``parametrize_components([MyEncoder()], data=[my_item, ...])``, several different items of your modality.

Without pytest, `check_component` returns a report::

    report = check_component(MyEncoder())
    print(report)
    report.raise_for_failures()
"""

from .checking import Check, check_component, checks_for
from .data import NoSample, sample_for
from .parametrizing import parametrize_components
from .report import Broken, CheckResult, NotChecked, Report

__all__ = [
    "Broken",
    "Check",
    "CheckResult",
    "NoSample",
    "NotChecked",
    "Report",
    "check_component",
    "checks_for",
    "parametrize_components",
    "sample_for",
]
