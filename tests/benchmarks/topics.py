"""How fast topics are beside their peers: ``python tests/benchmarks/topics.py``.

Reads Reuters R8 where ASTERISM_DATA names the folder of data sets, and the docstrings of the standard library elsewhere.
"""

import re
from collections.abc import Callable

import numpy as np
from documents import texts
from gensim.corpora import Dictionary
from gensim.models.coherencemodel import CoherenceModel
from measuring import compare
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF as TheirNMF  # noqa: N811  # it is a class
from sklearn.decomposition import LatentDirichletAllocation, TruncatedSVD
from sklearn.preprocessing import normalize

from asterism.framework import Records
from asterism.plugins.text.coherence import cv
from asterism.plugins.text.encoders.lda import LDA
from asterism.plugins.text.encoders.nmf import NMF
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.text.keywords import keywords
from asterism.plugins.text.topics.ctfidf import CTFIDF

WORDS = {"stop_words": "english", "min_df": 3}
ROUNDS = 5


def bertopic(vectors: np.ndarray, labels: np.ndarray, corpus: list[str]) -> Callable[[], object]:
    """Return BERTopic's way from given groups to their words."""
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    parts = {"umap_model": BaseDimensionalityReduction(), "hdbscan_model": BaseCluster(), "vectorizer_model": CountVectorizer(**WORDS)}
    return lambda: BERTopic(calculate_probabilities=False, **parts).fit(corpus, embeddings=vectors, y=labels)


def main() -> None:
    """Time each in turn with its peer, and print the ratio."""
    name, corpus = texts()
    records = Records.of(corpus, modality="text")
    encoder = Tfidf(sublinear_tf=True, **WORDS)
    table, terms = encoder.fit_transform(records), encoder.get_feature_names_out()
    vectors = normalize(TruncatedSVD(100, random_state=0).fit_transform(table))
    labels = KMeans(20, n_init=1, random_state=0).fit_predict(vectors).astype(np.int64)
    print(f"{name}, {len(corpus)} texts, {table.shape[1]} words, 20 groups")
    for n_components in (10, 50):
        lda = LDA(n_components=n_components, max_iter=ROUNDS, **WORDS)
        counts = lda.fit(records).counts_.transform(records).astype(np.float64)
        peer = LatentDirichletAllocation(n_components, max_iter=ROUNDS, random_state=0)
        compare(f"lda, {n_components} topics, {ROUNDS} rounds", lambda: lda.fit(records), lambda: peer.fit(counts), rounds=2)  # noqa: B023  # called at once
    nmf, peer = NMF(**WORDS), TheirNMF(10, init="nndsvda", random_state=0)
    compare("nmf, 10 topics, with counting", lambda: nmf.fit_transform(records), lambda: peer.fit_transform(table))
    compare("keywords", lambda: keywords(labels, terms, table))
    topics = keywords(labels, terms, table, n=10, diversity=0)
    cut = [re.findall(r"\w+", text.lower()) for text in corpus]
    model = {"texts": cut, "dictionary": Dictionary(cut), "coherence": "c_v", "processes": 1, "topn": 10}
    compare("c_v", lambda: cv(list(topics.values()), cut), lambda: CoherenceModel(topics=list(topics.values()), **model).get_coherence(), 2)
    given = {"matrix": vectors, "terms": terms, "term_matrix": table}
    compare("ctfidf beside BERTopic", lambda: CTFIDF().fit(labels, **given), bertopic(vectors, labels, corpus), rounds=2)


if __name__ == "__main__":
    main()
