"""From a spec to a pipeline in three phases: parse, check everything, build. Every problem is reported at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from asterism.framework.component import Component
from asterism.framework.engine import Engine
from asterism.framework.errors import PluginError, SpecError
from asterism.framework.kinds import Modality
from asterism.framework.pipeline import Pipeline
from asterism.framework.stages import Stage, wire

from .options import Options, options_of
from .overrides import override
from .problems import SpecProblem
from .reader import Document, Path_, read_spec
from .schema import dump_fields, field_names, validate
from .spec import FORMAT, NAME_PATTERN, RESERVED, SOURCE_KEYS, STAGE_KEYS, SourceKeys, SpecFile, StageKeys
from .stable import like_problem, renumbering

if TYPE_CHECKING:
    from .discovery import Discovery, Provider


@dataclass
class Plan:
    """A spec that was found right: a pipeline, and what to feed it."""

    name: str
    pipeline: Pipeline
    modality: Modality[Any]
    path: str | None = None
    """What to read; a relative path is resolved already. None where the spec names none, or a sample."""
    sample: str | None = None
    hooks: list[str] = field(default_factory=list)
    options: Options = field(default_factory=Options)
    """How to run it; `Options.settings` makes what `Pipeline.fit` takes."""
    filled: dict[str, Any] = field(default_factory=dict)
    """The spec with every default written out; what `asterism fill` prints and a saved model keeps."""


def make_plan(discovery: "Discovery", source: str | Path | dict[str, Any], changes: Iterable[str] = (), *, locked: bool = True) -> Plan:
    """Read, check and build a spec; `SpecError` with every problem where it has any."""
    plan, problems = check(discovery, source, changes, locked=locked)
    if plan is None or problems:
        raise SpecError(problems)
    return plan


def check(
    discovery: "Discovery", source: str | Path | dict[str, Any], changes: Iterable[str] = (), *, locked: bool = True
) -> tuple[Plan | None, list[SpecProblem]]:
    """Find every problem of a spec; a plan where there are none.

    Parameters
    ----------
    discovery
        Where components are found.
    source
        A spec file, the name of a ready spec that is installed, or the content of one as plain data.
    changes
        ``path=value`` texts that change the spec before it is checked, as ``--set`` takes them.
    locked
        Hold the versions under `providers` against what is installed.
    """
    ready = _ready_spec(discovery, source)
    document = read_spec(ready or source)
    if ready is None and document.problems and not isinstance(source, dict) and (near := _near(discovery, str(source))):
        document.problems[0] = replace(document.problems[0], message=f"{document.problems[0].message}; did you mean '{near}'?")
    if isinstance(document.data, dict) and not document.problems:
        document.problems += override(document.data, changes, discovery.kinds())
    checker = _Checker(discovery, document, locked)
    plan = checker.run(Path() if isinstance(source, dict) or ready else Path(document.file).parent)
    problems = sorted(document.problems, key=lambda problem: (problem.line, problem.column))
    return (None if problems else plan), problems


def _ready_spec(discovery: "Discovery", source: str | Path | dict[str, Any]) -> Path | None:
    """Find the ready spec of a name, where no file is called so; paths in it start where the command was given."""
    if isinstance(source, dict) or Path(source).exists() or str(source) not in _ready_names(discovery):
        return None
    return Path(discovery.load("spec", str(source)))


def _ready_names(discovery: "Discovery") -> list[str]:
    return [provider.name for provider in discovery.providers("spec")]


def _near(discovery: "Discovery", name: str) -> str:
    """Name the ready spec that a missing file may have been meant for."""
    return "" if Path(name).exists() else next(iter(get_close_matches(name, _ready_names(discovery), n=1)), "")


@dataclass
class _Draft:
    """One component of a spec on its way to being built."""

    where: Path_
    label: str
    """What messages call it: ``stages[2] (clusterer/kmeans)``."""
    kind: str = ""
    name: str = ""
    cls: type[Component] | None = None
    component: Component | None = None
    own: dict[str, Any] = field(default_factory=dict)
    """The keys that belong to the spec: `as`, `from`, `path`, ..."""
    provider: "Provider | None" = None


class _Checker:
    """Collects the problems of one document on the way to a plan."""

    def __init__(self, discovery: "Discovery", document: Document, locked: bool) -> None:
        self.discovery, self.document, self.locked = discovery, document, locked

    def run(self, folder: Path) -> Plan | None:
        shape = self._shape()
        data = self.document.data
        if not isinstance(data, dict):
            return None
        self.folder, self.seed = folder, shape.seed if shape else 0
        source = self._source(data.get("source"))
        stages = [self._stage(place, stage) for place, stage in enumerate(_list(data.get("stages")))]
        wired = self._wire(source, stages)
        for key, group in (("hooks", "hooks"), ("metrics", "metric")):
            for place, name in enumerate(_list(data.get(key))):
                self._check_registered(group, name, (key, place), place=f"{key}[{place}]")
        self._check_registered("engine", data.get("engine"), ("engine",), place="engine")
        if shape is None:
            return None
        self._check_providers(shape.providers, [source, *stages])
        return None if self.document.problems else self._plan(shape, source, stages, wired)

    def _shape(self) -> SpecFile | None:
        data = self.document.data
        if not isinstance(data, dict):
            if not self.document.problems:
                self._report(f"must be a mapping that begins with `asterism: {FORMAT}`")
            return None
        version = data.get("asterism")
        if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
            self._report(f"asterism: is format {version}; this Asterism reads format {FORMAT}; install a newer one", ("asterism",))
            return None
        shape, problems = validate(SpecFile, data)
        for path, message in problems:
            self._report(f"{_field_text(path)}: {message}", path)
        return cast("SpecFile | None", shape)

    def _source(self, data: Any) -> _Draft:
        draft = _Draft(("source",), "source", "modality")
        if not isinstance(data, dict):
            return draft
        draft.own = self._own_keys(draft, data, SourceKeys, SOURCE_KEYS)
        draft.name = data["modality"] if isinstance(data.get("modality"), str) else ""
        if data.get("path") is not None and data.get("sample") is not None:
            self._report("has both a path and a sample; keep one", ("source", "sample"), place="source")
        self._check_registered("sample", data.get("sample"), ("source", "sample"), place="source")
        if draft.name:
            self._find(draft, ("source", "modality"))
            self._fields(draft, {key: value for key, value in data.items() if key not in SOURCE_KEYS})
        return draft

    def _stage(self, place: int, data: Any) -> _Draft:
        draft = _Draft(("stages", place), f"stages[{place}]")
        if not isinstance(data, dict):  # the shape says so already
            return draft
        kinds = [key for key in data if key in self.discovery.kinds() and key != "modality"]
        if len(kinds) != 1:
            self._report(self._kind_problem(data, kinds), draft.where, place=draft.label)
            return draft
        draft.kind, draft.name = kinds[0], data[kinds[0]]
        draft.own = self._own_keys(draft, data, StageKeys, STAGE_KEYS)
        if not isinstance(draft.name, str):
            self._report(f"{draft.kind}: must be the name of one (got {draft.name!r})", (*draft.where, draft.kind), place=draft.label)
            draft.name = ""
            return draft
        self._find(draft, (*draft.where, draft.kind))
        self._check_name(draft)
        self._check_like(draft)
        self._fields(draft, {key: value for key, value in data.items() if key not in (draft.kind, *STAGE_KEYS)})
        return draft

    def _kind_problem(self, data: dict[str, Any], kinds: list[str]) -> str:
        if kinds:
            return f"names {len(kinds)} kinds, {' and '.join(kinds)}; a stage is one component"
        known = [kind for kind in self.discovery.kinds() if kind != "modality"]
        for key in data:
            if close := get_close_matches(key, known, n=1):
                return f"no kind is called '{key}'; did you mean '{close[0]}'?"
        return f"names no kind; a stage begins with one of {', '.join(known)}"

    def _own_keys(self, draft: _Draft, data: dict[str, Any], shape: type, keys: Sequence[str]) -> dict[str, Any]:
        own, problems = validate(shape, {key: data[key] for key in keys if key in data})
        for path, message in problems:
            self._report(f"{_field_text(path)}: {message}", (*draft.where, *path), place=draft.label)
        return cast("dict[str, Any]", own.model_dump(by_alias=True)) if own else {}

    def _find(self, draft: _Draft, path: Path_) -> None:
        try:
            draft.provider = self.discovery.provider(draft.kind, draft.name)
            draft.cls = self.discovery.find(draft.kind, draft.name)
            draft.label = f"{draft.label} ({draft.kind}/{draft.name})"
        except PluginError as error:
            hint = f"  (asterism list {draft.kind})" if draft.provider is None else ""
            self._report(f"{error}{hint}", path, place=draft.label)

    def _check_name(self, draft: _Draft) -> None:
        name = _stage_name(draft)
        path = (*draft.where, "as" if draft.own.get("as") else draft.kind)
        if name in RESERVED:
            message = f"no stage may be called '{name}': that is the name of {RESERVED[name]}; give it another with `as`"
            self._report(message, path, place=draft.label, at_value=True)
        elif draft.provider and not re.fullmatch(NAME_PATTERN, name):
            self._report(f"'{name}' cannot name a stage; give it a name with `as`", path, place=draft.label, at_value=True)

    def _check_like(self, draft: _Draft) -> None:
        like, path = draft.own.get("like"), (*draft.where, "like")
        if like is None or draft.cls is None:
            return
        if draft.cls.gives != "labels":
            message = f"like: is for stages that give labels; {draft.kind}/{draft.name} gives {draft.cls.gives}"
            self._report(message, path, place=draft.label)
        elif message := like_problem(self.folder / like, _stage_name(draft)):  # found now, and not when the night's work is done
            self._report(f"like: {message}", path, place=draft.label, at_value=True)

    def _fields(self, draft: _Draft, values: dict[str, Any]) -> None:
        if draft.cls is None:
            return
        if "random_state" in field_names(draft.cls):
            values.setdefault("random_state", self.seed)
        try:
            draft.component, problems = validate(draft.cls, values)
        except PluginError as error:
            problems = []
            self._report(str(error), (*draft.where, draft.kind), place=draft.label)
        for path, message in problems:
            self._report(f"{_field_text(path)}: {message}", (*draft.where, *path), place=draft.label)

    def _wire(self, source: _Draft, stages: list[_Draft]) -> tuple[Stage, ...]:
        drafts = []
        for draft in stages:
            component = self._stand_in(draft)
            if component is None:  # what follows an unknown kind cannot be judged
                return ()
            drafts.append(self._draft_stage(draft, component))
        gives, reads = (source.cls.gives, getattr(source.cls, "modality", "")) if source.cls else ("", "")
        wired, problems = wire(drafts, gives=gives, modality=reads)
        for place, message in problems:
            has_from = "from" in self.document.data["stages"][place]
            path = ("stages", place, "from" if has_from else stages[place].kind)
            self._report(message, path, place=f"stages[{place}]", at_value=has_from)
        return wired

    def _draft_stage(self, draft: _Draft, component: Component) -> Stage:
        name, like = _stage_name(draft), draft.own.get("like")
        return Stage(
            name,
            component,
            draft.own.get("from") or "",
            draft.name.rpartition(":")[2],
            version=draft.provider.source if draft.provider else "",
            like=partial(renumbering, self.folder / like, name) if like else None,
        )

    def _stand_in(self, draft: _Draft) -> Component | None:
        # What a component takes and gives is known of its class, and of its kind even where the class is not to be had.
        try:
            return draft.component or cast(Component, draft.cls or self.discovery.kind(draft.kind)) if draft.name else None
        except PluginError:  # the kind itself is broken, and was reported so
            return None

    def _check_registered(self, group: str, name: Any, path: Path_, *, place: str) -> None:
        if not isinstance(name, str):  # the shape says so already, where there is one at all
            return
        try:
            self.discovery.provider(group, name)
        except PluginError as error:
            self._report(str(error), path, place=place)

    def _check_providers(self, providers: dict[str, str], drafts: list[_Draft]) -> None:
        installed = {draft.provider.distribution: draft.provider.version for draft in drafts if draft.provider}
        for name, version in providers.items() if self.locked else ():
            if name in installed and installed[name] != version:
                message = f"the spec was filled with {name} {version}, installed is {installed[name]}; install that, or fill the spec again"
                self._report(f"providers: {message}", ("providers", name))

    def _plan(self, shape: SpecFile, source: _Draft, stages: list[_Draft], wired: tuple[Stage, ...]) -> Plan:
        modality = cast("Modality[Any]", source.component)
        path, sample, limit = (source.own.get(key) for key in ("path", "sample", "limit"))
        providers = {draft.provider.distribution: draft.provider.version for draft in (source, *stages) if draft.provider}
        filled = {
            "asterism": FORMAT,
            "name": shape.name,
            "seed": shape.seed,
            "source": {"modality": source.name, **_given(path=path, sample=sample, limit=limit), **dump_fields(modality)},
            "stages": [_filled_stage(draft, stage) for draft, stage in zip(stages, wired, strict=True)],
            "hooks": shape.hooks,
            **_given(metrics=shape.metrics),
            "strict": shape.strict,
            "max_bad": shape.max_bad,
            **_given(timeout=shape.timeout, memory=shape.memory, cache=shape.cache),
            "workers": shape.workers,
            "engine": shape.engine,
            "providers": {name: version for name, version in providers.items() if version},
        }
        pipeline = Pipeline(wired, modality=modality, name=shape.name)
        engine = cast("type[Engine]", self.discovery.load("engine", shape.engine))
        options = options_of(shape, limit, engine, self.folder)
        return Plan(shape.name, pipeline, modality, str(self.folder / path) if path else None, sample, shape.hooks, options, filled)

    def _report(self, message: str, path: Path_ = (), *, place: str = "", at_value: bool = False) -> None:
        self.document.problems.append(self.document.problem(message, path, place=place, at_value=at_value))


def _stage_name(draft: _Draft) -> str:
    return draft.own.get("as") or draft.name.rpartition(":")[2]


def _filled_stage(draft: _Draft, stage: Stage) -> dict[str, Any]:
    like = _given(like=draft.own.get("like"))
    return {draft.kind: draft.name, "as": stage.name, "from": stage.fed_by, **like, **dump_fields(stage.component)}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _field_text(path: Sequence[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
