"""The clusterer `consensus`: what many k-means of different sizes agree on."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix
from asterism.framework.values import is_sparse

from ..dendrogram import cut
from ..inheriting import by_size
from ..nearest import nearest
from ..rows import require, require_room, rows_to_apply, rows_to_fit

COUNTED_ROWS = 2_000
"""Up to so many rows it is looked whether they are different; more are taken to be, and k-means leaves groups empty where not."""


class Consensus(Clusterer):
    """Group the rows that many k-means put together, so that groups need not be round and no single start decides.

    Dense or CSR, shape (n_records, n_features). Rows that every member puts into the same groups are one signature; signatures are joined
    by the mean share of members that put their rows together (average linkage). A new row gets the groups of all members, and
    joins the group of the training signature with which it shares most of them; a training row finds its own again.

    Learns `centers_` (all members' means, below each other) and `sizes_` (n_members,), `signatures_` (n_signatures, n_members) with their
    `weights_`, `groups_` (n_signatures,), `linkage_` (dendrogram of the signatures in SciPy's form), `labels_` (n_records,), `n_clusters_`.

    Raises `DataError` where there are fewer records than clusters.

    Poor choice in many columns or with many members, where nearly every record is a signature of its own: memory then grows with the
    square of their number.

    Source: Fred and Jain, "Combining multiple clusterings using evidence accumulation", IEEE TPAMI 2005.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many groups; "auto" cuts the dendrogram where it is longest without a join (the longest lifetime)."""
    n_members: Annotated[int, Ge(2)] = 20
    """How many k-means are asked."""
    max_size: Annotated[int, Ge(2)] | Literal["auto"] = "auto"
    """The members have from half of this many groups up to it; "auto" is the root of the number of records, from 4 to 60."""
    random_state: int = 0
    """Seed of the members."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        require(1 if self.n_clusters == "auto" else self.n_clusters, X.shape[0], "records", f"n_clusters={self.n_clusters}")
        self._fit_members(X)
        self.signatures_, own, self.weights_ = np.unique(self._members_say(X), axis=0, return_inverse=True, return_counts=True)
        own, n_found = own.ravel(), len(self.signatures_)
        self.linkage_ = self._joined()
        count = self._lifetime() if self.n_clusters == "auto" else min(self.n_clusters, n_found)
        labels = by_size(cut(self.linkage_, count)[own])
        self.groups_ = np.empty(n_found, np.int64)
        self.groups_[own] = labels
        self.labels_, self.n_clusters_ = labels, count
        self.notes_ = [f"{self.n_members} members agree on {n_found:,} signatures, joined to {count:,} groups"]
        return self

    def predict(self, X: Matrix) -> Labels:
        shared = self._shared(rows_to_apply(self, X))
        # Of signatures that share as many members the heaviest counts, and the first of those.
        order = np.argsort(-self.weights_, kind="stable")
        found: Labels = self.groups_[order[shared[:, order].argmax(axis=1)]]
        return found

    def membership(self, X: Matrix) -> NDArray[np.float32]:
        """Return the mean share of members that put a row together with the rows of each group, shape (n, n_clusters_)."""
        shared = self._shared(rows_to_apply(self, X))
        total = np.zeros((shared.shape[0], self.n_clusters_))
        for group in range(self.n_clusters_):
            inside = self.groups_ == group
            total[:, group] = (shared[:, inside] @ self.weights_[inside]) / self.weights_[inside].sum()
        return total.astype(np.float32)

    def _fit_members(self, X: Matrix) -> None:
        from sklearn.cluster import KMeans

        random = np.random.RandomState(self.random_state)
        different = min(X.shape[0], _n_different(X))
        largest = int(np.clip(np.sqrt(X.shape[0]), 4, 60)) if self.max_size == "auto" else self.max_size
        largest = min(largest, different)
        sizes = random.randint(max(1, min(2, largest), largest // 2), largest + 1, self.n_members)
        seeds = random.randint(2**31 - 1, size=self.n_members)
        options: dict[str, Any] = {"n_init": 1, "init": "random", "max_iter": 30}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a member has groups without rows does no harm
            members = [KMeans(int(size), random_state=int(seed), **options).fit(X) for size, seed in zip(sizes, seeds, strict=True)]
        self.centers_, self.sizes_ = np.concatenate([member.cluster_centers_ for member in members]), sizes.astype(np.int64)

    def _members_say(self, X: Matrix) -> NDArray[np.int64]:
        """Return the group of each row by each member, shape (n, n_members)."""
        ends = np.cumsum(self.sizes_)
        return np.column_stack([nearest(X, self.centers_[end - size : end]) for end, size in zip(ends, self.sizes_, strict=True)])

    def _shared(self, X: Matrix) -> NDArray[np.float64]:
        """Return the share of members that put each row together with each signature, shape (n, n_signatures)."""
        said = self._members_say(X)
        shared = np.zeros((len(said), len(self.signatures_)))
        for groups, signatures in zip(said.T, self.signatures_.T, strict=True):
            shared += groups[:, np.newaxis] == signatures
        return shared / self.n_members

    def _joined(self) -> NDArray[np.float64]:
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import pdist

        n_found = len(self.signatures_)
        if n_found == 1:
            return np.empty((0, 4))
        what = f"the agreements of {n_found:,} signatures with each other"
        require_room(8 * n_found * (n_found - 1) // 2, what, hint="lower n_members or max_size, or reduce the columns first")
        found: NDArray[np.float64] = linkage(pdist(self.signatures_, "hamming"), "average")
        return found

    def _lifetime(self) -> int:
        """Return the number of groups that the dendrogram keeps longest."""
        heights = np.append(self.linkage_[:, 2], 1.0)  # at 1 nothing is shared
        if len(heights) == 1:
            return 1
        lifetimes = np.diff(heights)
        return len(heights) - 1 - int(lifetimes.argmax())


def _n_different(X: Matrix) -> int:
    """Count different rows, as far as it matters: members cannot have more groups."""
    if X.shape[0] > COUNTED_ROWS:
        return int(X.shape[0])
    return len(np.unique(X.toarray() if is_sparse(X) else X, axis=0))
