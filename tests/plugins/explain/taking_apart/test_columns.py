import numpy as np

from asterism.plugins.explain.taking_apart.columns import take_apart


def test_columns_that_are_unusual_are_the_parts() -> None:
    row, usual = np.array([1, 5, 0, -4], np.float32), np.array([1.0, 0, 0, 0])
    apart = take_apart(row, usual, [], 2)
    assert [part.name for part in apart.parts] == ["column 1", "column 3"]
    assert apart.keeping(np.array([False, True])).tolist() == [1, 0, 0, -4]
    assert row.tolist() == [1, 5, 0, -4]
    assert [part.name for part in take_apart(row, usual, ["a", "b", "c", "d"], 2).parts] == ["b", "d"]
