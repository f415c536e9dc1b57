"""The encoder `pretrained`, against the library by hand, on models with random weights."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from asterism.framework import DataError, NotFittedError, dump_state, load_state
from asterism.framework.testing.data import clips, images
from asterism.framework.testing.fresh import find_class
from asterism.framework.testing.processes import offline
from asterism.plugins.model_files import quiet
from asterism.plugins.pretrained import Pretrained
from asterism.plugins.video.arrays import ArrayClip

TINY = Path(__file__).parent / "tiny_model"
"""A ViT, 8 numbers wide, without a pooling of its own, for images of 16 x 16 pixels."""
TOWER = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "image_size": 32,
    "patch_size": 8,
    "initializer_range": 0.5,  # so that images differ in more than the last digits
}
TEXTS = TOWER | {"vocab_size": 30, "bos_token_id": 1, "eos_token_id": 2}
SQUARE, EDGE = {"height": 32, "width": 32}, {"shortest_edge": 36}

MODELS = {
    "vit": lambda of: of.ViTModel(of.ViTConfig(**TOWER)),
    "dinov2": lambda of: of.Dinov2Model(of.Dinov2Config(**TOWER)),
    "dinov2_with_registers": lambda of: of.Dinov2WithRegistersModel(of.Dinov2WithRegistersConfig(**TOWER)),
    "deit": lambda of: of.DeiTModel(of.DeiTConfig(**TOWER)),
    "clip_vision": lambda of: of.CLIPVisionModel(of.CLIPVisionConfig(**TOWER)),
    "clip": lambda of: of.CLIPModel(of.CLIPConfig(vision_config=TOWER, text_config=TEXTS)),
    "siglip": lambda of: of.SiglipModel(of.SiglipConfig(vision_config=TOWER, text_config=TEXTS)),
    "resnet": lambda of: of.ResNetModel(of.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1])),
    "videomae": lambda of: of.VideoMAEModel(of.VideoMAEConfig(**TOWER, num_frames=4)),
    "timesformer": lambda of: of.TimesformerModel(of.TimesformerConfig(**TOWER, num_frames=4)),
    "vivit": lambda of: of.VivitModel(of.VivitConfig(**TOWER, num_frames=4, tubelet_size=[2, 8, 8])),
}
PROCESSORS = {
    "dinov2": lambda of: of.BitImageProcessorPil(size=EDGE, crop_size=SQUARE),
    "clip": lambda of: of.CLIPImageProcessorPil(size=EDGE, crop_size=SQUARE),
    "resnet": lambda of: of.ConvNextImageProcessorPil(size={"shortest_edge": 32}),
    "videomae": lambda of: of.VideoMAEImageProcessorPil(size=EDGE, crop_size=SQUARE),
    "vivit": lambda of: of.VivitImageProcessor(size=EDGE, crop_size=SQUARE),
}
"""What prepares images; the processor of ViT where nothing is said."""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads wait for each other on networks that are so small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Makes a model by name, saves it, and returns its folder, itself and its processor."""

    def make(name, prepared_as=""):
        folder = tmp_path_factory.mktemp(name)
        with quiet(), torch.random.fork_rng():
            torch.manual_seed(0)
            model = MODELS[name](transformers).eval()
            default = PROCESSORS.get(name, lambda of: of.ViTImageProcessorPil(size=SQUARE))
            processor = PROCESSORS.get(prepared_as, default)(transformers)
            model.save_pretrained(folder)
            processor.save_pretrained(folder)
        return str(folder), model, processor

    return make


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(TINY, tmp_path / "model"))


def photographs():
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (height, 45, 3), dtype=np.uint8) for height in (40, 50, 60)]


def encode(items, **fields):
    return Pretrained(**({"model": str(TINY)} | fields)).fit_transform(items)


def message(items=None, **fields):
    with pytest.raises(DataError) as caught:
        encode(items or images()[:1], **fields)
    return str(caught.value)


def by_hand(model, processor, items):
    network = getattr(model, "vision_model", model)
    with torch.no_grad():
        return [network(**processor(item, return_tensors="pt", input_data_format="channels_last")) for item in items]


def rows(tensors):
    return np.concatenate([tensor.flatten(1).numpy() for tensor in tensors])


def same(found, expected):
    np.testing.assert_allclose(found, expected, atol=2e-6, rtol=0)  # weights that lie elsewhere in memory are added up in another order


@pytest.mark.parametrize("name", ["vit", "dinov2", "clip_vision", "clip", "siglip", "resnet"])
def test_pooler_is_that_of_the_library(saved, name):
    folder, model, processor = saved(name)
    expected = rows([found.pooler_output for found in by_hand(model, processor, photographs())])
    same(encode(photographs(), model=folder, pooling="pooler"), expected)
    same(encode(photographs(), model=folder), expected)


@pytest.mark.parametrize(("name", "n_tokens"), [("vit", 1), ("dinov2_with_registers", 5), ("deit", 2), ("clip", 1)])
def test_class_token_comes_first_and_the_mean_is_over_places_alone(saved, name, n_tokens):
    folder, model, processor = saved(name)
    states = [found.last_hidden_state for found in by_hand(model, processor, photographs())]
    assert states[0].shape[1] == n_tokens + 16
    same(encode(photographs(), model=folder, pooling="cls"), rows([found[:, 0] for found in states]))
    same(encode(photographs(), model=folder, pooling="mean"), rows([found[:, n_tokens:].mean(1) for found in states]))


def test_mean_of_a_convolutional_network_is_over_its_map(saved):
    folder, model, processor = saved("resnet")
    expected = rows([found.last_hidden_state.mean((2, 3)) for found in by_hand(model, processor, photographs())])
    same(encode(photographs(), model=folder, pooling="mean"), expected)


@pytest.mark.parametrize(("name", "n_tokens"), [("videomae", 0), ("timesformer", 1), ("vivit", 1)])
def test_videos_go_through_a_model_of_videos(saved, name, n_tokens):
    folder, model, processor = saved(name, prepared_as="vivit" if name == "vivit" else "videomae")
    videos = [np.repeat(video[..., None], 3, axis=3) for video in clips()[:3]]
    states = [found.last_hidden_state for found in by_hand(model, processor, [list(video[[2, 6, 10, 14]]) for video in videos])]
    expected = rows([found[:, n_tokens:].mean(1) for found in states])
    for given in (videos, clips()[:3], [ArrayClip(video) for video in videos]):
        same(encode(given, model=folder, pooling="mean"), expected)


def test_short_clip_shows_frames_more_than_once(saved):
    folder, *_ = saved("videomae")
    two = clips()[0][:2]
    assert np.array_equal(encode([two, ArrayClip(two)], model=folder), encode([two[[0, 0, 1, 1]]] * 2, model=folder))


def test_clip_that_cannot_be_decoded_is_named_by_row(saved):
    class Damaged(ArrayClip):
        def _frames(self, wanted):
            raise DataError("is damaged", place="film.mp4", hint="leave it out")

    folder, *_ = saved("videomae")
    with pytest.raises(DataError) as caught:
        encode([clips()[0], Damaged(clips()[1])], model=folder)
    assert caught.value.rows == (1,)


def test_row_does_not_depend_on_its_neighbours():
    together = encode(images())
    assert np.array_equal(together, np.concatenate([encode([image]) for image in images()]))
    assert together.shape == (24, 8)
    assert together.dtype == np.float32


def test_grey_image_is_one_of_equal_colours():
    grey = images()[0][:, :, 0]
    assert np.array_equal(encode([grey]), encode([np.stack([grey] * 3, axis=2)]))


def test_narrow_image_is_not_taken_for_one_of_channels():
    assert np.isfinite(encode([np.zeros((3, 9, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)])).all()


def test_class_token_stands_in_for_a_pooler_that_was_not_saved(saved, tmp_path):
    with quiet():
        transformers.ViTForImageClassification(transformers.ViTConfig(**TOWER)).save_pretrained(tmp_path)
        transformers.ViTImageProcessorPil(size=SQUARE).save_pretrained(tmp_path)
    first = encode(photographs(), model=str(tmp_path))
    assert np.array_equal(first, encode(photographs(), model=str(tmp_path), pooling="cls"))
    expected = "the model was saved with no pooling of its own, so there is no pooling 'pooler'; leave `pooling` at auto"
    assert message(model=str(tmp_path), pooling="pooler") == expected


def test_class_token_that_is_not_there_is_refused(saved):
    folder, *_ = saved("resnet")
    assert message(model=folder, pooling="cls") == "the model has no class token, so there is no pooling 'cls'; leave `pooling` at auto"


def test_clip_for_a_model_of_images_is_refused():
    expected = "the model reads images, and this is a clip (rows 1); take encoder/frames with this one as its `frame_encoder`, "
    for clip in (clips()[0], np.zeros((4, 12, 12, 3), np.uint8), ArrayClip(clips()[0])):
        assert message([images()[0], clip]) == expected + "or name a model of videos"


def test_image_for_a_model_of_videos_is_refused(saved):
    folder, *_ = saved("videomae")
    for image in (images()[0], images()[0][:, :, 0]):
        expected = "the model reads videos, 4 frames of each, and this is an image (rows 0); "
        assert message([image], model=folder) == expected + "name a model of images, such as facebook/dinov2-small"


@pytest.mark.parametrize(("item", "got"), [("a text", "str"), (np.zeros((4, 4)), "float64, shape (4, 4)")])
def test_what_is_neither_is_refused(saved, item, got):
    folder, *_ = saved("videomae")
    shapes = "(height, width) or (height, width, 3)"
    hint = "turn it into such an array, or name a file"
    assert message([item]) == f"an image is a uint8 array of shape {shapes} (got {got}) (rows 0); {hint}"
    clip = "a clip is a uint8 array of shape (frames, height, width) or (frames, height, width, 3)"
    assert message([item], model=folder) == f"{clip} (got {got}) (rows 0); {hint}"


def test_nothing_to_encode_is_refused():
    with pytest.raises(DataError, match=r"^there is not one image or video; pass at least one$"):
        encode([])
    with pytest.raises(DataError, match=r"^there is not one image or video to encode; give it at least one$"):
        Pretrained(model=str(TINY)).fit(images()).transform([])


def test_use_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        Pretrained(model=str(TINY)).transform(images())


def test_name_that_this_machine_does_not_have_is_refused_without_a_connection():
    with offline() as attempts:
        found = message(model="nobody/nothing-of-the-kind")
    assert found == "there is no model 'nobody/nothing-of-the-kind' on this machine; set `download` to true, or give the folder of one"
    assert attempts == []


def test_download_without_a_network_is_one_quick_message(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with offline() as attempts:
        found = message(model="nobody/nothing-of-the-kind", download=True)
    assert found.startswith("the model 'nobody/nothing-of-the-kind' cannot be fetched: ")
    assert len(found.splitlines()) == 1
    assert 1 <= len(attempts) <= 4  # it is not tried again and again


def test_folder_that_is_not_there_is_refused():
    expected = "there is no folder 'no/such/folder'; give the folder of a vision model, or its name on the model hub"
    assert message(model="no/such/folder") == expected


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ("config.json", "the folder holds no model: config.json is not in it; name another"),
        ("model.safetensors", "the folder holds no weights (*.safetensors); name another `model`"),
        (
            "preprocessor_config.json",
            "the folder does not say how images are prepared: preprocessor_config.json is not in it; "
            "fetch it from where the model is from, or name another",
        ),
    ],
)
def test_folder_that_lacks_a_file_is_refused(folder, lost, reason):
    (folder / lost).unlink()
    assert message(model=str(folder)) == f"{folder}: {reason}"


def test_pickled_weights_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    expected = "pytorch_model.bin is a pickle, which can run code when it is read; safetensors are needed"
    assert message(model=str(folder)) == f"{folder}: {expected}; save the model anew with `save_pretrained(..., safe_serialization=True)`"


def test_code_of_the_model_is_not_run(folder):
    marker = folder / "was_run"
    (folder / "own.py").write_text(f"open({str(marker)!r}, 'w')")
    config = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own", "AutoImageProcessor": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    assert message(model=str(folder)).startswith(f"{folder}: the model cannot be loaded: ")
    assert not marker.exists()


def test_broken_weights_are_one_message(folder):
    (folder / "model.safetensors").write_bytes(b"no weights")
    found = message(model=str(folder))
    assert found.startswith(f"{folder}: the model cannot be loaded: ")
    assert len(found.splitlines()) == 1


def test_incomplete_weights_are_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    assert f"{folder}: the weights are not complete: " in message(model=str(folder))


def test_model_of_texts_is_refused(folder):
    with quiet():
        made = transformers.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=9)
        transformers.BertModel(made).save_pretrained(folder)
    assert message(model=str(folder)) == f"{folder}: the model reads no images; name another `model`"


def test_model_that_looks_at_random_parts_is_refused(folder):
    with quiet():
        transformers.ViTMAEModel(transformers.ViTMAEConfig(**TOWER)).save_pretrained(folder)
    assert message(model=str(folder)) == f"{folder}: the model looks at parts that it draws at random; name another `model`"


def test_images_that_only_torchvision_prepares_are_refused_where_it_is_not_installed(folder):
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": "DINOv3ViTImageProcessorFast"}))
    if transformers.utils.is_torchvision_available():
        pytest.skip("torchvision is installed")
    assert message(model=str(folder)).startswith(f"{folder}: the model's images are prepared by torchvision, which is not installed; ")


def test_changed_model_is_refused(folder):
    encoder = Pretrained(model=str(folder)).fit(images())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 0.1}))
    with pytest.raises(DataError) as caught:
        encoder.transform(images())
    expected = f"the model {str(folder)!r} is not the one that was fitted; fit again, or give the folder of the old one"
    assert str(caught.value) == expected


def test_saved_encoder_finds_its_model_in_another_folder(folder):
    fitted = Pretrained(model=str(TINY)).fit(images())
    loaded = Pretrained(model=str(folder))
    load_state(loaded, *dump_state(fitted), find_class)
    assert np.array_equal(loaded.transform(images()), fitted.transform(images()))


def test_nothing_is_written_to_the_terminal():
    code = (
        "import numpy as np; from asterism.plugins.pretrained import Pretrained; "
        f"Pretrained(model={str(TINY)!r}).fit_transform([np.zeros((9, 9), np.uint8)] * 3)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout + done.stderr == ""
