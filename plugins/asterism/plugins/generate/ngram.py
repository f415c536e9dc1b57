"""The n-gram language model: learns which token follows which, writes new text, and tells how well it predicts given text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge

from asterism.framework import DataError, Generator, Records, report_problem

from .kneser_ney import Floats, Grams, Integers, fit_grams, probabilities
from .sampling import Sampler
from .tokens import Tokens, split


@dataclass(frozen=True, eq=False)
class TextScore:
    """How well a model predicts texts; every text counts one token more than it has, its end."""

    log2_probabilities: Floats
    """Of each text as a whole, so bits are its negative; shape (n_texts,)."""
    tokens: Integers
    """Tokens of each text, the end included; shape (n_texts,)."""
    unknown: Integers
    """How many of them are not in the vocabulary; shape (n_texts,)."""

    @property
    def perplexity(self) -> float:
        """Among how many equally likely tokens the model hesitates on average; unknown tokens and ends are counted in."""
        return float(2 ** (-self.log2_probabilities.sum() / max(self.tokens.sum(), 1)))


class NGram(Generator):
    """Text of tokens that depend on the `order` - 1 before, with interpolated modified Kneser-Ney smoothing.

    Words are what stands between white space, so punctuation stays with its word and white space comes back as one blank;
    characters are kept as they are. A text starts and ends on its own. Probabilities run over the vocabulary, the end of a text
    and one place holder for all unknown tokens; they sum to 1 after any context, and none is 0. A corpus without n-grams seen
    once, twice, three and four times defines no discounts; 0.5, 1 and 1.5 are used there.

    `fit` raises `DataError` where no text holds a token. Fitted, `vocabulary_` lists the tokens in alphabetical order, and `grams_`
    holds the n-grams of each order as described in `kneser_ney`.

    Chen and Goodman, "An empirical study of smoothing techniques for language modeling", Computer Speech and Language 13, 1999.
    """

    reads = frozenset({"text"})

    order: Annotated[int, Ge(1)] = 3
    """Length of the longest n-grams; characters want more (5 to 8) than words."""
    level: Literal["word", "character"] = "word"
    """What a token is."""
    min_count: Annotated[int, Ge(1)] = 1
    """A token seen less often is treated as unknown."""
    max_length: Annotated[int, Ge(1)] = 100
    """A generated text is cut after this many tokens, its prompt not counted."""
    random_state: Annotated[int, Ge(0)] = 0
    """Seed of `generate`."""

    def fit(self, records: Records[Any], y: None = None) -> Self:
        """Count the n-grams of texts in one pass over them; texts without a token are left out and reported."""
        tokens = split(records, self.level)
        codes = self._choose_vocabulary(tokens)
        if empty := np.flatnonzero(tokens.lengths == 0).tolist():
            report_problem(f"{len(empty)} of {len(tokens.lengths)} texts are empty and were left out", rows=empty)
        stream, starts = _end_texts(codes, tokens.lengths[tokens.lengths > 0], self._end)
        self.grams_ = [vars(level) for level in fit_grams(stream, starts, self.order, self._size)]
        return self

    def generate(self, n: int, prompts: Sequence[str] | None = None, random_state: int | None = None) -> list[str]:
        """Write `n` texts, each starting with its prompt where given; those cut at `max_length` are reported."""
        rng = np.random.default_rng(self.random_state if random_state is None else random_state)
        sampler = Sampler(self._grams(), self._size, end=self._end, never=self._unknown, rng=rng)
        begun = [prompts[item % len(prompts)] if prompts else "" for item in range(n)]
        tokens = split(begun, self.level)
        codes = np.split(self._encode(tokens), np.cumsum(tokens.lengths)[:-1])
        added = [list(islice(sampler.continue_after(prompt), self.max_length + 1)) for prompt in codes[:n]]
        if cut := sum(len(text) > self.max_length for text in added):
            report_problem(f"generated texts were cut at max_length={self.max_length} tokens", count=cut)
        return [self._write(prompt, text[: self.max_length]) for prompt, text in zip(begun, added, strict=True)]

    def score(self, records: Iterable[str]) -> TextScore:
        """Tell how probable texts are; an empty text is its end alone."""
        grams = self._grams()
        tokens = split(records, self.level)
        stream, starts = _end_texts(self._encode(tokens), tokens.lengths, self._end)
        bits = np.log2(probabilities(stream, starts, grams, self._size))
        text_of = np.repeat(np.arange(len(starts)), tokens.lengths + 1)
        # bincount adds in order, so that a text has the same sum whichever texts stand beside it
        log2, unknown = (np.bincount(text_of, of_token, minlength=len(starts)) for of_token in (bits, stream == self._unknown))
        return TextScore(log2.astype(np.float64), tokens.lengths + 1, unknown.astype(np.int64))

    @property
    def _unknown(self) -> int:
        return len(self.vocabulary_)

    @property
    def _end(self) -> int:
        return len(self.vocabulary_) + 1

    @property
    def _size(self) -> int:
        return len(self.vocabulary_) + 2

    def _grams(self) -> list[Grams]:
        return [Grams(**level) for level in self.grams_]

    def _choose_vocabulary(self, tokens: Tokens) -> Integers:
        """Set the vocabulary, and return the tokens as positions in it."""
        counts = np.bincount(tokens.codes, minlength=len(tokens.distinct))
        if not len(tokens.codes):
            raise DataError(f"no text holds a {self.level} to learn from (got {len(tokens.lengths)} texts)")
        chosen = np.flatnonzero(counts >= self.min_count)
        if not len(chosen):
            raise DataError(f"no {self.level} is seen min_count={self.min_count} times (at most {counts.max()})", hint="lower min_count")
        self.vocabulary_ = [tokens.distinct[code] for code in chosen]
        place = np.full(len(counts), self._unknown)
        place[chosen] = np.arange(len(chosen))
        return place[tokens.codes]

    def _encode(self, tokens: Tokens) -> Integers:
        index = {token: code for code, token in enumerate(self.vocabulary_)}
        return np.array([index.get(token, self._unknown) for token in tokens.distinct], np.int64)[tokens.codes]

    def _write(self, prompt: str, codes: Sequence[int]) -> str:
        tokens = [self.vocabulary_[code] for code in codes]
        if self.level == "character":
            return prompt + "".join(tokens)
        return " ".join([prompt.rstrip(), *tokens] if prompt.strip() else tokens)


def _end_texts(codes: Integers, lengths: Integers, end: int) -> tuple[Integers, Integers]:
    """Put the end token after each text; return the stream and where the texts start."""
    ends = np.cumsum(lengths + 1) - 1
    stream = np.full(len(codes) + len(lengths), end)
    is_token = np.ones(len(stream), bool)
    is_token[ends] = False
    stream[is_token] = codes
    return stream, ends - lengths
