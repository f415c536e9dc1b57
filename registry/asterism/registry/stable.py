"""Groups that keep their numbers from one run to the next: what the key ``like: RUN`` of a stage does."""

from collections.abc import Sequence
from pathlib import Path

from asterism.framework.errors import DataError, ModelError
from asterism.framework.problems import report_problem
from asterism.framework.values import Labels

from .matching import count_overlap, match_groups, stable_numbers
from .past_run import open_run, shared_rows


def renumbering(earlier: Path, stage: str, ids: Sequence[str], labels: Labels) -> tuple[tuple[int, int], ...]:
    """Tell under which number each group of `labels` is to be shown, so that it is the number that an earlier run showed.

    A group that matches one of the earlier run (see `match_groups`) takes its number, the others get numbers that it did not use.
    It is reported where less than half of the records are in the earlier run.

    Parameters
    ----------
    earlier
        Folder of the earlier run.
    stage
        Name of the stage, in both runs.
    ids
        Ids of the records.
    labels
        The group that the component gives each of them, shape (n_records,).

    Returns
    -------
    pairs
        (number that the component gives, number to show), ascending; ``Stage.renumber`` takes them.

    Raises
    ------
    ModelError
        Where there is no such run, or it is not complete.
    DataError
        Where it has no such stage, or shares no record.
    """
    import pyarrow as pa

    run = open_run(earlier)
    before = run.labels(stage)
    rows, places = shared_rows(run.ids(), pa.array(ids, pa.large_string()))
    if not len(rows):
        hint = f"apply the earlier model to the new data first: asterism apply {earlier} ..., or name ids (source.id)"
        raise DataError("the two runs share no record", place=str(earlier), hint=hint)
    if 2 * len(rows) < len(ids):
        report_problem(
            f"only {len(rows):,} of {len(ids):,} records are in {earlier}; the numbers of the groups rest on these", count=len(rows)
        )
    matches = match_groups(count_overlap(before[rows], labels[places]))
    return tuple(sorted(stable_numbers(matches, before, labels).items()))


def like_problem(earlier: Path, stage: str) -> str:
    """Say why a stage cannot be like that of an earlier run; an empty text where it can."""
    try:
        run = open_run(earlier)
        if stage not in run.stages:
            run.labels(stage)
    except (ModelError, DataError) as error:
        return str(error)
    return ""
