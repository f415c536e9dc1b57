"""Hook plugins: who is told what, and what happens when one of them fails."""

from typing import Any

import numpy as np
import pluggy
import pytest

from asterism.framework import Pipeline, Reducer, Stage, hookimpl


class Same(Reducer):
    """Gives back what it is fed."""

    def transform(self, X: Any) -> Any:
        return np.asarray(X, np.float32)


class Everything:
    """Writes down every event."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookimpl
    def before_run(self, stages: Any, verb: str) -> None:
        self.seen.append(f"before_run {verb} {[stage.name for stage in stages]}")

    @hookimpl
    def before_stage(self, stage: Any) -> None:
        self.seen.append(f"before_stage {stage.name}")

    @hookimpl
    def after_stage(self, stage: Any, value: Any, seconds: float) -> None:
        self.seen.append(f"after_stage {stage.name} {value.shape} {seconds >= 0}")

    @hookimpl
    def on_error(self, error: BaseException) -> None:
        self.seen.append(f"on_error {error}")

    @hookimpl
    def after_run(self, result: Any) -> None:
        self.seen.append(f"after_run {list(result.values)}")


X = np.zeros((3, 2), np.float32)
PIPELINE = Pipeline([Stage("one", Same()), Stage("two", Same())])


def test_hooks_are_told_everything_in_order() -> None:
    hook = Everything()
    PIPELINE.fit(X, hooks=[hook])
    assert hook.seen == [
        "before_run fit ['one', 'two']",
        "before_stage one",
        "after_stage one (3, 2) True",
        "before_stage two",
        "after_stage two (3, 2) True",
        "after_run ['one', 'two']",
    ]


def test_hooks_are_told_the_verb_of_apply() -> None:
    hook = Everything()
    PIPELINE.apply(X, hooks=[hook])
    assert hook.seen[0] == "before_run apply ['one', 'two']"


def test_hook_vetoes_by_raising_and_is_named_in_a_note() -> None:
    class Veto:
        @hookimpl
        def before_stage(self, stage: Any) -> None:
            if stage.name == "two":
                raise RuntimeError("not today")

    other = Everything()
    with pytest.raises(RuntimeError) as raised:
        PIPELINE.fit(X, hooks=[Veto(), other])
    assert str(raised.value) == "not today"
    assert raised.value.__notes__ == ["raised by the hook Veto.before_stage", "in stage 'two' (reducer/Same)"]
    assert other.seen[-1] == "on_error not today"
    assert "after_run ['one', 'two']" not in other.seen
    assert list(raised.value.partial.values) == ["one"]  # type: ignore[attr-defined]  # documented in Pipeline.fit


def test_hook_that_returns_something_replaces_nothing() -> None:
    class Meddler:
        @hookimpl
        def after_stage(self, value: Any) -> Any:
            return np.ones((3, 2), np.float32)

    assert PIPELINE.fit(X, hooks=[Meddler()])["one"].sum() == 0


def test_hook_with_an_unknown_event_is_refused() -> None:
    class Typo:
        @hookimpl
        def after_stages(self) -> None:
            """Never called."""

    with pytest.raises(pluggy.PluginValidationError, match=r"unknown hook 'after_stages' in plugin <.*Typo object"):
        PIPELINE.fit(X, hooks=[Typo()])


def test_hook_with_an_unknown_argument_is_refused() -> None:
    class Curious:
        @hookimpl
        def before_stage(self, stage: Any, weather: str) -> None:
            """Never called."""

    with pytest.raises(pluggy.PluginValidationError, match="weather"):
        PIPELINE.fit(X, hooks=[Curious()])


def test_two_hooks_of_one_class_are_both_told() -> None:
    hooks = [Everything(), Everything()]
    PIPELINE.fit(X, hooks=hooks)
    assert hooks[0].seen == hooks[1].seen
    assert len(hooks[0].seen) == 6


def test_hooks_of_one_run_are_not_told_of_another() -> None:
    hook = Everything()
    PIPELINE.fit(X, hooks=[hook])
    PIPELINE.fit(X)
    assert len(hook.seen) == 6


def test_hooks_may_be_a_generator_and_methods_without_the_mark_are_left_alone() -> None:
    class Quiet(Everything):
        def on_progress(self, nothing: Any) -> None:
            raise AssertionError("it has no mark")

    PIPELINE.fit(X, hooks=(hook for hook in [Quiet()]))


def test_error_in_on_error_keeps_the_first_one_in_its_chain() -> None:
    class Clumsy:
        @hookimpl
        def before_stage(self) -> None:
            raise RuntimeError("first")

        @hookimpl
        def on_error(self) -> None:
            raise KeyError("second")

    with pytest.raises((RuntimeError, KeyError)) as raised:
        PIPELINE.fit(X, hooks=[Clumsy()])
    chain = {type(raised.value), type(raised.value.__context__)}
    assert RuntimeError in chain
