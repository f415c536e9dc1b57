"""Functions on a result: metrics and describers ask for what they need by the names of their parameters.

A function under the entry point group ``asterism.metric`` gives a number, one under ``asterism.describer`` gives texts for each group.
What it may ask for of a stage: the stage's value under the name of what its kind gives (``labels``, ``ranking``, ...), the component
under the name of its kind, ``matrix`` (what fed it), ``ids``, ``targets``, ``records``, and ``terms`` with ``term_matrix`` (the nearest
matrix upstream whose columns have names). A function that asks for something that the stage does not have is not called.
"""

import inspect
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from asterism.framework.errors import PluginError
from asterism.framework.problems import report_problem
from asterism.framework.result import Result

if TYPE_CHECKING:
    from .discovery import Discovery


def measure(discovery: "Discovery", result: Result) -> dict[str, dict[str, float]]:
    """Return every metric that applies, by stage and metric; one that is not finite is reported and left out."""
    found = _evaluate(discovery, "metric", result)
    return {stage: numbers for stage, values in found.items() if (numbers := dict(_finite(stage, values)))}


def _finite(stage: str, values: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if math.isfinite(number):
            yield name, number
        else:
            report_problem(f"metric/{name} gave no finite number on stage '{stage}': {value!r:.60}")


def describe(discovery: "Discovery", result: Result) -> dict[str, dict[str, dict[int, list[str]]]]:
    """Return every description of groups that applies, by stage, describer and group."""
    found = _evaluate(discovery, "describer", result)
    return {stage: groups for stage, values in found.items() if (groups := dict(_by_group(stage, values)))}


def _by_group(stage: str, values: dict[str, Any]) -> Iterator[tuple[str, dict[int, list[str]]]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield name, value
        else:
            report_problem(f"describer/{name} gave no texts by group on stage '{stage}': {value!r:.60}")


def _evaluate(discovery: "Discovery", group: str, result: Result) -> dict[str, dict[str, Any]]:
    functions = dict(_functions(discovery, group))
    found: dict[str, dict[str, Any]] = {}
    for stage in result.values:
        known = _facts(result, stage)
        values = {name: _call(f"{group}/{name}", function, known, stage) for name, function in functions.items()}
        found[stage] = {name: value for name, value in values.items() if value is not None}
    return {stage: values for stage, values in found.items() if values}


def _call(label: str, function: Callable[..., Any], known: dict[str, Any], stage: str) -> Any:
    try:
        return function(**_pick(function, known)) if _applies(function, known) else None
    except Exception as error:  # a broken metric costs its own number, not the run
        report_problem(f"{label} failed on stage '{stage}': {type(error).__name__}: {error}")
        return None


def _functions(discovery: "Discovery", group: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for provider in discovery.providers(group):
        try:
            function = discovery.load(group, provider.name)
        except PluginError as error:
            report_problem(str(error))
            continue
        if callable(function):
            yield provider.name, function
        else:
            report_problem(f"{provider.label} of {provider.source} is no function: it is {function!r}")


def _facts(result: Result, stage: str) -> dict[str, Any]:
    component = result.stages[stage].component
    known = {"ids": result.ids, "targets": result.targets, "matrix": result.fed_to(stage), "records": result.data}
    known |= {component.gives: result.values[stage], component.kind: component}
    for earlier in result.upstream(stage):
        if hasattr(earlier.component, "get_feature_names_out"):
            known |= {"terms": earlier.component.get_feature_names_out(), "term_matrix": result.values[earlier.name]}
            break
    return {name: value for name, value in known.items() if value is not None}


def _applies(function: Callable[..., Any], known: dict[str, Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    needed = {parameter.name for parameter in parameters if parameter.default is parameter.empty}
    # A function of `matrix` alone would be asked about every stage; it must name something that the stage itself gives or is.
    return needed <= known.keys() and bool(needed - {"ids", "targets", "matrix", "records", "terms", "term_matrix"})


def _pick(function: Callable[..., Any], known: dict[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in inspect.signature(function).parameters if name in known}
