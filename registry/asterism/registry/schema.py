"""The fields of a class are its schema: validation with messages for people, and JSON Schema for editors. Built on pydantic."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, field, fields, is_dataclass, make_dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import SchemaError

from asterism.framework.component import Component, attribute_docs
from asterism.framework.errors import BrokenPlugin

from .spec import PATTERNS

FieldProblem = tuple[tuple[str | int, ...], str]
"""Path below the component (the field's name first) and what is wrong there."""

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "frozen_set": "a list",
    "dict": "a mapping",
    "none": "null",
    "dataclass": "a mapping",
    "model": "a mapping",
}
_MISSING = {"missing", "missing_argument", "missing_keyword_only_argument"}
_BOUNDS = {"greater_than_equal": (">=", "ge"), "greater_than": (">", "gt"), "less_than_equal": ("<=", "le"), "less_than": ("<", "lt")}


@cache
def adapter(cls: type) -> TypeAdapter[Any]:
    """Return pydantic's view of a class, made once."""
    try:
        made: TypeAdapter[Any] = TypeAdapter(_without_parts(cast(Any, cls)))
        made.json_schema()  # what cannot be told to an editor could not be written into a spec either
    except (PydanticUserError, SchemaError, NameError) as error:
        cause = str(error).splitlines()[0].split(". ")[0]
        raise BrokenPlugin(f"{cls.__name__} has a field that no spec could hold: {cause}") from error
    return made


def part_kinds(cls: type) -> dict[str, type[Component]]:
    """Name the fields that hold another component, or several, with their kind; a spec gives such a component as it gives a stage."""
    found = {each.name: _kind_of(each.type) for each in fields(cls)} if is_dataclass(cls) else {}
    return {name: kind for name, kind in found.items() if kind is not None}


def holds_several(cls: type, name: str) -> bool:
    """Tell whether a field that holds components holds a tuple of them."""
    return any(each.name == name and get_origin(each.type) is tuple for each in fields(cast(Any, cls)))


def path_fields(cls: type) -> list[str]:
    """Name the fields that hold a path."""
    return [each.name for each in fields(cast(Any, cls)) if each.type in (Path, Path | None)]


def _kind_of(annotation: Any) -> type[Component] | None:
    """Return the kind of ``Encoder`` and of ``tuple[Encoder, ...]``; None for what is no component."""
    arguments = get_args(annotation)
    inner = arguments[0] if get_origin(annotation) is tuple and arguments[1:] == (...,) else annotation
    return inner if isinstance(inner, type) and issubclass(inner, Component) else None


@cache
def _without_parts(cls: Any) -> Any:
    """Return a class of the same fields where anything stands for another component: which one it is, pydantic cannot know."""
    if not (parts := part_kinds(cls)):
        return cls
    members = [(each.name, Any if each.name in parts else each.type, _default(each)) for each in fields(cls)]
    space = {"__doc__": cls.__doc__, "__pydantic_config__": vars(Component)["__pydantic_config__"]}
    return make_dataclass(cls.__name__, members, kw_only=True, namespace=space)


def _default(found: Any) -> Any:
    made = found.default_factory is not MISSING
    return field(default_factory=found.default_factory) if made else field(default=found.default)


def validate(cls: type, values: dict[str, Any], parts: Mapping[str, Any] | None = None) -> tuple[Any, list[FieldProblem]]:
    """Make an instance of `cls` from the plain values of a spec, or say everything that is wrong with them.

    `parts` are the components that fields of it hold; they are made already.
    """
    parts = parts or {}
    try:
        # As JSON, because strict JSON takes a list for a tuple and still refuses text for a number.
        made = adapter(cls).validate_json(_to_json({**values, **dict.fromkeys(parts)}), strict=True)
    except ValidationError as error:
        return None, list(_explain(error, cls, values))
    return (cls(**{**vars(made), **parts}) if part_kinds(cls) else made), []


def json_schema(cls: type[Component]) -> dict[str, Any]:
    """Return the JSON Schema of a component's fields, with their docstrings as descriptions."""
    schema = adapter(cast(Any, cls)).json_schema()
    for name in part_kinds(cls):
        one: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "object"}]}
        schema["properties"][name] |= {"type": "array", "items": one, "minItems": 1} if holds_several(cls, name) else one
    return described(schema, cls)


def described(schema: dict[str, Any], cls: type) -> dict[str, Any]:
    """Write the docstrings of a class's attributes into its schema (pydantic would read the sources whenever it validates)."""
    docs = attribute_docs(cls)
    for name, shape in schema.get("properties", {}).items():
        if doc := docs.get(name) or docs.get(f"{name}_"):  # `as` and `from` cannot be attributes; `as_` and `from_` are
            shape["description"] = doc
    return schema


def dump_fields(component: Component, name_of: Callable[[Component], str]) -> dict[str, Any]:
    """Write the fields of a component as the plain values that a spec holds; `name_of` names the components among them."""
    cls = cast(Any, type(component))
    parts = {name: getattr(component, name) for name in part_kinds(cls)}
    plain = _without_parts(cast(Any, cls))(**{**component.get_params(deep=False), **dict.fromkeys(parts)}) if parts else component
    values: dict[str, Any] = adapter(cls).dump_python(plain, mode="json")

    def dumped(part: Any) -> Any:
        if isinstance(part, tuple):
            return [dumped(one) for one in part]
        return {part.kind: name_of(part), **dump_fields(part, name_of)}

    return values | {name: dumped(part) for name, part in parts.items()}


def _to_json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _explain(error: ValidationError, cls: type, values: dict[str, Any]) -> Iterable[FieldProblem]:
    grouped: dict[tuple[str | int, ...], list[Any]] = {}
    for item in error.errors(include_url=False):
        path = _real_path(item["loc"], values)
        if item["type"] in _MISSING:  # what is missing stands in no value
            path = (*_real_path(item["loc"][:-1], values), item["loc"][-1])
        grouped.setdefault(path, []).append(item)
    for path, items in grouped.items():
        yield path, _message(path, items, cls)


def _real_path(loc: tuple[str | int, ...], values: Any) -> tuple[str | int, ...]:
    """Leave out the names of a union's members, which pydantic puts into a path."""
    path: list[str | int] = []
    at = values
    for step in loc:
        if (isinstance(at, dict) and step in at) or (isinstance(at, list) and step in range(len(at))):
            path.append(step)
            at = at[cast(Any, step)]
    return tuple(path)


def _message(path: tuple[str | int, ...], items: list[Any], cls: type) -> str:
    kinds = {item["type"] for item in items}
    if kinds & {"unexpected_keyword_argument", "extra_forbidden"}:
        return _unknown_field(str(path[-1]), cls)
    if kinds & _MISSING:
        return "is missing"
    got = f" (got {_show(items[0]['input'])})"
    for item in items:  # the value has the right type for one member of a union: its bound is what was broken
        if item["type"] in _BOUNDS:
            sign, key = _BOUNDS[item["type"]]
            return f"must be {sign} {item['ctx'][key]}{got}"
    return f"must be {' or '.join(dict.fromkeys(_rule(item) for item in items))}{got}"


def _rule(item: dict[str, Any]) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "literal_error":
        return str(context["expected"])
    if kind in ("too_short", "string_too_short"):
        return f"at least {context.get('min_length')} long"
    if kind in ("too_long", "string_too_long"):
        return f"at most {context.get('max_length')} long"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"text that matches {context['pattern']}")
    if kind == "finite_number":
        return "a finite number"
    name = kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_from_float")
    return _TYPES.get(name, f"valid: {item['msg']}")


def _unknown_field(name: str, cls: type) -> str:
    known = sorted(field_names(cls))
    close = get_close_matches(name, known, n=1)
    return f"is unknown; did you mean '{close[0]}'?" if close else f"is unknown; there are {', '.join(known) or 'no fields'}"


def field_names(cls: type) -> list[str]:
    """List the names that a spec may give values to."""
    return list(cls.model_fields) if hasattr(cls, "model_fields") else [each.name for each in fields(cls)]


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str) if not isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
