"""The steps of preparation: their names, their order, and how many texts each of them changed."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from asterism.framework import DataError

from .addresses import remove_urls
from .characters import lower_case, normalize_unicode, remove_numbers, remove_punctuation
from .mail import remove_mail
from .markup import remove_html

StepName: TypeAlias = Literal["html", "urls", "mail", "unicode", "case", "punctuation", "numbers"]

STEPS: dict[StepName, Callable[[str], str]] = {
    "html": remove_html,
    "urls": remove_urls,
    "mail": remove_mail,
    "unicode": normalize_unicode,
    "case": lower_case,
    "punctuation": remove_punctuation,
    "numbers": remove_numbers,
}
NEED_PUNCTUATION: tuple[StepName, ...] = ("html", "urls", "mail")
"""Steps that find nothing any more where the punctuation is gone."""


def check_order(names: Sequence[StepName]) -> None:
    """Refuse steps that can have no effect: `DataError` for one that stands twice, or that needs what an earlier one removed."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise DataError(f"`prepare` names '{name}' twice", hint="once is enough")
        if name in NEED_PUNCTUATION and "punctuation" in names[:place]:
            raise DataError(
                f"`prepare` names '{name}' after 'punctuation', which leaves it nothing to find", hint=f"put '{name}' before it"
            )


class Preparation:
    """The steps in their order; it counts how many texts each of them changes."""

    def __init__(self, names: Sequence[StepName]) -> None:
        self.changed = dict.fromkeys(names, 0)
        self.n_texts = self.n_changed = 0

    def __call__(self, text: str) -> str:
        """Prepare a text."""
        before = text
        for name in self.changed:
            after = STEPS[name](text)
            self.changed[name] += after != text
            text = after
        self.n_texts += 1
        self.n_changed += text != before
        return text

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {count:,}" for name, count in self.changed.items())
        return f"`prepare` changed {self.n_changed:,} of {self.n_texts:,} texts: {parts}"
