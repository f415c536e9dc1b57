"""The encoder `sentence_transformer`, against the library of that name, on a model with random weights."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch

from asterism.framework import DataError, NotFittedError, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.framework.testing.data import sentences
from asterism.framework.testing.fresh import find_class
from asterism.framework.testing.processes import offline
from asterism.plugins.model_files import quiet
from asterism.plugins.text import int8_layers, sentence_models
from asterism.plugins.text.encoders.sentence_transformer import SentenceTransformer

TINY = Path(__file__).parent / "tiny_model"
"""16 numbers wide, 24 tokens long; its vocabulary is the words of `sentences`."""


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(TINY, tmp_path / "model"))


@pytest.fixture(scope="module")
def peer():
    from sentence_transformers import SentenceTransformer as Peer

    with quiet():
        return Peer(str(TINY), device="cpu", local_files_only=True)


def encode(texts, **fields):
    return SentenceTransformer(**({"model": str(TINY)} | fields)).fit_transform(texts)


def problems_of(call):
    found = []
    with problems_to(found.append):
        call()
    return [(problem.message, problem.rows) for problem in found]


def message(model, **fields):
    with pytest.raises(DataError) as caught:
        encode(["a cat"], model=str(model), **fields)
    return str(caught.value)


def cosines(ours, theirs):
    return (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)


def test_numbers_in_float32_are_those_of_the_library(peer):
    texts = [*sentences(), "a cat", "", "the " * 100]
    found = encode(texts, precision="float32")
    np.testing.assert_allclose(found, peer.encode(texts, normalize_embeddings=True), atol=1e-6)  # sums of floats in another order


def test_whole_numbers_turn_the_vectors_a_little(peer):
    assert cosines(encode(sentences()), peer.encode(sentences())).min() > 0.99


def test_bfloat16_turns_the_vectors_a_little(peer):
    assert cosines(encode(sentences(), precision="bfloat16"), peer.encode(sentences())).min() > 0.99


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_row_does_not_depend_on_its_neighbours(threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = encode(sentences() * 3)
        alone = np.concatenate([encode([text]) for text in sentences()])
    finally:
        torch.set_num_threads(before)
    # One whole number that is rounded otherwise would be seen at 1e-4; the sums at the end are of floats, shared out to threads.
    np.testing.assert_allclose(together[:30], alone, atol=2e-7, rtol=0)


def test_processor_without_fast_whole_numbers_gives_the_same_answer():
    fast = encode(sentences())
    sentence_models._load.cache_clear()
    with patch.object(int8_layers, "has_int8_products", lambda: False):
        slow = encode(sentences())
    sentence_models._load.cache_clear()
    assert np.array_equal(fast, slow)


def test_products_of_whole_numbers_are_exact_at_the_extremes():
    layer = torch.nn.Linear(1536, 4, bias=False)
    torch.nn.init.constant_(layer.weight, -1.0)
    found = int8_layers.Int8Linear(layer)(torch.ones(33, 1536))
    torch.testing.assert_close(found, torch.full((33, 4), -1536.0), rtol=1e-6, atol=0)  # the scales are floats


def test_input_that_was_written_to_is_not_taken_for_the_last_one():
    shared, layer = int8_layers.LastInput(), torch.nn.Linear(8, 3)
    ours = int8_layers.Int8Linear(layer, shared)
    with torch.no_grad():
        given = torch.ones(2, 8)
        first = ours(given)
        given.mul_(2)
        assert torch.equal(ours(given), int8_layers.Int8Linear(layer)(torch.full((2, 8), 2.0)))
        assert not torch.equal(ours(given), first)


def test_row_of_zeros_stays_finite_in_whole_numbers():
    layer = torch.nn.Linear(8, 3)
    assert torch.equal(int8_layers.Int8Linear(layer)(torch.zeros(2, 8))[0], layer.bias)


def test_vectors_have_length_one_unless_they_are_left():
    assert np.allclose(np.linalg.norm(encode(["a cat"]), axis=1), 1)
    modules = json.loads((TINY / "modules.json").read_text())
    assert [module["name"] for module in modules] == ["0", "1", "2"]  # the last of the model's own parts scales, too
    assert np.allclose(np.linalg.norm(encode(["a cat"], normalize=False), axis=1), 1)


def test_length_is_left_where_neither_model_nor_field_scales(folder):
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps(modules[:2]))
    assert abs(np.linalg.norm(encode(["a cat"], model=str(folder), normalize=False)) - 1) > 0.01


def test_prompt_of_the_model_stands_before_every_text(folder):
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "the cat "}, "default_prompt_name": "query"})
    )
    assert np.array_equal(encode(["sat on"], model=str(folder)), encode(["the cat sat on"]))


def test_cut_texts_are_reported_by_row():
    exactly, longer = "the " * 22, "the " * 23  # with the signs of begin and end 24 and 25 tokens
    assert problems_of(lambda: encode(["a", longer, exactly, longer])) == [("texts of more than 24 tokens were cut", (1, 3))]
    assert np.array_equal(*encode([exactly, longer]))


def test_shorter_length_is_a_field():
    assert problems_of(lambda: encode(["the cat sat on the mat"], max_length=4)) == [("texts of more than 4 tokens were cut", (0,))]
    assert np.array_equal(encode(["the cat sat"], max_length=4), encode(["the cat"]))


def test_text_of_50_megabytes_is_cut_before_it_is_read():
    begin = time.process_time()
    assert problems_of(lambda: encode(["the cat " * 6_250_000])) == [("texts of more than 24 tokens were cut", (0,))]
    assert time.process_time() - begin < 40  # cutting all of it into tokens takes minutes


def test_equal_texts_are_computed_once():
    with patch.object(int8_layers.Int8Linear, "forward", autospec=True, side_effect=int8_layers.Int8Linear.forward) as calls:
        found = encode(["the cat"] * 100_000)
        often = calls.call_count
        encode(["the cat"])
    assert calls.call_count == 2 * often
    assert np.array_equal(found[0], found[-1])


def test_broken_signs_are_replaced_and_reported():
    assert problems_of(lambda: encode(["a \ud800 cat", "\U0001f600"])) == [
        ("signs that are half of a surrogate pair were replaced by U+FFFD", (0,))
    ]
    assert np.array_equal(*encode(["a \ud800 cat", "a \ufffd cat"]))


def test_nul_bytes_and_emoji_have_vectors():
    assert np.isfinite(encode(["a\0cat", "\0", "\U0001f600 \U0001f9d1\u200d\U0001f680"])).all()


def test_empty_texts_are_reported():
    assert problems_of(lambda: encode(["", "a cat", " \n\t"])) == [("texts are empty, so that their vectors say nothing", (0, 2))]


def test_no_text_is_refused_by_fit():
    with pytest.raises(DataError, match=r"^there is not one text; pass at least one$"):
        encode([])
    assert SentenceTransformer(model=str(TINY)).fit(["a"]).transform([]).shape == (0, 16)


def test_item_that_is_no_text_is_refused():
    with pytest.raises(DataError, match=r"^a text is needed, this is a int \(rows 1\); read the source with the modality 'text'$"):
        encode(["a", 3])


def test_use_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        SentenceTransformer(model=str(TINY)).transform(["a"])


def test_name_that_this_machine_does_not_have_is_refused_without_a_connection(tmp_path):
    with offline() as attempts:
        found = message("nobody/nothing-of-the-kind")
    assert found == "there is no model 'nobody/nothing-of-the-kind' on this machine; set `download` to true, or give the folder of one"
    assert attempts == []


def test_download_without_a_network_is_one_quick_message(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with offline() as attempts:
        found = message("nobody/nothing-of-the-kind", download=True)
    assert found.startswith("the model 'nobody/nothing-of-the-kind' cannot be fetched: ")
    assert found.endswith("; look at the name and the network, or give the folder of a model")
    assert len(found.splitlines()) == 1
    assert 1 <= len(attempts) <= 4  # it is not tried again and again


def test_folder_that_is_not_there_is_refused():
    hint = "give the folder of a sentence transformer, or its name on the model hub"
    assert message("no/such/folder") == f"there is no folder 'no/such/folder'; {hint}"


def test_folder_that_is_no_model_is_refused(tmp_path):
    expected = f"{tmp_path}: the folder holds no model: neither modules.json nor config.json is in it; name another"
    assert message(tmp_path) == expected


def test_pickled_weights_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    expected = "pytorch_model.bin is a pickle, which can run code when it is read; safetensors are needed"
    assert message(folder) == f"{folder}: {expected}; save the model anew with `save_pretrained(..., safe_serialization=True)`"


def test_pickled_weights_of_a_part_are_refused(folder):
    (folder / "1_Pooling" / "pytorch_model.bin").write_bytes(b"")
    assert "pytorch_model.bin is a pickle" in message(folder)


def test_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    assert message(folder) == f"{folder}: the folder holds no weights (*.safetensors); name another `model`"


def test_code_of_the_model_is_not_run(folder):
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "antigravity.Fly"
    (folder / "modules.json").write_text(json.dumps(modules))
    assert message(folder) == f"{folder}: the model brings code of its own (antigravity.Fly), which is not run; name another `model`"


def test_broken_weights_are_one_message(folder):
    (folder / "model.safetensors").write_bytes(b"no weights")
    assert message(folder).startswith(f"{folder}: the model cannot be loaded: ")


def test_changed_model_is_refused(folder):
    encoder = SentenceTransformer(model=str(folder)).fit(["a cat"])
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 0.1}))
    with pytest.raises(DataError) as caught:
        encoder.transform(["a cat"])
    expected = f"the model {str(folder)!r} is not the one that was fitted; fit again, or give the folder of the old one"
    assert str(caught.value) == expected


def test_saved_encoder_finds_its_model_in_another_folder(folder):
    fitted = SentenceTransformer(model=str(TINY)).fit(["a cat"])
    loaded = SentenceTransformer(model=str(folder))
    load_state(loaded, *dump_state(fitted), find_class)
    assert np.array_equal(loaded.transform(["a cat"]), fitted.transform(["a cat"]))


def test_nothing_is_written_to_the_terminal():
    code = f"from {SentenceTransformer.__module__} import *; SentenceTransformer(model={str(TINY)!r}).fit_transform(['a cat'] * 3)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout + done.stderr == ""
