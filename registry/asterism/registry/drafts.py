"""The components of a spec on their way to being built: which ones are meant, and what is wrong with how they are given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from asterism.framework.component import Component
from asterism.framework.errors import PluginError

from .reader import Document, Path_
from .schema import field_names, holds_several, part_kinds, path_fields, validate
from .spec import NAME_PATTERN, RESERVED, SOURCE_KEYS, STAGE_KEYS, SourceKeys, StageKeys
from .stable import like_problem

if TYPE_CHECKING:
    from .discovery import Discovery, Provider


@dataclass
class Draft:
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


class Drafter:
    """Finds and makes the components that a document names, and collects the problems of each.

    Parameters
    ----------
    folder
        Where relative paths start.
    seed
        Given to every `random_state` that the document leaves out.
    """

    def __init__(self, discovery: "Discovery", document: Document, folder: Path, seed: int) -> None:
        self.discovery, self.document, self.folder, self.seed = discovery, document, folder, seed
        self.parts: list[Draft] = []
        """The components that are fields of others."""

    def source(self, data: Any) -> Draft:
        """Draft the modality."""
        draft = Draft(("source",), "source", "modality")
        if not isinstance(data, dict):
            return draft
        draft.own = self._own_keys(draft, data, SourceKeys, SOURCE_KEYS)
        draft.name = data["modality"] if isinstance(data.get("modality"), str) else ""
        if data.get("path") is not None and data.get("sample") is not None:
            self.document.report("has both a path and a sample; keep one", ("source", "sample"), place="source")
        self.check_registered("sample", data.get("sample"), ("source", "sample"), place="source")
        if draft.name:
            self._find(draft, ("source", "modality"))
            self._fields(draft, {key: value for key, value in data.items() if key not in SOURCE_KEYS})
        return draft

    def stage(self, place: int, data: Any) -> Draft:
        """Draft the component of a stage."""
        draft = Draft(("stages", place), f"stages[{place}]")
        if not isinstance(data, dict):  # the shape says so already
            return draft
        kinds = [key for key in data if key in self.discovery.kinds() and key != "modality"]
        if len(kinds) != 1:
            self.document.report(self._kind_problem(data, kinds), draft.where, place=draft.label)
            return draft
        draft.kind, draft.name = kinds[0], data[kinds[0]]
        draft.own = self._own_keys(draft, data, StageKeys, STAGE_KEYS)
        if not isinstance(draft.name, str):
            self.document.report(
                f"{draft.kind}: must be the name of one (got {draft.name!r})", (*draft.where, draft.kind), place=draft.label
            )
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

    def _own_keys(self, draft: Draft, data: dict[str, Any], shape: type, keys: Sequence[str]) -> dict[str, Any]:
        own, problems = validate(shape, {key: data[key] for key in keys if key in data})
        for path, message in problems:
            self.document.report(f"{field_text(path)}: {message}", (*draft.where, *path), place=draft.label)
        return cast("dict[str, Any]", own.model_dump(by_alias=True)) if own else {}

    def _find(self, draft: Draft, path: Path_) -> None:
        try:
            draft.provider = self.discovery.provider(draft.kind, draft.name)
            draft.cls = self.discovery.find(draft.kind, draft.name)
            draft.label = f"{draft.label} ({draft.kind}/{draft.name})"
        except PluginError as error:
            hint = f"  (asterism list {draft.kind})" if draft.provider is None else ""
            self.document.report(f"{error}{hint}", path, place=draft.label)

    def _check_name(self, draft: Draft) -> None:
        name = stage_name(draft)
        path = (*draft.where, "as" if draft.own.get("as") else draft.kind)
        if name in RESERVED:
            message = f"no stage may be called '{name}': that is the name of {RESERVED[name]}; give it another with `as`"
            self.document.report(message, path, place=draft.label, at_value=True)
        elif draft.provider and not re.fullmatch(NAME_PATTERN, name):
            self.document.report(f"'{name}' cannot name a stage; give it a name with `as`", path, place=draft.label, at_value=True)

    def _check_like(self, draft: Draft) -> None:
        like, path = draft.own.get("like"), (*draft.where, "like")
        if like is None or draft.cls is None:
            return
        if draft.cls.gives != "labels":
            message = f"like: is for stages that give labels; {draft.kind}/{draft.name} gives {draft.cls.gives}"
            self.document.report(message, path, place=draft.label)
        elif message := like_problem(self.folder / like, stage_name(draft)):  # found now, and not when the night's work is done
            self.document.report(f"like: {message}", path, place=draft.label, at_value=True)

    def _fields(self, draft: Draft, values: dict[str, Any]) -> None:
        if draft.cls is None:
            return
        if "random_state" in field_names(draft.cls):
            values.setdefault("random_state", self.seed)
        for name in path_fields(draft.cls):  # of the working directory nothing is known later
            if isinstance(values.get(name), str):
                values[name] = str((self.folder / values[name]).absolute())
        try:
            parts = {name: self._parts(draft, name, values[name]) for name in part_kinds(draft.cls) if name in values}
            draft.component, problems = validate(draft.cls, values, parts)
        except PluginError as error:
            problems = []
            self.document.report(str(error), (*draft.where, draft.kind), place=draft.label)
        for path, message in problems:
            self.document.report(f"{field_text(path)}: {message}", (*draft.where, *path), place=draft.label)

    def _parts(self, outer: Draft, field_name: str, data: Any) -> Component | tuple[Component | None, ...] | None:
        """Make the component, or the list of them, that a field holds."""
        cls = cast(type, outer.cls)
        kind, where, label = part_kinds(cls)[field_name].kind, (*outer.where, field_name), f"{outer.label}: {field_name}"
        if not holds_several(cls, field_name):
            return self._part(Draft(where, label, kind), data)
        if not isinstance(data, list) or not data:
            self.document.report(f"must be a list of one {kind} or more (got {data!r:.40})", where, place=label, at_value=True)
            return None
        return tuple(self._part(Draft((*where, place), f"{label}[{place}]", kind), one) for place, one in enumerate(data))

    def _part(self, part: Draft, data: Any) -> Component | None:
        """Make a component that is a field of another one: a mapping as of a stage, or its name alone."""
        kind = part.kind
        values = {kind: data} if isinstance(data, str) else data
        if not isinstance(values, dict) or not isinstance(values.get(kind), str):
            message = f"must name one, such as {{{kind}: NAME, ...}} (got {data!r:.40})"
            self.document.report(message, part.where, place=part.label, at_value=True)
            return None
        part.name = values[kind]
        self._find(part, part.where if isinstance(data, str) else (*part.where, kind))
        self._fields(part, {key: value for key, value in values.items() if key != kind})
        self.parts.append(part)
        return part.component

    def check_registered(self, group: str, name: Any, path: Path_, *, place: str) -> None:
        """Report where nothing of that name is installed."""
        if not isinstance(name, str):  # the shape says so already, where there is one at all
            return
        try:
            self.discovery.provider(group, name)
        except PluginError as error:
            self.document.report(str(error), path, place=place)


def stage_name(draft: Draft) -> str:
    """Name a stage: by `as`, or as its component."""
    return draft.own.get("as") or draft.name.rpartition(":")[2]


def field_text(path: Sequence[str | int]) -> str:
    """Write the path of a field for messages: ``span[1]``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
