"""`asterism plot RUN`."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from asterism.framework.errors import OutputError
from asterism.framework.problems import report_problem
from asterism.framework.store.durable import write_whole, writing_to

from ..registry import Registry
from .common import problem_lines, told_below

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
What = Annotated[
    str, typer.Option("--what", metavar="NAME", help="What to draw: map, sizes, dendrogram, elbow or similarity (asterism list plot).")
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file that ends in .png, .svg or .pdf.", show_default=False)]
Stage = Annotated[
    str | None, typer.Option("--stage", metavar="NAME", help="The stage to draw; by default the last that can be.", show_default=False)
]
Dpi = Annotated[int, typer.Option("--dpi", metavar="N", min=20, max=1200, help="Dots per inch, of points in vector files too.")]

UNDATED: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""By ending of a file that can be written: what makes the same picture the same bytes."""
EXACT: Any = {"svg.hashsalt": "asterism", "pdf.fonttype": 42}
"""Likewise; and texts stay texts that can be edited and searched, as journals ask for."""


def plot(run: Run, out: Out, what: What = "map", stage: Stage = None, dpi: Dpi = 200) -> None:
    """Draw a run that is over: a picture for a page or a talk, in colours that the colour-blind tell apart too."""
    _check(out)
    registry = Registry()
    draw = registry.load("plot", what)
    with told_below() as problems, _warnings_told():
        from ..finished import open_finished

        _write(draw(open_finished(registry, run), stage), out, dpi)
    typer.echo("\n".join([f"written to {out}", *problem_lines(problems)]))


def _check(out: Path) -> None:
    if out.suffix.lower() not in UNDATED:
        raise OutputError(f"{out}: must end in {', '.join(UNDATED)}; that tells what kind of picture to write")
    if out.exists():
        raise OutputError(f"{out}: is there already; name another file, or remove it")


def _write(figure: Any, out: Path, dpi: int) -> None:
    """Write a figure of matplotlib; the file appears whole or not at all."""
    from matplotlib import rc_context

    kind = out.suffix.lower()
    with writing_to(out.parent), rc_context(EXACT):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, lambda stream: figure.savefig(stream, format=kind[1:], dpi=dpi, metadata=UNDATED[kind]), durable=False)


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Report what matplotlib warns of, such as characters that no font has."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield
    messages = dict.fromkeys(str(warning.message) for warning in found if issubclass(warning.category, UserWarning))
    missing = [message.partition(" missing")[0] for message in messages if message.startswith("Glyph ")]
    if missing:
        report_problem(f"no font has {len(missing):,} of the characters, such as {missing[0]}; install one, such as Noto Sans CJK")
    for message in messages:
        if not message.startswith("Glyph "):
            report_problem(message)
