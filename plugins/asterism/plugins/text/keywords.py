"""Names for groups of texts: the terms that set a group apart from the others."""

from collections.abc import Sequence

from asterism.framework import Labels, Matrix

from .topics.weights import TermWeights


def keywords(labels: Labels, terms: Sequence[str], term_matrix: Matrix, n: int = 8, diversity: float = 0.2) -> dict[int, list[str]]:
    """Return the `n` terms that characterise each group, best first, by class-based TF-IDF.

    The rows of a group are added up as if they were one text; a term scores its sum there times ``ln(1 + A / total)``, where
    ``total`` is its sum over all groups and ``A`` the mean, over the groups, of the sum of all terms. Of the 30 best terms, those are
    taken whose score is high and which are not too alike one that is taken already (maximal marginal relevance); terms are alike
    that stand in the same texts.

    Parameters
    ----------
    labels
        Group of each row, shape (n_rows,); rows in group -1 are left out.
    terms
        What each column stands for, shape (n_terms,).
    term_matrix
        CSR matrix of counts or TF-IDF weights, none of them negative, shape (n_rows, n_terms).
    n
        How many terms at most; a group with fewer terms gets fewer.
    diversity
        From 0, the terms of the highest scores, to 1, the terms that are least alike.

    Sources: Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794 (2022); Carbonell and
    Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries", SIGIR 1998.
    """
    return TermWeights.of(labels, term_matrix).words(terms, n, term_matrix, diversity)
