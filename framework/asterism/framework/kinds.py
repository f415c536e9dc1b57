"""The six kinds of component. An author subclasses one and writes its verbs; the pipeline drives every kind through `learn` and `apply`.

A plugin can bring another kind: a subclass of `Component` that names what it takes and gives and defines `learn` and `apply`, under
the entry point group ``asterism.kind``.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Self

import numpy as np
from annotated_types import Ge

from .component import Component, stateless
from .errors import DataError
from .problems import problems_to
from .records import Item, Records
from .values import Interactions, Labels, Matrix, Ranking, Reason


class Modality(Component, ABC, Generic[Item]):
    """Where records come from: reads a source, shows an item to a person, writes items back."""

    kind = "modality"
    takes = "source"
    gives = "records"
    modality: ClassVar[str] = ""
    """The name that encoders use in `reads`."""

    @abstractmethod
    def read(self, source: Any) -> Any:
        """Open `source` (a path, a glob, or a Python sequence of items) as `Records`, without decoding yet.

        Raises `DataError` where the source is missing, empty or of another shape than the fields say.
        """

    @abstractmethod
    def preview(self, item: Any) -> str | bytes:
        """Show an item to a person: a line of text, or the bytes of a small PNG."""

    @abstractmethod
    def write(self, items: Sequence[Any], folder: Path) -> list[Path]:
        """Write items as files that `read` can read back; return the paths."""


class Encoder(Component, ABC):
    """Turns records into a matrix, one row per record."""

    kind = "encoder"
    takes = "records"
    gives = "matrix"
    by_rows = True
    reads: ClassVar[frozenset[str]] = frozenset()
    """The modalities it understands; empty: any."""

    @stateless
    def fit(self, records: Records[Any], y: None = None) -> Self:
        """Learn from the records; an encoder that has nothing to learn leaves this out."""
        return self

    @abstractmethod
    def transform(self, records: Iterable[Any]) -> Matrix:
        """Encode items: a float32 matrix of shape (n_items, n_features)."""

    def fit_transform(self, records: Records[Any], y: None = None) -> Matrix:
        """Fit, and encode the same records; override it where one pass does both."""
        return self.fit(records).transform(records)

    def learn(self, data: Records[Any]) -> Matrix:
        return self.fit_transform(data)

    def apply(self, data: Records[Any]) -> Matrix:
        return self.transform(data)


class Reducer(Component, ABC):
    """Turns a matrix into one of fewer, or better, columns."""

    kind = "reducer"
    takes = "matrix"
    gives = "matrix"
    by_rows = True

    @stateless
    def fit(self, X: Matrix, y: None = None) -> Self:
        """Learn from the rows of X; a reducer that has nothing to learn leaves this out."""
        return self

    @abstractmethod
    def transform(self, X: Matrix) -> Matrix:
        """Place rows, shape (n, n_features), in the new space: float32, shape (n, n_components)."""

    def fit_transform(self, X: Matrix, y: None = None) -> Matrix:
        """Fit, and place the same rows; override it where one pass does both."""
        return self.fit(X).transform(X)

    def learn(self, data: Matrix) -> Matrix:
        return self.fit_transform(data)

    def apply(self, data: Matrix) -> Matrix:
        return self.transform(data)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "transformer"
        tags.transformer_tags = import_module("sklearn.utils").TransformerTags(preserves_dtype=["float32"])
        return tags


class Clusterer(Component, ABC):
    """Puts rows into groups; `fit` sets `labels_`, the group of each training row."""

    kind = "clusterer"
    takes = "matrix"
    gives = "labels"
    by_rows = True

    @abstractmethod
    def fit(self, X: Matrix, y: None = None) -> Self:
        """Group the rows of X and set `labels_`."""

    @abstractmethod
    def predict(self, X: Matrix) -> Labels:
        """Put new rows into the groups found; -1 where a row belongs to none."""

    def fit_predict(self, X: Matrix, y: None = None) -> Labels:
        """Group the rows of X and return their groups."""
        labels: Labels = self.fit(X).labels_
        return labels

    def learn(self, data: Matrix) -> Labels:
        return self.fit_predict(data)

    def apply(self, data: Matrix) -> Labels:
        return self.predict(data)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "clusterer"
        return tags


class Generator(Component, ABC):
    """Learns what records look like and makes new ones."""

    kind = "generator"
    takes = "records"
    gives = "items"
    reads: ClassVar[frozenset[str]] = frozenset()
    """The modalities it understands; empty: any."""

    n_samples: Annotated[int, Ge(0)] = 10
    """How many items a run generates."""

    @abstractmethod
    def fit(self, records: Records[Any], y: None = None) -> Self:
        """Learn from the records."""

    @abstractmethod
    def generate(self, n: int, prompts: Sequence[Any] | None = None, random_state: int | None = None) -> list[Any]:
        """Make `n` items, continuing `prompts` in turn where given; `random_state` defaults to the field."""

    def learn(self, data: Records[Any]) -> list[Any]:
        return self.fit(data).generate(self.n_samples)

    def apply(self, data: Records[Any]) -> list[Any]:
        return self.generate(len(data), prompts=list(data))


class Recommender(Component, ABC):
    """A function from a history to a ranking; a user unseen at fit is an ordinary case."""

    kind = "recommender"
    takes = "interactions"
    gives = "ranking"

    n_recommendations: Annotated[int, Ge(1)] = 10
    """How many items a run recommends to each user."""
    exclude_seen: bool = True
    """Whether a run leaves out what a user has touched already."""

    @abstractmethod
    def fit(self, interactions: Interactions, y: None = None) -> Self:
        """Learn from who touched what."""

    @abstractmethod
    def recommend(self, histories: Interactions, n: int, exclude_seen: bool = True) -> Ranking:
        """Rank items for each history, best first; items unknown at fit are left out and reported."""

    def update(self, interactions: Interactions) -> Self:
        """Learn from further events without the earlier ones; `DataError` where the method cannot, and says why."""
        hint = "fit it again, on the old events and the new ones"
        raise DataError(f"{type(self).__name__} cannot learn from further events alone", hint=hint)

    def explain(self, history: Interactions | Sequence[str], item: str, n: int = 5) -> list[Reason]:
        """Say why `item` is recommended to one history: what its score loses when an item of the history is left out, most first.

        At most `n` reasons; where nothing in the history is known, the one that the item is popular. `DataError` where `history` holds
        more than one user, or `item` cannot be recommended.
        """
        asked = one_history(history)
        with problems_to(lambda problem: None):  # nobody asked for these histories
            known = set(self.recommend(asked, 1, exclude_seen=False).items)
            columns = [column for column in dict.fromkeys(asked.indices.tolist()) if asked.items[column] in known]
            scores = self._scores_of(item, _leaving_out(asked, columns))
        if not columns:
            return [Reason(f"nothing in the history is known, and {item} is popular", scores[0], (item,))]
        touched = [asked.items[column] for column in columns]
        reasons = [
            Reason(f"{left} is in the history", scores[0] - without, (left,)) for left, without in zip(touched, scores[1:], strict=True)
        ]
        reasons = [reason for reason in reasons if reason.weight > 0] if len(touched) > 1 else [replace(reasons[0], weight=scores[0])]
        return sorted(reasons, key=lambda reason: -reason.weight)[:n]

    def _scores_of(self, item: str, histories: Interactions) -> list[float]:
        """Return the score of one item for some histories; 0 where it is not among the items recommended."""
        items = self.recommend(histories, 1, exclude_seen=False).items
        if item not in items:
            raise DataError(f"the item {item!r} is not known", hint="name one that can be recommended")
        ranking = self.recommend(histories, len(items), exclude_seen=False)
        is_it = ranking.rows == items.index(item)
        return [float(scores[found].sum()) for scores, found in zip(ranking.scores, is_it, strict=True)]

    def learn(self, data: Interactions) -> Ranking:
        return self.fit(data).recommend(data, self.n_recommendations, self.exclude_seen)

    def apply(self, data: Interactions) -> Ranking:
        return self.recommend(data, self.n_recommendations, self.exclude_seen)


def one_history(history: Interactions | Sequence[str]) -> Interactions:
    """Return the history of one user; `DataError` where it is that of several, or empty."""
    asked = history if isinstance(history, Interactions) else Interactions.from_histories({"": history})
    if len(asked) != 1 or not len(asked.indices):
        what = f"{len(asked)} histories" if len(asked) != 1 else "an empty history"
        raise DataError(f"one history with an item in it can be explained (got {what})", hint="pass the items of one user")
    return asked


def _leaving_out(history: Interactions, columns: Sequence[int]) -> Interactions:
    """Return the history of one user as it is, and then without each of some items."""
    kept = [np.arange(len(history.indices)), *(np.flatnonzero(history.indices != column) for column in columns)]
    events, indptr = np.concatenate(kept), np.cumsum([0, *map(len, kept)])
    times = None if history.times is None else history.times[events]
    users = [str(place) for place in range(len(kept))]
    return Interactions(users, history.items, indptr, history.indices[events], history.weights[events], times)
