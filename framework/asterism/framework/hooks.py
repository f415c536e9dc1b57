"""Who wants to know what happens in a run: the hook specifications, and the manager that one run uses.

Hooks watch, render, log, or veto by raising; they never replace data. A hook plugin is any object with some of the methods of
`HookSpecs`, each marked with `hookimpl`; it takes only the arguments that it names.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pluggy

from .finished import FinishedRun
from .problems import Problem
from .result import Result
from .stages import Stage

hookspec = pluggy.HookspecMarker("asterism")
hookimpl = pluggy.HookimplMarker("asterism")


class HookSpecs:
    """Every event of a run, in the order in which they come."""

    @hookspec
    def before_run(self, stages: tuple[Stage, ...], verb: str) -> None:
        """Tell that a run begins; `verb` is ``fit`` or ``apply``."""

    @hookspec
    def before_stage(self, stage: Stage) -> None:
        """Tell that a stage begins."""

    @hookspec
    def on_progress(self, stage: Stage, done: int, total: int, rate: float, eta: float | None) -> None:
        """Tell that `done` of `total` records went through `stage` at `rate` records per second.

        `eta` is how many seconds the whole run will still take, by the rates of its stages; None where one has never been timed.
        """

    @hookspec
    def after_stage(self, stage: Stage, value: Any, seconds: float, reused: int) -> None:
        """Tell that a stage gave `value`, and how many rows of it came from the store."""

    @hookspec
    def on_problem(self, problem: Problem) -> None:
        """Tell that something was skipped, cut or cast."""

    @hookspec
    def on_error(self, error: BaseException) -> None:
        """Tell that the run stops with `error`."""

    @hookspec
    def after_run(self, result: Result) -> None:
        """Tell that the run is over and gave `result`."""

    @hookspec
    def after_write(self, run: FinishedRun) -> None:
        """Tell that everything a run gave is written into its folder; `run` has the results too. Only runs with a folder come here."""


def hook_manager(plugins: Iterable[object]) -> pluggy.PluginManager:
    """Make the manager of one run; there is no global one."""
    manager = pluggy.PluginManager("asterism")
    manager.add_hookspecs(HookSpecs)
    for plugin in plugins:
        name = type(plugin).__name__
        manager.register(plugin, name=f"{name}-{id(plugin)}")
        for caller in manager.get_hookcallers(plugin) or ():
            for implementation in caller.get_hookimpls():
                if implementation.plugin is plugin:
                    implementation.function = _named(implementation.function, f"{name}.{caller.name}")  # type: ignore[misc]  # no public way to wrap
    manager.check_pending()
    return manager


def _named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any) -> Any:
        try:
            return function(*args)
        except BaseException as error:
            error.add_note(f"raised by the hook {name}")
            raise

    return call
