"""Tables of token vectors in a folder, in model2vec's format: `model.safetensors`, `tokenizer.json` and `config.json`."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, OutputError

WEIGHTS, TOKENIZER, SETTINGS = "model.safetensors", "tokenizer.json", "config.json"
NAMES = ("embeddings", "embedding.weight")
"""What the table is called, by model2vec and by sentence-transformers."""


def is_table(folder: Path) -> bool:
    """Tell whether a model is a table of token vectors, rather than a network."""
    from safetensors import SafetensorError, safe_open

    if not (folder / WEIGHTS).is_file() or not (folder / TOKENIZER).is_file():
        return False
    try:
        with safe_open(folder / WEIGHTS, "numpy") as file:
            return any(name in file.keys() for name in NAMES)  # noqa: SIM118  # it is no mapping
    except SafetensorError as error:
        raise DataError(f"{WEIGHTS} is no safetensors file: {error}", place=str(folder), hint="fetch or save the model again") from error


def read_table(folder: Path) -> tuple[NDArray[np.float32], str]:
    """Return the vectors by token code, float32 of shape (n_tokens, width), and the tokenizer as JSON, which cuts nothing off."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    weights = load_file(folder / WEIGHTS)
    vectors = next(weights[name] for name in NAMES if name in weights).astype(np.float32)
    if "mapping" in weights:  # tokens that share a vector
        vectors = vectors[weights["mapping"]]
    if "weights" in weights:
        vectors *= weights["weights"].astype(np.float32)[:, None]
    text = (folder / TOKENIZER).read_text(encoding="utf-8")
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing narrower
        raise DataError(f"{TOKENIZER} is no tokenizer: {error}", place=str(folder), hint="fetch or save the model again") from error
    if vectors.ndim != 2 or len(vectors) < tokenizer.get_vocab_size() or not np.isfinite(vectors).all():
        reason = f"{WEIGHTS} has no finite vector for each of the {tokenizer.get_vocab_size():,} tokens"
        raise DataError(reason, place=str(folder), hint="fetch or save the model again")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    unknown = tokenizer.token_to_id(json.loads(text)["model"].get("unk_token") or "")
    if unknown is not None:
        vectors[unknown] = 0  # what the vocabulary does not hold counts nothing
    return vectors, tokenizer.to_str()


def write_table(folder: Path, vectors: NDArray[np.float32], tokenizer: str) -> None:
    """Write a table into a new folder; `OutputError` where it cannot be."""
    from safetensors.numpy import save_file

    try:
        folder.mkdir(parents=True)
        save_file({NAMES[0]: np.ascontiguousarray(vectors)}, folder / WEIGHTS)
        (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")
        settings = {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True, "hidden_dim": vectors.shape[1]}
        (folder / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from error
