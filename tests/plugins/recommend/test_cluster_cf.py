"""Groups of users by taste: planted ones are found, shares by hand, and logs with fewer tastes than groups."""

import numpy as np
import pytest

from asterism.framework import Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.cluster_cf import ClusterCF

GROUPS = {"tea": ["green", "black", "white", "herbal"], "beer": ["pale", "stout", "wheat"], "wine": ["red", "rose", "port"]}


def planted(n_users=45):
    random = np.random.default_rng(0)
    histories = {}
    for user in range(n_users):
        items = GROUPS[list(GROUPS)[user % 3]]
        histories[f"user {user}"] = [*random.choice(items, len(items) - 1, replace=False), *(["water"] if user % 2 else [])]
    return Interactions.from_histories(histories)


def heard(work):
    problems = []
    with problems_to(problems.append):
        return work(), [problem.message for problem in problems]


def test_each_gets_what_their_group_likes():
    model = ClusterCF(n_clusters=3).fit(planted())
    for items in GROUPS.values():
        ranking = model.recommend(Interactions.from_histories({"new": items[:1]}), len(items) - 1)
        assert set(ranking[0]) <= {*items[1:], "water"}


def test_scores_are_shares_smoothed_by_those_of_all():
    log = Interactions.from_histories({"a": ["x", "y"], "b": ["x", "y"], "c": ["x"], "d": ["p", "q"], "e": ["p"]})
    model = ClusterCF(n_clusters=2, smoothing=2.0).fit(log)
    ranking = model.recommend(Interactions.from_histories({"new": ["x"]}), 4, exclude_seen=False)
    scores = dict(zip(ranking[0], ranking.scores[0].tolist(), strict=True))
    expected = {"x": (3 + 2 * 3 / 5) / 5, "y": (2 + 2 * 2 / 5) / 5, "p": (2 * 2 / 5) / 5, "q": (2 * 1 / 5) / 5}
    assert scores == pytest.approx(expected)


def test_without_smoothing_only_what_the_group_touched_is_recommended():
    model = ClusterCF(n_clusters=3, smoothing=0.0).fit(planted())
    for items in GROUPS.values():
        assert set(model.recommend(Interactions.from_histories({"new": items[:1]}), 9, exclude_seen=False)[0]) == {*items, "water"}


def test_one_group_is_what_all_like():
    log = planted()
    model = ClusterCF(n_clusters=1).fit(log)
    ranking = model.recommend(Interactions.from_histories({"new": ["water"]}), 20, exclude_seen=False)
    assert ranking[0] == model.items_
    np.testing.assert_allclose(ranking.scores[0, : len(model.items_)], model.popularity_ / len(log), rtol=1e-6)


def test_histories_are_put_to_the_nearest_mean():
    log = planted()
    model = ClusterCF(n_clusters=3, n_init=2).fit(log)
    for row in range(len(log)):
        unit = np.zeros(len(model.items_))
        for item in set(log[row]):
            unit[model.items_.index(item)] = np.log(1 + len(log) / (1 + model.popularity_[model.items_.index(item)]))
        unit /= np.linalg.norm(unit)
        nearest = np.linalg.norm(model.centres_ - unit, axis=1).argmin()
        ranking = model.recommend(log.for_users([log.users[row]]), 20, exclude_seen=False)
        np.testing.assert_array_equal(ranking.scores[0, : len(model.items_)], -np.sort(-model.shares_[nearest]))


@pytest.mark.parametrize("smoothing", [0.0, 5.0])
def test_fewer_tastes_than_groups_are_reported(smoothing):
    same = {f"user {user}": ["a", "b"] if user % 2 else ["c", "b"] for user in range(9)}
    model, messages = heard(lambda: ClusterCF(n_clusters=5, smoothing=smoothing).fit(Interactions.from_histories({**same, "none": []})))
    assert messages == ["n_clusters=5 was lowered to 2, the number of different histories"]
    assert model.centres_.shape == model.shares_.shape == (2, 3)
    assert np.isfinite(model.shares_).all()
    assert model.recommend(Interactions.from_histories({"new": ["a"]}), 1)[0] == ["b"]


def test_users_without_history_say_nothing_of_tastes():
    histories = {user: planted()[row] for row, user in enumerate(planted().users)}
    one = ClusterCF(n_clusters=3).fit(Interactions.from_histories(histories))
    other = ClusterCF(n_clusters=3).fit(Interactions.from_histories({**histories, "none": [], "nobody": []}))
    np.testing.assert_array_equal(one.shares_, other.shares_)


def test_weights_and_repetitions_play_no_part():
    log = planted()
    heavy = Interactions.from_events(
        [user for row, user in enumerate(log.users) for _ in log[row] * 2],
        [item for row in range(len(log)) for item in log[row] * 2],
        [3.0] * (2 * len(log.indices)),
    )
    np.testing.assert_array_equal(ClusterCF(n_clusters=3).fit(log).shares_, ClusterCF(n_clusters=3).fit(heavy).shares_)
