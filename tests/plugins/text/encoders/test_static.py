"""The encoder `static`, on a model with random weights; what it learns of a real one is in tests/reference/test_sentences.py."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from asterism.framework import DataError, NotFittedError, OutputError, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.framework.testing.data import sentences
from asterism.framework.testing.fresh import find_class
from asterism.plugins.text.encoders import static
from asterism.plugins.text.encoders.static import Static
from asterism.plugins.text.token_vectors import vectors_of_tokens

TINY = Path(__file__).parent / "tiny_model"


@pytest.fixture(scope="module")
def encoder():
    return Static(model=str(TINY), n_components=8).fit(["a"])


def problems_of(call):
    found = []
    with problems_to(found.append):
        call()
    return [(problem.message, problem.rows) for problem in found]


def test_vector_of_a_text_is_the_mean_of_its_tokens(encoder):
    codes = Tokenizer.from_file(str(TINY / "tokenizer.json")).encode("The grey whale drifts", add_special_tokens=False).ids
    mean = encoder.vectors_[codes].mean(0)
    np.testing.assert_allclose(encoder.transform(["The grey whale drifts"])[0], mean / np.linalg.norm(mean), rtol=1e-5)


def test_states_are_those_of_the_network_for_each_token_alone():
    from asterism.plugins.text.sentence_models import load_network

    tokens, vectors, _ = vectors_of_tokens(TINY)
    network = load_network(TINY, "int8")
    code = tokens.index("whale")
    with torch.no_grad():
        states = network(network.preprocess(["whale"]))["token_embeddings"][0].numpy()
    assert len(states) == 3  # begin, token, end
    np.testing.assert_allclose(vectors[code], states.mean(0) + states[1], rtol=1e-5, atol=1e-6)


def test_components_have_variance_one_and_no_correlation_in_running_text(encoder):
    known = np.any(encoder.vectors_ != 0, axis=1)
    shares = 1 / np.arange(2, known.sum() + 2)
    shares /= shares.sum()
    weights = 1e-4 / (1e-4 + shares)
    placed = encoder.vectors_[known] / weights[:, None]
    shares = shares * weights / (shares @ weights)
    covariance = (placed * shares[:, None]).T @ placed
    np.testing.assert_allclose(covariance, np.eye(8), atol=1e-3)


def test_signs_and_free_places_of_the_vocabulary_count_nothing(encoder):
    tokens, _, _ = vectors_of_tokens(TINY)
    assert tokens[:5] == [None] * 5  # [PAD] [UNK] [CLS] [SEP] [MASK]
    assert tokens[5] == "[unused0]"
    assert not encoder.vectors_[:6].any()


def test_repeated_token_counts_by_its_logarithm(encoder):
    whale, moon = encoder.transform(["whale", "moon"])
    norms = [np.linalg.norm(encoder.vectors_[vectors_of_tokens(TINY)[0].index(word)]) for word in ("whale", "moon")]
    expected = whale * norms[0] * (1 + np.log(3)) + moon * norms[1]
    np.testing.assert_allclose(encoder.transform(["whale moon whale whale"])[0], expected / np.linalg.norm(expected), rtol=1e-4)


def test_plain_counts_are_a_field():
    plain = Static(model=str(TINY), n_components=8, sublinear_tf=False).fit(["a"])
    np.testing.assert_allclose(*plain.transform(["whale moon", "whale moon whale moon"]), rtol=1e-5)
    assert not np.allclose(*plain.transform(["whale moon", "whale moon whale whale"]))


def test_weights_of_frequent_tokens_are_a_field():
    even, uneven = (Static(model=str(TINY), n_components=8, sif=sif).fit(["a"]).vectors_ for sif in (None, 1e-4))
    early, late = slice(6, 16), slice(-10, None)  # a vocabulary begins with what is frequent
    assert np.linalg.norm(uneven[early]) < 0.5 * np.linalg.norm(uneven[late])
    assert np.linalg.norm(even[early]) > 0.5 * np.linalg.norm(even[late])


def test_saved_encoder_needs_no_model(encoder):
    loaded = Static(model="no/such/folder", n_components=8)
    load_state(loaded, *dump_state(encoder), find_class)
    assert np.array_equal(loaded.transform(sentences()), encoder.transform(sentences()))


def test_loaded_encoder_imports_no_network():
    code = (
        "import sys; import numpy as np; from pathlib import Path; from asterism.plugins.text.encoders.static import Static\n"
        "e = Static(model='x'); e.vectors_ = np.ones((500, 2), np.float32)\n"
        f"e.tokenizer_ = Path({str(TINY / 'tokenizer.json')!r}).read_text()\n"
        "e.transform(['a cat']); print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_more_components_than_dimensions_are_refused():
    with pytest.raises(DataError, match=r"^the model has 16 dimensions, n_components is 128; lower n_components$"):
        Static(model=str(TINY)).fit(["a"])


def test_name_that_this_machine_does_not_have_is_refused():
    with pytest.raises(DataError, match=r"^there is no model 'nobody/nothing' on this machine; set `download` to true, or give the folder"):
        Static(model="nobody/nothing").fit(["a"])


def test_texts_without_a_known_token_are_zeros_and_reported(encoder):
    found = []
    problems = problems_of(lambda: found.append(encoder.transform(["", "whale", " \n", "\u4e00"])))
    assert problems == [
        ("texts are empty, so that their vectors say nothing", (0, 2)),
        ("rows of zeros, because no token of the text is known", (0, 2, 3)),
    ]
    assert np.array_equal(np.any(found[0], axis=1), [False, True, False, False])


def test_broken_signs_are_replaced_and_reported(encoder):
    assert problems_of(lambda: encoder.transform(["whale \ud800"])) == [
        ("signs that are half of a surrogate pair were replaced by U+FFFD", (0,))
    ]


def test_nul_bytes_and_emoji_do_no_harm(encoder):
    np.testing.assert_allclose(*encoder.transform(["whale\0 moon \U0001f600", "whale moon"]), rtol=1e-5)


def test_no_text_is_refused_by_fit(encoder):
    with pytest.raises(DataError, match=r"^there is not one text; pass at least one$"):
        Static(model=str(TINY)).fit([])
    assert encoder.transform([]).shape == (0, 8)


def test_item_that_is_no_text_is_refused(encoder):
    with pytest.raises(DataError, match=r"^a text is needed, this is a NoneType \(rows 1\); read the source"):
        encoder.transform(["a", None])


def test_use_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        Static(model=str(TINY)).transform(["a"])


def test_long_text_is_read_to_its_end_in_pieces(encoder, monkeypatch):
    text = " ".join(sentences())
    whole = encoder.transform([text])
    monkeypatch.setattr(static, "PIECE", 100)
    monkeypatch.setattr(static, "CHARACTERS_AT_ONCE", 150)
    np.testing.assert_allclose(encoder.transform([text]), whole, rtol=1e-5, atol=1e-6)


def test_long_text_without_a_blank_ends(encoder, monkeypatch):
    monkeypatch.setattr(static, "PIECE", 100)
    monkeypatch.setattr(static, "CHARACTERS_AT_ONCE", 150)
    assert np.isfinite(encoder.transform(["x" * 1000])).all()


def test_million_equal_lines_are_cut_into_tokens_once(encoder):
    begin = time.process_time()
    found = encoder.transform(["the grey whale drifts on the cold tide"] * 1_000_000)
    assert found.shape == (1_000_000, 8)
    assert time.process_time() - begin < 20  # it takes half a second, and cutting each would take a minute


def test_table_that_was_saved_is_taken_as_it_is_and_read_by_model2vec(encoder, tmp_path):
    from model2vec import StaticModel

    folder = tmp_path / "table"
    encoder.save_table(folder)
    taken = Static(model=str(folder)).fit(["a"])
    assert np.array_equal(taken.transform(sentences()), encoder.transform(sentences()))
    plain = Static(model=str(folder), sublinear_tf=False).fit(["a"])
    np.testing.assert_allclose(plain.transform(sentences()), StaticModel.from_pretrained(folder).encode(sentences()), atol=1e-5)


def test_table_is_not_written_over_anything(encoder, tmp_path):
    with pytest.raises(OutputError, match="cannot be written: File exists"):
        encoder.save_table(tmp_path)


def test_broken_table_is_refused(encoder, tmp_path):
    folder = tmp_path / "table"
    encoder.save_table(folder)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match=r"tokenizer.json is no tokenizer: .*; fetch or save the model again"):
        Static(model=str(folder)).fit(["a"])
    (folder / "model.safetensors").write_bytes(b"none")
    with pytest.raises(DataError, match=r"model.safetensors is no safetensors file: .*; fetch or save the model again"):
        Static(model=str(folder)).fit(["a"])
