"""The topics `ctfidf`: groups of texts with their words, merged, named, seeded, and with outliers put where they belong."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import DataError, Labels, Matrix, report_problem

from .kind import Topics, check_to_apply, check_to_fit
from .likeness import cosines, group_means
from .seeds import held, match, seed_table
from .tree import join, most_alike
from .weights import TermWeights, sum_rows

LEAST_SEEDS = 2
"""So many different seed words draw a record to a topic."""


class CTFIDF(Topics):
    """Make topics of groups: describe each by its words, merge what is alike, name topics, and find a place for outliers.

    Topics are numbered by size, the largest 0, before outliers find their place. The words of a topic are its best terms by class-based
    TF-IDF. A record of a group that `fit` did not meet is of none.

    Learns `labels_` (n_records,), `topic_sizes_` and `topic_means_` (n_topics, n_features), `topic_weights_` (CSR, n_topics x n_terms:
    the class-based TF-IDF of each term), `topic_words_` and `topic_names_` (by topic), and `linkage_`, the hierarchy of the topics as
    SciPy's `linkage` has it: joined by the average cosine distance of their term weights.

    Raises `DataError` where every record is of group -1, and where `merge` or `names` names a topic that does not exist.

    Sources: Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794 (2022); Carbonell and
    Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries", SIGIR 1998.
    """

    n_topics: Annotated[int, Ge(1)] | None = None
    """Merge the most alike topics until so many are left; None merges none. Alike is what has the same words."""
    merge: tuple[tuple[int, ...], ...] = ()
    """Sets of topics that are one: [[0, 4], [2, 7, 9]]. The numbers are those that a run without `merge` and `n_topics` shows."""
    outliers: Literal["keep", "nearest", "terms"] = "keep"
    """What becomes of records of no group: they stay so; go to the topic whose mean is nearest by cosine in the vectors of the encoder;
    or to the topic whose words they share most, by the cosine of term weights."""
    threshold: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.0
    """A record of no group stays so unless the cosine is above this."""
    seeds: dict[str, tuple[str, ...]] | None = None
    """Topics by name, with seed words: the topic whose words agree most with them takes the name, and a record that holds at least two of
    them, and more than of any other set, goes to that topic."""
    names: dict[int, str] | None = None
    """Names of topics by their number; they go before the names of `seeds`."""
    n_words: Annotated[int, Ge(1)] = 10
    """How many words of each topic are kept."""
    diversity: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.2
    """From 0, the words of the highest weight, to 1, the words that are least alike (maximal marginal relevance)."""

    def fit(self, labels: Labels, vectors: Matrix, terms: Sequence[str], term_matrix: Matrix) -> Self:
        check_to_fit(self, labels, vectors, terms, term_matrix)
        self._number(labels, term_matrix)
        grouped = self._seed(self._topics_of(labels), terms, term_matrix)
        numbers = np.arange(self.n_topics_)
        weights = TermWeights.of_sums(numbers, sum_rows(grouped, numbers, term_matrix))
        self.term_factors_, self.topic_weights_ = weights.factors, weights.weights
        self.topic_words_ = weights.words(terms, self.n_words, term_matrix, self.diversity)
        self.topic_means_ = group_means(grouped, numbers, vectors)
        self.linkage_ = join(self.topic_weights_)
        self.topic_names_ = self._names()
        self.labels_ = self._place(grouped, vectors, term_matrix)
        self.topic_sizes_ = np.bincount(self.labels_[self.labels_ >= 0], minlength=self.n_topics_)
        self._note(labels, grouped)
        return self

    def predict(self, labels: Labels, vectors: Matrix, term_matrix: Matrix) -> Labels:
        check_to_apply(self, labels, vectors, term_matrix)
        topics = self._topics_of(labels)
        if unknown := np.flatnonzero((topics < 0) & (labels >= 0)).tolist():
            report_problem("groups that had no record in fit count as none", rows=unknown)
        return self._place(self._drawn(topics, term_matrix), vectors, term_matrix)

    def _number(self, labels: Labels, term_matrix: Matrix) -> None:
        """Learn which topic each group is of: `groups_`, and for each its number in `topic_of_group_`."""
        self.groups_, sizes = np.unique(labels[labels >= 0], return_counts=True)
        self.topic_of_group_ = np.argsort(np.argsort(-sizes, kind="stable"))
        sets = self._sets(self._topics_of(labels), term_matrix)
        ordered = np.sort(sizes)[::-1]
        sets.sort(key=lambda members: (-sum(ordered[list(members)]), members))
        self.n_topics_ = len(sets)
        self.topic_of_group_ = _set_of_each(sets)[self.topic_of_group_]

    def _sets(self, topics: Labels, term_matrix: Matrix) -> list[tuple[int, ...]]:
        """List the sets of topics that are one."""
        sets = _united(len(self.groups_), self._checked_merge(len(self.groups_)))
        if self.n_topics is None or self.n_topics >= len(sets):
            return sets
        places = np.arange(len(sets))
        merged = np.where(topics >= 0, _set_of_each(sets)[topics], -1)
        weights = TermWeights.of_sums(places, sum_rows(merged, places, term_matrix)).weights
        alike = most_alike(join(weights), self.n_topics)
        return [tuple(member for place in some for member in sets[place]) for some in alike]

    def _checked_merge(self, n_groups: int) -> tuple[tuple[int, ...], ...]:
        wrong = [topic for topics in self.merge for topic in topics if not 0 <= topic < n_groups]
        if wrong:
            raise DataError(_no_topic("merge", wrong[0], n_groups), hint="look at the numbers that a run without merge and n_topics shows")
        return self.merge

    def _names(self) -> dict[int, str]:
        given = self.names or {}
        if wrong := [topic for topic in given if not 0 <= topic < self.n_topics_]:
            raise DataError(_no_topic("names", wrong[0], self.n_topics_), hint="look at the numbers that a run without names shows")
        names = {int(topic): name for name, topic in zip(self.seeds or {}, self.seed_topics_, strict=True) if topic >= 0} | given
        return dict(sorted(names.items()))

    def _topics_of(self, labels: Labels) -> Labels:
        places = np.minimum(np.searchsorted(self.groups_, labels), len(self.groups_) - 1)
        return np.where(self.groups_[places] == labels, self.topic_of_group_[places], -1).astype(np.int64)

    def _seed(self, topics: Labels, terms: Sequence[str], term_matrix: Matrix) -> Labels:
        """Learn which topic each set of seed words is for, and draw records to it."""
        numbers = np.arange(self.n_topics_)
        self.seed_table_ = seed_table(self.seeds or {}, terms)
        self.seed_topics_ = match(TermWeights.of_sums(numbers, sum_rows(topics, numbers, term_matrix)).weights, self.seed_table_)
        if missed := [name for name, topic in zip(self.seeds or {}, self.seed_topics_, strict=True) if topic < 0]:
            report_problem(f"no topic was found for the seed words of {', '.join(missed)}", count=len(missed))
        return self._drawn(topics, term_matrix)

    def _drawn(self, topics: Labels, term_matrix: Matrix) -> Labels:
        """Move records that hold enough seed words to the topic of these."""
        if not len(self.seed_topics_) or not len(topics):
            return topics
        counts = held(term_matrix, self.seed_table_)
        best = counts.argmax(axis=1)
        most = counts.max(axis=1)
        clear = (most >= LEAST_SEEDS) & ((counts == most[:, np.newaxis]).sum(axis=1) == 1) & (self.seed_topics_[best] >= 0)
        return np.where(clear, self.seed_topics_[best], topics).astype(np.int64)

    def _place(self, topics: Labels, vectors: Matrix, term_matrix: Matrix) -> Labels:
        """Find a topic for the records of none."""
        outside = np.flatnonzero(topics < 0)
        if self.outliers == "keep" or not len(outside):
            return topics
        if self.outliers == "nearest":
            alike = cosines(vectors[outside], self.topic_means_)
        else:
            alike = cosines(term_matrix[outside], self.topic_weights_, self.term_factors_)
        placed = topics.copy()
        placed[outside] = np.where(alike.max(axis=1) > self.threshold, alike.argmax(axis=1), -1)
        return placed

    def _note(self, labels: Labels, grouped: Labels) -> None:
        self.notes_ = []
        if self.n_topics_ < len(self.groups_):
            self.notes_.append(f"{len(self.groups_):,} groups were merged to {self.n_topics_:,} topics")
        if self.n_topics_ < (self.n_topics or 0):
            self.notes_.append(f"n_topics is {self.n_topics:,}, and there are no more than {self.n_topics_:,}")
        if drawn := np.count_nonzero(grouped != self._topics_of(labels)):
            self.notes_.append(f"{drawn:,} records were drawn to a topic by its seed words")
        if outside := np.count_nonzero(grouped < 0):
            placed = outside - np.count_nonzero(self.labels_ < 0)
            self.notes_.append(f"{outside:,} records were of no group; {placed:,} of them found a topic")


def _united(n: int, merge: Iterable[Sequence[int]]) -> list[tuple[int, ...]]:
    """List the sets that are left of ``0 .. n - 1`` when those of `merge` are one; sets that share a member are one too."""
    set_of = {number: {number} for number in range(n)}
    for members in merge:
        union = set().union(*(set_of[member] for member in members))
        set_of |= dict.fromkeys(union, union)
    return sorted({tuple(sorted(members)) for members in set_of.values()})


def _set_of_each(sets: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    found = np.zeros(sum(map(len, sets)), np.int64)
    for place, members in enumerate(sets):
        found[list(members)] = place
    return found


def _no_topic(field: str, topic: int, n_topics: int) -> str:
    there = f"there are topics 0 to {n_topics - 1}" if n_topics > 1 else "there is topic 0 alone"
    return f"{field} names topic {topic}, and {there}"
