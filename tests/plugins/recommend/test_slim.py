"""SLIM against scikit-learn's elastic net, item by item."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet

from asterism.framework import Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend import slim
from asterism.plugins.recommend.slim import SLIM


def random_log(seed, n_users=80, n_items=18, n_events=500):
    random = np.random.default_rng(seed)
    users = [f"user {user}" for user in random.integers(0, n_users, n_events)]
    items = [f"item {item}" for item in (random.beta(1, 2, n_events) * n_items).astype(int)]
    return Interactions.from_events(users, items, random.choice([0.5, 1, 2, 3], n_events))


def dense(log, items):
    matrix = np.zeros((len(log), len(items)))
    for user in range(len(log)):
        for event in range(log.indptr[user], log.indptr[user + 1]):
            matrix[user, items.index(log.items[log.indices[event]])] += log.weights[event]
    return matrix


def elastic_nets(matrix, l1, l2, positive, candidates):
    """Return what each item (row) says for the others; scikit-learn divides the squared error by the number of rows."""
    n_users, n_items = matrix.shape
    weights, strength = np.zeros((n_items, n_items)), (l1 + l2) / n_users
    for item in range(n_items):
        others = candidates(item)
        net = ElasticNet(alpha=strength, l1_ratio=l1 / (l1 + l2), positive=positive, fit_intercept=False, tol=1e-12, max_iter=100_000)
        weights[others, item] = net.fit(matrix[:, others], matrix[:, item]).coef_
    return weights


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize(("l1", "l2"), [(0.5, 20.0), (5.0, 1.0), (20.0, 5.0)])
def test_weights_are_those_of_scikit_learns_elastic_net(l1, l2, positive):
    log = random_log(0)
    model = SLIM(l1=l1, l2=l2, positive=positive, max_iter=2000, tol=1e-9).fit(log)
    matrix = dense(log, model.items_)
    shared = (matrix > 0).T.astype(int) @ (matrix > 0)
    expected = elastic_nets(matrix, l1, l2, positive, lambda item: [other for other in np.flatnonzero(shared[item]) if other != item])
    found = model.weights_.toarray()
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert (found.diagonal() == 0).all()
    assert (found < 0).any() == (not positive and l1 < 20)


def test_only_the_items_that_most_users_share_may_speak():
    log = random_log(1)
    model = SLIM(n_candidates=4, l1=0.1, l2=2.0, max_iter=2000, tol=1e-9).fit(log)
    matrix = dense(log, model.items_)
    shared = (matrix > 0).T.astype(int) @ (matrix > 0)

    def candidates(item):
        others = [other for other in np.flatnonzero(shared[item]) if other != item]
        return sorted(sorted(others, key=lambda other: (-shared[item, other], other))[:4])

    np.testing.assert_allclose(model.weights_.toarray(), elastic_nets(matrix, 0.1, 2.0, True, candidates), atol=2e-5)
    assert (np.diff(model.weights_.tocsc().indptr) <= 4).all()


def test_scores_add_up_the_weights_of_a_history():
    log = random_log(2)
    model = SLIM(l1=2.0, l2=5.0).fit(log)
    expected = dense(log, model.items_) @ model.weights_.toarray()
    ranking = model.recommend(log, 18, exclude_seen=False)
    for row in range(len(log)):
        found = ranking.rows[row][ranking.rows[row] >= 0]
        assert set(found) == set(np.flatnonzero(expected[row]))
        np.testing.assert_allclose(ranking.scores[row, : len(found)], expected[row, found], rtol=1e-5)


def test_what_speaks_against_an_item_ranks_it_last():
    histories = {f"user {user}": ["a", "c"] if user % 2 else ["b", "c"] for user in range(20)}
    model = SLIM(l1=0.1, l2=0.1, positive=False).fit(Interactions.from_histories({**histories, "both": ["a", "b", "c"]}))
    ranking = model.recommend(Interactions.from_histories({"new": ["a"]}), 3)
    assert ranking[0] == ["c", "b"]
    assert ranking.scores[0, 1] < 0


def test_a_penalty_that_leaves_no_weight_leaves_nothing_to_recommend():
    model = SLIM(l1=1e6).fit(random_log(0))
    assert model.weights_.nnz == 0
    with problems_to(lambda problem: None):
        assert model.recommend(random_log(0), 3).rows.max() == -1


def test_few_items_at_once_give_the_same_bits(monkeypatch):
    whole = SLIM().fit(random_log(3)).weights_
    monkeypatch.setattr(slim, "ITEMS_AT_ONCE", 3)
    cut = SLIM().fit(random_log(3)).weights_
    np.testing.assert_array_equal(cut.indices, whole.indices)
    np.testing.assert_array_equal(cut.data, whole.data)
