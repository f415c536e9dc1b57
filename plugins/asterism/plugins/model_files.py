"""Pre-trained models on this machine: found by folder or name, known by a digest, no pickles, fetched only where that is asked for."""

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from asterism.framework import DataError

Signature: TypeAlias = tuple[tuple[str, int, int], ...]
"""The files of a model that count: path in the folder, size in bytes, time of change in nanoseconds."""

ENDINGS = (".json", ".txt", ".model", ".safetensors")
"""Files that a model is made of: settings, vocabulary, sentencepiece, weights."""
OTHER_FORMATS = ("onnx/*", "openvino/*")
"""The same weights again, for other programs."""
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
SECONDS_FOR_AN_ANSWER = 10
"""How long the model hub may take to say what a model consists of."""


def find_folder(model: str, download: bool, *, names: Sequence[str] = (), what: str) -> Path:
    """Return the folder of a model: `model` itself, or where the model hub's program keeps what it has fetched.

    On the hub it is looked for under `names`, or else under its own. With `download`, what is not there yet is fetched; nothing else opens
    a connection. `what` tells messages which kind of model is wanted.

    Raises `DataError` where there is no such model.
    """
    folder = Path(model)
    if folder.is_dir():
        return folder
    if not HUB_NAME.fullmatch(model):
        raise DataError(f"there is no folder {model!r}", hint=f"give the folder of {what}, or its name on the model hub")
    return _fetched(model, names or [model]) if download else _kept(model, names or [model])


def refuse_without_weights(folder: Path) -> None:
    """Raise `DataError` unless a folder holds weights that are only numbers."""
    pickles = sorted(folder.rglob("pytorch_model*.bin"))
    if bad := [path for path in pickles if not any(path.parent.glob("*.safetensors"))]:
        hint = "save the model anew with `save_pretrained(..., safe_serialization=True)`"
        raise DataError(
            f"{bad[0].name} is a pickle, which can run code when it is read; safetensors are needed", place=str(folder), hint=hint
        )
    if not any(folder.rglob("*.safetensors")):
        raise DataError("the folder holds no weights (*.safetensors)", place=str(folder), hint="name another `model`")


def digest_of(folder: Path) -> str:
    """Return the SHA-256 of a model's files, as hexadecimal digits."""
    return _digest(folder, signature_of(folder))


def check_digest(model: str, folder: Path, fitted: str) -> None:
    """Raise `DataError` where the model in `folder` is not the one with the digest `fitted`."""
    if digest_of(folder) != fitted:
        raise DataError(f"the model {model!r} is not the one that was fitted", hint="fit again, or give the folder of the old one")


def signature_of(folder: Path) -> Signature:
    """List the files of a model that count, so that a change is seen without reading them."""
    found = [(path, path.stat()) for path in sorted(folder.rglob("*")) if path.suffix in ENDINGS and path.is_file()]
    return tuple((path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns) for path, stat in found)


def not_loadable(folder: Path, error: Exception) -> DataError:
    """Make one message of whatever a library met in files of any origin."""
    return DataError(f"the model cannot be loaded: {_first_line(error)}", place=str(folder), hint="look at its files")


def _kept(model: str, names: Sequence[str]) -> Path:
    for name in names:
        try:
            return _snapshot(name, local_files_only=True)
        except (OSError, ValueError):  # not there, or only in part
            continue
    raise DataError(f"there is no model {model!r} on this machine", hint="set `download` to true, or give the folder of one")


def _fetched(model: str, names: Sequence[str]) -> Path:
    causes = []
    for name in names:
        try:
            with quiet():
                return _snapshot(name, etag_timeout=SECONDS_FOR_AN_ANSWER)
        except Exception as error:  # many kinds, of several libraries: no network, no such model, no permission, a full disk
            causes.append(_first_line(error))
    hint = "look at the name and the network, or give the folder of a model"
    raise DataError(f"the model {model!r} cannot be fetched: {causes[0]}", hint=hint)


def _snapshot(name: str, **options: Any) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [f"*{ending}" for ending in ENDINGS]
    return Path(snapshot_download(name, allow_patterns=patterns, ignore_patterns=list(OTHER_FORMATS), **options))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


@lru_cache(maxsize=8)  # reading 100 MB takes a tenth of a second, and a fitted encoder asks for every batch
def _digest(folder: Path, files: Signature) -> str:
    total = sha256()
    for name, size, _ in files:
        total.update(f"{name}\0{size}\0".encode())
        with (folder / name).open("rb") as file:
            for block in iter(lambda: file.read(2**20), b""):
                total.update(block)
    return total.hexdigest()


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
