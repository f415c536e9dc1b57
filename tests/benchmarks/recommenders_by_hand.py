"""Seconds of recommenders that no library offers in this form, against what one would write by hand with scikit-learn, SciPy and gensim.

Both sides learn from the same log and recommend 10 items to every user, where that belongs to it; they are called in turn, and medians on
the wall are printed. Without reference data the log is made up.

    ASTERISM_DATA=... python tests/benchmarks/recommenders_by_hand.py
"""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from gensim.models import Word2Vec
from recommenders import N, compare, logs, matrix
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import ElasticNet
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from asterism.framework import Interactions
from asterism.plugins.recommend.cluster_cf import ClusterCF
from asterism.plugins.recommend.content import Content
from asterism.plugins.recommend.item2vec import Item2Vec
from asterism.plugins.recommend.random_walk import RandomWalk
from asterism.plugins.recommend.slim import SLIM
from asterism.plugins.recommend.user_knn import UserKNN
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.text.modality import Text

MOST_ITEMS = 300
"""Items that the elastic nets are compared on: scikit-learn takes a good part of a second for each hundred."""


def best(scores, touched):
    """Rank what each user has not touched."""
    scores[touched.nonzero()] = -np.inf
    some = np.argpartition(-scores, N, axis=1)[:, :N]
    return np.take_along_axis(some, np.argsort(-np.take_along_axis(scores, some, 1), axis=1), 1)


def in_blocks(touched, score):
    """Rank for 500 users at a time, whose scores are dense."""
    for first in range(0, touched.shape[0], 500):
        block = touched[first : first + 500]
        best(np.asarray(score(block)), block)


def users_by_hand(log):
    """Look for 100 neighbours of each user by cosine, and add up what they touched."""
    touched = matrix(log)
    weighed = TfidfTransformer().fit_transform(touched)
    near = NearestNeighbors(n_neighbors=100, metric="cosine", algorithm="brute").fit(weighed)

    def score(block):
        distances, rows = near.kneighbors(TfidfTransformer().fit(touched).transform(block))
        return np.stack([(1 - far) @ touched[users] for far, users in zip(distances, rows, strict=True)])

    in_blocks(touched, score)


def walks_by_hand(log):
    """Multiply the chances of three steps, with all ends of a walk."""
    touched = matrix(log)
    table = normalize(touched.T, "l1") @ normalize(touched, "l1")
    table.data /= np.bincount(touched.indices, minlength=touched.shape[1])[table.indices] ** 0.3
    in_blocks(touched, lambda block: (block @ table).toarray())


def clusters_by_hand(log):
    """Group users by k-means, and rank what each group touched."""
    touched = matrix(log)
    groups = KMeans(20, n_init=3, random_state=0).fit(normalize(TfidfTransformer().fit_transform(touched))).labels_
    shares = np.stack([np.asarray(touched[groups == group].mean(axis=0))[0] for group in range(20)])
    in_blocks(touched, lambda block: shares[groups[: block.shape[0]]])


def nets_by_hand(log):
    """Fit one elastic net for each item to the users' other items."""
    touched = matrix(log).tocsc()
    n_users, (l1, l2) = touched.shape[0], (0.5, 20.0)
    net = ElasticNet(alpha=(l1 + l2) / n_users, l1_ratio=l1 / (l1 + l2), positive=True, fit_intercept=False, max_iter=50, tol=1e-4)
    for item in range(touched.shape[1]):
        wanted = touched[:, item].toarray()[:, 0]
        others = touched.copy()
        others.data[others.indptr[item] : others.indptr[item + 1]] = 0
        net.fit(others, wanted)


def words_by_hand(log):
    """Let gensim take histories for sentences."""
    Word2Vec([log[row] for row in range(len(log))], vector_size=128, window=10, min_count=1, sg=1, negative=5, epochs=5, workers=1)


def texts_by_hand(log, texts):
    """Compare the mean of the vectors of each history's items with those of all items."""
    items = TfidfVectorizer().fit_transform([texts[item] for item in log.items])
    in_blocks(matrix(log), lambda block: (normalize(block @ items) @ items.T).toarray())


def most_popular(log):
    """Keep the items that most users touched."""
    counts = np.bincount(log.indices, minlength=len(log.items))
    kept = {log.items[item] for item in np.argsort(-counts, kind="stable")[:MOST_ITEMS]}
    histories = {user: [item for item in log[row] if item in kept] for row, user in enumerate(log.users)}
    return Interactions.from_histories({user: items for user, items in histories.items() if items})


def described(log, folder):
    """Make up a text of ten words for each item, and write them as a catalogue."""
    random = np.random.default_rng(0)
    texts = {item: " ".join(f"word{word}" for word in random.zipf(1.3, 10) % 5000) for item in log.items}
    path = Path(folder, "items.csv")
    path.write_text("item,text\n" + "".join(f"{item},{text}\n" for item, text in texts.items()), "utf-8")
    return path, texts


def main():
    warnings.simplefilter("ignore")  # a net that has not converged in 50 rounds, on either side
    name, log = next(iter(logs().items()))
    few = most_popular(log)
    print(f"{name}: {len(log):,} users, {len(log.items):,} items, {len(log.indices):,} events; slim: the {len(few.items):,} most popular")
    with TemporaryDirectory() as folder:
        path, texts = described(log, folder)
        content = Content(catalogue=path, item_modality=Text(column="text", id="item"), item_encoder=Tfidf())
        sides = {
            "user_knn": (lambda: UserKNN().fit(log).recommend(log, N), lambda: users_by_hand(log)),
            "random_walk": (lambda: RandomWalk().fit(log).recommend(log, N), lambda: walks_by_hand(log)),
            "cluster_cf": (lambda: ClusterCF().fit(log).recommend(log, N), lambda: clusters_by_hand(log)),
            "slim, fit": (lambda: SLIM(n_candidates=MOST_ITEMS).fit(few), lambda: nets_by_hand(few)),
            "item2vec, fit": (lambda: Item2Vec(window=10, epochs=5).fit(log), lambda: words_by_hand(log)),
            "content": (lambda: content.fit(log).recommend(log, N), lambda: texts_by_hand(log, texts)),
        }
        for what, (ours, peer) in sides.items():
            ours()  # loops are compiled, or loaded
            compare(what, ours, peer, 3)


if __name__ == "__main__":
    main()
