"""How much each recommender finds of what was held out, with its defaults, as a table in Markdown.

MovieLens: films rated 4 or better, a fifth of them held out at random. Amazon Beauty: the last product of each user held out. All items
that a user did not touch are ranked; nDCG@10 is the mean over the users with something to find. Seconds are those of a fit on the wall,
compiled loops warmed up; users a second are those who get their 10 items. `svd_pp` learns from all ratings, not only the good ones, and
`rules` are of pairs that five users vouch for, `hybrid` is that of the spec `recommend-items`.

Without reference data the log is made up, and says little. Recommenders can be chosen by name.

    ASTERISM_DATA=... python tests/benchmarks/recommendation_quality.py [RECOMMENDER ...]
"""

import os
import sys
import time

import numpy as np
from recommenders import LINEAR, N, beauty, made_up, movielens, recommender

from asterism.framework import DataError, Interactions
from asterism.framework.splitting import leave_last_out, random_split
from asterism.plugins.measures.ranking import ndcg

OTHERS = {
    "svd_pp": "svd_pp:SVDpp",
    "item2vec": "item2vec:Item2Vec",
    "rules": "rules:Rules",
    "neural_cf": "neural_cf:NeuralCF",
    "sequential": "sequential:Sequential",
    "hybrid": "hybrid:Hybrid",
}

SENSELESS = {("svd_pp", "Amazon Beauty"), ("sequential", "MovieLens")}
"""What has no ratings, and what is held out at random rather than last."""


def splits():
    """Return name, what is learned from and what is to be found."""
    if "ASTERISM_DATA" not in os.environ:
        return {"made up": random_split(made_up())}
    return {"MovieLens": random_split(movielens()), "Amazon Beauty": leave_last_out(beauty())}


def with_poor_ratings(train, held_out):
    """Return the ratings of MovieLens that are not to be found, good and poor."""
    ratings = movielens(least=0.0)
    owners = np.repeat(np.arange(len(ratings)), np.diff(ratings.indptr))
    to_find = {(held_out.users[user], held_out.items[item]) for user, item in events(held_out)}
    kept = np.array([(ratings.users[user], ratings.items[item]) not in to_find for user, item in zip(owners, ratings.indices, strict=True)])
    users = [ratings.users[user] for user in owners[kept]]
    items = [ratings.items[item] for item in ratings.indices[kept]]
    return Interactions.from_events(users, items, ratings.weights[kept]).for_users(train.users)


def events(log):
    """Give the user and the item of each event."""
    return zip(np.repeat(np.arange(len(log)), np.diff(log.indptr)), log.indices, strict=True)


def settings(name, train):
    """Return what a recommender must be told about a log."""
    if name == "hybrid":
        parts = (recommender(LINEAR[part])() for part in ("slim", "als", "item_knn"))
        return {"recommenders": tuple(parts), "weights": (1.0, 1.0, 0.3)}
    return {"max_length": 2, "min_support": 5 / len(train), "min_confidence": 0.01} if name == "rules" else {}


def measured(name, place, train, held_out):
    """Return nDCG@10, seconds of the fit and users a second."""
    model = recommender(place)(**settings(name, train))
    begin = time.perf_counter()
    model.fit(train)
    fitted = time.perf_counter()
    ranking = model.recommend(train, N)
    found = float(np.nanmean(ndcg(ranking, held_out)))
    return found, fitted - begin, len(train) / (time.perf_counter() - fitted)


def warm_up(name, place):
    """Compile or load the loops."""
    random = np.random.default_rng(0)
    small = Interactions.from_histories({f"u{user}": [f"i{item}" for item in random.choice(30, 5, replace=False)] for user in range(40)})
    recommender(place)(**settings(name, small)).fit(small).recommend(small, N)


def row(name, place, parts):
    """Return the cells of one line of the table."""
    warm_up(name, place)
    cells = [name]
    for log, (train, held_out) in parts.items():
        if (name, log) in SENSELESS:
            cells += ["", "", ""]
            continue
        if (name, log) == ("svd_pp", "MovieLens"):
            train = with_poor_ratings(train, held_out)
        try:
            found, seconds, users = measured(name, place, train, held_out)
            cells += [f"{found:.4f}", f"{seconds:.1f}", f"{users:,.0f}"]
        except DataError as error:  # such as no rule above the support
            cells += ["", "", ""]
            print(f"{name}, {log}: {error}", file=sys.stderr)
    return cells


def main():
    wanted, parts = sys.argv[1:], splits()
    columns = [f"{log}: {what}" for log in parts for what in (f"nDCG@{N}", "fit, s", "users/s")]
    print("| recommender | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns), flush=True)
    for name, place in {**LINEAR, **OTHERS}.items():
        if not wanted or name in wanted:
            print("| " + " | ".join(row(name, place, parts)) + " |", flush=True)


if __name__ == "__main__":
    main()
