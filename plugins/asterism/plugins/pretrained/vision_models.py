"""Vision models of transformers on this machine: loaded without running anybody's code, applied to one item at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.model_files import Signature, find_folder, not_loadable, quiet, refuse_without_weights, signature_of

Pooling: TypeAlias = Literal["auto", "pooler", "cls", "mean"]

NETWORKS_KEPT = 2
"""Loaded models that are kept, for two encoders that take turns; each takes the memory of its weights."""
PREPARATIONS = ("preprocessor_config.json", "processor_config.json")
"""The file that says how images are prepared; the second holds it beside the same for texts."""
CLASS_TOKENS = ("cls_token", "class_embedding")
"""What models call the token that stands for the whole image; it is the first one."""
FURTHER_TOKENS = ("distillation_token", "register_tokens")
"""What they call other tokens that stand for no place; they follow."""


@dataclass(frozen=True, eq=False)
class VisionModel:
    """A network with what prepares images for it."""

    prepare: Callable[..., Any]
    """The image processor: images, as the library says, to a tensor."""
    network: Any
    n_frames: int | None
    """How many frames it wants of a video; None where it reads images."""
    has_pooler: bool
    """Whether it was saved with the weights of its own pooling, where that has any."""
    n_tokens: int
    """How many of its tokens stand for no place, the class token among them; they come first."""
    has_class_token: bool

    def vector(self, seen: NDArray[np.uint8], pooling: Pooling) -> NDArray[np.float32]:
        """Give the vector of an image (height, width, 3), or of a video (n_frames, height, width, 3)."""
        import torch

        images = seen if self.n_frames is None else list(seen)
        with torch.no_grad():
            tensor = self.prepare(images, return_tensors="pt", input_data_format="channels_last")["pixel_values"]
            vector: NDArray[np.float32] = self._pooled(self.network(tensor), pooling).flatten().numpy()
        return vector

    def _pooled(self, found: Any, pooling: Pooling) -> Any:
        states, pooler = found.last_hidden_state, getattr(found, "pooler_output", None) if self.has_pooler else None
        if pooling == "pooler" or (pooling == "auto" and pooler is not None):
            return _needed(pooler, "pooler", "was saved with no pooling of its own")
        if pooling == "cls" or (pooling == "auto" and self.has_class_token):
            return _needed(states[:, 0] if self.has_class_token else None, "cls", "has no class token")
        return states.mean((2, 3)) if states.ndim == 4 else states[:, self.n_tokens :].mean(1)


def find_model(model: str, download: bool = False) -> Path:
    """Return the folder of a vision model: `model` itself, or where the model hub's program keeps what it has fetched.

    With `download`, a model of the hub that is not there yet is fetched. Nothing else opens a connection.

    Raises `DataError` where there is no such model, or its weights are in a format that can run code when it is read.
    """
    folder = find_folder(model, download, what="a vision model")
    if not (folder / "config.json").is_file():
        raise DataError("the folder holds no model: config.json is not in it", place=str(folder), hint="name another")
    if not any((folder / name).is_file() for name in PREPARATIONS):
        reason = f"the folder does not say how images are prepared: {PREPARATIONS[0]} is not in it"
        raise DataError(reason, place=str(folder), hint="fetch it from where the model is from, or name another")
    refuse_without_weights(folder)
    return folder


def load_model(folder: Path) -> VisionModel:
    """Load a model for the CPU; one that was loaded before is used again.

    Raises `DataError` where its files are damaged or not complete, or where it reads no images.
    """
    return _load(folder, signature_of(folder))


@lru_cache(maxsize=NETWORKS_KEPT)
def _load(folder: Path, files: Signature) -> VisionModel:
    with quiet():
        whole, missing = _opened(folder)
        network = getattr(whole, "vision_model", whole)  # of a model of images and texts, the side of the images
        _refuse_unfit(network, missing, folder)
        prepare = _processor(folder)
    tokens = {name.rpartition(".")[2]: values for name, values in network.named_parameters()}
    has_class_token = any(name in tokens for name in CLASS_TOKENS)
    n_tokens = has_class_token + sum(tokens[name].shape[1] for name in FURTHER_TOKENS if name in tokens)
    n_frames = getattr(network.config, "num_frames", None)
    return VisionModel(prepare, network.eval().float(), n_frames, not missing, n_tokens, has_class_token)


def _refuse_unfit(network: Any, missing: list[str], folder: Path) -> None:
    if getattr(network, "main_input_name", "") != "pixel_values":
        raise DataError("the model reads no images", place=str(folder), hint="name another `model`")
    if hasattr(network.config, "mask_ratio"):  # ViTMAE's way: each look at an image would give another vector
        raise DataError("the model looks at parts that it draws at random", place=str(folder), hint="name another `model`")
    if lost := [name for name in missing if "pooler" not in name]:
        raise DataError(f"the weights are not complete: {lost[0]} is missing", place=str(folder), hint="look at its files")


def _opened(folder: Path) -> tuple[Any, list[str]]:
    """Open a model and list the names of weights that its files lack."""
    from transformers import AutoModel

    safe: dict[str, Any] = {"use_safetensors": True, "trust_remote_code": False, "local_files_only": True}
    try:
        network, told = AutoModel.from_pretrained(str(folder), output_loading_info=True, **safe)
    except Exception as error:  # whatever the library meets in files of any origin
        raise not_loadable(folder, error) from error
    return network, sorted(told["missing_keys"])


def _processor(folder: Path) -> Any:
    from transformers import AutoImageProcessor

    processors: Any = AutoImageProcessor  # its method has no types
    try:  # "pil": the same numbers with and without torchvision
        return processors.from_pretrained(str(folder), backend="pil", trust_remote_code=False, local_files_only=True)
    except ImportError as error:  # there are few for which the library has nothing else
        reason = "the model's images are prepared by torchvision, which is not installed"
        raise DataError(reason, place=str(folder), hint="pip install torchvision, or name another `model`") from error
    except Exception as error:  # likewise
        raise not_loadable(folder, error) from error


def _needed(found: Any, pooling: str, lack: str) -> Any:
    if found is None:
        raise DataError(f"the model {lack}, so there is no pooling {pooling!r}", hint="leave `pooling` at auto")
    return found
