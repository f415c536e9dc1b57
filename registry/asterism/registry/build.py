"""From a spec to a pipeline in three phases: parse, check everything, build. Every problem is reported at once."""

from collections.abc import Iterable
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

from .drafts import Draft, Drafter, field_text, stage_name
from .options import Options, options_of
from .overrides import override
from .problems import SpecProblem
from .reader import Document, read_spec
from .schema import dump_fields, validate
from .spec import FORMAT, SpecFile
from .stable import renumbering

if TYPE_CHECKING:
    from .discovery import Discovery


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


class _Checker:
    """Collects the problems of one document on the way to a plan."""

    def __init__(self, discovery: "Discovery", document: Document, locked: bool) -> None:
        self.discovery, self.document, self.locked = discovery, document, locked

    def run(self, folder: Path) -> Plan | None:
        shape = self._shape()
        data = self.document.data
        if not isinstance(data, dict):
            return None
        self.folder, self.drafter = folder, Drafter(self.discovery, self.document, folder, shape.seed if shape else 0)
        source = self.drafter.source(data.get("source"))
        stages = [self.drafter.stage(place, stage) for place, stage in enumerate(_list(data.get("stages")))]
        wired = self._wire(source, stages)
        for key, group in (("hooks", "hooks"), ("metrics", "metric"), ("pictures", "picture")):
            for place, name in enumerate(_list(data.get(key))):
                self.drafter.check_registered(group, name, (key, place), place=f"{key}[{place}]")
        self.drafter.check_registered("engine", data.get("engine"), ("engine",), place="engine")
        if shape is None:
            return None
        self._check_providers(shape.providers, [source, *stages, *self.drafter.parts])
        return None if self.document.problems else self._plan(shape, source, stages, wired)

    def _shape(self) -> SpecFile | None:
        data = self.document.data
        if not isinstance(data, dict):
            if not self.document.problems:
                self.document.report(f"must be a mapping that begins with `asterism: {FORMAT}`")
            return None
        version = data.get("asterism")
        if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
            self.document.report(f"asterism: is format {version}; this Asterism reads format {FORMAT}; install a newer one", ("asterism",))
            return None
        shape, problems = validate(SpecFile, data)
        for path, message in problems:
            self.document.report(f"{field_text(path)}: {message}", path)
        return cast("SpecFile | None", shape)

    def _wire(self, source: Draft, stages: list[Draft]) -> tuple[Stage, ...]:
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
            self.document.report(message, path, place=f"stages[{place}]", at_value=has_from)
        return wired

    def _draft_stage(self, draft: Draft, component: Component) -> Stage:
        name, like = stage_name(draft), draft.own.get("like")
        return Stage(
            name,
            component,
            draft.own.get("from") or "",
            draft.name.rpartition(":")[2],
            version=draft.provider.source if draft.provider else "",
            like=partial(renumbering, self.folder / like, name) if like else None,
        )

    def _stand_in(self, draft: Draft) -> Component | None:
        # What a component takes and gives is known of its class, and of its kind even where the class is not to be had.
        try:
            return draft.component or cast(Component, draft.cls or self.discovery.kind(draft.kind)) if draft.name else None
        except PluginError:  # the kind itself is broken, and was reported so
            return None

    def _check_providers(self, providers: dict[str, str], drafts: list[Draft]) -> None:
        installed = {draft.provider.distribution: draft.provider.version for draft in drafts if draft.provider}
        for name, version in providers.items() if self.locked else ():
            if name in installed and installed[name] != version:
                message = f"the spec was filled with {name} {version}, installed is {installed[name]}; install that, or fill the spec again"
                self.document.report(f"providers: {message}", ("providers", name))

    def _plan(self, shape: SpecFile, source: Draft, stages: list[Draft], wired: tuple[Stage, ...]) -> Plan:
        modality = cast("Modality[Any]", source.component)
        path, sample, limit = (source.own.get(key) for key in ("path", "sample", "limit"))
        drafts = (source, *stages, *self.drafter.parts)
        providers = {draft.provider.distribution: draft.provider.version for draft in drafts if draft.provider}
        filled = {
            "asterism": FORMAT,
            "name": shape.name,
            "seed": shape.seed,
            "source": {"modality": source.name, **_given(path=path, sample=sample, limit=limit), **self._dumped(modality)},
            "stages": [self._filled_stage(draft, stage) for draft, stage in zip(stages, wired, strict=True)],
            "hooks": shape.hooks,
            **_given(metrics=shape.metrics, pictures=shape.pictures),
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
        read = str(path) if path and "://" in str(path) else str(self.folder / path) if path else None  # the URL of a database is no path
        return Plan(shape.name, pipeline, modality, read, sample, shape.hooks, options, filled)

    def _filled_stage(self, draft: Draft, stage: Stage) -> dict[str, Any]:
        like = _given(like=draft.own.get("like"))
        return {draft.kind: draft.name, "as": stage.name, "from": stage.fed_by, **like, **self._dumped(stage.component)}

    def _dumped(self, component: Component) -> dict[str, Any]:
        return dump_fields(component, lambda part: next(draft.name for draft in self.drafter.parts if draft.component is part))


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
