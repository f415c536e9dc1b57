"""`asterism plot RUN`."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from asterism.framework.errors import OutputError
from asterism.framework.problems import Problem, problems_to, report_problem
from asterism.framework.store.durable import write_whole, writing_to

from ..registry import Registry

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
What = Annotated[
    str, typer.Option("--what", metavar="NAME", help="What to draw: map, sizes, dendrogram, elbow or similarity (asterism list plot).")
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file that ends in .png, .svg or .pdf.", show_default=False)]
Stage = Annotated[
    str | None, typer.Option("--stage", metavar="NAME", help="The stage to draw; by default the last that can be.", show_default=False)
]
Dpi = Annotated[int, typer.Option("--dpi", metavar="N", min=20, max=1200, help="Dots per inch, of points in vector files too.")]

UNDATED = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""By ending of a file that can be written: what makes the same picture the same bytes."""
EXACT = {"svg.hashsalt": "asterism", "pdf.fonttype": 42}
"""Likewise; and texts stay texts that can be edited and searched, as journals ask for."""


def plot(run: Run, out: Out, what: What = "map", stage: Stage = None, dpi: Dpi = 200) -> None:
    """Draw a run that is over: a picture for a page or a talk, in colours that the colour-blind tell apart too."""
    check_new(out)
    if out.suffix.lower() not in UNDATED:
        raise OutputError(f"{out}: must end in {', '.join(UNDATED)}; that tells what kind of picture to write")
    registry = Registry()
    draw = registry.load("plot", what)
    with told_below() as problems:
        from ..finished import open_finished

        write_figure(draw(open_finished(registry, run), stage), out, dpi)
    typer.echo("\n".join([f"written to {out}", *problem_lines(problems)]))


def write_figure(figure: Any, out: Path, dpi: int) -> None:
    """Write a figure of matplotlib; the file appears whole or not at all. Characters that no font has are reported."""
    from matplotlib import rc_context

    kind = out.suffix.lower()
    with warnings.catch_warnings(record=True) as found, writing_to(out.parent), rc_context(EXACT):
        warnings.simplefilter("always")
        write_whole(out, lambda stream: figure.savefig(stream, format=kind[1:], dpi=dpi, metadata=UNDATED[kind]), durable=False)
    for message in dict.fromkeys(str(warning.message) for warning in found):
        report_problem(message)


def check_new(out: Path) -> None:
    """Raise `OutputError` where a file or a folder with something in it is there already, or the folder around it is not."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise OutputError(f"{out}: is there already; name another {'folder' if out.is_dir() else 'file'}, or remove it")
    if not out.parent.is_dir():
        raise OutputError(f"{out.parent}: there is no such folder; make it first")


@contextmanager
def told_below() -> Iterator[list[Problem]]:
    """Collect what is reported in this context, to be told when the work is done."""
    problems: list[Problem] = []
    with problems_to(problems.append):
        yield problems


def problem_lines(problems: Sequence[Problem]) -> Iterator[str]:
    """Write problems for people."""
    if problems:
        yield from ("", "Worth knowing", *(f"  - {problem}" for problem in problems))
