"""What every recommender of events promises: unseen users, unknown items, odd histories and ids, and the same bits whatever the company."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from asterism.framework import DataError, Interactions, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.recommend.als import ALS
from asterism.plugins.recommend.bpr import BPR
from asterism.plugins.recommend.cluster_cf import ClusterCF
from asterism.plugins.recommend.ease import EASE
from asterism.plugins.recommend.hybrid import Hybrid
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.recommend.popular import Popular
from asterism.plugins.recommend.random_walk import RandomWalk
from asterism.plugins.recommend.rules import Rules
from asterism.plugins.recommend.slim import SLIM
from asterism.plugins.recommend.svd_pp import SVDpp
from asterism.plugins.recommend.user_knn import UserKNN

MAKERS = {
    "popular": Popular,
    "item_knn": ItemKNN,
    "item_knn, diverse": lambda: ItemKNN(diversity=0.4, popularity_penalty=0.2),
    "user_knn": UserKNN,
    "cluster_cf": lambda: ClusterCF(n_clusters=3),
    "random_walk": RandomWalk,
    "rules": lambda: Rules(min_support=0.05),
    "ease": lambda: EASE(l2=5.0),
    "ease, dropout": lambda: EASE(l2=5.0, dropout=0.3),
    "slim": lambda: SLIM(l1=0.1, l2=1.0),
    "als": lambda: ALS(n_factors=6, max_iter=4),
    "als, flat": lambda: ALS(n_factors=7, alpha=0.0, l2=1.0, max_iter=4),
    "als, approximate": lambda: ALS(n_factors=6, max_iter=4, item_search="approximate"),
    "als, approximate and diverse": lambda: ALS(n_factors=6, max_iter=4, item_search="approximate", diversity=0.3, popularity_penalty=0.3),
    "bpr": lambda: BPR(n_factors=6, epochs=20, learning_rate=0.05),
    "svd_pp": lambda: SVDpp(n_factors=5, epochs=5),
    "hybrid": lambda: Hybrid(recommenders=(ItemKNN(), Popular(), ALS(n_factors=4, max_iter=2)), fusion="ranks", weights=(1.0, 0.5, 0.7)),
}
CLASSES = {cls.__qualname__: cls for cls in (ItemKNN, Popular, ALS)}


def grouped_log(seed=0, n_users=30):
    """Two groups of users, each with items of its own and some that both touch; some events twice, weights of several sizes."""
    random = np.random.default_rng(seed)
    users, items, weights = [], [], []
    for user in range(n_users):
        own = [f"{'xy'[user % 2]}{item}" for item in random.choice(7, random.integers(2, 6), replace=False)]
        for item in [*own, f"both{random.integers(4)}", own[0]]:
            users.append(f"user {user}")
            items.append(item)
            weights.append(float(random.choice([0.5, 1, 2, 4])))
    return Interactions.from_events(users, items, weights)


LOG = grouped_log()


@pytest.fixture(scope="module", params=MAKERS)
def make(request):
    return MAKERS[request.param]


@pytest.fixture(scope="module")
def model(make):
    return make().fit(LOG)


def heard(work):
    """Return what some work gives, and the problems that it reports."""
    problems = []
    with problems_to(problems.append):
        return work(), problems


def assert_same(one, other):
    assert one.items == other.items
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.scores.view(np.int32), other.scores.view(np.int32))


def told(problems):
    return [(problem.message, problem.count, problem.rows) for problem in problems]


def test_a_ranking_is_in_order_without_repetition_and_without_what_was_seen(model):
    ranking = model.recommend(LOG, 6)
    assert ranking.rows.shape == ranking.scores.shape == (30, 6)
    assert (ranking.rows.dtype, ranking.scores.dtype) == (np.int64, np.float32)
    for row in range(30):
        assert len(set(ranking[row])) == len(ranking[row]) == np.count_nonzero(ranking.rows[row] >= 0)
        assert not set(ranking[row]) & set(LOG[row])
        found = ranking.scores[row, : len(ranking[row])]
        assert (np.diff(found) <= 0).all()
        assert (ranking.rows[row, len(found) :] == -1).all()
        assert (ranking.scores[row, len(found) :] == 0).all()


def test_seen_items_come_where_they_are_wanted(model):
    ranking = model.recommend(LOG, 20, exclude_seen=False)
    assert any(set(ranking[row]) & set(LOG[row]) for row in range(30))


def test_unseen_users_with_a_vocabulary_of_their_own_get_what_known_users_get(model):
    user = 3
    events = slice(LOG.indptr[user], LOG.indptr[user + 1])
    theirs = Interactions.from_events(["stranger"] * len(LOG[user]), LOG[user], LOG.weights[events])
    assert theirs.items != LOG.items
    assert_same(model.recommend(theirs, 5), model.recommend(LOG.for_users([LOG.users[user]]), 5))


def test_an_unknown_item_is_counted_left_out_and_reported(model):
    known = Interactions.from_histories({"a": ["x1", "x2"], "b": ["y1"]})
    with_unknown = Interactions.from_histories({"a": ["nie", "x1", "x2", "nie"], "b": ["y1", "never"]})
    ranking, problems = heard(lambda: model.recommend(with_unknown, 4))
    assert ("events with items unknown at fit were left out", 3, ()) in told(problems)
    assert_same(ranking, model.recommend(known, 4))


def test_a_history_without_known_items_gets_what_is_popular_and_is_reported(model):
    histories = Interactions.from_histories({"a": [], "b": ["x1", "x2"], "c": ["never"]})
    ranking, problems = heard(lambda: model.recommend(histories, 3))
    assert ("histories hold no known item and got the most popular ones", 2, (0, 2)) in told(problems)
    touched = {item: len({user for user in range(30) if item in LOG[user]}) for item in LOG.items}
    popular = sorted(touched, key=lambda item: (-touched[item], item))[:3]
    assert ranking[2] == ranking[0]
    assert ranking[0] == popular
    assert ranking.scores[0].tolist() == [touched[item] for item in popular]
    alone, _ = heard(lambda: model.recommend(histories.for_users(["b"]), 3))
    assert ranking[1] == alone[0]


def test_who_has_seen_everything_gets_nothing_and_is_reported(model):
    histories = Interactions.from_histories({"some": ["x1"], "all": [*LOG.items, "x1"]})
    ranking, problems = heard(lambda: model.recommend(histories, 3))
    assert ranking[1] == []
    assert ranking.scores[1].tolist() == [0, 0, 0]
    assert told(problems) == [("users have seen every item, so nothing is left to recommend", 1, (1,))]
    assert ranking[0]


def test_nobody_asked_is_nobody_told(model):
    ranking = model.recommend(Interactions.from_histories({}), 4)
    assert ranking.rows.shape == ranking.scores.shape == (0, 4)


def test_no_item_asked_is_no_item_given(model):
    ranking, _ = heard(lambda: model.recommend(Interactions.from_histories({"a": ["x1"], "b": []}), 0))
    assert ranking.rows.shape == ranking.scores.shape == (2, 0)


def test_a_history_alone_gets_the_bits_that_it_gets_in_company(model):
    together = model.recommend(LOG, 8)
    for row, user in enumerate(LOG.users):
        alone = model.recommend(LOG.for_users([user]), 8)
        np.testing.assert_array_equal(alone.rows[0], together.rows[row])
        np.testing.assert_array_equal(alone.scores[0].view(np.int32), together.scores[row].view(np.int32))


def test_the_order_of_users_does_not_matter_to_a_bit(make, model):
    shuffled = LOG.for_users([LOG.users[place] for place in np.random.default_rng(5).permutation(len(LOG))])
    assert_same(make().fit(shuffled).recommend(LOG, 8), model.recommend(LOG, 8))


def test_the_same_seed_gives_the_same_bits(make, model):
    (arrays, tree), (theirs, their_tree) = dump_state(model), dump_state(make().fit(LOG))
    assert tree == their_tree
    assert arrays.keys() == theirs.keys()
    for name, values in arrays.items():
        assert (values.dtype, values.tobytes()) == (theirs[name].dtype, theirs[name].tobytes()), name


def test_saved_and_loaded_it_gives_the_same_bits(make, model):
    arrays, tree = dump_state(model)
    loaded = make()
    load_state(loaded, arrays, json.loads(json.dumps(tree)), lambda name: CLASSES[name.rpartition(":")[2]])
    assert_same(loaded.recommend(LOG, 8), model.recommend(LOG, 8))


UPDATABLE = ["popular", "item_knn", "item_knn, diverse", "user_knn", "random_walk", "ease", "als", "hybrid", "als, approximate and diverse"]


@pytest.mark.parametrize("name", UPDATABLE)
def test_loaded_it_learns_from_further_events_as_what_was_saved(name):
    model, loaded = MAKERS[name]().fit(LOG), MAKERS[name]()
    arrays, tree = dump_state(model)
    load_state(loaded, arrays, json.loads(json.dumps(tree)), lambda name: CLASSES[name.rpartition(":")[2]])
    later = Interactions.from_histories({"new one": ["x1", "fresh"], "new two": ["fresh", "y2", "x3"]})
    assert_same(loaded.update(later).recommend(LOG, 8), model.update(later).recommend(LOG, 8))
    assert "fresh" in loaded.recommend(LOG, 1).items


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in UPDATABLE and not name.startswith("als")])
def test_what_cannot_learn_from_further_events_alone_says_so(name):
    with pytest.raises(DataError, match=r"cannot learn from further events alone.*; fit it again, on the old events and the new ones"):
        MAKERS[name]().fit(LOG).update(LOG)


def test_two_threads_at_once_get_what_one_gets(model):
    expected = model.recommend(LOG, 8)
    with ThreadPoolExecutor(2) as pool:
        for ranking in pool.map(lambda _: model.recommend(LOG, 8), range(4)):
            assert_same(ranking, expected)


def test_fit_and_recommend_leave_their_input_as_it_was(make):
    log = grouped_log(seed=3)
    arrays = (log.indptr, log.indices, log.weights)
    before = [array.copy() for array in arrays]
    make().fit(log).recommend(log, 3)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_repeated_events_change_no_ranking_where_all_are_repeated_as_often(make):
    """What adds them up sees twice the weights, what does not the same log: neither fails, and each event still counts as one item."""
    twice = Interactions.from_histories({user: [*LOG[row], *LOG[row]] for row, user in enumerate(LOG.users)})
    ranking = make().fit(twice).recommend(twice, 4)
    for row in range(len(twice)):
        assert not set(ranking[row]) & set(twice[row])
        assert len(set(ranking[row])) == len(ranking[row])


def fitted_or_refused(make, log):
    """Fit where the method can; BPR cannot learn from a log in which every user touched every item, and says so."""
    if isinstance(make(), BPR):
        with pytest.raises(DataError, match=r"^every user touched every item, so there is nothing to tell apart; take `popular`"):
            make().fit(log)
        return None
    return heard(lambda: make().fit(log))[0]


def test_one_user_is_enough(make):
    if model := fitted_or_refused(make, Interactions.from_histories({"ann": ["a", "b", "c"]})):
        ranking, _ = heard(lambda: model.recommend(Interactions.from_histories({"new": ["a"], "none": []}), 4))
        assert set(ranking[0]) <= {"b", "c"}
        assert ranking[1] == ["a", "b", "c"]


def test_one_item_is_enough(make):
    if model := fitted_or_refused(make, Interactions.from_histories({"ann": ["a"], "ben": ["a"]})):
        ranking, problems = heard(lambda: model.recommend(Interactions.from_histories({"new": ["a"], "none": []}), 2))
        assert [ranking[0], ranking[1]] == [[], ["a"]]
        assert "users have seen every item, so nothing is left to recommend" in [problem.message for problem in problems]


@pytest.mark.parametrize("users", [{}, {"nobody": []}])
def test_a_log_without_events_is_refused(make, users):
    with pytest.raises(DataError, match=r"^there is not one event to learn from \(got \d users without history\)$"):
        make().fit(Interactions.from_histories(users))


@pytest.mark.parametrize("weight", [0.0, -2.0, np.nan, np.inf])
def test_weights_that_mean_nothing_are_refused_with_who_has_them(make, model, weight):
    signed = isinstance(model, SVDpp)
    bad = Interactions.from_events(["zoe", "zoe", "ann", "ben"], ["x1", "x2", "x1", "x2"], [1, weight, 1, 1])
    if signed and np.isfinite(weight):
        make().fit(bad).recommend(bad, 2)
        return
    message = f"the weight of an event must be above 0 and finite (got {weight}) (records 'zoe'); leave such events out, or shift the scale"
    as_rating = f"the weight of an event must be finite (got {weight}) (records 'zoe'); leave such events out"
    for work in (lambda: make().fit(bad), lambda: model.recommend(bad, 2)):
        with pytest.raises(DataError) as caught:
            work()
        assert str(caught.value) in ({as_rating} if signed else {message, as_rating} if isinstance(model, Hybrid) else {message})


def test_ids_that_differ_in_blanks_or_case_and_ids_with_newlines_stay_apart(make):
    spelled = {"x0": "tea", "x1": "Tea", "x2": "tea ", "x3": " tea", "x4": "te\na", "x5": "\n", "x6": "", "y0": "TEA"}
    named = {user: [spelled.get(item, item) for item in LOG[row]] for row, user in enumerate(LOG.users)}
    plain = {user: LOG[row] for row, user in enumerate(LOG.users)}
    model = make().fit(Interactions.from_histories(named))
    items = model.recommend(Interactions.from_histories(named), 1).items
    assert sorted(items) == sorted({spelled.get(item, item) for item in LOG.items})
    assert {len(make().fit(Interactions.from_histories(plain)).recommend(LOG, 1).items)} == {len(items)}


def test_the_ids_of_users_may_be_odd(make):
    users = dict(zip(LOG.users, ["", " ", "\n", "Ann", "ann", "ann ", *map(str, range(24))], strict=True))
    odd = Interactions.from_histories({users[user]: LOG[row] for row, user in enumerate(LOG.users)})
    assert len(make().fit(odd).recommend(odd, 2)) == 30


def test_more_items_than_there_are_can_be_asked_for(model):
    ranking = model.recommend(LOG, 100)
    assert ranking.rows.shape == (30, 100)
    assert max(len(ranking[row]) for row in range(30)) < len(ranking.items)


def test_a_history_names_its_reasons(model):
    target = model.recommend(LOG.for_users(["user 0"]), 1)[0][0]
    reasons = model.explain(LOG[0], target)
    assert len(reasons) <= 5
    assert [reason.weight for reason in reasons] == sorted((reason.weight for reason in reasons), reverse=True)
    assert all(set(reason.items) <= {*LOG[0], target} for reason in reasons)
