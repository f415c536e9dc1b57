"""Sentence transformers on this machine: found by name or folder, loaded without running anybody's code, known by a digest."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeAlias

from asterism.framework import DataError

Precision: TypeAlias = Literal["float32", "bfloat16", "int8"]
Signature: TypeAlias = tuple[tuple[str, int, int], ...]
"""The files of a model that count: path in the folder, size in bytes, time of change in nanoseconds."""

ENDINGS = (".json", ".txt", ".model", ".safetensors")
"""Files that a model is made of: settings, vocabulary, sentencepiece, weights."""
OTHER_FORMATS = ("onnx/*", "openvino/*")
"""The same weights again, for other programs."""
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
NETWORKS_KEPT = 2
"""Loaded networks that are kept, for two encoders that take turns; each takes the memory of its weights."""
SECONDS_FOR_AN_ANSWER = 10
"""How long the model hub may take to say what a model consists of."""


def find_model(model: str, download: bool = False) -> Path:
    """Return the folder of a sentence transformer: `model` itself, or where the model hub's program keeps what it has fetched.

    With `download`, a model of the hub that is not there yet is fetched. Nothing else opens a connection.

    Raises `DataError` where there is no such model, or its weights are in a format that can run code when it is read.
    """
    folder = Path(model)
    if not folder.is_dir():
        if not HUB_NAME.fullmatch(model):
            raise DataError(f"there is no folder {model!r}", hint="give the folder of a sentence transformer, or its name on the model hub")
        folder = _fetch(model) if download else _kept(model)
    _refuse_foreign(folder)
    return folder


def digest_of(folder: Path) -> str:
    """Return the SHA-256 of a model's files, as hexadecimal digits."""
    return _digest(folder, _signature(folder))


def load_network(folder: Path, precision: Precision = "float32", max_length: int | None = None) -> Any:
    """Return the model as a `sentence_transformers.SentenceTransformer` on the CPU; one that was loaded before is used again."""
    return _load(folder, _signature(folder), precision, max_length)


def _kept(model: str) -> Path:
    for name in _full_names(model):
        try:
            return _snapshot(name, local_files_only=True)
        except (OSError, ValueError):  # not there, or only in part
            continue
    raise DataError(f"there is no model {model!r} on this machine", hint="set `download` to true, or give the folder of one")


def _fetch(model: str) -> Path:
    causes = []
    for name in _full_names(model):
        try:
            with quiet():
                return _snapshot(name, etag_timeout=SECONDS_FOR_AN_ANSWER)
        except Exception as error:  # many kinds, of several libraries: no network, no such model, no permission, a full disk
            causes.append(_first_line(error))
    hint = "look at the name and the network, or give the folder of a model"
    raise DataError(f"the model {model!r} cannot be fetched: {causes[0]}", hint=hint)


def _full_names(model: str) -> list[str]:
    return [model] if "/" in model else [f"sentence-transformers/{model}", model]


def _snapshot(name: str, **options: Any) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [f"*{ending}" for ending in ENDINGS]
    return Path(snapshot_download(name, allow_patterns=patterns, ignore_patterns=list(OTHER_FORMATS), **options))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _refuse_foreign(folder: Path) -> None:
    """Raise `DataError` unless the folder holds a model whose weights are only numbers."""
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise DataError("the folder holds no model: neither modules.json nor config.json is in it", place=str(folder), hint="name another")
    pickles = sorted(folder.rglob("pytorch_model*.bin"))
    if bad := [path for path in pickles if not any(path.parent.glob("*.safetensors"))]:
        hint = "save the model anew with `save_pretrained(..., safe_serialization=True)`"
        raise DataError(
            f"{bad[0].name} is a pickle, which can run code when it is read; safetensors are needed", place=str(folder), hint=hint
        )
    if not any(folder.rglob("*.safetensors")):
        raise DataError("the folder holds no weights (*.safetensors)", place=str(folder), hint="name another `model`")
    _refuse_foreign_modules(folder)


def _refuse_foreign_modules(folder: Path) -> None:
    """Raise `DataError` where the model wants to import something that is not part of the library."""
    listed = folder / "modules.json"
    text = listed.read_text(encoding="utf-8") if listed.is_file() else ""
    kinds = re.findall(r'"type"\s*:\s*"([^"]*)"', text)
    if foreign := [kind for kind in kinds if not kind.startswith("sentence_transformers.")]:
        raise DataError(
            f"the model brings code of its own ({foreign[0]}), which is not run", place=str(folder), hint="name another `model`"
        )


def _signature(folder: Path) -> Signature:
    found = [(path, path.stat()) for path in sorted(folder.rglob("*")) if path.suffix in ENDINGS and path.is_file()]
    return tuple((path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns) for path, stat in found)


@lru_cache(maxsize=8)  # reading 100 MB takes a tenth of a second, and a fitted encoder asks for every batch
def _digest(folder: Path, files: Signature) -> str:
    total = sha256()
    for name, size, _ in files:
        total.update(f"{name}\0{size}\0".encode())
        with (folder / name).open("rb") as file:
            for block in iter(lambda: file.read(2**20), b""):
                total.update(block)
    return total.hexdigest()


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
        raise DataError(f"the model cannot be loaded: {_first_line(error)}", place=str(folder), hint="look at its files") from error


def _reduce_precision(network: Any, precision: Precision) -> None:
    if precision == "bfloat16":
        network.bfloat16()
    elif precision == "int8":
        from .int8_layers import replace_linear_layers

        replace_linear_layers(network)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries from writing progress, advice and warnings to the terminal of whoever runs this."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
    from transformers.utils import logging as progress

    library: Any = progress
    hub_bars, bars = not are_progress_bars_disabled(), library.is_progress_bar_enabled()
    loggers = [logging.getLogger(name) for name in ("transformers", "sentence_transformers", "huggingface_hub")]
    levels = [logger.level for logger in loggers]
    disable_progress_bars()
    library.disable_progress_bar()
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        _restore_bars(library, bars, enable_progress_bars if hub_bars else None)


def _restore_bars(library: Any, bars: bool, enable_hub_bars: Any) -> None:
    if bars:
        library.enable_progress_bar()
    if enable_hub_bars is not None:
        enable_hub_bars()
