"""The encoder `tfidf` on Reuters R8: the whole chain to groups gives what scikit-learn gives; and on Chinese headlines."""

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import normalized_mutual_info_score
from sklearn.preprocessing import normalize

from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.text.modality import Text

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]

# English stop words, damped counts, no word of less than three texts, and rows of length one before k-means.
BEST = {"stop_words": "english", "sublinear_tf": True, "min_df": 3}


@pytest.fixture(scope="module")
def news():
    path = Path(os.environ["ASTERISM_DATA"]) / "text/r8/train.txt"
    return Text(format="tsv", names=("label", "text"), target="label").read(path)


def groups(matrix, n_clusters=8):
    vectors = normalize(TruncatedSVD(100, random_state=0).fit_transform(matrix))
    return KMeans(n_clusters, n_init=1, random_state=0).fit_predict(vectors)


@pytest.mark.parametrize("settings", [{}, BEST, BEST | {"max_features": 5000}, BEST | {"ngram_range": (1, 2)}])
def test_numbers_on_r8_are_those_of_scikit_learn(news, settings):
    theirs = TfidfVectorizer(dtype=np.float32, **settings)
    expected = theirs.fit_transform(list(news))
    expected.sort_indices()
    ours = Tfidf(**settings)
    found = ours.fit_transform(news)
    assert ours.terms_ == theirs.get_feature_names_out().tolist()
    assert np.array_equal(found.indices, expected.indices)
    assert np.array_equal(found.indptr, expected.indptr)
    np.testing.assert_allclose(found.data, expected.data, rtol=1e-6)  # float32 sums in another order


def test_groups_on_r8_are_those_of_scikit_learn(news):
    ours = groups(Tfidf(**BEST).fit_transform(news))
    theirs = groups(TfidfVectorizer(dtype=np.float32, **BEST).fit_transform(list(news)))
    assert np.array_equal(ours, theirs)
    # Measured 0.576; k-means with other seeds finds 0.51 as well, so the bound leaves room for another SVD library only.
    assert normalized_mutual_info_score(news.targets, ours) > 0.55


def test_characters_weighted_by_bm25_find_the_subjects_of_chinese_headlines():
    path = Path(os.environ["ASTERISM_DATA"]) / "text/thucnews_zh/dev.txt"
    headlines = Text(format="tsv", names=("text", "label"), target="label").read(path)
    encoder = Tfidf(analyzer="char", ngram_range=(1, 2), min_df=3, weighting="bm25")
    found = groups(encoder.fit_transform(headlines), 10)
    # Measured 0.421, with other seeds 0.398 and above; plain TF-IDF of the same characters 0.336 by scikit-learn, jieba's words 0.301.
    assert normalized_mutual_info_score(headlines.targets, found) > 0.37
