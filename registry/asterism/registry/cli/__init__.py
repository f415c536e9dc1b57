"""The `asterism` command: one file per verb, the app that gathers them, and what happens to errors."""

import gc
import os
import sys

import typer

from asterism.framework.errors import AsterismError, Cancelled

from . import (
    apply,
    cache,
    check,
    demo,
    diff,
    doctor,
    evaluate,
    explain,
    export,
    fill,
    list_,
    new,
    plan,
    plot,
    replay,
    report,
    run,
    schema,
    show,
    summary,
    view,
)

app = typer.Typer(
    name="asterism",
    help="Find groups, maps, topics, samples and recommendations in text, images and interaction logs without labels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in (
    run.run,
    plan.plan,
    apply.apply,
    evaluate.evaluate,
    explain.explain,
    check.check,
    fill.fill,
    schema.schema,
    list_.list_,
    show.show,
    summary.summary,
    plot.plot,
    export.export,
    diff.diff,
    replay.replay,
    report.report,
    view.view,
    cache.cache,
    doctor.doctor,
    demo.demo,
    new.new,
):
    app.command(verb.__name__.rstrip("_"))(verb)


@app.callback()
def options(traceback: bool = typer.Option(False, help="Show where in the program an error came from.")) -> None:
    """Find groups, maps, topics, samples and recommendations in text, images and interaction logs without labels."""
    _Errors.traceback = traceback


class _Errors:
    traceback = False


def main() -> None:
    """Run the command: exit code 0 is ok, 1 a run that failed, 2 bad input."""
    # Importing scikit-learn makes objects by the hundred thousand that live to the end. Looking through them for garbage again and
    # again takes a fifth of that time, and once more at the end a quarter of a second.
    gc.set_threshold(200_000, 50, 50)
    # Arrow's own allocator takes 30 MiB in advance.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        app(prog_name="asterism")
    except Exception as error:
        sys.exit(_report(error))
    finally:
        gc.freeze()


def _report(error: Exception) -> int:
    if _Errors.traceback:
        raise error
    expected = isinstance(error, AsterismError)
    message = str(error) if expected else f"{type(error).__name__}: {error}"
    for line in [message, *getattr(error, "__notes__", ())]:
        typer.echo(line, err=True)
    if not expected:
        typer.echo("that is an error of a component or of Asterism; `asterism --traceback ...` shows where", err=True)
    return 2 if expected and not isinstance(error, Cancelled) else 1
