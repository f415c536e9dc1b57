"""Directives that read reference text off the code, so that it never goes stale: a component, the keys of a spec, a verb, the laws.

Each writes a little Markdown and lets MyST parse it.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import typer
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from asterism.framework import describe_fields
from asterism.framework.testing.checking import LAWS
from asterism.registry import Registry
from asterism.registry import spec as spec_shapes
from asterism.registry.cli import app

Row = tuple[str, ...]


class Generated(SphinxDirective):
    """A directive whose content is Markdown made by `lines`."""

    optional_arguments = 1

    def lines(self, name: str = "") -> Iterator[str]:
        """Write what is known about `name`."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Parse those lines in place."""
        content = StringList(list(self.lines(*self.arguments)), source=self.get_source_info()[0])
        box = nodes.container()
        self.state.nested_parse(content, self.content_offset, box)
        return box.children


class ComponentPage(Generated):
    """``{component} kind/name``: what the class says of itself, and its fields."""

    def lines(self, name: str = "") -> Iterator[str]:
        """Write the class docstring and a table of fields."""
        registry, (kind, _, short) = Registry(), name.partition("/")
        cls = registry.find(kind, short)
        reads = " or ".join(sorted(getattr(cls, "reads", ())))
        yield f"Class `{cls.__name__}`, of `{cls.__module__}`. Takes {f'{reads} ' if reads else ''}{cls.takes}, gives {cls.gives}."
        yield from ("", *inspect.cleandoc(cls.__doc__ or "").splitlines(), "")
        rows = [(f"`{f.name}`", f"`{f.type}`", "required" if f.required else f"`{f.default!r}`", f.doc) for f in describe_fields(cls)]
        yield from table(("Field", "Type", "Default", "Meaning"), rows)


class SpecKeys(Generated):
    """``{spec-keys} SpecFile``: the keys of one level of a spec."""

    def lines(self, name: str = "") -> Iterator[str]:
        """Write a table of the keys."""
        schema = getattr(spec_shapes, name).model_json_schema()
        rows = [
            (f"`{key}`", "required" if key in schema.get("required", ()) else f"`{about.get('default')!r}`", about.get("description", ""))
            for key, about in schema["properties"].items()
        ]
        yield from table(("Key", "Default", "Meaning"), rows)


class Verb(Generated):
    """``{verb} run``: usage, arguments and options of a command."""

    def lines(self, name: str = "") -> Iterator[str]:
        """Write the usage and a table of arguments and options."""
        group: Any = typer.main.get_command(app)
        command = group.commands[name]
        arguments = [parameter.metavar for parameter in command.params if parameter.param_type_name == "argument"]
        yield from (f"`asterism {' '.join([name, *arguments, '[OPTIONS]'])}`", "", command.help or "", "")
        yield from table(("Argument or option", "Meaning"), [self._row(parameter) for parameter in command.params])

    def _row(self, parameter: Any) -> Row:
        if parameter.param_type_name == "argument":
            return f"`{parameter.metavar}`", parameter.help or ""
        value = "" if parameter.is_flag else f" {parameter.metavar}"
        return f"`{parameter.opts[0]}{value}`", parameter.help or ""


class Laws(Generated):
    """``{laws}``: what the contract kit checks."""

    def lines(self, name: str = "") -> Iterator[str]:
        """Write a table of the laws."""
        yield from table(("Check", "Law"), [(f"`{law.name}`", law.function.__doc__ or "") for law in LAWS])


def table(header: Row, rows: list[Row]) -> Iterator[str]:
    """Write a list-table, whose cells may hold any Markdown."""
    if not rows:
        yield "It has none."
        return
    yield from ("```{list-table}", ":header-rows: 1", "")
    for row in [header, *rows]:
        for place, cell in enumerate(row):
            yield f"{'* -' if place == 0 else '  -'} {' '.join(cell.split())}"
    yield "```"


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directives."""
    app.add_directive("component", ComponentPage)
    app.add_directive("spec-keys", SpecKeys)
    app.add_directive("verb", Verb)
    app.add_directive("laws", Laws)
    return {"parallel_read_safe": True}
