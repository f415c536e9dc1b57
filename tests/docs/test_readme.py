"""The README stays short; that it is true is tested with the other pages."""

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_readme_has_fewer_than_150_lines():
    assert README.count("\n") < 150


def test_its_spec_has_15_lines_at_most():
    (spec,) = re.findall(r"^```yaml\n(asterism:.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert spec.count("\n") <= 15


def test_its_links_lead_to_pages():
    for link in re.findall(r"\]\((docs/[^)#]*)", README):
        assert (Path(__file__).parents[2] / link).is_file(), link
