"""Everything that is installed has its place in the documentation: whatever is new and not written about fails here."""

import re
from pathlib import Path

import pytest
import typer

from asterism.framework import errors, public
from asterism.framework.hooks import HookSpecs
from asterism.registry import Registry
from asterism.registry.cli import app
from asterism.registry.discovery import Provider

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference"
OURS = Registry(allow=["asterism"]).providers()
FUNCTION_GROUPS = ("metric", "describer", "picture", "plot", "exporter")
FUNCTIONS = [provider for group in FUNCTION_GROUPS for provider in Registry(allow=["asterism"]).providers(group)]


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """Text of each second-level section of the component pages, by heading."""
    found: dict[str, str] = {}
    for path in (REFERENCE / "components").glob("*.md"):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            heading, _, body = section.partition("\n")
            found[heading.strip()] = body
    return found


@pytest.mark.parametrize("provider", OURS, ids=lambda provider: provider.label)
def test_every_component_has_its_fields_and_an_example(provider: Provider) -> None:
    body = sections().get(provider.label, "")
    assert f"```{{component}} {provider.label}\n```" in body
    assert "```python" in body


@pytest.mark.parametrize("provider", FUNCTIONS, ids=lambda provider: provider.label)
def test_every_function_on_a_result_or_a_run_has_an_example(provider: Provider) -> None:
    assert "```python" in sections().get(provider.label, "")


@pytest.mark.parametrize("kind", Registry().kinds())
def test_every_kind_has_a_section(kind: str) -> None:
    assert f"\n## {kind}\n" in page("kinds.md")


@pytest.mark.parametrize("hook", [name for name in vars(HookSpecs) if not name.startswith("_")])
def test_every_hook_is_listed(hook: str) -> None:
    assert f"\n| `{hook}` |" in page("hooks.md")


@pytest.mark.parametrize("name", [provider.name for provider in Registry(allow=["asterism"]).providers("hooks")])
def test_every_installed_hook_plugin_is_described(name: str) -> None:
    assert f"\n`{name}`\n: " in page("hooks.md")


@pytest.mark.parametrize("verb", list(typer.main.get_command(app).commands))
def test_every_verb_has_a_section(verb: str) -> None:
    assert f"\n## {verb}\n\n```{{verb}} {verb}\n```" in page("cli.md")


@pytest.mark.parametrize("name", [name for name in public.__all__ if isinstance(getattr(errors, name, None), type)])
def test_every_error_class_is_in_the_tree_and_described(name: str) -> None:
    text = page("errors.md")
    assert f"\n`{name}`\n: " in text
    assert re.search(rf"^[ │├└─]*{name}$", text, re.MULTILINE)


@pytest.mark.parametrize("sample", [provider.name for provider in Registry(allow=["asterism"]).providers("sample")])
def test_every_sample_is_named(sample: str) -> None:
    assert f"`{sample}`" in page("spec.md")


def test_no_page_describes_a_component_that_is_gone():
    known = {provider.label for provider in [*OURS, *FUNCTIONS]}
    assert {heading for heading in sections() if "/" in heading} == known


def test_every_decision_is_listed():
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    for path in (DOCS / "decisions").glob("0*.md"):
        assert f"\n{path.stem}\n" in listed
