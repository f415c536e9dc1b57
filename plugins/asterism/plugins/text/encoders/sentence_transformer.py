"""Sentence vectors of a pre-trained transformer, computed on the CPU in whole numbers of 8 bits."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix, Records
from asterism.plugins.model_files import check_digest, digest_of

from ..clean_texts import DistinctTexts
from ..sentence_models import Precision, find_model, load_network

CHARACTERS_PER_TOKEN = 32
"""A text is cut to so many characters for each token that the model takes; a token of any language has five on average, or fewer."""
TEXTS_AT_ONCE = 4096
"""Texts that are cut into tokens at once."""
TOKENS_AT_ONCE = 1024
"""Tokens that go through the network at once; what is worked out for more of them would not stay in the processor's cache."""


class SentenceTransformer(Encoder):
    """Let a pre-trained sentence transformer read each text: one vector for what the text means.

    Gives a float32 array of shape (n_texts, width of the model). Texts with equally many tokens are computed together, so that nothing is
    padded; equal texts are computed once. The tokens beyond `max_length` are left out, and reported. Any model of the library
    sentence-transformers will do whose first part is a transformer; its prompt and pooling are those that it was saved with. Of a model's
    files only safetensors, settings and vocabularies are read, and no code of its own is run. It learns nothing but a digest of these
    files, so that a saved encoder refuses a model that has changed.

    Raises `DataError` where there is no such model on this machine, its weights are pickles, it has changed since `fit`, or an item is no
    text.

    Reimers and Gurevych, "Sentence-BERT: Sentence embeddings using Siamese BERT-networks", EMNLP 2019.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"text"})
    batch_size: ClassVar[int] = 1024

    model: str
    """Folder of the model, or its name on the Hugging Face hub, such as "sentence-transformers/all-MiniLM-L6-v2"."""
    precision: Precision = "int8"
    """Numbers that the network's layers multiply: "int8" is fastest and turns the vectors by a few degrees (cosine above 0.99 on average);
    "float32" gives the model's own. With "bfloat16" and "float32" the last digits of a vector can depend on the texts beside it."""
    max_length: Annotated[int, Ge(3)] | None = None
    """Tokens of a text that are read, at most; None takes as many as the model was made for."""
    normalize: bool = True
    """Scale each vector to length one."""
    download: bool = False
    """Fetch the model from the hub where this machine does not have it; nothing else opens a connection."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        if next(iter(records), None) is None:
            raise DataError("there is not one text", hint="pass at least one")
        self.digest_ = digest_of(find_model(self.model, self.download))
        return self

    def transform(self, records: Iterable[str]) -> Matrix:
        fitted, folder = self.digest_, find_model(self.model, self.download)
        check_digest(self.model, folder, fitted)
        network = load_network(folder, self.precision, self.max_length)
        given = DistinctTexts.of(records)
        vectors = self._encode(network, given)
        return vectors[given.codes]

    def _encode(self, network: Any, given: DistinctTexts) -> NDArray[np.float32]:
        """Encode the different texts, shape (n_different, width)."""
        limit = network.max_seq_length
        texts = given.texts if limit is None else [text[: CHARACTERS_PER_TOKEN * limit] for text in given.texts]
        cut = {place for place, text in enumerate(texts) if len(text) < len(given.texts[place])}
        vectors = np.zeros((len(texts), network.get_embedding_dimension()), np.float32)
        for places, features in _groups(network, texts):
            vectors[places] = self._scaled(_forward(network, features))
            if features["input_ids"].shape[1] == limit:
                cut.update(place for place in places.tolist() if _is_longer(network, texts[place], limit))
        given.report(f"texts of more than {limit} tokens were cut", cut)
        return vectors

    def _scaled(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        if not self.normalize:
            return vectors
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
        scaled: NDArray[np.float32] = vectors / np.maximum(lengths, np.float32(1e-12))
        return scaled


def _groups(network: Any, texts: list[str]) -> Iterator[tuple[NDArray[np.int64], dict[str, Any]]]:
    """Yield the places of texts with equally many tokens and their features, none of them padded."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    for begin in range(0, len(order), TEXTS_AT_ONCE):
        places = order[begin : begin + TEXTS_AT_ONCE]
        features = network.preprocess([texts[place] for place in places], prompt=_prompt(network))
        lengths = features["attention_mask"].sum(1).numpy()
        for length in np.unique(lengths):
            rows, step = np.flatnonzero(lengths == length), max(1, TOKENS_AT_ONCE // int(length))
            for start in range(0, len(rows), step):
                chosen = rows[start : start + step]
                yield places[chosen], _unpadded(features, chosen, int(length), network.tokenizer.padding_side)


def _prompt(network: Any) -> str | None:
    """Return what the model wants to stand before every text."""
    prompt: str | None = network.prompts.get(network.default_prompt_name)
    return prompt


def _unpadded(features: dict[str, Any], rows: NDArray[np.int64], length: int, side: str) -> dict[str, Any]:
    kept = slice(0, length) if side == "right" else slice(-length, None)
    return {name: value[rows][:, kept] if getattr(value, "ndim", 0) == 2 else value for name, value in features.items()}


def _forward(network: Any, features: dict[str, Any]) -> NDArray[np.float32]:
    import torch

    with torch.no_grad():  # not inference mode, in which tensors do not count what is written to them
        vectors: NDArray[np.float32] = network(dict(features))["sentence_embedding"].float().numpy()
    return vectors


def _is_longer(network: Any, text: str, limit: int) -> bool:
    """Tell whether a text has more tokens than the model takes."""
    words = network.tokenizer((_prompt(network) or "") + text, truncation=False, verbose=False)
    return len(words["input_ids"]) > limit
