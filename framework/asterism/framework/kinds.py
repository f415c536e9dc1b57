"""The six kinds of component. An author subclasses one and writes its verbs; the pipeline drives every kind through `learn` and `apply`.

A plugin can bring another kind: a subclass of `Component` that names what it takes and gives and defines `learn` and `apply`, under
the entry point group ``asterism.kind``.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Self

from annotated_types import Ge

from .component import Component, stateless
from .records import Item, Records
from .values import Interactions, Labels, Matrix, Ranking


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

    @abstractmethod
    def fit(self, interactions: Interactions, y: None = None) -> Self:
        """Learn from who touched what."""

    @abstractmethod
    def recommend(self, histories: Interactions, n: int, exclude_seen: bool = True) -> Ranking:
        """Rank items for each history, best first; items unknown at fit are left out and reported."""

    def learn(self, data: Interactions) -> Ranking:
        return self.fit(data).recommend(data, self.n_recommendations)

    def apply(self, data: Interactions) -> Ranking:
        return self.recommend(data, self.n_recommendations)
