"""How good and how fast explanations of records are beside those of lime and shap: ``python tests/benchmarks/explanations.py``.

Reads what `documents.py` finds. The package lime is no dependency: where it is not installed, its lines are left out.

The drop is what an explanation is good for: by how much the share of a record in its group falls when the three words that weigh most for
it are left out, as a part of the share. Agreement of two seeds is the overlap of their three first words.
"""

import re
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from documents import texts

from asterism.framework import Pipeline, Records, Stage, Upstream
from asterism.plugins.explain.belonging import Belonging
from asterism.plugins.explain.lime import LIME
from asterism.plugins.explain.record_explainer import RecordExplainer
from asterism.plugins.explain.shapley import SHAP
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.normalize import Normalize
from asterism.plugins.vectors.reducers.svd import SVD

Explain = Callable[[int, int], Sequence[str]]
"""Takes a row and a seed; returns the words that speak for the group, the weightiest first."""

RECORDS, SAMPLES, WORDS = 40, 300, 3


class Case:
    """A run over texts, and the records that are explained."""

    def __init__(self) -> None:
        self.name, self.corpus = texts()
        encoder = Tfidf(stop_words="english", min_df=4, sublinear_tf=True)
        stages = [Stage("tfidf", encoder, "source"), Stage("svd", SVD(n_components=50)), Stage("normalize", Normalize())]
        pipeline = Pipeline([*stages, Stage("groups", KMeans(n_clusters=20, n_init=1))])
        result = pipeline.fit(Records.of(self.corpus, modality="text"))
        self.labels, self.upstream = result["groups"], Upstream(result, "groups")
        self.groups = np.unique(self.labels)
        self.belonging = Belonging.of(self.labels, self.groups, self.upstream)
        lengths = [len(set(re.findall(r"\w+", text.lower()))) for text in self.corpus]
        rows = np.flatnonzero((np.array(lengths) >= 10) & (np.array(lengths) <= 100))
        self.rows = rows[np.linspace(0, len(rows) - 1, RECORDS).astype(int)]

    def shares(self, items: Sequence[str]) -> Any:
        """Return the share of texts in each group."""
        return self.belonging.shares(self.upstream.matrix(list(items)), self.upstream)

    def drop(self, row: int, words: Sequence[str]) -> float:
        """Tell by which part a record's share in its group falls without some words."""
        pattern = r"\b(" + "|".join(map(re.escape, words)) + r")\b"
        left = re.sub(pattern, "", self.corpus[row], flags=re.IGNORECASE) if words else self.corpus[row]
        whole, without = self.shares([self.corpus[row], left])[:, int(self.labels[row])]
        return float((whole - without) / whole)


def ours(case: Case, kind: type[RecordExplainer]) -> Explain:
    """Explain with one of our components."""
    fitted = {seed: kind(n_samples=SAMPLES, random_state=seed).fit(case.labels, case.upstream) for seed in (0, 1)}

    def explain(row: int, seed: int) -> list[str]:
        rows = np.array([row])
        (found,) = fitted[seed].explain(case.labels[rows], case.upstream[rows])
        return [part.name for part in found.parts if part.weight > 0] if found else []

    return explain


def by_lime(case: Case) -> Explain:
    """Explain with the package of the paper's authors."""
    from lime.lime_text import LimeTextExplainer

    def explain(row: int, seed: int) -> list[str]:
        explainer, group = LimeTextExplainer(random_state=seed), int(case.labels[row])
        found = explainer.explain_instance(case.corpus[row], case.shares, labels=(group,), num_features=10, num_samples=SAMPLES)
        return [word for word, weight in found.as_list(group) if weight > 0]

    return explain


def by_shap(case: Case) -> Explain:
    """Explain with shap as its documentation does it for texts: a part is where a word stands, and is replaced by three dots."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

    def explain(row: int, seed: int) -> list[str]:
        group = int(case.labels[row])
        explainer = shap.Explainer(lambda items: case.shares(items)[:, group], shap.maskers.Text(r"\W+"), seed=seed)
        found = explainer([case.corpus[row]], max_evals=SAMPLES, silent=True)
        weights: dict[str, float] = {}
        for token, weight in zip(found.data[0], found.values[0], strict=True):
            word = token.strip().lower()
            weights[word] = weights.get(word, 0.0) + float(weight)
        return [word for word, weight in sorted(weights.items(), key=lambda pair: -pair[1]) if weight > 0 and re.search(r"\w", word)]

    return explain


def measure(name: str, explain: Explain, case: Case) -> None:
    """Print a line for one way to explain."""
    explain(int(case.rows[0]), 0)  # what is compiled or loaded at the first call
    begin = time.process_time()
    first = [explain(int(row), 0)[:WORDS] for row in case.rows]
    seconds = (time.process_time() - begin) / len(case.rows)
    second = [explain(int(row), 1)[:WORDS] for row in case.rows]
    drop = np.mean([case.drop(int(row), words) for row, words in zip(case.rows, first, strict=True)])
    pairs = [({w.lower() for w in one}, {w.lower() for w in other}) for one, other in zip(first, second, strict=True)]
    agreement = np.mean([len(one & other) / max(1, len(one | other)) for one, other in pairs])
    print(f"{name:<16} {1000 * seconds:>8.1f} ms a record   drop {drop:.3f}   agreement of two seeds {agreement:.3f}")


def main() -> None:
    """Explain the same records in each way."""
    case = Case()
    print(f"{case.name}, {len(case.corpus)} texts, 20 groups; {RECORDS} records, {SAMPLES} samples for each")
    measure("lime, ours", ours(case, LIME), case)
    if find_spec("lime"):
        measure("lime, theirs", by_lime(case), case)
    measure("shap, ours", ours(case, SHAP), case)
    measure("shap, theirs", by_shap(case), case)


if __name__ == "__main__":
    main()
