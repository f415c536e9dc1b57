"""The exporter `scikit-learn-html`: the pipeline as the diagram that scikit-learn draws."""

from html import escape
from pathlib import Path
from typing import Any

from asterism.framework.finished import FinishedRun
from asterism.framework.stages import SOURCE, Stage
from asterism.framework.store.durable import write_whole, writing_to

from .places import new_file

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body>
{diagram}
</body>
</html>
"""


def scikit_learn_html(run: FinishedRun, out: Path) -> list[Path]:
    """Write ``pipeline.html``: the fitted stages as scikit-learn's own diagram, with their parameters; a page that opens without a network.

    A stage that feeds several others is followed by a union of pipelines. `out` is a new file that ends in ``.html``, or a folder for it.
    """
    from sklearn.utils import estimator_html_repr

    path = new_file(out, "pipeline.html")
    steps = _steps(SOURCE, list(run.result.stages.values()))
    page = PAGE.format(title=escape(run.pipeline.name), diagram=estimator_html_repr(_pipeline(steps)))
    with writing_to(path.parent):
        write_whole(path, lambda stream: stream.write(page.encode()))
    return [path]


def _steps(feeder: str, stages: list[Stage]) -> list[tuple[str, Any]]:
    """List the steps that follow a stage: one after the other as long as each feeds one, then the branches side by side."""
    from sklearn.pipeline import FeatureUnion

    fed = [stage for stage in stages if stage.fed_by == feeder]
    branches = [(stage.name, [(stage.name, stage.component), *_steps(stage.name, stages)]) for stage in fed]
    if len(branches) < 2:
        return branches[0][1] if branches else []
    return [(f"after {feeder}", FeatureUnion([(name, _pipeline(steps)) for name, steps in branches]))]


def _pipeline(steps: list[tuple[str, Any]]) -> Any:
    from sklearn.pipeline import Pipeline

    return Pipeline(steps) if len(steps) > 1 else steps[0][1]
