"""Recommenders that keep their events learn from further ones, of users and items known and new, as from all at once."""

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions, dump_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.recommend.random_walk import RandomWalk
from asterism.plugins.recommend.user_knn import UserKNN

CLASSES = [ItemKNN, UserKNN, RandomWalk]
events = st.lists(
    st.tuples(st.integers(0, 5).map("user {}".format), st.sampled_from("abcdef"), st.sampled_from([0.5, 1.0, 2.0])), min_size=1, max_size=20
)


def build(rows):
    users, items, weights = zip(*rows, strict=True)
    return Interactions.from_events(users, items, weights)


@pytest.mark.parametrize("cls", CLASSES)
@settings(deadline=None, max_examples=25)  # SciPy is imported and loops are compiled in the first example
@given(earlier=events, later=events, diversity=st.sampled_from([0.0, 0.5]))
def test_an_update_is_a_fit_on_all_events(cls, earlier, later, diversity):
    together = build([*earlier, *later])
    updated, fitted = cls(diversity=diversity).fit(build(earlier)).update(build(later)), cls(diversity=diversity).fit(together)
    (arrays, tree), (theirs, their_tree) = dump_state(updated), dump_state(fitted)
    assert tree == their_tree
    for name, values in arrays.items():  # weights that add up without rounding, so that every bit is the same
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)
    with problems_to(lambda problem: None):
        one, other = updated.recommend(together, 4), fitted.recommend(together, 4)
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scores, other.scores)


@pytest.mark.parametrize("cls", CLASSES)
def test_users_without_history_do_not_count(cls):
    histories = {"u": ["a", "b"], "v": ["b", "c"], "w": ["c", "a", "d"]}
    one = cls(weighting="bm25") if cls is not RandomWalk else cls()
    with_them, without = (
        deepcopy(one).fit(Interactions.from_histories(log)) for log in ({"nobody": [], **histories, "none": []}, histories)
    )
    assert with_them.users_ == without.users_ == ["u", "v", "w"]
    asked = Interactions.from_histories({"new": ["a"], "other": ["b", "d"]})
    np.testing.assert_array_equal(with_them.recommend(asked, 4).scores, without.recommend(asked, 4).scores)


@pytest.mark.parametrize("cls", CLASSES)
def test_an_update_refuses_bad_weights_and_changes_nothing(cls):
    model = cls().fit(build([("u", "a", 1.0), ("u", "b", 2.0), ("v", "b", 1.0), ("v", "c", 1.0)]))
    asked = Interactions.from_histories({"new": ["a"]})
    before, users = model.recommend(asked, 3), list(model.users_)
    with pytest.raises(DataError, match=r"must be above 0 and finite \(got -1.0\) \(records 'w'\)"):
        model.update(Interactions.from_events(["w", "x"], ["z", "a"], [-1, 1]))
    after = model.recommend(asked, 3)
    assert (model.users_, after.items) == (users, before.items)
    np.testing.assert_array_equal(after.scores, before.scores)
