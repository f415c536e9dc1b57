"""What the encoders of texts as mixtures of topics have in common: words that are counted, topics that are shown."""

from abc import ABC
from collections.abc import Iterable
from dataclasses import fields
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import report_problem
from asterism.framework.problems import Problem, problems_to

from ..word_encoder import WordEncoder

SHOWN_TOPICS, SHOWN_WORDS = 30, 8
"""So many topics, with so many words of each, stand in the summary of a run."""


class TopicEncoder(WordEncoder, ABC):
    """Base of encoders that learn topics, each a distribution over the words, and give for each text how much of each topic is in it.

    Learns `components_`, shape (n_components, n_words), and `counts_`, the encoder that counts the words.
    """

    n_components: Annotated[int, Ge(1)] = 10
    """How many topics."""
    min_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1
    """Leave out words in fewer texts than this: a number of texts (2), or with a decimal point a share of them (0.01)."""
    max_df: Annotated[int, Ge(0)] | Annotated[float, Interval(ge=0.0, le=1.0)] = 1.0
    """Leave out words in more texts than this: a number of texts (100), or with a decimal point a share of them (0.5)."""
    max_features: Annotated[int, Ge(1)] | None = None
    """Keep this many words, those that occur most often; None keeps all."""
    random_state: int = 0
    """Seed of what the fit starts from."""

    def topic_words(self, n: int = 10) -> list[list[str]]:
        """Return the `n` words with the highest weight in each topic, best first."""
        terms = self.counts_.get_feature_names_out()
        best = np.argsort(-self.components_, axis=1, kind="stable")[:, :n]
        return [[str(terms[column]) for column in columns] for columns in best]

    def _counter(self, kind: type) -> Any:
        """Make the encoder that counts the words, with the settings of this one."""
        own = {field.name for field in fields(self)}
        return kind(**{field.name: getattr(self, field.name) for field in fields(kind) if field.name in own})

    def _count(self, texts: Iterable[str]) -> Any:
        """Count the words of texts: CSR, shape (n_texts, n_words)."""
        return quietly(self.counts_.transform, texts)

    def _note_topics(self) -> None:
        words = self.topic_words(SHOWN_WORDS)
        self.notes_ = [f"topic {topic}: {', '.join(some)}" for topic, some in enumerate(words[:SHOWN_TOPICS])]
        if len(words) > SHOWN_TOPICS:
            self.notes_.append(f"and {len(words) - SHOWN_TOPICS:,} more topics")


def quietly(encode: Any, texts: Any) -> Any:
    """Encode texts, and leave it to the caller to say which ones hold no word: a row of zeros is no matter here."""
    heard: list[Problem] = []
    with problems_to(heard.append):
        encoded = encode(texts)
    for problem in heard:
        if not problem.rows:
            report_problem(problem.message, count=problem.count, ids=problem.ids)
    return encoded


def shares(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Scale the rows to sum 1; a row of zeros becomes equal shares, and is reported."""
    total = weights.sum(axis=1, keepdims=True)
    if empty := np.flatnonzero(total[:, 0] == 0).tolist():
        report_problem("equal shares of all topics, because no topic has a word of the text", rows=empty)
    weights = np.where(total > 0, weights, 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
