from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import make_blobs

from asterism.framework import DataError, Joint, Pipeline, Records, Result, Stage, Upstream
from asterism.plugins.explain.conditions import Features, features_of
from asterism.plugins.explain.decision_tree import DecisionTree
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA


def rows_and_groups(rows: np.ndarray, n_clusters: int = 3) -> tuple[np.ndarray, Upstream]:
    result = Pipeline([Stage("groups", KMeans(n_clusters=n_clusters, n_init=5), "source")]).fit(rows)
    return result["groups"], Upstream(result, "groups")


def test_the_rule_of_a_group_is_its_planted_word(texts: Joint) -> None:
    component = DecisionTree().fit(texts.main, texts["upstream"])
    causes = {"sky": {"comet", "orbit"}, "sea": {"whale", "harbour"}, "oven": {"bread", "honey"}}
    for row in range(3):
        explanation = component.explain_group(int(texts.main[row]))
        subject = texts["upstream"].ids[row].split()[0]
        assert explanation.text in {f"group {texts.main[row]}: has '{word}'; fidelity 1.00" for word in causes[subject]}
        assert explanation.parts[0].weight == 1
        assert explanation.parts[0].role == "condition"
    assert component.fidelity_ == 1


def test_groups_that_no_word_tells_apart_have_a_low_fidelity_and_say_so(texts: Joint) -> None:
    labels = np.random.default_rng(1).integers(0, 3, 60)
    component = DecisionTree()
    component.learn(Joint(labels, texts.others))
    found = [component.explain_group(group) for group in range(3)]
    assert all(explanation.low_fidelity for explanation in found)
    assert all("the conditions explain this only in part: fidelity 0." in explanation.text for explanation in found)
    assert component.fidelity_ < 0.5
    assert component.notes_[0] == f"the trees put {component.fidelity_:.0%} of the records, held out, where the clusterer did"
    assert component.notes_[1].endswith("below 0.5 for 3 of 3 groups")


def test_fidelity_is_the_agreement_beyond_chance_on_records_that_were_held_out() -> None:
    values = np.zeros((40, 1), np.float32)
    values[:20] = 1
    inside = np.arange(40) < 20
    inside[[0, 25]] = [False, True]  # the rule takes 19 of 20, and of what it takes 19 of 20 are right
    upstream = Upstream(Result(values, [str(row) for row in range(40)], values={"groups": inside.astype(np.int64)}), "groups")
    upstream.result.stages["groups"] = Stage("groups", KMeans(), "source")
    explanation = DecisionTree().fit(inside.astype(np.int64), upstream).explain_group(1)
    assert explanation.fidelity == pytest.approx(0.9)
    assert explanation.text == "group 1: column 0 > 0.5; fidelity 0.90"


def test_rows_of_numbers_have_thresholds_between_the_groups() -> None:
    rows = make_blobs(90, centers=[[0, 9], [9, 0], [0, 0]], random_state=0)[0].astype(np.float32)
    labels, upstream = rows_and_groups(rows)
    component = DecisionTree().fit(labels, upstream)
    right = int(labels[rows[:, 0].argmax()])
    assert component.explain_group(right).text.startswith(f"group {right}: column 0 > ")
    middle = int(labels[np.abs(rows).sum(axis=1).argmin()])
    assert "column 0 <= " in component.explain_group(middle).text
    assert "column 1 <= " in component.explain_group(middle).text


def test_records_of_no_group_are_left_out_and_have_no_sentence(texts: Joint) -> None:
    labels = texts.main.copy()
    labels[[0, 1]] = -1
    answer = DecisionTree().learn(Joint(labels, texts.others))
    assert answer.tolist()[:2] == [None, None]
    assert all(isinstance(text, str) for text in answer[2:])


@pytest.mark.parametrize(
    ("labels", "text"),
    [([0] * 60, "group 0: there is no other group"), ([0] * 59 + [1], "group 1: ")],
)
def test_groups_of_all_and_of_one_record_have_no_fidelity(texts: Joint, labels: list[int], text: str) -> None:
    component = DecisionTree().fit(np.array(labels), texts["upstream"])
    explanation = component.explain_group(max(labels))
    assert explanation.fidelity is None
    assert explanation.text.startswith(text)


def test_a_group_that_is_not_there_is_refused_and_the_others_named(texts: Joint) -> None:
    component = DecisionTree().fit(texts.main, texts["upstream"])
    with pytest.raises(DataError, match="there is no group 7; there are 0, 1, 2"):
        component.explain_group(7)
    with pytest.raises(DataError, match="every record is of group -1"):
        DecisionTree().fit(np.full(60, -1), texts["upstream"])


def test_columns_that_differ_most_are_looked_at() -> None:
    matrix = csr_matrix(np.array([[1, 5, 0, 1], [1, 2, 0, 0], [1, 0, 0, 1], [1, 0, 0, 0]], np.float32))
    values, names = Features(matrix, ["all", "yes", "none", "some"], True).chosen(np.array([True, True, False, False]), 1)
    assert names == ["yes"]
    assert values.tolist() == [[1], [1], [0], [0]]


def test_names_come_from_the_chain_where_it_has_any(texts: Joint) -> None:
    assert features_of(texts["upstream"]).are_terms
    rows = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    result = Pipeline([Stage("pca", PCA(n_components=2), "source"), Stage("groups", KMeans(n_clusters=2, n_init=5))]).fit(rows)
    features = features_of(Upstream(result, "groups"))
    assert (list(features.names), features.are_terms) == (["column 0", "column 1"], False)


def test_new_records_get_the_rule_of_their_group(texts: Joint) -> None:
    upstream = texts["upstream"]
    component: Any = DecisionTree()
    component.learn(texts)
    result = Pipeline(list(upstream.result.stages.values())).apply(Records.of(["comet orbit grey", "honey bread old"], modality="text"))
    answer = component.apply(Joint(result["groups"], {"upstream": Upstream(result, "groups")}))
    assert [text.split(";")[0] for text in answer] == [component.explain_group(group).text.split(";")[0] for group in result["groups"]]


def test_groups_that_are_named_are_explained_as_among_all(texts: Joint) -> None:
    every, one = (DecisionTree().fit(texts.main, texts["upstream"], only) for only in (None, [1]))
    assert list(one.explained_) == [1]
    assert one.explain_group(1) == every.explain_group(1)
