"""JSON Schema of spec files for editors: completion and checks while a person types."""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from asterism.framework.errors import PluginError

from .schema import described, json_schema
from .spec import SourceKeys, SpecFile, StageKeys

if TYPE_CHECKING:
    from .discovery import Discovery, Provider


def spec_schema(discovery: "Discovery") -> dict[str, Any]:
    """Describe a spec with every installed component; a broken plugin is left out."""
    schema = _shape(SpecFile)
    definitions: dict[str, Any] = {}
    sources = _alternatives(discovery, ["modality"], _shape(SourceKeys), definitions)
    kinds = [kind for kind in discovery.kinds() if kind != "modality"]
    stages = _alternatives(discovery, kinds, _shape(StageKeys), definitions)
    schema["properties"]["source"] |= {"oneOf": sources}
    schema["properties"]["stages"]["items"] = {"oneOf": stages}
    for key, group in (("metrics", "metric"), ("pictures", "picture")):
        schema["properties"][key]["anyOf"][0]["items"]["enum"] = _names(discovery, group)
    schema["$defs"] = definitions
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _names(discovery: "Discovery", group: str) -> list[str]:
    providers = discovery.providers(group)
    return list(dict.fromkeys([*(p.name for p in providers), *(p.full_name for p in providers)]))


def _shape(model: type[BaseModel]) -> dict[str, Any]:
    return described(model.model_json_schema(), model)


def _alternatives(discovery: "Discovery", kinds: list[str], own: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, str]]:
    references = []
    for provider in (p for kind in kinds for p in discovery.providers(kind)):
        try:
            definition = _definition(discovery, provider, own)
        except PluginError:  # `asterism doctor` names it
            continue
        nested = definition.pop("$defs", {})
        name = f"{provider.group}.{provider.distribution}.{provider.name}"
        definitions |= {**nested, name: definition}
        references.append({"$ref": f"#/$defs/{name}"})
    return references


def _definition(discovery: "Discovery", provider: "Provider", own: dict[str, Any]) -> dict[str, Any]:
    fields = json_schema(discovery.find(provider.group, provider.full_name))
    rivals = [p for p in discovery.providers(provider.group) if p.name == provider.name]
    names = [provider.full_name] if len(rivals) > 1 else [provider.name, provider.full_name]
    name = {"enum": names, "description": fields.get("description", "")}
    properties = own["properties"] | {provider.group: name} | fields.get("properties", {})
    required = [provider.group, *fields.get("required", [])]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "$defs": fields.get("$defs", {}),
    }
