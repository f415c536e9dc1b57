"""Sentence transformers on this machine: found by name or folder, loaded without running anybody's code."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from asterism.framework import DataError
from asterism.plugins.model_files import Signature, find_folder, not_loadable, quiet, refuse_without_weights, signature_of

Precision: TypeAlias = Literal["float32", "bfloat16", "int8"]

NETWORKS_KEPT = 2
"""Loaded networks that are kept, for two encoders that take turns; each takes the memory of its weights."""


def find_model(model: str, download: bool = False) -> Path:
    """Return the folder of a sentence transformer: `model` itself, or where the model hub's program keeps what it has fetched.

    With `download`, a model of the hub that is not there yet is fetched. Nothing else opens a connection.

    Raises `DataError` where there is no such model, or its weights are in a format that can run code when it is read.
    """
    names = [model] if "/" in model else [f"sentence-transformers/{model}", model]
    folder = find_folder(model, download, names=names, what="a sentence transformer")
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise DataError("the folder holds no model: neither modules.json nor config.json is in it", place=str(folder), hint="name another")
    refuse_without_weights(folder)
    _refuse_foreign_modules(folder)
    return folder


def load_network(folder: Path, precision: Precision = "float32", max_length: int | None = None) -> Any:
    """Return the model as a `sentence_transformers.SentenceTransformer` on the CPU; one that was loaded before is used again."""
    return _load(folder, signature_of(folder), precision, max_length)


def _refuse_foreign_modules(folder: Path) -> None:
    """Raise `DataError` where the model wants to import something that is not part of the library."""
    listed = folder / "modules.json"
    text = listed.read_text(encoding="utf-8") if listed.is_file() else ""
    kinds = re.findall(r'"type"\s*:\s*"([^"]*)"', text)
    if foreign := [kind for kind in kinds if not kind.startswith("sentence_transformers.")]:
        raise DataError(
            f"the model brings code of its own ({foreign[0]}), which is not run", place=str(folder), hint="name another `model`"
        )


@lru_cache(maxsize=NETWORKS_KEPT)
def _load(folder: Path, files: Signature, precision: Precision, max_length: int | None) -> Any:
    with quiet():
        network = _opened(folder)
    if network.tokenizer is None or not hasattr(network[0], "config"):
        raise DataError("the model is no transformer", place=str(folder), hint="name another `model`")
    if max_length is not None:
        network.max_seq_length = min(max_length, network.max_seq_length or max_length)
    _reduce_precision(network, precision)
    return network.eval()


def _opened(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    weights_only = {"use_safetensors": True}  # no pickle, even where there is one beside them
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False, model_kwargs=weights_only)
    except Exception as error:  # whatever the library meets in files of any origin
        raise not_loadable(folder, error) from error


def _reduce_precision(network: Any, precision: Precision) -> None:
    if precision == "bfloat16":
        network.bfloat16()
    elif precision == "int8":
        from .int8_layers import replace_linear_layers

        replace_linear_layers(network)
