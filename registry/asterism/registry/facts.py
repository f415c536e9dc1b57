"""Functions on a result: metrics and describers ask for what they need by the names of their parameters.

A function under the entry point group ``asterism.metric`` gives a number, one under ``asterism.describer`` gives texts for each group,
one under ``asterism.picture`` gives image files by name. What it may ask for of a stage: the stage's value under the name of what its
kind gives (``labels``, ``ranking``, ...), the component under the name of its kind, ``input_matrix`` (the matrix that fed it), ``matrix``
(the matrix that it gave, or else the one that fed it), ``ids``, ``targets``, ``records``, ``times``, ``parents`` and ``languages`` (where
the source tells them), ``held_out`` (what users touched later or elsewhere, where it was held out; ``records`` are then what was learned
from), and ``terms`` with ``term_matrix`` (the nearest matrix upstream whose columns have names, or else the latest one beside); a picture
also for the ``modality``. A function that asks for something that the stage does not have is not called. A metric may give one number per
record as an array: its mean without NaN is the metric.
"""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from asterism.framework.errors import ModelError, PluginError
from asterism.framework.measures import is_on_request
from asterism.framework.problems import report_problem
from asterism.framework.result import Result

if TYPE_CHECKING:
    from .discovery import Discovery

METRIC, DESCRIBER, PICTURE = "metric", "describer", "picture"
"""The groups of functions on a result."""

Functions: TypeAlias = Mapping[str, Callable[..., Any]]
"""Functions of one group, by name."""
Facts: TypeAlias = dict[str, Callable[[], Any]]
"""What is known of a stage, by the name that functions ask for; it is fetched when one does."""

ABOUT = {"time": "times", "parent": "parents", "language": "languages"}
"""What a source may tell of its records, and how functions ask for it."""
SHARED = {"ids", "targets", "modality", "matrix", "input_matrix", "records", "terms", "term_matrix", "held_out", *ABOUT.values()}
"""What nearly every stage has: a function of these alone would be asked about all of them."""

FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""Files of pictures are called so: none can lie outside of its folder."""


def load_functions(discovery: "Discovery", group: str, names: Iterable[str] | None = None) -> Functions:
    """Load the functions of a group, or those of them that are named; one that cannot be had is reported."""
    wanted = [provider.name for provider in discovery.providers(group)] if names is None else names
    return dict(_load(discovery, group, wanted))


def _load(discovery: "Discovery", group: str, names: Iterable[str]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in names:
        try:
            provider = discovery.provider(group, name)
            function = discovery.load(group, name)
        except PluginError as error:
            report_problem(str(error))
            continue
        if callable(function):
            yield name, function
        else:
            report_problem(f"{provider.label} of {provider.source} is no function: it is {function!r}")


def not_on_request(functions: Functions) -> Functions:
    """Leave out what is computed only where somebody names it."""
    return {name: function for name, function in functions.items() if not is_on_request(function)}


def measure(metrics: Functions, result: Result) -> dict[str, dict[str, float]]:
    """Return every metric that applies, by stage and metric; one that is not finite is reported and left out."""
    found = measure_records(metrics, result)
    return {stage: {name: number_of(value) for name, value in values.items()} for stage, values in found.items()}


def measure_records(metrics: Functions, result: Result) -> dict[str, dict[str, Any]]:
    """Return the same as the functions gave it: where a metric is the mean over the records, an array of one number for each."""
    found = _evaluate(METRIC, metrics, result)
    return {stage: finite for stage, values in found.items() if (finite := dict(_finite(stage, values)))}


def number_of(value: Any) -> float:
    """Return what a metric gave as a number: of an array the mean without NaN; NaN where it is none."""
    try:
        known = value[value == value] if getattr(value, "ndim", 0) == 1 else value  # NaN equals nothing
        return float(value if known is value else known.mean() if len(known) else math.nan)
    except (TypeError, ValueError):
        return math.nan


def _finite(stage: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if math.isfinite(number_of(value)):
            yield name, value
        else:
            report_problem(f"metric/{name} gave no finite number on stage '{stage}': {value!r:.60}")


def describe(describers: Functions, result: Result) -> dict[str, dict[str, dict[int, list[str]]]]:
    """Return every description of groups that applies, by stage, describer and group."""
    found = _evaluate(DESCRIBER, describers, result)
    return {stage: groups for stage, values in found.items() if (groups := dict(_by_group(stage, values)))}


def _by_group(stage: str, values: dict[str, Any]) -> Iterator[tuple[str, dict[int, list[str]]]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield name, value
        else:
            report_problem(f"describer/{name} gave no texts by group on stage '{stage}': {value!r:.60}")


def draw(pictures: Functions, result: Result, modality: Any) -> Iterator[tuple[str, str, dict[str, bytes]]]:
    """Yield stage, picture and image files by name for every picture that applies; functions may ask for the `modality` too."""
    for stage in result.values:
        facts = facts_of(result, stage) | {"modality": lambda: modality}
        for name, function in pictures.items():
            files = _call(f"{PICTURE}/{name}", function, facts, stage)
            if files is not None and _are_files(files):
                yield stage, name, files
            elif files is not None:
                report_problem(f"{PICTURE}/{name} gave no image files by name on stage '{stage}': {files!r:.60}")


def _are_files(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return all(isinstance(name, str) and FILE_NAME.fullmatch(name) and isinstance(content, bytes) for name, content in value.items())


def inapplicable(functions: Functions, result: Result) -> dict[str, list[str]]:
    """Name the functions that concern no stage, and what they need."""
    facts = [facts_of(result, stage) for stage in result.values]
    return {name: needs(function) for name, function in functions.items() if not any(applies(function, known) for known in facts)}


def needs(function: Callable[..., Any]) -> list[str]:
    """List what a function cannot do without."""
    return [name for name, parameter in _parameters(function).items() if parameter.default is parameter.empty]


def uses(function: Callable[..., Any]) -> list[str]:
    """List what a function takes where it is there."""
    return [name for name in _parameters(function) if name not in needs(function)]


def meaning(function: Callable[..., Any]) -> str:
    """Say in a few words how to read a number: what stands behind the colon in the first sentence of its function's docstring."""
    text = " ".join(inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].split())
    first = re.split(r"\.(?:\s|$)", text, maxsplit=1)[0]
    return first.partition(": ")[2]


def _evaluate(group: str, functions: Functions, result: Result) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for stage in result.values:
        facts = facts_of(result, stage)
        values = {name: _call(f"{group}/{name}", function, facts, stage) for name, function in functions.items()}
        found[stage] = {name: value for name, value in values.items() if value is not None}
    return {stage: values for stage, values in found.items() if values}


def _call(label: str, function: Callable[..., Any], facts: Facts, stage: str) -> Any:
    try:
        return function(**_pick(function, facts)) if applies(function, facts) else None
    except ModelError:  # what an earlier run left cannot be read
        raise
    except Exception as error:  # a broken metric costs its own number, not the run
        report_problem(f"{label} failed on stage '{stage}': {type(error).__name__}: {error}")
        return None


def facts_of(result: Result, stage: str) -> Facts:
    """Tell what functions may ask for of a stage."""
    component = result.stages[stage].component
    facts: Facts = {"ids": lambda: result.ids, component.kind: lambda: component}
    if result.targets is not None:
        facts["targets"] = lambda: result.targets
    if result.data is not None:
        facts["records"] = lambda: result.data
    if result.held_out is not None:
        facts["held_out"] = lambda: result.held_out
    facts |= {asked: partial(result.about.get, name) for name, asked in ABOUT.items() if name in result.about}
    if component.takes == "matrix":
        facts["input_matrix"] = facts["matrix"] = lambda: result.fed_to(stage)
    elif matrix := result.matrix_of(stage):
        facts["matrix"] = lambda: result.values[matrix]
    facts[component.gives] = lambda: result.values[stage]
    if named := result.terms_of(stage):
        facts |= {"terms": result.stages[named].component.get_feature_names_out, "term_matrix": lambda: result.values[named]}
    return facts


def applies(function: Callable[..., Any], facts: Mapping[str, Any]) -> bool:
    """Tell whether a stage has what a function needs; that must include something that the stage itself gives or is."""
    needed = set(needs(function))
    return needed <= facts.keys() and not needed <= SHARED


def _pick(function: Callable[..., Any], facts: Facts) -> dict[str, Any]:
    return {name: facts[name]() for name in _parameters(function) if name in facts}


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters
