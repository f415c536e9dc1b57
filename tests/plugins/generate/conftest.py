"""An independent modified Kneser-Ney model in plain dictionaries, written from the formulas of Chen and Goodman (1999)."""

from collections import Counter
from collections.abc import Hashable, Sequence

import pytest

START, END = "<start>", "<end>"


class PlainKneserNey:
    """Slow and obvious: every probability is computed anew from counts kept in dictionaries."""

    def __init__(self, texts: Sequence[Sequence[Hashable]], order: int, vocabulary: set[Hashable]) -> None:
        self.order, self.vocabulary = order, vocabulary | {END}
        self.counts = {order: Counter(self._windows(texts))}
        for length in range(order - 1, 0, -1):
            longer = Counter(self._windows(texts, length + 1))
            self.counts[length] = Counter(window[1:] for window in longer)
        self.discounts = {length: self._estimate(counts) for length, counts in self.counts.items()}

    def _windows(self, texts, length=None):
        length = length or self.order
        for text in texts:
            padded = [START] * (self.order - 1) + list(text) + [END]
            for after in range(self.order, len(padded) + 1):
                yield tuple(padded[after - length : after])

    def _estimate(self, counts):
        n = Counter(counts.values())
        if not all(n[r] for r in (1, 2, 3, 4)):
            return {1: 0.5, 2: 1.0, 3: 1.5}
        y = n[1] / (n[1] + 2 * n[2])
        found = {r: r - (r + 1) * y * n[r + 1] / n[r] for r in (1, 2, 3)}
        return found if min(found.values()) > 0 else {1: 0.5, 2: 1.0, 3: 1.5}

    def probability(self, token, context):
        """P(token | context), where context holds at least order - 1 tokens, padded with START."""
        return self._interpolated(token, tuple(context)[len(context) - self.order + 1 :], self.order)

    def _interpolated(self, token, context, length):
        if length == 0:
            return 1 / len(self.vocabulary)
        lower = self._interpolated(token, context[1:], length - 1)
        following = {window: count for window, count in self.counts[length].items() if window[:-1] == context}
        if not following:
            return lower
        total = sum(following.values())
        discount = self.discounts[length]
        own = following.get((*context, token), 0)
        left = sum(discount[min(count, 3)] for count in following.values()) / total
        return (own - discount[min(own, 3)] if own else 0) / total + left * lower


@pytest.fixture(scope="session")
def plain_kneser_ney() -> type[PlainKneserNey]:
    return PlainKneserNey
