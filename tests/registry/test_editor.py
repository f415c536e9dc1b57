"""The JSON Schema of specs, held against specs with the few rules of JSON Schema that it uses."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterism.registry import Registry
from asterism.registry.reader import parse

Install = Callable[..., Path]
Spec = Callable[..., Path]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def fits(value: Any, rule: dict[str, Any], root: dict[str, Any]) -> bool:
    if "$ref" in rule:
        return fits(value, root["$defs"][rule["$ref"].removeprefix("#/$defs/")], root)
    choices = all(sum(fits(value, option, root) for option in rule[key]) == 1 for key in ("oneOf",) if key in rule)
    options = any(fits(value, option, root) for option in rule["anyOf"]) if "anyOf" in rule else True
    return choices and options and _fits_type(value, rule) and _fits_bounds(value, rule) and _fits_parts(value, rule, root)


def _fits_type(value: Any, rule: dict[str, Any]) -> bool:
    if "enum" in rule and value not in rule["enum"]:
        return False
    if "const" in rule and value != rule["const"]:
        return False
    kind = rule.get("type")
    return kind is None or (isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)))


def _fits_bounds(value: Any, rule: dict[str, Any]) -> bool:
    if isinstance(value, str):
        return len(value) >= rule.get("minLength", 0) and bool(re.search(rule.get("pattern", ""), value))
    if isinstance(value, list):
        return rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", 10**9)
    if isinstance(value, int | float):
        return rule.get("minimum", value) <= value <= rule.get("maximum", value) and value < rule.get("exclusiveMaximum", value + 1)
    return True


def _fits_parts(value: Any, rule: dict[str, Any], root: dict[str, Any]) -> bool:
    if isinstance(value, list):
        return all(fits(item, rule.get("items", {}), root) for item in value)
    if not isinstance(value, dict):
        return True
    known, other = rule.get("properties", {}), rule.get("additionalProperties", True)
    if not set(rule.get("required", [])) <= value.keys() or (other is False and value.keys() - known.keys()):
        return False
    return all(fits(item, known.get(key, other if isinstance(other, dict) else {}), root) for key, item in value.items())


def accepts(registry: Registry, text: str) -> bool:
    schema = json.loads(json.dumps(registry.schema()))
    return fits(parse(text).data, schema, schema)


def test_a_good_spec_fits(registry: Registry, spec: Spec) -> None:
    text = spec().read_text()
    assert registry.check(spec()) == []
    assert accepts(registry, text)
    assert accepts(registry, text.replace("encoder: lengths", "encoder: host:lengths\n    from: source\n    as: sizes"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("asterism: 1", "asterism: 2"),
        ("name: try", "name: a/b"),
        ("name: try", "name: try\nsed: 1"),
        ("name: try", "name: try\nseed: -1"),
        ("modality: lines", "modality: line"),
        ("modality: lines", "modality: lines, uper: true"),
        ("encoder: lengths", "encoder: lenghts"),
        ("encoder: lengths", "enocder: lengths"),
        ("encoder: lengths", "reducer: lengths"),
        ("width: 4", "width: 0"),
        ("width: 4", "width: four"),
        ("width: 4", "widht: 4"),
        ("width: 4", "mode: lgo"),
        ("as: groups", "as: [groups]"),
        ("as: groups", "n_clusters: ten"),
    ],
)
def test_a_spec_that_the_check_refuses_does_not_fit(registry: Registry, spec: Spec, old: str, new: str) -> None:
    path = spec()
    path.write_text(path.read_text().replace(old, new))
    assert registry.check(path) != []
    assert not accepts(registry, path.read_text())


def test_names_carry_the_docstrings_for_the_editor(registry: Registry) -> None:
    definition = registry.schema()["$defs"]["encoder.host.lengths"]
    assert definition["properties"]["encoder"] == {
        "enum": ["lengths", "host:lengths"],
        "description": "The length of a text and its powers.",
    }
    assert definition["properties"]["width"]["description"] == "How many columns."
    assert definition["properties"]["from"]["description"].startswith("Name of the stage that feeds it")


SHOUT = """
    from asterism.framework import Encoder

    class Shout(Encoder):
        def transform(self, records):
            return []
"""


def test_a_name_of_two_distributions_is_offered_with_its_prefix_alone(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_schema:Shout\n", {"acme_schema": SHOUT})
    install("bolt", "[asterism.encoder]\nshout = bolt_schema:Shout\nbad = bolt_schema:Bad\n", {"bolt_schema": SHOUT})
    definitions = Registry(allow=["acme", "bolt"]).schema()["$defs"]
    names = {label: definition["properties"]["encoder"]["enum"] for label, definition in definitions.items()}
    assert names == {"encoder.acme.shout": ["acme:shout"], "encoder.bolt.shout": ["bolt:shout"]}


def test_every_reference_has_its_definition() -> None:
    schema = Registry().schema()
    references = re.findall(r'"\$ref": "#/\$defs/([^"]+)"', json.dumps(schema))
    assert references
    assert set(references) <= set(schema["$defs"])
