"""Static sentence vectors: what a sentence transformer knows about single tokens, as a table, so that a text is a look-up and a mean."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self
from weakref import WeakKeyDictionary

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix, Records

from ..clean_texts import DistinctTexts
from ..sentence_models import find_model
from ..static_tables import is_table, read_table, write_table
from ..token_vectors import vectors_of_tokens

UNUSED = re.compile(r"\[unused\d+\]")
"""Tokens that a vocabulary keeps free."""
PIECE = 2**16
"""Characters of a long text that are cut into tokens at once, so that the tokens of 50 MB are never held together."""
CHARACTERS_AT_ONCE = 2**22
"""Characters of all texts that are cut into tokens at once."""


class Static(Encoder):
    """Distil a sentence transformer into one vector per token, and give each text the mean of its tokens' vectors.

    `fit` sends every token of the model's vocabulary through the network, alone; brings the vectors to `n_components` by principal
    components of equal variance, where a token counts by its frequency; and lets frequent tokens weigh less in a text (smooth inverse
    frequency). How frequent a token is, is told by its place in the vocabulary (Zipf's law), so that no text is learned from. A text is
    then hundreds of times as fast as with the network, has no longest length, and what is saved needs the model no more.

    Gives a float32 array of shape (n_texts, n_components), rows of length one. A token that a text holds n times counts 1 + ln(n). A text
    without a known token gets a row of zeros, and is reported.

    Raises `DataError` where there is no such model on this machine, its weights are pickles, it has fewer than `n_components` dimensions,
    or an item is no text.

    Tulkens and van Dongen, "Model2Vec: Fast state-of-the-art static embeddings" (2024); Arora, Liang and Ma, "A simple but tough-to-beat
    baseline for sentence embeddings", ICLR 2017 (the weights).
    """

    reads: ClassVar[frozenset[str]] = frozenset({"text"})
    batch_size: ClassVar[int] = 4096

    model: str
    """Folder of the sentence transformer, or its name on the Hugging Face hub; or that of a table that was distilled before, by
    `save_table` or by model2vec, which is taken as it is."""
    n_components: Annotated[int, Ge(1)] = 128
    """How many principal components of the tokens' vectors are kept; the last ones are noise, brought to the size of the first."""
    sif: Annotated[float, Gt(0)] | None = 1e-4
    """Tokens of this share of all text weigh half; smaller numbers let frequent words weigh less. None weighs all tokens alike."""
    sublinear_tf: bool = True
    """Count a token that occurs n times as 1 + ln(n), so that repetition weighs less."""
    download: bool = False
    """Fetch the model from the hub where this machine does not have it; nothing else opens a connection."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        if next(iter(records), None) is None:
            raise DataError("there is not one text", hint="pass at least one")
        folder = find_model(self.model, self.download)
        if is_table(folder):
            self.vectors_, self.tokenizer_ = read_table(folder)
            return self
        tokens, vectors, text = vectors_of_tokens(folder)
        if self.n_components > vectors.shape[1]:
            raise DataError(f"the model has {vectors.shape[1]} dimensions, n_components is {self.n_components}", hint="lower n_components")
        known = np.array([token is not None and not UNUSED.fullmatch(token) for token in tokens])
        self.vectors_ = np.zeros((len(tokens), self.n_components), np.float32)
        self.vectors_[known] = self._distil(vectors[known].astype(np.float64))
        self.tokenizer_ = text
        return self

    def transform(self, records: Iterable[str]) -> Matrix:
        tokenizer, given = _tokenizer_of(self), DistinctTexts.of(records)
        parts = [self._sums(tokenizer, texts) for texts in _batches(given.texts)]
        sums = np.concatenate(parts) if parts else np.zeros((0, self.vectors_.shape[1]), np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        given.report("rows of zeros, because no token of the text is known", np.flatnonzero(lengths == 0).tolist())
        lengths[lengths == 0] = 1
        vectors: Matrix = (sums / lengths[:, None])[given.codes]
        return vectors

    def save_table(self, folder: str | Path) -> None:
        """Write the table into a new folder, in model2vec's format; `model` takes it then without distilling again.

        `OutputError` where the folder exists, or cannot be written.
        """
        write_table(Path(folder), self.vectors_, self.tokenizer_)

    def _distil(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring the vectors of tokens, the most frequent ones first, to the components that are kept, weighted."""
        shares = 1 / np.arange(2, len(vectors) + 2)
        shares /= shares.sum()
        weights = np.ones(len(shares)) if self.sif is None else self.sif / (self.sif + shares)
        return _even_components(vectors, shares * weights, self.n_components) * weights[:, None]

    def _sums(self, tokenizer: Any, texts: list[str]) -> NDArray[np.float32]:
        """Add up the vectors of each text's tokens, shape (n_texts, n_components)."""
        from scipy.sparse import csr_matrix

        codes, lengths = _tokens(tokenizer, texts)
        ends = np.append(0, np.cumsum(lengths))
        counts = csr_matrix((np.ones(len(codes), np.float32), codes, ends), shape=(len(texts), len(self.vectors_)))
        counts.sum_duplicates()
        if self.sublinear_tf:
            counts.data = 1 + np.log(counts.data)
        sums: NDArray[np.float32] = counts @ self.vectors_
        return sums


_tokenizers: WeakKeyDictionary[Static, tuple[str, Any]] = WeakKeyDictionary()


def _tokenizer_of(encoder: Static) -> Any:
    """Return the tokenizer; kept beside the encoder, because reading it takes longer than to encode a small batch."""
    text, tokenizer = _tokenizers.get(encoder, ("", None))
    if text is not encoder.tokenizer_:
        from tokenizers import Tokenizer

        text, tokenizer = encoder.tokenizer_, Tokenizer.from_str(encoder.tokenizer_)
        _tokenizers[encoder] = text, tokenizer
    return tokenizer


def _even_components(rows: NDArray[np.float64], weights: NDArray[np.float64], n_components: int) -> NDArray[np.float64]:
    """Place rows on their principal components, each brought to variance one, where each row counts by its weight."""
    shares = weights / weights.sum()
    centred = rows - shares @ rows
    variances, directions = np.linalg.eigh((centred * shares[:, None]).T @ centred)
    variances, kept = variances[::-1][:n_components], directions[:, ::-1][:, :n_components]
    signs = np.sign(kept[np.abs(kept).argmax(0), np.arange(n_components)])  # which sign comes out is left to the library
    spread = np.sqrt(np.where(variances > variances[0] * 1e-10, variances, np.inf))  # a component that is nothing but rounding gives 0
    placed: NDArray[np.float64] = centred @ (kept * signs / spread)
    return placed


def _batches(texts: list[str]) -> Iterator[list[str]]:
    """Yield texts in their order, so many that their characters do not exceed a limit."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and characters + len(text) > CHARACTERS_AT_ONCE:
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch


def _tokens(tokenizer: Any, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Cut texts into tokens; return the codes, text by text, and how many each text has."""
    if len(texts) == 1 and len(texts[0]) > PIECE:
        parts = [_tokens(tokenizer, pieces)[0] for pieces in _batches(_pieces(texts[0]))]
        codes = np.concatenate(parts)
        return codes, np.array([len(codes)])
    found = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    return np.fromiter((code for codes in found for code in codes), np.int32, int(lengths.sum())), lengths


def _pieces(text: str) -> list[str]:
    """Cut a long text at white space, where it has some."""
    pieces, begin = [], 0
    while len(text) - begin > PIECE:
        blank = text.rfind(" ", begin + PIECE // 2, begin + PIECE)
        end = blank if blank > 0 else begin + PIECE
        pieces.append(text[begin:end])
        begin = end
    return [*pieces, text[begin:]]
