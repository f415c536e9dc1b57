import numpy as np

from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.detectors.surroundings import n_others, placed
from asterism.plugins.vectors.neighbours import Neighbours


def test_as_many_neighbours_as_there_are_other_records_at_most_and_that_is_told_once() -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        assert n_others(5, 6) == 5
        assert n_others(6, 6) == 5
        assert n_others(20, 6, tell=False) == 5
    assert [problem.message for problem in told] == ["n_neighbors=6 is lowered to 5, as there are 6 records"]


def test_copies_of_training_rows_are_known() -> None:
    index = Neighbours.of(np.array([[0.0], [2.0], [5.0], [2.0]]))
    copies, far, rows = placed(index.state(), np.array([[2.0], [1.5]]), 2)
    assert copies.tolist() == [1, -1]
    assert far.tolist() == [[0, 0], [0.5, 0.5]]
    assert rows.tolist() == [[1, 3], [1, 3]]
