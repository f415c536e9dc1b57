"""SVD++: its steps against a loop in plain Python, ratings of any sign, and predictions for unseen users."""

import numpy as np
import pytest

from asterism.framework import DataError, Interactions
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.svd_pp import SVDpp


def ratings_log(seed=0, n_users=12, n_items=9):
    random = np.random.default_rng(seed)
    pairs = [(user, item) for user in range(n_users) for item in random.choice(n_items, random.integers(1, n_items), replace=False)]
    ratings = [float(np.round(3 + np.sin(user + item) * 2)) for user, item in pairs]
    return Interactions.from_events([f"user {user:02}" for user, _ in pairs], [f"item {item}" for _, item in pairs], ratings)


def plain_descent(log, model):
    """Learn as the class says, one number after the other in double precision; return what it learned."""
    random, width = np.random.default_rng(model.random_state), model.n_factors
    users, items, implied = (
        random.normal(scale=0.03, size=(n, width)).astype(np.float32).astype(float) for n in (len(log), *[len(model.items_)] * 2)
    )
    user_bias, item_bias = np.zeros(len(log)), np.zeros(len(model.items_))
    rate, l2 = model.learning_rate, model.l2
    rated = {row: sorted((model.items_.index(item), weight) for item, weight in latest(log, row).items()) for row in range(len(log))}
    mean = np.mean([rating for its in rated.values() for _, rating in its])
    for _ in range(model.epochs):
        for user in random.permutation(len(log)):
            names = [item for item, _ in rated[user]]
            share = len(names) ** -0.5
            taste, slope = share * implied[names].sum(axis=0), np.zeros(width)
            for item, rating in rated[user]:
                p, q = users[user].copy(), items[item].copy()
                error = rating - (mean + user_bias[user] + item_bias[item] + q @ (p + taste))
                user_bias[user] += rate * (error - l2 * user_bias[user])
                item_bias[item] += rate * (error - l2 * item_bias[item])
                users[user] += rate * (error * q - l2 * p)
                items[item] += rate * (error * (p + taste) - l2 * q)
                slope += error * q
            implied[names] = (1 - rate * l2) ** len(names) * implied[names] + rate * share * slope
    return mean, item_bias, items, implied


def latest(log, row):
    events = slice(log.indptr[row], log.indptr[row + 1])
    return dict(zip(log[row], log.weights[events].tolist(), strict=True))


def predicted(learned, history, l2):
    """Predict all ratings of a history by regularised least squares in double precision."""
    mean, item_bias, items, implied = learned
    names, ratings = map(list, zip(*history, strict=True))
    taste = implied[names].sum(axis=0) / len(names) ** 0.5
    left = np.column_stack([items[names], np.ones(len(names))])
    rest = np.array(ratings) - mean - item_bias[names] - items[names] @ taste
    found = np.linalg.solve(left.T @ left + l2 * len(names) * np.eye(left.shape[1]), left.T @ rest)
    return mean + item_bias + found[-1] + items @ (taste + found[:-1])


@pytest.mark.parametrize("epochs", [1, 4])
def test_the_descent_is_that_of_a_plain_loop(epochs):
    log = ratings_log()
    model = SVDpp(n_factors=3, epochs=epochs, learning_rate=0.05, random_state=4).fit(log)
    mean, item_bias, items, implied = plain_descent(log, model)
    assert model.mean_ == pytest.approx(mean, rel=1e-6)
    np.testing.assert_allclose(model.item_bias_, item_bias, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.item_factors_, items, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.implied_factors_, implied, rtol=1e-3, atol=1e-5)


def test_predictions_are_those_of_least_squares():
    log = ratings_log()
    model = SVDpp(n_factors=3, epochs=20, learning_rate=0.05).fit(log)
    learned = (model.mean_, model.item_bias_.astype(float), model.item_factors_.astype(float), model.implied_factors_.astype(float))
    found = model.predict(log)
    assert (found.shape, found.dtype) == ((len(log), len(model.items_)), np.float32)
    for row in range(len(log)):
        history = [(model.items_.index(item), rating) for item, rating in latest(log, row).items()]
        np.testing.assert_allclose(found[row], predicted(learned, history, model.l2), rtol=1e-4, atol=1e-4)


def test_a_ranking_is_by_the_prediction():
    log = ratings_log(1)
    model = SVDpp(n_factors=3, epochs=20).fit(log)
    ranking = model.recommend(log, 4, exclude_seen=False)
    np.testing.assert_array_equal(ranking.scores, -np.sort(-model.predict(log), axis=1)[:, :4])


def test_ratings_that_were_learned_are_predicted():
    log = ratings_log()
    model = SVDpp(n_factors=6, epochs=300, learning_rate=0.03, l2=0.005).fit(log)
    found, errors = model.predict(log), []
    for row in range(len(log)):
        errors += [found[row, model.items_.index(item)] - rating for item, rating in latest(log, row).items()]
    assert np.sqrt(np.mean(np.square(errors))) < 0.5


def test_ratings_may_be_negative_or_0():
    log = Interactions.from_events(
        [f"user {user}" for user in range(20) for _ in range(3)],
        ["good", "bad", "fair"] * 20,
        [value for user in range(20) for value in (2, -3, 0)],
    )
    model = SVDpp(n_factors=2, epochs=60, learning_rate=0.05, l2=0.01).fit(log)
    ranking = model.recommend(Interactions.from_events(["new"], ["fair"], [0]), 3, exclude_seen=False)
    assert ranking[0] == ["good", "fair", "bad"]
    assert ranking.scores[0, 2] < 0
    assert ranking.scores[0, 0] > 1


def test_the_latest_of_several_ratings_counts():
    events = {"users": ["u", "u", "u", "v", "v"], "items": ["a", "b", "a", "a", "b"]}
    several = Interactions.from_events(**events, weights=[5, 3, 1, 2, 4], times=[1, 2, 3, 1, 2])
    early = Interactions.from_events(**events, weights=[1, 3, 5, 2, 4], times=[9, 2, 3, 1, 2])
    last = Interactions.from_events(["u", "u", "v", "v"], ["b", "a", "a", "b"], [3, 1, 2, 4])
    fields = {"n_factors": 2, "epochs": 3}
    expected = SVDpp(**fields).fit(last)
    for log in (several, early):
        model = SVDpp(**fields).fit(log)
        np.testing.assert_array_equal(model.item_factors_, expected.item_factors_)
        np.testing.assert_array_equal(model.predict(log), expected.predict(last))


def test_without_a_rating_a_user_is_predicted_by_mean_and_item():
    model = SVDpp(n_factors=2, epochs=5).fit(ratings_log())
    found = model.predict(Interactions.from_histories({"new": []}))
    np.testing.assert_allclose(found[0], model.mean_ + model.item_bias_, rtol=1e-6)


def test_ratings_of_unknown_items_are_left_out_and_reported():
    model, problems = SVDpp(n_factors=2, epochs=5).fit(ratings_log()), []
    with problems_to(problems.append):
        found = model.predict(Interactions.from_events(["new", "new"], ["item 1", "item x"], [4, 5]))
    assert [(problem.message, problem.count) for problem in problems] == [("events with items unknown at fit were left out", 1)]
    np.testing.assert_array_equal(found, model.predict(Interactions.from_events(["new"], ["item 1"], [4])))


def test_ratings_that_are_no_numbers_are_refused():
    model = SVDpp(n_factors=2, epochs=1).fit(ratings_log())
    bad = Interactions.from_events(["new", "new"], ["item 1", "item 2"], [4, np.nan])
    for work in (model.fit, model.predict, lambda log: model.recommend(log, 2)):
        with pytest.raises(
            DataError, match=r"^the weight of an event must be finite \(got nan\) \(records 'new'\); leave such events out$"
        ):
            work(bad)


def test_a_seed_gives_the_same_bits_and_another_others():
    one, again, other = (SVDpp(n_factors=2, epochs=2, random_state=seed).fit(ratings_log()) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.item_factors_.view(np.int32), again.item_factors_.view(np.int32))
    assert not np.allclose(one.item_factors_, other.item_factors_)


def test_a_descent_that_runs_away_is_refused_with_the_way_out():
    log = ratings_log()
    log.weights[:] *= 1000
    message = (
        r"^the descent ran away: its steps became larger and larger; "
        r"lower learning_rate, or divide the ratings so that they differ by a few units, as 1 to 5 do$"
    )
    with pytest.raises(DataError, match=message):
        SVDpp(n_factors=3, learning_rate=0.05).fit(log)
