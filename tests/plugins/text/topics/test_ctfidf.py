"""Topics made of groups: their words, numbers and names, what is merged, and where outliers go."""

import re

import numpy as np
import pytest

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.plugins.text.keywords import keywords
from asterism.plugins.text.topics.ctfidf import CTFIDF
from asterism.plugins.text.topics.describers import names


def fit(news, **fields):
    return CTFIDF(**fields).fit(**vars(news))


def test_topics_are_numbered_by_size(news):
    topics = fit(news)
    assert topics.labels_.tolist() == [0, 0, 0, 1, 1, 2, -1, -1]
    assert topics.topic_sizes_.tolist() == [3, 2, 1]


def test_words_are_the_keywords_of_the_groups(news):
    topics = fit(news, n_words=2)
    expected = keywords(topics.labels_, news.terms, news.term_matrix, n=2)
    assert topics.topic_words_ == expected
    assert topics.topic_words_[2] == ["rate", "bank"]


def test_topics_that_are_merged_are_one_and_numbered_anew(news):
    topics = fit(news, merge=((1, 2),))
    assert topics.n_topics_ == 2
    assert topics.labels_.tolist() == [0, 0, 0, 1, 1, 1, -1, -1]
    assert topics.notes_[0] == "3 groups were merged to 2 topics"


def test_merged_sets_that_share_a_topic_are_one(news):
    assert fit(news, merge=((0, 1), (1, 2))).labels_.tolist() == [0] * 6 + [-1, -1]


def test_most_alike_topics_are_merged_until_so_many_are_left(news):
    assert fit(news, n_topics=2).labels_.tolist() == [0, 0, 0, 1, 1, 1, -1, -1]
    assert fit(news, n_topics=1).n_topics_ == 1
    assert fit(news, n_topics=9).notes_[0] == "n_topics is 9, and there are no more than 3"


def test_hierarchy_joins_the_topics_that_share_words_first(news):
    linkage = fit(news).linkage_
    assert linkage.shape == (2, 4)
    assert linkage[0, :2].tolist() == [1, 2]
    assert linkage[1, 2] == pytest.approx(1)


@pytest.mark.parametrize(("outliers", "expected"), [("keep", -1), ("nearest", 1), ("terms", 0)])
def test_outlier_goes_where_the_strategy_says(news, outliers, expected):
    topics = fit(news, outliers=outliers)
    assert topics.labels_[6] == expected
    assert topics.labels_[7] == -1  # it has neither a row nor a word
    assert np.array_equal(topics.predict(news.labels, news.vectors, news.term_matrix), topics.labels_)


def test_outlier_below_the_threshold_stays_one(news):
    # Its cosine with the mean of the second topic is 0.971.
    assert fit(news, outliers="nearest", threshold=0.97).labels_[6] == 1
    assert fit(news, outliers="nearest", threshold=0.98).labels_[6] == -1


def test_topics_have_the_names_that_they_are_given(news):
    topics = fit(news, names={0: "football"})
    assert topics.topic_names_ == {0: "football"}
    assert names(topics) == {0: ["football"]}
    assert names(fit(news)) is None


def test_topic_takes_the_name_of_the_seed_words_that_agree_with_it_most(news):
    topics = fit(news, seeds={"interest": ("rate",), "credit": ("loan", "bank")}, names={1: "loans"})
    assert topics.topic_names_ == {1: "loans", 2: "interest"}


def test_record_with_two_seed_words_goes_to_their_topic(news):
    topics = fit(news, seeds={"football": ("goal", "match")})
    assert topics.labels_.tolist() == [0, 0, 0, 1, 1, 2, 0, -1]
    assert "1 records were drawn to a topic by its seed words" in topics.notes_
    assert topics.predict(np.array([-1, 9]), news.vectors[:2], news.term_matrix[:2]).tolist() == [0, 0]


def test_record_with_as_many_seed_words_of_another_set_stays(news):
    seeds = {"football": ("goal", "match"), "credit": ("loan", "bank")}
    both = news.term_matrix[0] + news.term_matrix[3]
    assert fit(news, seeds=seeds).predict(np.array([9]), news.vectors[:1], both).tolist() == [2]


def test_seed_words_without_a_topic_are_reported(news):
    heard = []
    with problems_to(heard.append):
        fit(news, seeds={"chess": ("rook",)})
    assert [str(problem) for problem in heard] == [
        "seed words that no text holds: rook",
        "no topic was found for the seed words of chess",
    ]


def test_group_that_fit_did_not_meet_counts_as_none(news):
    topics, heard = fit(news), []
    with problems_to(heard.append):
        assert topics.predict(np.array([5, 4]), news.vectors[:2], news.term_matrix[:2]).tolist() == [0, -1]
    assert heard[0].message == "groups that had no record in fit count as none"
    assert heard[0].rows == (1,)


@pytest.mark.parametrize("field", [{"merge": ((1, 3),)}, {"merge": ((-1, 0),)}])
def test_merge_of_what_is_no_topic_is_refused(news, field):
    wrong = max(field["merge"][0], key=lambda topic: topic > 2 or topic < 0)
    with pytest.raises(
        DataError, match=re.escape(f"merge names topic {wrong}, and there are topics 0 to 2; look at the numbers that a run")
    ):
        fit(news, **field)


def test_name_of_what_is_no_topic_is_refused(news):
    with pytest.raises(DataError, match="names names topic 5, and there are topics 0 to 2; look at the numbers that a run without names"):
        fit(news, names={5: "chess"})
