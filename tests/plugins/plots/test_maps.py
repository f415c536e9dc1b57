from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from asterism.framework.edits import Edit, Edits
from asterism.framework.errors import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.plots.maps import map as draw_map
from asterism.plugins.plots.palette import colour

Finished = Callable[..., Any]


def texts_of(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def colours_of(figure: Any) -> set[tuple[float, ...]]:
    return {tuple(np.round(row[:3], 3)) for points in figure.axes[0].collections for row in points.get_facecolor()}


def test_every_record_is_a_point_in_the_colour_of_its_group(finished: Finished, blobs: Any) -> None:
    labels, rows = blobs
    figure = draw_map(finished(labels, rows, rows[:, ::2]))
    assert sum(len(points.get_offsets()) for points in figure.axes[0].collections) == 40
    largest_first = {tuple(np.round(colour(place), 3)) for place in range(4)}
    assert largest_first < colours_of(figure)
    assert len(colours_of(figure)) == 5  # and grey, for the records of no group


def test_labels_are_titles_and_do_not_overlap(finished: Finished) -> None:
    labels = np.repeat(range(30), 5)
    places = np.random.RandomState(0).normal(0, 1, (150, 2))
    titles = {group: {"keywords": [f"word{group}", "a long one", "and more"]} for group in range(30)}
    figure = draw_map(finished(labels, None, places, titles))
    figure.draw_without_rendering()
    shown = [text for text in figure.axes[0].texts if text.get_text()]
    assert len(shown) > 20
    assert shown[0].get_text().startswith("word")
    boxes = np.array([text.get_window_extent().extents for text in shown])
    left, bottom, right, top = boxes.T
    across = (left[:, None] < right) & (right[:, None] > left)
    along = (bottom[:, None] < top) & (top[:, None] > bottom)
    assert (across & along).sum() == len(shown)  # each with itself alone


def test_titles_that_find_no_place_are_counted(finished: Finished) -> None:
    labels = np.arange(50)
    told: list[Problem] = []
    with problems_to(told.append):
        figure = draw_map(finished(labels, None, np.zeros((50, 2))))
    left_out = 50 - len(texts_of(figure))
    assert left_out > 0
    assert [str(problem) for problem in told] == [f"{left_out} of 50 titles of groups found no place on the map"]


def test_of_5000_groups_the_50_largest_have_colours(finished: Finished) -> None:
    labels = np.concatenate([np.arange(5000), np.arange(50)])
    told: list[Problem] = []
    with problems_to(told.append):
        figure = draw_map(finished(labels, None, np.random.RandomState(0).normal(0, 1, (5050, 2))))
    assert len(colours_of(figure)) <= 51
    assert str(told[0]) == "stage 'groups' has 5,000 groups; the 50 largest are shown"
    assert "5,000 groups" in figure.axes[0].get_xlabel()


def test_names_that_people_gave_and_joined_groups_are_shown(finished: Finished, blobs: Any) -> None:
    labels, rows = blobs
    edits = Edits((Edit("groups", (0, 1), "both $x$ of them"),))
    run = finished(edits.labels("groups", np.array(labels)), rows, rows[:, ::2], edits=edits)
    assert "both $x$ of them" in texts_of(draw_map(run))


def test_many_points_are_a_picture_inside_of_the_vectors(finished: Finished) -> None:
    sizes = {}
    for n_points in (9_000, 11_000):
        places = np.random.RandomState(0).normal(0, 1, (n_points, 2))
        with BytesIO() as stream:
            draw_map(finished([0] * n_points, None, places)).savefig(stream, format="svg", dpi=50)
            sizes[n_points] = len(stream.getvalue())
            assert (b"<image" in stream.getvalue()) == (n_points > 10_000)
    assert sizes[11_000] < sizes[9_000] / 5


def test_without_groups_points_have_one_colour(finished: Finished) -> None:
    figure = draw_map(finished(None, None, np.random.RandomState(0).normal(0, 1, (20, 2))))
    assert len(colours_of(figure)) == 1
    assert figure.axes[0].get_xlabel() == "map: 20 records"


def test_one_group_or_none_at_all_can_be_drawn(finished: Finished) -> None:
    places = np.random.RandomState(0).normal(0, 1, (20, 2))
    assert texts_of(draw_map(finished([3] * 20, None, places))) == ["group 3"]
    assert texts_of(draw_map(finished([-1] * 20, None, places))) == []


def test_records_without_a_place_are_left_out_and_counted(finished: Finished) -> None:
    places = np.array([[0, 0], [1, 1], [np.nan, 0], [np.inf, 1]], np.float32)
    told: list[Problem] = []
    with problems_to(told.append):
        figure = draw_map(finished([0, 0, 1, 1], None, places))
    assert [str(problem) for problem in told] == ["stage 'map' gives 2 records no place on the map; they are left out"]
    assert texts_of(figure) == ["group 0"]


def test_a_stage_may_be_the_map_or_the_groups(finished: Finished, blobs: Any) -> None:
    labels, rows = blobs
    run = finished(labels, rows, rows[:, ::2])
    assert draw_map(run, "map").axes[0].get_xlabel() == draw_map(run, "groups").axes[0].get_xlabel()
    with pytest.raises(DataError, match=r"no stage 'grops' gives groups there; did you mean 'groups'\?"):
        draw_map(run, "grops")


def test_a_run_without_a_map_says_how_to_get_one(finished: Finished, blobs: Any) -> None:
    with pytest.raises(DataError, match=r"no stage gives a map; let the spec have a reducer to 2 components"):
        draw_map(finished(*blobs))


def test_the_same_run_gives_the_same_pixels(finished: Finished, blobs: Any) -> None:
    labels, rows = blobs
    pictures = []
    for _ in range(2):
        stream = BytesIO()
        draw_map(finished(labels, rows, rows[:, ::2])).savefig(stream, format="png", dpi=60)
        pictures.append(np.asarray(Image.open(stream)))
    assert (pictures[0] == pictures[1]).all()
    assert pictures[0].shape[:2] == (372, 420)
