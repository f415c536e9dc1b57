"""What the page says of groups: what they look like, which records are typical and which lie at the border, and which groups are near."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import FinishedRun, Matrix
from asterism.framework.blocks import in_blocks

from ..group_likeness import cosines, joined
from ..group_means import group_means
from .arrays import data_url, plain
from .previews import encoded, reduced

DETAILED = 200
"""Of so many groups, the largest, the page tells everything."""
SHEETS = 60
SHEET_SIDE = 620
EXEMPLARS, BORDERLINE, NEAREST = 6, 4, 5
KEYWORDS = "keywords"
NOT_TEXTS = {"size", "names", KEYWORDS, "exemplars", "documents"}
"""What is said of a group and shown otherwise than as a list of lines."""
BLOCK = 4096
COLUMNS_OF_MEANS = 50_000_000
"""Numbers that the means of groups may have; where they are wider, fewer groups are told in detail."""

Show = Callable[[int], dict[str, Any]]
"""Makes of a row what the page needs to show the record."""


@dataclass(frozen=True)
class Anatomy:
    """Where the records of some groups lie."""

    groups: NDArray[np.int64]
    means: NDArray[np.float64]
    rows: NDArray[np.int64]
    """The records of these groups, in the order of the run."""
    members: NDArray[np.int64]
    """Place in `groups` of each of them."""
    own: NDArray[np.float64]
    """Distance to the mean of the own group."""
    next: NDArray[np.float64]
    """Distance to the nearest mean of another group; infinite where there is none."""
    neighbour: NDArray[np.int64]
    """Place in `groups` of that one."""

    @property
    def margins(self) -> NDArray[np.float64]:
        """How much nearer the own mean is than the next one, from -1 to 1: the simplified silhouette.

        Hruschka, de Castro and Campello, "Evolutionary algorithms for clustering gene-expression data", ICDM 2004.
        """
        with np.errstate(invalid="ignore"):
            found = np.where(np.isinf(self.next), np.nan, (self.next - self.own) / np.maximum(self.own, self.next))
        return np.asarray(np.where(np.maximum(self.own, self.next) == 0, 0.0, found))


def groupings_of(run: FinishedRun, rows: NDArray[np.int64], show: Show) -> list[dict[str, Any]]:
    """Return the part `groupings` of the content, one for each stage that gives groups.

    Where the records of groups lie is told of those at `rows`, the ones that are on the page.
    """
    return [_grouping(run, stage, rows, show) for stage in run.stages_giving("labels")]


def _grouping(run: FinishedRun, stage: str, rows: NDArray[np.int64], show: Show) -> dict[str, Any]:
    told, titles = run.groups(stage), run.titles(stage)
    order = sorted(told, key=lambda group: (group < 0, -told[group]["size"], group))
    named = run.edits.names(stage)
    groups = [{"group": group, "title": titles[group], "named": group in named, **_words(told[group])} for group in order]
    anatomy = anatomy_of(run, stage, rows, [group for group in order if group >= 0])
    if anatomy is not None:
        _add_places(groups, anatomy, show)
    _add_explanations(run, stage, groups)
    _add_sheets(run, stage, groups)
    tree = tree_of(anatomy)
    return {
        "stage": stage,
        "component": run.result.stages[stage].label,
        "groups": groups,
        "detailed": 0 if anatomy is None else len(anatomy.groups),
        "leaves": [] if anatomy is None else anatomy.groups.tolist(),
        "tree": tree,
        "curves": curves_of(run, stage),
        "periods": periods_of(told),
    }


def _words(about: dict[str, Any]) -> dict[str, Any]:
    texts = {name: lines for name, lines in about.items() if name not in NOT_TEXTS}
    empty: dict[str, Any] = {"exemplars": [], "borderline": [], "nearest": [], "cohesion": None, "sheet": None}
    return {"size": about["size"], "keywords": about.get(KEYWORDS, []), "texts": texts, **empty}


def anatomy_of(run: FinishedRun, stage: str, rows: NDArray[np.int64], largest: Sequence[int]) -> Anatomy | None:
    """Measure the largest groups, by the records at `rows`, in the matrix that they were made of; None without a matrix or a group."""
    source = run.result.matrix_of(stage)
    if not source or source not in run.result.values or not largest:
        return None
    matrix, labels = run.take(source, rows), np.asarray(run.take(stage, rows))
    most = max(1, min(DETAILED, COLUMNS_OF_MEANS // max(1, matrix.shape[1])))
    here = np.isin(labels, largest[:most])
    groups, members = np.unique(labels[here], return_inverse=True)
    part = matrix if here.all() else matrix[np.flatnonzero(here)]
    means = group_means(part, members, len(groups))
    return Anatomy(groups, means, rows[here], members, *_distances(part, members, means))


def _distances(
    matrix: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Measure each row to the mean of its own group and to the nearest other one, in blocks."""
    from sklearn.metrics.pairwise import euclidean_distances

    parts = []
    for first, block in in_blocks(matrix, BLOCK):
        far, mine = euclidean_distances(block, means), members[first : first + block.shape[0]]
        lines = np.arange(len(mine))
        own = far[lines, mine].copy()
        far[lines, mine] = np.inf
        nearest = far.argmin(axis=1)
        parts.append((own, far[lines, nearest], nearest))
    own, others, neighbours = (np.concatenate(each) for each in zip(*parts, strict=True))
    return own, others, neighbours


def _add_places(groups: list[dict[str, Any]], anatomy: Anatomy, show: Show) -> None:
    """Tell exemplars, borderline cases, near groups and cohesion of the groups that were measured."""
    alike, margins = cosines(anatomy.means), anatomy.margins
    place_of = {group: place for place, group in enumerate(anatomy.groups.tolist())}
    rows_of = np.split(np.argsort(anatomy.members, kind="stable"), np.cumsum(np.bincount(anatomy.members, minlength=len(place_of)))[:-1])
    for about in groups:
        place = place_of.get(about["group"])
        if place is not None and len(rows_of[place]):
            about |= _place(anatomy, place, rows_of[place], margins, alike[place], show)


def _place(
    anatomy: Anatomy, place: int, mine: NDArray[np.int64], margins: NDArray[np.float64], alike: NDArray[np.float64], show: Show
) -> dict[str, Any]:
    typical = mine[np.argsort(anatomy.own[mine], kind="stable")[:EXEMPLARS]]
    told: dict[str, Any] = {"exemplars": [show(int(anatomy.rows[at])) for at in typical]}
    if len(anatomy.groups) < 2:
        return told
    border = mine[np.argsort(margins[mine], kind="stable")[:BORDERLINE]]
    near = [int(other) for other in np.argsort(-alike, kind="stable") if other != place][:NEAREST]
    return told | {
        "borderline": [
            show(int(anatomy.rows[at])) | {"next": int(anatomy.groups[anatomy.neighbour[at]]), "margin": plain(margins[at], 3)}
            for at in border
        ],
        "nearest": [{"group": int(anatomy.groups[other]), "similarity": plain(alike[other], 3)} for other in near],
        "cohesion": plain(margins[mine].mean(), 3),
    }


def _add_explanations(run: FinishedRun, stage: str, groups: list[dict[str, Any]]) -> None:
    """Add what explainers say of each group, by the names of their stages; those of single records have nothing to say of groups."""
    for other in run.result.stages.values():
        explained = getattr(other.component, "explained_", {}) if other.component.gives == "explanations" else {}
        for about in groups:
            if other.fed_by == stage and about["group"] in explained:
                about["texts"][other.name] = [explained[about["group"]]["text"]]


def _add_sheets(run: FinishedRun, stage: str, groups: list[dict[str, Any]]) -> None:
    """Take the contact sheets of the largest groups, smaller than they are on disk."""
    for about in groups[:SHEETS]:
        path = run.folder / "pictures" / stage / f"{'none' if about['group'] < 0 else about['group']}.png"
        if path.is_file() and not path.is_symlink():
            about["sheet"] = data_url(encoded(reduced(path.read_bytes(), SHEET_SIDE)))


def tree_of(anatomy: Anatomy | None) -> dict[str, Any] | None:
    """Join the groups to ever larger ones, the nearest first, by the average cosine distance of their means; None of a single one."""
    from scipy.cluster.hierarchy import leaves_list

    if anatomy is None or len(anatomy.groups) < 2:
        return None
    joins = joined(cosines(anatomy.means))
    merges = [[int(one), int(other), plain(height, 4), int(size)] for one, other, height, size in joins]
    return {"order": anatomy.groups[leaves_list(joins)].tolist(), "merges": merges}


def curves_of(run: FinishedRun, stage: str) -> list[dict[str, Any]]:
    """Tell what ``n_clusters: auto`` tried, of the stage itself or of those that it was made of."""
    found = []
    for earlier in (run.result.stages[stage], *run.result.upstream(stage)):
        curve = getattr(earlier.component, "criterion_curve_", None)
        if curve is not None and earlier.component.gives == "labels":
            found.append(_curve(earlier.component, np.asarray(curve, np.float64)))
    return found


def _curve(component: Any, curve: NDArray[np.float64]) -> dict[str, Any]:
    counts, scores = curve.T[:2]
    return {
        "name": str(component.criterion).replace("_", " "),
        "x_label": "number of groups",
        "x": [plain(count) for count in counts],
        "y": [plain(score) for score in scores],
        "chosen": int(component.n_clusters_),
    }


def periods_of(told: dict[int, dict[str, Any]]) -> dict[str, Any] | None:
    """Read the course of groups over time from what the describer `over_time` wrote: ``1987-03: 12 (rate, bank)``."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    words: dict[int, dict[str, str]] = defaultdict(dict)
    for group, about in told.items():
        for line in about.get("over_time", ()):
            period, _, rest = line.partition(": ")
            number, _, listed = rest.partition(" (")
            counts[group][period] = counts[group].get(period, 0) + int(number.replace(",", ""))
            words[group].setdefault(period, listed.rstrip(")"))
    if not counts:
        return None
    periods = sorted({period for each in counts.values() for period in each})
    return {
        "periods": periods,
        "counts": {str(group): [each.get(period, 0) for period in periods] for group, each in counts.items()},
        "words": {str(group): [each.get(period, "") for period in periods] for group, each in words.items()},
    }
