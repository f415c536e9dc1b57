"""What is installed: names become classes. The only user of stevedore.

Listing reads the metadata of installed distributions and imports nothing; only what is asked for by name is loaded, and a plugin
that cannot be loaded breaks only whoever asks for it.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from typing import Any, cast

from asterism.framework.component import Component
from asterism.framework.errors import BrokenPlugin, ConflictingPlugins, MissingExtra, PluginError, UnknownComponent

PREFIX = "asterism."
KINDS = "kind"
"""The group that holds the kinds themselves."""
ENGINES = "engine"
"""The group of the engines."""
OURS = "asterism"
"""Our own distribution."""
HOST = "host"
"""Stands for a distribution's name where a host registered the class itself."""


@dataclass(frozen=True)
class Provider:
    """One registered name, not loaded yet."""

    group: str
    """Group without its prefix: the kind, or ``metric``, ``sample``, ``hooks``, ..."""
    name: str
    reference: str
    """``module:name`` of what it points to."""
    distribution: str
    version: str
    entry_point: EntryPoint | None = field(default=None, compare=False, repr=False)
    registered: Any = field(default=None, compare=False, repr=False)

    @property
    def label(self) -> str:
        """``kind/name``, for messages."""
        return f"{self.group}/{self.name}"

    @property
    def full_name(self) -> str:
        """``distribution:name``, which stays clear whatever else is installed."""
        return f"{self.distribution}:{self.name}"

    def points_to(self, cls: type) -> bool:
        """Tell whether this is the provider of `cls`, without importing anything."""
        if self.entry_point is None:
            return self.registered is cls
        found: Any = sys.modules.get(self.entry_point.module)
        for name in self.entry_point.attr.split("."):
            found = getattr(found, name, None)
        return found is cls

    @property
    def source(self) -> str:
        """Distribution and version, for messages."""
        return f"{self.distribution} {self.version}".strip()


class Discovery:
    """The components that are installed, and those that a host registers.

    Parameters
    ----------
    allow
        Names of the distributions whose plugins may be used; None allows all. What the host registers is always allowed.
    """

    def __init__(self, allow: Iterable[str] | None = None) -> None:
        self.allow = None if allow is None else {_normal(name) for name in allow}
        self._hosted: list[Provider] = []

    def register(self, cls: type[Component], name: str | None = None) -> None:
        """Make a class of the host's own available under `name` (by default its class name in lower case) in this registry alone."""
        if not (isinstance(cls, type) and issubclass(cls, Component)):
            raise BrokenPlugin(f"{getattr(cls, '__name__', repr(cls))} is no component; let it be a class that derives from a kind")
        name = name or cls.__name__.lower()
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
            raise ValueError(f"a component's name is made of letters, digits, '_', '-' and '.' (got {name!r})")
        if any(provider.name == name and provider.group == cls.kind for provider in self._hosted):
            raise ConflictingPlugins(f"{cls.kind}/{name} is registered already")
        kind = self.kind(cls.kind)
        _check_kind(cls, kind, f"{cls.kind}/{name}")
        reference = f"{cls.__module__}:{cls.__qualname__}"
        self._hosted.append(Provider(cls.kind, name, reference, HOST, "", registered=cls))

    def kinds(self) -> list[str]:
        """Names of all kinds, in alphabetical order."""
        return sorted({provider.name for provider in self.providers(KINDS)})

    def kind(self, name: str) -> type[Component]:
        """Return the class of a kind."""
        return cast("type[Component]", self.load(KINDS, name))

    def providers(self, group: str | None = None) -> list[Provider]:
        """List what is registered in `group`, or in the groups of all kinds, by group and name."""
        groups = self.kinds() if group is None else [group]
        return [provider for name in groups for provider in sorted(self._by_group(name), key=lambda p: (p.name, p.distribution))]

    def provider(self, group: str, name: str) -> Provider:
        """Choose the one provider of `name`, which may be ``distribution:name``; `PluginError` where there is none, or several."""
        wanted, _, short = name.rpartition(":")
        found = [p for p in self._by_group(group) if p.name == short and (not wanted or _normal(p.distribution) == _normal(wanted))]
        if len(found) > 1:
            found.sort(key=lambda provider: provider.source)
            several = " and ".join(provider.source for provider in found)
            choice = " or ".join(provider.full_name for provider in found)
            raise ConflictingPlugins(f"{group}/{short} is registered by {several}; write {choice} to choose")
        if not found:
            raise UnknownComponent(self._unknown(group, name))
        return found[0]

    def find(self, kind: str, name: str) -> type[Component]:
        """Load the component class `name` of `kind`; `PluginError` says why where that cannot be."""
        provider = self.provider(kind, name)
        cls = self._load(provider)
        _check_kind(cls, self.kind(kind), f"{provider.label} of {provider.source}")
        return cast("type[Component]", cls)

    def load(self, group: str, name: str) -> Any:
        """Load whatever `name` of `group` points to."""
        return self._load(self.provider(group, name))

    def find_reference(self, reference: str) -> type[Component]:
        """Load the component class ``module:name``, if it is installed as a component; never imports by path."""
        for provider in self.providers():
            if provider.reference == reference:
                return self.find(provider.group, provider.full_name)
        if cls := self._find_in_package(reference):
            return cls
        raise UnknownComponent(f"no installed plugin provides {reference}")

    def _find_in_package(self, reference: str) -> type[Component] | None:
        """Look for a class that is defined in another module than the one that its entry point names."""
        package = re.split("[.:]", reference)[0]
        for provider in self.providers():
            if re.split("[.:]", provider.reference)[0] == package:
                with suppress(PluginError):  # another plugin of the package
                    cls = self.find(provider.group, provider.full_name)
                    if f"{cls.__module__}:{cls.__qualname__}" == reference:
                        return cls
        return None

    def provider_of(self, cls: type[Component]) -> Provider:
        """Tell under which name a component class is registered."""
        for provider in self._by_group(cls.kind):
            if provider.points_to(cls):
                return provider
        raise UnknownComponent(f"{cls.__name__} is not registered as {cls.kind or 'a component'}; call registry.register({cls.__name__})")

    def doctor(self) -> list[tuple[Provider, str]]:
        """Load everything that is registered and say what is wrong with it; an empty text where nothing is."""
        kinds = self.kinds()
        others = sorted(self._installed.keys() - set(kinds))
        return [(provider, self._diagnosis(provider)) for group in (*kinds, *others) for provider in self.providers(group)]

    def _diagnosis(self, provider: Provider) -> str:
        try:
            self.provider(provider.group, provider.name)
            if provider.group in self.kinds():
                _check_fields(self.find(provider.group, provider.full_name), f"{provider.label} of {provider.source}")
            else:
                self.load(provider.group, provider.full_name)
        except PluginError as error:
            return str(error)
        return ""

    def _by_group(self, group: str) -> Iterator[Provider]:
        yield from (provider for provider in self._hosted if provider.group == group)
        for provider in self._installed.get(group, ()):
            # The kinds and the engine that are ours: whoever allows plugins at all needs them.
            name = _normal(provider.distribution)
            if self.allow is None or name in self.allow or (group in (KINDS, ENGINES) and name == OURS):
                yield provider

    @cached_property
    def _installed(self) -> dict[str, list[Provider]]:
        every = entry_points()
        entries = [entry for group in every.groups if group.startswith(PREFIX) for entry in every.select(group=group)]
        # A distribution parses its metadata anew each time it is asked, so each is asked once.
        unknown = {"Name": "unknown", "Version": ""}
        sources = {id(entry.dist): entry.dist.metadata if entry.dist else unknown for entry in entries}
        found: dict[str, list[Provider]] = {}
        for entry in entries:
            group, source = entry.group.removeprefix(PREFIX), sources[id(entry.dist)]
            name, version = source["Name"], source["Version"]
            found.setdefault(group, []).append(Provider(group, entry.name, f"{entry.module}:{entry.attr}", name, version, entry))
        return found

    def _unknown(self, group: str, name: str) -> str:
        names = sorted({provider.name for provider in self._by_group(group)})
        close = get_close_matches(name, names, n=1)
        if close:
            return f"no {group.removesuffix('s')} is called '{name}'; did you mean '{close[0]}'?"
        return f"no {group.removesuffix('s')} is called '{name}'; there are {', '.join(names) or 'none'}"

    def _load(self, provider: Provider) -> Any:
        if provider.entry_point is None:
            return provider.registered
        if missing := _missing_requirements(provider.entry_point):
            extras = ",".join(provider.entry_point.extras)
            raise MissingExtra(
                f"{provider.label} is registered by {provider.source}, but needs {', '.join(missing)}: "
                f"pip install '{provider.distribution}[{extras}]'"
            )
        try:
            return _load_entry_point(provider.entry_point)
        except (Exception, SystemExit) as error:  # whatever a plugin does while it is imported, its host survives
            cause = f"{type(error).__name__}: {error}"
            raise BrokenPlugin(f"{provider.label} is registered by {provider.source}, but broken: {cause}") from error


def _load_entry_point(entry: EntryPoint) -> Any:
    from stevedore.driver import DriverManager
    from stevedore.extension import error_on_conflict

    class One(DriverManager[Any]):
        # stevedore would look names up in a cache file in the home folder that has lost the distributions; we found the entry already.
        def list_entry_points(self) -> list[EntryPoint]:
            return [entry]

    # `.driver` would call the plugin where it is falsy; `.plugin` is what was loaded.
    return One(entry.group, entry.name, conflict_resolver=error_on_conflict)[entry.name].plugin


def _missing_requirements(entry: EntryPoint) -> list[str]:
    """Name the distributions that the extras of an entry point ask for and that are not installed."""
    if not entry.extras or entry.dist is None:
        return []
    wanted = []
    for requirement in entry.dist.requires or ():
        name, _, marker = requirement.partition(";")
        if any(re.search(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]", marker) for extra in entry.extras):
            wanted.append(re.split(r"[\s\[<>=!~(]", name.strip(), maxsplit=1)[0])
    return [name for name in wanted if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _check_kind(cls: object, kind: type[Component], label: str) -> None:
    if not isinstance(cls, type):
        raise BrokenPlugin(f"{label} points to a {type(cls).__name__}, not to a class")
    if not issubclass(cls, kind):
        others = f"a {cls.kind}" if issubclass(cls, Component) and cls.kind else "no component"
        raise BrokenPlugin(f"{label} points to {cls.__name__}, which is {others}, not a subclass of {kind.__name__}")
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise BrokenPlugin(f"{label} points to {cls.__name__}, which does not define {', '.join(missing)}")


def _check_fields(cls: type[Component], label: str) -> None:
    from .schema import json_schema  # pydantic is loaded where fields are checked, not where components are listed

    try:
        json_schema(cls)
    except BrokenPlugin as error:
        raise BrokenPlugin(f"{label}: {error}") from error


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
