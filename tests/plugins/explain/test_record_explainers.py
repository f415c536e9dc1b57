"""What both explainers of single records must find: the causes that were put into the records."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from asterism.framework import DataError, Joint, Matrix, Pipeline, Records, Stage, Upstream
from asterism.plugins.explain.explanation import Explanation
from asterism.plugins.explain.lime import LIME
from asterism.plugins.explain.record_explainer import RecordExplainer, draw_masks, every_mask, explained_share
from asterism.plugins.explain.shapley import SHAP
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.vectors.clusterers.gaussian_mixture import GaussianMixture
from asterism.plugins.vectors.clusterers.kmeans import KMeans

CAUSES = {"sky": {"comet", "orbit"}, "sea": {"whale", "harbour"}, "oven": {"bread", "honey"}}
BOTH = pytest.mark.parametrize("kind", [LIME, SHAP])


def explanations(component: RecordExplainer, joint: Joint) -> list[Explanation]:
    found = component.fit(joint.main, joint["upstream"]).explain(joint.main, joint["upstream"])
    return [explanation for explanation in found if explanation is not None]


@BOTH
def test_the_words_that_make_a_group_come_first(kind: type[RecordExplainer], texts: Joint) -> None:
    found = explanations(kind(), texts)
    assert len(found) == 60
    for explanation in found:
        assert {part.name for part in explanation.parts[:2]} == CAUSES[explanation.of.split()[0]]
        assert explanation.fidelity is not None
        assert 0.6 < explanation.fidelity <= 1
        assert explanation.parts[0].name in explanation.text
        assert f"fidelity {explanation.fidelity:.2f}" in explanation.text


@BOTH
def test_the_patch_that_makes_a_group_comes_first(kind: type[RecordExplainer], images: Joint) -> None:
    found = explanations(kind(n_parts=9), images[np.arange(6)])
    for place, explanation in enumerate(found):
        top, left = ((0, 0), (8, 0), (0, 8))[place % 3]
        assert explanation.parts[0].box == (top, left, top + 8, left + 8)
        assert len(explanation.parts) == 9


@BOTH
def test_the_span_that_makes_a_group_comes_first(kind: type[RecordExplainer], videos: Joint) -> None:
    bright = explanations(kind(n_parts=4), videos)[1]
    assert bright.parts[0].frames == (0.16, 0.32)
    assert bright.parts[0].weight > 2 * abs(bright.parts[1].weight)


@BOTH
def test_the_same_seed_gives_the_same_answer(kind: type[RecordExplainer], texts: Joint) -> None:
    some = texts[np.arange(4)]
    first, again, other = (explanations(kind(random_state=seed, n_samples=40), some) for seed in (0, 0, 1))
    assert [explanation.parts for explanation in first] == [explanation.parts for explanation in again]
    assert [explanation.parts for explanation in first] != [explanation.parts for explanation in other]


class Parity:
    """Whether an even number of parts stands: nothing that a sum of parts can say."""

    def __call__(self, masks: Any) -> Any:
        return (masks.sum(axis=1) % 2 == 0).astype(float)


@BOTH
@pytest.mark.parametrize("n_parts", [6, 14])
def test_what_no_sum_of_parts_says_has_a_low_fidelity(kind: type[RecordExplainer], n_parts: int) -> None:
    fidelity = kind().weigh(Parity(), n_parts)[1]
    assert fidelity is not None
    assert fidelity < 0.3


@BOTH
@pytest.mark.parametrize("n_parts", [6, 40])
def test_a_sum_of_parts_is_found_with_full_fidelity(kind: type[RecordExplainer], n_parts: int) -> None:
    weights = np.linspace(-1, 1, n_parts)
    found, fidelity = kind().weigh(lambda masks: masks @ weights, n_parts)
    assert np.corrcoef(found, weights)[0, 1] > 0.99
    assert fidelity is not None
    assert fidelity > 0.95


@BOTH
def test_a_low_fidelity_is_said_in_the_text(kind: type[RecordExplainer], texts: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "_asking", lambda *_: Parity())
    explanation = explanations(kind(), texts[np.arange(3)])[0]
    assert explanation.low_fidelity
    assert f"the words explain this only in part: fidelity {explanation.fidelity:.2f}" in explanation.text


@BOTH
def test_where_nothing_matters_it_says_so(kind: type[RecordExplainer]) -> None:
    assert kind().weigh(lambda masks: np.full(len(masks), 0.25), 5)[1] is None
    assert kind().weigh(lambda masks: np.full(len(masks), 0.25), 30)[1] is None


def test_a_record_of_no_group_and_one_of_an_unknown_group_have_no_explanation(texts: Joint) -> None:
    component = LIME(n_samples=20).fit(texts.main, texts["upstream"])
    some = texts[np.arange(3)]
    found = component.explain(np.array([-1, 7, some.main[2]]), some["upstream"])
    assert [explanation is None for explanation in found] == [True, True, False]
    answer = component.apply(Joint(np.array([-1, 7, some.main[2]]), some.others))
    assert answer.tolist()[:2] == [None, None]
    assert isinstance(answer[2], str)


@BOTH
def test_one_group_alone_has_nothing_to_be_told_from(kind: type[RecordExplainer], texts: Joint) -> None:
    labels = np.zeros(60, np.int64)
    explanation = kind().fit(labels, texts["upstream"]).explain(labels, texts["upstream"])[0]
    assert explanation is not None
    assert (explanation.parts, explanation.fidelity) == ((), None)
    assert explanation.text == "in group 0: there is no other group"


def test_no_group_at_all_is_refused(texts: Joint) -> None:
    with pytest.raises(DataError, match="every record is of group -1, so there is no group to explain; look at the stage that groups"):
        LIME().fit(np.full(60, -1), texts["upstream"])
    with pytest.raises(DataError, match="there are 3 labels for 60 records"):
        LIME().fit(np.zeros(3, np.int64), texts["upstream"])


def test_a_text_without_a_word_has_no_part(texts: Joint) -> None:
    upstream = texts["upstream"]
    component = LIME().fit(texts.main, upstream)
    result = Pipeline(list(upstream.result.stages.values())).apply(Records.of(["...", "comet"], modality="text"))
    found = component.explain(np.array([0, 0]), Upstream(result, "groups"))
    assert [len(explanation.parts) for explanation in found if explanation] == [0, 1]
    assert found[0] is not None
    assert found[0].text == "in group 0: it has no part that could be left out"


class Picky(Tfidf):
    """Refuses a text without a word."""

    def transform(self, records: Any) -> Matrix:
        texts = list(records)
        if empty := [row for row, text in enumerate(texts) if not text.split()]:
            raise DataError("a text without a word", rows=empty)
        return super().transform(texts)


def test_what_an_encoder_refuses_belongs_to_all_groups_alike(grouped: Any) -> None:
    joint = grouped(["red sun", "red sky", "blue sea", "blue ice"], "text", Picky(), KMeans(n_clusters=2, n_init=5))
    component = LIME().fit(joint.main, joint["upstream"])
    first = next(component._taken_apart(joint["upstream"]))()
    shares = component._asking(first, int(joint.main[0]), joint["upstream"])(every_mask(2))
    assert shares[0] == 0.5
    assert (shares[1:] != 0.5).all()


@BOTH
def test_rows_of_numbers_are_explained_by_their_columns(kind: type[RecordExplainer]) -> None:
    rows = make_blobs(60, centers=[[0, 9, 0, 0], [0, 0, 0, 9], [0, 0, 0, 0]], random_state=0)[0].astype(np.float32)
    result = Pipeline([Stage("same", KMeans(n_clusters=3, n_init=5), "source")]).fit(rows)
    component = kind()
    found = component.fit(result["same"], Upstream(result, "same")).explain(result["same"], Upstream(result, "same"))
    far = [row for row in range(60) if rows[row, 1] > 4]
    assert {found[row].parts[0].name for row in far} == {"column 1"}  # type: ignore[union-attr]  # all are of a group


def test_a_clusterer_that_knows_shares_is_asked_for_them(texts: Joint, grouped: Any) -> None:
    items = list(texts["upstream"].records)
    joint = grouped(items, "text", Dense(), GaussianMixture(n_clusters=3, covariance_type="spherical"))
    component = LIME(n_samples=50).fit(joint.main, joint["upstream"])
    assert component.columns_ == [0, 1, 2]
    assert LIME().fit(texts.main, texts["upstream"]).columns_ == []
    joined = np.minimum(joint.main, 1)  # two groups were joined by hand: what the clusterer says is of others
    assert LIME().fit(joined, joint["upstream"]).columns_ == []


class Dense(Tfidf):
    """TF-IDF as an array."""

    def transform(self, records: Any) -> Matrix:
        return super().transform(records).toarray()

    def fit_transform(self, records: Any, y: None = None) -> Matrix:
        return super().fit_transform(records).toarray()


def test_masks_leave_out_from_none_to_all_parts() -> None:
    assert every_mask(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]
    masks = draw_masks(10, 500, 0)
    assert masks[0].all()
    assert np.bincount((~masks[1:]).sum(axis=1), minlength=11)[1:].min() > 25


def test_the_share_that_is_told_lies_between_none_and_all() -> None:
    found = np.array([0.0, 1.0, 2.0])
    assert explained_share(found, found) == 1
    assert explained_share(found, found[::-1]) == 0
    assert explained_share(found, np.array([0.5, 1.0, 1.5])) == pytest.approx(0.75)
    assert explained_share(np.ones(3), np.ones(3)) is None


def test_a_run_keeps_the_parts_and_says_the_fidelity(texts: Joint) -> None:
    component = LIME()
    answer = component.learn(texts)
    table = component.tables()["parts"]
    assert len(set(table["of"])) == 60
    assert {len(column) for column in table.values()} == {360}
    assert component.notes_ == [f"fidelity {np.median(table['fidelity']):.2f} at the median, below 0.5 for 0 of 60 records"]
    assert answer.tolist() == component.apply(texts).tolist()
