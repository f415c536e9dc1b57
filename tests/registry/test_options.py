from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asterism.framework.engine import Engine
from asterism.framework.local import LocalEngine
from asterism.registry import Registry
from asterism.registry.options import Options

Problems = Callable[..., list[str]]
Spec = Callable[..., Path]

EVERYTHING = """\
name: try
memory: 1.5 GiB
cache: kept
workers: 3
timeout: 2min
max_bad: 5%
engine: local
strict: true"""


def options(registry: Registry, spec: Spec, text: str) -> Options:
    return registry.plan(spec(spec().read_text().replace("name: try", text))).options


def test_a_spec_says_how_a_run_is_done(registry: Registry, spec: Spec) -> None:
    assert options(registry, spec, EVERYTHING) == Options(
        strict=True, max_bad=0.05, memory=1536 * 2**20, cache=Path("kept"), workers=3, timeout=120.0, engine=LocalEngine
    )


def test_what_a_spec_leaves_out_has_a_default(registry: Registry, spec: Spec) -> None:
    assert registry.plan(spec()).options == Options(max_bad=0.5, cache=Path("runs/.cache"))


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("memory: 1000", "memory", 1000),
        ("memory: '2048'", "memory", 2048),
        ("cache: off", "cache", None),
        ("workers: auto", "workers", None),
        ("timeout: 0.5", "timeout", 0.5),
        ("timeout: 250ms", "timeout", 0.25),
        ("timeout: 1.5 h", "timeout", 5400.0),
        ("timeout: 30s", "timeout", 30.0),
        ("max_bad: 0", "max_bad", 0.0),
        ("max_bad: 0.25", "max_bad", 0.25),
        ("max_bad: 12.5 %", "max_bad", 0.125),
        ("max_bad: 100%", "max_bad", 1.0),
    ],
)
def test_amounts_times_and_shares_are_numbers_or_texts(registry: Registry, spec: Spec, text: str, name: str, value: Any) -> None:
    assert getattr(options(registry, spec, f"name: try\n{text}"), name) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memory: lots", "memory: must be a whole number or a size such as 500MB or 2GiB (got 'lots')"),
        ("memory: 0", "memory: must be >= 1 (got 0)"),
        ("memory: 2 bananas", "memory: must be a whole number or a size such as 500MB or 2GiB (got '2 bananas')"),
        ("cache: 7", "cache: must be text (got 7)"),
        ("cache: ''", "cache: must be at least 1 long (got '')"),
        ("workers: 0", "workers: must be >= 1 (got 0)"),
        ("workers: all", "workers: must be a whole number or 'auto' (got 'all')"),
        ("timeout: 0", "timeout: must be >= 0.001 (got 0)"),
        ("timeout: 0s", "timeout: must be a number or a time such as 30s or 2min (got '0s')"),
        ("timeout: 5 days", "timeout: must be a number or a time such as 30s or 2min (got '5 days')"),
        ("max_bad: 5", "max_bad: must be <= 1.0 (got 5)"),
        ("max_bad: 101%", "max_bad: must be a number or a share such as 5% (got '101%')"),
        ("wokers: 2", "wokers: is unknown; did you mean 'workers'?"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(problems: Problems, text: str, message: str) -> None:
    assert problems(("name: try", f"name: try\n{text}")) == [f"spec.yaml:3:1: {message}"]


def test_an_engine_is_found_by_its_name(problems: Problems) -> None:
    message = "spec.yaml:3:1: engine: no engine is called 'lcoal'; did you mean 'local'?"
    assert problems(("name: try", "name: try\nengine: lcoal")) == [message]


def test_another_engine_is_made_with_workers_and_timeout(install: Any, hosted: Callable[..., Registry], spec: Spec) -> None:
    code = """
        from dataclasses import dataclass
        from asterism.framework.engine import Engine

        @dataclass(frozen=True, kw_only=True)
        class Plain(Engine):
            def map(self, function, parts):
                yield from map(function, parts)
    """
    install("acme", "[asterism.engine]\nplain = acme_plain:Plain\n", {"acme_plain": code})
    found = options(hosted("acme"), spec, "name: try\nengine: plain\nworkers: 2\ntimeout: 3\ncache: off").settings()
    assert (type(found.engine).__name__, found.engine.workers, found.engine.timeout, found.store) == ("Plain", 2, 3.0, None)


def test_a_source_is_limited(registry: Registry, spec: Spec, problems: Problems) -> None:
    text = spec().read_text().replace("path: lines.txt", "path: lines.txt, limit: 3")
    plan = registry.plan(spec(text))
    assert (plan.options.limit, plan.filled["source"]["limit"]) == (3, 3)
    message = "spec.yaml:3:44: source: limit: must be >= 1 (got 0)"
    assert problems(("lines.txt}", "lines.txt, limit: 0}")) == [message]


def test_a_filled_spec_keeps_what_was_said(registry: Registry, spec: Spec) -> None:
    filled = registry.plan(spec(spec().read_text().replace("name: try", EVERYTHING))).filled
    said = {"memory": "1.5 GiB", "cache": "kept", "workers": 3, "timeout": "2min", "max_bad": "5%", "engine": "local"}
    assert said.items() <= filled.items()
    assert registry.plan(filled).filled == filled
    assert not {"memory", "cache", "timeout"} & registry.plan(spec()).filled.keys()


def test_what_a_command_says_comes_before_the_spec() -> None:
    before = Options(memory=1, cache=Path("a"), workers=2, timeout=3.0)
    assert before.changed() == before
    assert before.changed(memory=7, cache="off", workers="auto") == Options(memory=7, cache=None, timeout=3.0)
    assert before.changed(cache="b", workers=5).cache == Path("b")


def test_no_folder_is_made_before_there_are_settings(here: Path) -> None:
    made = Options(cache=Path("kept"))
    assert not Path("kept").exists()
    settings = made.settings()
    assert settings.store
    assert (settings.store.folder, Path("kept").is_dir()) == (Path("kept"), True)


def test_every_engine_takes_what_options_give() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Own(Engine):
        def map(self, function: Any, parts: Any) -> Any:
            yield from map(function, parts)

    assert Options(engine=Own, cache=None, workers=4).settings().engine == Own(workers=4)
