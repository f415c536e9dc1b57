"""`asterism show KIND/NAME`."""

import inspect
from typing import Annotated, Any

import typer

from asterism.framework.component import Component, FieldInfo, describe_fields
from asterism.framework.errors import UnknownComponent

from ..discovery import Provider
from ..registry import Registry
from .common import Json, print_json

Label = Annotated[str, typer.Argument(metavar="KIND/NAME", help="A component, as `asterism list` writes it.", show_default=False)]


def show(component: Label, json: Json = False) -> None:
    """Show a component: what it does, its fields with types and defaults, and who provides it."""
    registry = Registry()
    kind, slash, name = component.partition("/")
    if not slash:
        raise UnknownComponent(f"'{component}' is no component; write KIND/NAME, such as encoder/tfidf")
    if kind not in registry.kinds():
        raise UnknownComponent(f"no kind is called '{kind}'; there are {', '.join(registry.kinds())}")
    provider, cls = registry.provider(kind, name), registry.find(kind, name)
    if json:
        print_json(_as_json(provider, cls))
    else:
        typer.echo("\n".join(_as_text(provider, cls)))


def _as_json(provider: Provider, cls: type[Component]) -> dict[str, Any]:
    fields = [_field_json(field) for field in describe_fields(cls)]
    about = {
        "kind": provider.group,
        "name": provider.name,
        "takes": cls.takes,
        "gives": cls.gives,
        "doc": inspect.cleandoc(cls.__doc__ or ""),
    }
    return {**about, "fields": fields, "provider": provider.source, "source": provider.reference}


def _field_json(field: FieldInfo) -> dict[str, Any]:
    default = {} if field.required else {"default": field.default}
    return {"name": field.name, "type": field.type, **default, "required": field.required, "doc": field.doc}


def _as_text(provider: Provider, cls: type[Component]) -> list[str]:
    reads = ", ".join(sorted(getattr(cls, "reads", ())))
    flow = f"takes {f'{reads} ' if reads else ''}{cls.takes}, gives {cls.gives}"
    lines = [
        f"{provider.label}  ({provider.source}, {provider.reference})",
        flow,
        "",
        *inspect.cleandoc(cls.__doc__ or "").splitlines(),
        "",
    ]
    for field in describe_fields(cls):
        default = "required" if field.required else f"default {field.default!r}"
        lines += [f"  {field.name}: {field.type}  ({default})", *(f"      {line}" for line in field.doc.splitlines())]
    return lines
