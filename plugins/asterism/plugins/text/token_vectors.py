"""What a sentence transformer gives for each token of its vocabulary, alone."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.model_files import digest_of
from asterism.plugins.threads import one_thread

from .sentence_models import load_network

TOKENS_AT_ONCE = 170
"""Tokens that go through the network at once; with a sign before and one behind each, about as many as suit a processor's cache."""

TokenVectors = tuple[list[str | None], NDArray[np.float32], str]


def vectors_of_tokens(folder: Path) -> TokenVectors:
    """Send every token of a model's vocabulary through it, each with the model's signs of begin and end.

    Returns the tokens by code, None for signs that are not part of any text; the sum of the token's last state and the mean of all
    last states, shape (n_tokens, width); and the tokenizer as JSON, without a longest length and without padding.
    """
    return _vectors_of_tokens(folder, digest_of(folder))


@lru_cache(maxsize=1)  # two encoders of one model, of other sizes, are usual; the pass takes longer than all else
def _vectors_of_tokens(folder: Path, digest: str) -> TokenVectors:
    network = load_network(folder, "int8")
    backend = getattr(network.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise DataError("the model has no tokenizer.json, which a static encoder needs", place=str(folder), hint="name another `model`")
    tokenizer = type(backend).from_str(backend.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    special = {tokenizer.token_to_id(token) for token in network.tokenizer.all_special_tokens}
    codes = range(tokenizer.get_vocab_size())
    tokens = [None if code in special else tokenizer.id_to_token(code) for code in codes]
    return tokens, _states(network, len(tokens)), tokenizer.to_str()


def _states(network: Any, n_tokens: int) -> NDArray[np.float32]:
    import torch

    before, behind = _frame(network.tokenizer)
    parts = []
    with torch.no_grad(), one_thread():
        for begin in range(0, n_tokens, TOKENS_AT_ONCE):
            codes = torch.arange(begin, min(n_tokens, begin + TOKENS_AT_ONCE))
            columns = [torch.full_like(codes, code) for code in before], [torch.full_like(codes, code) for code in behind]
            given = torch.stack([*columns[0], codes, *columns[1]], 1)
            states = network[0]({"input_ids": given, "attention_mask": torch.ones_like(given)})["token_embeddings"]
            parts.append((states.mean(1) + states[:, len(before)]).numpy())
    return np.concatenate(parts)


def _frame(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the codes that the tokenizer puts before and behind a text."""
    whole = tokenizer("a")["input_ids"]
    inner = tokenizer("a", add_special_tokens=False)["input_ids"]
    begin = next(place for place in range(len(whole)) if whole[place : place + len(inner)] == inner)
    return whole[:begin], whole[begin + len(inner) :]
