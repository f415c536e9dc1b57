"""`asterism show KIND/NAME`."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from asterism.framework.component import Component, FieldInfo, describe_fields
from asterism.framework.errors import UnknownComponent
from asterism.framework.measures import is_on_request

from ..discovery import Provider
from ..registry import Registry
from .common import FUNCTIONS, READY, Json, print_json

Label = Annotated[
    str,
    typer.Argument(
        metavar="KIND/NAME",
        help="A component, a metric, a describer, a picture, a plot, an exporter or a ready spec, as `asterism list` writes it.",
        show_default=False,
    ),
]


def show(component: Label, json: Json = False) -> None:
    """Show a component or a metric: what it does, its fields with types and defaults or what it needs, and who provides it.

    Of a ready spec it shows the text of the file, to begin your own with.
    """
    registry = Registry()
    kind, slash, name = component.partition("/")
    if not slash:
        raise UnknownComponent(f"'{component}' is no component; write KIND/NAME, such as encoder/tfidf")
    known = [*registry.kinds(), *FUNCTIONS, READY]
    if kind not in known:
        raise UnknownComponent(f"no kind is called '{kind}'; there are {', '.join(known)}")
    provider = registry.provider(kind, name)
    if kind in FUNCTIONS:
        about = _function_json(provider, registry.load(kind, name))
        text = _function_text(provider, about)
    elif kind == READY:
        spec = registry.load(kind, name).read_text(encoding="utf-8")
        about, text = {"kind": kind, "name": name, "spec": spec, "provider": provider.source}, [spec.rstrip()]
    else:
        cls = registry.find(kind, name)
        about, text = _as_json(provider, cls), _as_text(provider, cls)
    if json:
        print_json(about)
    else:
        typer.echo("\n".join(text))


def _function_json(provider: Provider, function: Callable[..., Any]) -> dict[str, Any]:
    from ..facts import needs, uses  # loads NumPy

    asks = {"needs": needs(function), "uses": uses(function), "on_request": is_on_request(function)}
    doc = inspect.cleandoc(function.__doc__ or "")
    return {"kind": provider.group, "name": provider.name, **asks, "doc": doc, "provider": provider.source, "source": provider.reference}


def _function_text(provider: Provider, about: dict[str, Any]) -> list[str]:
    uses = f", may use {', '.join(about['uses'])}" if about["uses"] else ""
    when = "; computed only where it is named" if about["on_request"] else ""
    return [_title(provider), f"needs {', '.join(about['needs'])}{uses}{when}", "", *about["doc"].splitlines()]


def _title(provider: Provider) -> str:
    return f"{provider.label}  ({provider.source}, {provider.reference})"


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
    lines = [_title(provider), flow, "", *inspect.cleandoc(cls.__doc__ or "").splitlines(), ""]
    for field in describe_fields(cls):
        default = "required" if field.required else f"default {field.default!r}"
        lines += [f"  {field.name}: {field.type}  ({default})", *(f"      {line}" for line in field.doc.splitlines())]
    return lines
