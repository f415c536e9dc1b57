"""Images through pre-trained networks, one at a time, against the library transformers in batches of 16; weights are random, shapes real.

python tests/benchmarks/pretrained.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
import transformers
from measuring import compare

from asterism.plugins.model_files import quiet
from asterism.plugins.pretrained import Pretrained

TOWER = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "patch_size": 14}
MODELS = {
    "vit of the size of dinov2-small": lambda of: of.Dinov2Model(of.Dinov2Config(**TOWER, image_size=224)),
    "resnet-50": lambda of: of.ResNetModel(of.ResNetConfig()),
}
BATCH = 16


def main() -> None:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (375, 500, 3), dtype=np.uint8) for _ in range(BATCH)]
    processor = transformers.ViTImageProcessorPil()
    for name, make in MODELS.items():
        model: Any = make(transformers).eval()
        with TemporaryDirectory() as folder:
            save(folder, model, processor)
            encoder = Pretrained(model=folder, pooling="pooler").fit(images)
            difference = np.abs(encoder.transform(images) - by_library(model, processor, images)).max()
            compare(
                f"{name}, {len(images)} images of 375 x 500",
                lambda encoder=encoder: encoder.transform(images),
                lambda model=model: by_library(model, processor, images),
                rounds=2,
            )
            print(f"  largest difference {difference:.1e}")


def save(folder: str, model: Any, processor: Any) -> None:
    with quiet():
        model.save_pretrained(folder)
        processor.save_pretrained(Path(folder))


def by_library(model: Any, processor: Any, images: list[Any]) -> Any:
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    with torch.no_grad():
        found = [model(**processor(batch, return_tensors="pt")).pooler_output.flatten(1).numpy() for batch in batches]
    return np.concatenate(found)


if __name__ == "__main__":
    main()
