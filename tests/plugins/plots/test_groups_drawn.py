"""The plots `sizes`, `dendrogram`, `similarity` and `elbow`, and what they refuse."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist

from asterism.framework.errors import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.group_likeness import cosines
from asterism.plugins.plots.curves import elbow
from asterism.plugins.plots.palette import COLOURS, colour
from asterism.plugins.plots.similarity import similarity
from asterism.plugins.plots.sizes import sizes
from asterism.plugins.plots.trees import dendrogram
from asterism.plugins.vectors.clusterers.kmeans import KMeans

Finished = Callable[..., Any]


def names_of(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_sizes_are_bars_with_titles_the_largest_first(finished: Finished) -> None:
    run = finished([0, 1, 1, 1, 2, 2, -1, -1], titles={1: {"names": ["big $5"]}, 2: {"keywords": ["a", "b", "c", "d"]}})
    figure = sizes(run)
    assert names_of(figure) == ["big $5", "a, b, c", "group 0", "no group"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == [3, 2, 1, 2]
    assert figure.axes[0].get_title(loc="left") == "groups: 3 groups of 8 records"
    figure.draw_without_rendering()  # a $ is no formula


def test_of_5000_groups_the_50_largest_are_drawn_and_the_rest_is_told(finished: Finished) -> None:
    run = finished([*range(5000), *range(50)], np.random.RandomState(0).normal(0, 1, (5050, 3)))
    told: list[Problem] = []
    with problems_to(told.append):
        figures = [sizes(run), dendrogram(run), similarity(run)]
    assert [len(names_of(figure)) for figure in figures] == [50, 50, 50]
    assert {str(problem) for problem in told} == {"stage 'groups' has 5,000 groups; the 50 largest are shown"}
    assert figures[0].axes[0].get_xlabel() == "records; 4,950 smaller groups, of 4,950 records, are not drawn"


def test_records_of_no_group_alone_are_one_bar(finished: Finished, blobs: Any) -> None:
    run = finished([-1] * 40, blobs[1])
    assert names_of(sizes(run)) == ["no group"]
    with pytest.raises(DataError, match=r"stage 'groups' has 0 groups; a dendrogram needs 2"):
        dendrogram(run)


def test_dendrogram_joins_what_scipy_joins(finished: Finished, blobs: Any) -> None:
    labels, rows = blobs
    figure = dendrogram(finished(labels, rows))
    means = np.array([rows[np.array(labels) == group].mean(axis=0) for group in range(4)])
    joins = linkage(pdist(means, "cosine"), "average", optimal_ordering=True)
    (lines,) = figure.axes[0].collections
    assert sorted(max(part[:, 0]) for part in lines.get_segments()) == pytest.approx(sorted(joins[:, 2]), rel=1e-3)
    names = names_of(figure)
    assert [int(name.split()[1]) for name in names] == leaves_list(joins).tolist()
    assert names[0].endswith("  (10)")


@pytest.mark.parametrize("is_sparse", [False, True])
def test_similarity_is_the_cosine_of_the_means(finished: Finished, blobs: Any, is_sparse: bool) -> None:
    labels, rows = blobs
    figure = similarity(finished(labels, csr_matrix(rows) if is_sparse else rows))
    order = [int(name.split()[1]) for name in names_of(figure)]
    shown = np.ma.getdata(figure.axes[0].images[0].get_array())
    means = np.array([rows[np.array(labels) == group].mean(axis=0) for group in order])
    expected = 1 - pdist(means, "cosine")
    assert shown[np.triu_indices(4, 1)] == pytest.approx(expected, rel=1e-5)
    assert np.isnan(np.diag(shown)).all()
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 1}), frozenset({2, 3})}


def test_a_mean_of_zeros_is_like_nothing():
    assert cosines(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])).tolist() == pytest.approx(np.array([[1, 0, 0], [0, 1, 1], [0, 1, 1]]))


def test_groups_with_equal_means_can_be_drawn(finished: Finished) -> None:
    run = finished([0, 0, 1, 1], np.ones((4, 3), np.float32))
    similarity(run).draw_without_rendering()
    dendrogram(run).draw_without_rendering()


def test_one_group_has_neither_tree_nor_heat_map(finished: Finished, blobs: Any) -> None:
    run = finished([0] * 40, blobs[1])
    for draw in (dendrogram, similarity):
        with pytest.raises(DataError, match=r"stage 'groups' has 1 group; a .* needs 2; `--what map` and `--what sizes` can show it"):
            draw(run)


def test_groups_of_no_matrix_have_no_means(finished: Finished) -> None:
    with pytest.raises(DataError, match="stage 'groups' is made of no matrix, so its groups have no means"):
        similarity(finished([0, 0, 1, 1]))


def test_a_run_without_groups_says_how_to_get_some(finished: Finished, blobs: Any) -> None:
    for draw in (sizes, dendrogram, similarity):
        with pytest.raises(DataError, match="no stage gives groups; let the spec have a clusterer"):
            draw(finished(None, blobs[1]))


@pytest.mark.parametrize("criterion", ["simplified_silhouette", "stability"])
def test_elbow_is_the_curve_that_the_clusterer_kept(finished: Finished, blobs: Any, criterion: Any) -> None:
    labels, rows = blobs
    run = finished(labels, rows)
    fitted = KMeans(n_clusters="auto", criterion=criterion, n_init=1).fit(rows)
    vars(run.result.stages["groups"].component).update(vars(fitted))
    (axes,) = elbow(run).axes
    assert axes.lines[0].get_xdata()[0] == fitted.n_clusters_
    (curve,) = axes.containers
    assert np.column_stack(curve[0].get_data()) == pytest.approx(fitted.criterion_curve_[:, :2])
    assert axes.get_ylabel() == f"{criterion.replace('_', ' ')} (higher is better)"
    assert len(curve[2]) == (criterion == "stability")  # standard errors


def test_without_a_curve_the_way_to_one_is_told(finished: Finished, blobs: Any) -> None:
    run = finished(*blobs)
    with pytest.raises(DataError, match="no stage chose its number of groups by a curve; let the spec say `n_clusters: auto`"):
        elbow(run)
    with pytest.raises(DataError, match="no stage 'groups' chose its number of groups by a curve there"):
        elbow(run, "groups")


def test_fifty_colours_are_there_and_the_first_sixteen_are_all_different():
    assert len({colour(place) for place in range(16)}) == len(COLOURS) == 16
    assert len({colour(place) for place in range(48)}) == 48
    assert all(0 <= part <= 1 for place in range(200) for part in colour(place))


def test_no_plot_touches_pyplot(finished: Finished, blobs: Any) -> None:
    labels, rows = blobs
    before = "matplotlib.pyplot" in sys.modules
    sizes(finished(labels, rows))
    assert ("matplotlib.pyplot" in sys.modules) == before
