"""Texts that say the same again: exactly, or nearly."""

import hashlib
from collections.abc import Iterator, Sequence

from .minhash import NearDuplicates
from .sieves import Draft, Sieve


class Duplicates(Sieve):
    """Leaves out texts that repeat an earlier one; how much white space there is makes no difference.

    In memory it keeps 16 bytes (some 120 with what Python adds) for every different text; with near-duplicates, some 1,200 and four for
    each of up to 512 runs of characters.

    Parameters
    ----------
    similarity
        The coefficient of Jaccard from which on two texts are the same; None where only equal ones are.
    """

    field = "duplicates"

    def __init__(self, similarity: float | None) -> None:
        super().__init__()
        self.similarity = similarity
        self.seen: set[bytes] = set()
        self.near = None if similarity is None else NearDuplicates(similarity)
        self.exact = 0

    def judge(self, drafts: Sequence[Draft]) -> Iterator[bool]:
        """Look at equal ones first: a million copies of a line cost no more than a million digests."""
        texts = [" ".join(draft.text.split()) for draft in drafts]
        are_new = [self._is_new(text) for text in texts]
        different = [text for text, is_new in zip(texts, are_new, strict=True) if is_new]
        self.exact += len(texts) - len(different)
        if self.near is None or not different:
            return iter(are_new)
        stay = self.near.add(different)
        return (is_new and next(stay) for is_new in are_new)

    def _is_new(self, text: str) -> bool:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self.seen:
            return False
        self.seen.add(digest)
        return True

    def message(self) -> str:
        """Say how many were left out, and how many of them are not quite the same."""
        told = f"{self.left_out:,} texts that repeat an earlier one were left out"
        if self.similarity is None:
            return told
        return f"{told}: {self.exact:,} exactly, {self.left_out - self.exact:,} nearly (similarity of {self.similarity:g} or more)"
