"""How Sphinx builds these pages: Markdown through MyST, and reference tables that are read off the code."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Asterism"
release = metadata.version("asterism")
extensions = ["myst_parser", "reference"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_show_copyright = False
html_title = f"Asterism {release}"
