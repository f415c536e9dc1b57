"""Preparation of texts on text messages, film reviews and Chinese reviews."""

import os
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.plugins.text.modality import Text
from asterism.plugins.text.preparation.minhash import hashes_of

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]


@pytest.fixture(scope="module")
def data():
    return Path(os.environ["ASTERISM_DATA"]) / "text"


@pytest.fixture(scope="module")
def messages(data):
    """Return the messages that are not equal to an earlier one; the data set is known to have 414 that are."""
    path = data / "sms_spam/sms_spam.csv"
    different = Text(duplicates="exact").read(path)
    assert len(Text().read(path)) - len(different) == 414
    return list(different)


def new_by_brute_force(texts, similarity):
    """Compare all pairs by the coefficient of Jaccard; a text is new where no earlier new one is similar."""
    sets = [hashes_of(" ".join(text.split())) for text in texts]
    sizes = np.array([len(hashes) for hashes in sets])
    columns = np.unique(np.concatenate(sets), return_inverse=True)[1]
    table = csr_matrix((np.ones(len(columns)), columns, np.concatenate([[0], np.cumsum(sizes)])))
    shared = (table @ table.T).tocoo()
    alike = (shared.row > shared.col) & (shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data) >= similarity)
    is_new = np.ones(len(texts), bool)
    for row, earlier in sorted(zip(shared.row[alike].tolist(), shared.col[alike].tolist(), strict=True)):
        is_new[row] &= not is_new[earlier]
    return [text for text, stays in zip(texts, is_new, strict=True) if stays]


@pytest.mark.parametrize(("similarity", "n_near"), [(0.95, 21), (0.9, 50), (0.7, 144), (0.5, 237)])
def test_near_duplicates_are_those_of_comparing_all_pairs(messages, similarity, n_near):
    found = list(Text(duplicates="near", similarity=similarity).read(messages))
    assert found == new_by_brute_force(messages, similarity)
    assert len(messages) - len(found) == n_near


def test_languages_of_short_messages_are_found(messages, data):
    languages = Text(detect_language=True).read(messages[:1000]).about("language")
    assert sum(language == "en" for language in languages) > 930  # measured 948; 43 are too short to tell
    assert sum(language not in ("en", "und") for language in languages) < 15
    chinese = Text(column="review", languages=("zh",)).read(data / "waimai_zh/waimai_10k.csv").head(2000)
    assert chinese.ids == [str(row) for row in range(2000)]


def test_passages_of_reviews_hold_all_of_them(data, tmp_path):
    with ZipFile(data / "movie_reviews/movie_reviews.zip") as archive:
        archive.extractall(tmp_path, [name for name in archive.namelist() if "cv0" in name])  # a tenth of them
    whole = Text().read(tmp_path / "movie_reviews")
    passages = Text(passages=200).read(tmp_path / "movie_reviews")
    assert len(whole) == 200
    assert list(dict.fromkeys(passages.about("parent"))) == whole.ids
    assert [word for text in passages for word in text.split()] == [word for text in whole for word in text.split()]
    lengths = np.array([len(text.split()) for text in passages])
    assert lengths.max() <= 200
    assert lengths[lengths < 50].size == 0
    assert np.mean([text.rstrip()[-1] in ".!?\")'" for text in passages]) > 0.98
