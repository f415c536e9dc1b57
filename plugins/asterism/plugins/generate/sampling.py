"""Draw tokens from smoothed n-grams, one after the other.

Interpolation is a mixture, so a draw walks down it: with the probability that the n-grams of a context hold it takes one of
them, with the rest it goes to the next lower order, and below order 1 every token is as likely. No draw looks at the whole
vocabulary unless the walk reaches order 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .kneser_ney import Grams, Integers


@dataclass(frozen=True)
class Sampler:
    """Continues texts."""

    grams: list[Grams]
    size: int
    """How many tokens there are."""
    end: int
    """The token that ends a text."""
    never: int
    """A token that is not drawn: the place holder of all unknown ones."""
    rng: np.random.Generator

    def continue_after(self, prompt: Integers) -> Iterator[int]:
        """Yield tokens until the end token is drawn, which is left out."""
        state = [0, *(len(level.keys) for level in self.grams[:-1])]
        for token in prompt[max(len(prompt) - len(self.grams) + 1, 0) :]:  # what stands before does not matter
            state = self._advance(state, int(token))
        while (token := self._draw(state)) != self.end:
            yield token
            state = self._advance(state, token)

    def _advance(self, state: list[int], token: int) -> list[int]:
        """Give the context of each order after `token`; `state` lists those before it."""
        return [0, *(self._find(level, context, token) for level, context in zip(self.grams[:-1], state, strict=False))]

    def _find(self, level: Grams, context: int, token: int) -> int:
        key = context * self.size + token
        place = int(np.searchsorted(level.keys, key))
        return place if place < len(level.keys) and level.keys[place] == key else -1

    def _draw(self, state: list[int]) -> int:
        # Drawing again is exact: it is the distribution given that the token is none of those.
        while (token := self._draw_any(state)) == self.never:
            pass
        return token

    def _draw_any(self, state: list[int]) -> int:
        for level, context in zip(reversed(self.grams), reversed(state), strict=True):
            first, after = np.searchsorted(level.keys, [context * self.size, (context + 1) * self.size])
            reached = np.cumsum(level.masses[first:after])
            place = int(np.searchsorted(reached, self.rng.random(), side="right"))
            if place < len(reached):
                return int(level.keys[first + place] % self.size)
        return int(self.rng.integers(self.size))
