"""The page as one file of HTML: markup, style, scripts and content put together, so that it opens from a disk without a network."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from asterism.framework import FinishedRun
from asterism.framework.store.durable import write_whole, writing_to

from .content import content_of

FILE = "report.html"
PAGE = files(__name__.rpartition(".")[0]) / "page"
LIVE = "live"
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Characters that could end a script, or that JavaScript reads otherwise than JSON does."""


def write_report(run: FinishedRun, out: Path) -> list[Path]:
    """Write the page of a run into the file `out`, whole or not at all; `OutputError` where that cannot be done."""
    text = render(content_of(run))
    with writing_to(out.parent):
        write_whole(out, lambda stream: stream.write(text.encode("utf-8", "replace")))
    return [out]


def render(content: dict[str, Any], live: dict[str, Any] | None = None) -> str:
    """Put a page together; `live` is what the scripts must know of a process that answers them."""
    import jinja2

    # Nothing that a run holds is a template or goes through one: it is data, which the scripts put into the page as text.
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(_read("page.html.j2"))
    return template.render(
        title=content["title"],
        live=live is not None,
        styles=[_read(name) for name in _names(".css", live is not None)],
        scripts=[_read(name) for name in _names(".js", live is not None)],
        content_json=script_json(content | {"live": live}),
    )


def script_json(value: Any) -> str:
    """Write plain data as JSON that can stand in a script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _names(ending: str, live: bool) -> list[str]:
    """List our own files in the order in which the page has them."""
    names = _read("order.txt").split()
    return [name for name in names if name.endswith(ending) and (live or not name.startswith(LIVE))]


def _read(name: str) -> str:
    return PAGE.joinpath(name).read_text(encoding="utf-8")
