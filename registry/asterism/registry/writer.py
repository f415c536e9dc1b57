"""Plain data become YAML that our reader reads back as the same data: filled specs on the terminal and in saved models."""

from typing import Any

from .reader import scalar


def write_yaml(data: dict[str, Any]) -> str:
    """Write a spec, keys in their order."""
    import yaml  # only where a spec is written

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> Any:
        # PyYAML quotes what YAML 1.1 would take for a number; `1e3` and `0o7` are numbers to our reader, which follows YAML 1.2.
        # And it writes the line break U+0085 so that it reads it as another one.
        plain = scalar(value) == value and "\x85" not in value
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    Dumper.add_representer(str, text)
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
