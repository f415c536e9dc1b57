"""The component class: which model, and what is taken of it."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np

from asterism.framework import DataError, Encoder, Matrix, Records
from asterism.plugins.model_files import check_digest, digest_of

from .items import frames_of, image_of
from .vision_models import Pooling, VisionModel, find_model, load_model


class Pretrained(Encoder):
    """Let a pre-trained vision model look at each image, or each video: one vector for what is to be seen.

    Gives a float32 array of shape (n_items, width of the model). Any vision model of the library transformers will do that reads images
    (ResNet, ConvNeXT, ViT, DINOv2, the image side of CLIP and SigLIP, ...) or videos (VideoMAE, TimeSformer); the images are sized and
    scaled as it was saved with. A model of videos is shown as many frames of a clip as it was made for, evenly spaced, a shorter clip's
    more than once. Each item goes through the network alone, so that its row does not depend on its neighbours; on a CPU that is as fast.
    Of a model's files only safetensors and settings are read, and no code of its own is run. It learns nothing but a digest of these
    files, so that a saved encoder refuses a model that has changed.

    Raises `DataError` where there is no such model on this machine, its weights are pickles or not complete, it has changed since `fit`,
    it has no such pooling, or an item is no image for a model of images, no clip for one of videos. Poor choice for pictures that are
    unlike the photographs which the model has learned from, and where there is no time: a large model takes a second for an image.

    Sources: of learning from what others were trained for, Donahue et al., "DeCAF: A deep convolutional activation feature for generic
    visual recognition", ICML 2014; Oquab et al., "DINOv2: Learning robust visual features without supervision", TMLR 2024.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image", "video"})
    batch_size: ClassVar[int] = 16

    model: str
    """Folder of the model, or its name on the Hugging Face hub, such as "facebook/dinov2-small"."""
    pooling: Pooling = "auto"
    """What becomes the vector: the "pooler" that the model was trained with, its class token "cls", or the "mean" over the places (and
    times) that it tells apart; "auto" takes the first of these that the model has."""
    download: bool = False
    """Fetch the model from the hub where this machine does not have it; nothing else opens a connection."""

    def fit(self, records: Records[Any], y: None = None) -> Self:
        if next(iter(records), None) is None:
            raise DataError("there is not one image or video", hint="pass at least one")
        self.digest_ = digest_of(find_model(self.model, self.download))
        return self

    def transform(self, records: Iterable[Any]) -> Matrix:
        fitted, folder = self.digest_, find_model(self.model, self.download)
        check_digest(self.model, folder, fitted)
        network = load_model(folder)
        rows = [network.vector(_seen_by(network, item, row), self.pooling) for row, item in enumerate(records)]
        if not rows:
            raise DataError("there is not one image or video to encode", hint="give it at least one")
        return np.stack(rows)


def _seen_by(network: VisionModel, item: Any, row: int) -> Any:
    return image_of(item, row) if network.n_frames is None else frames_of(item, row, network.n_frames)
