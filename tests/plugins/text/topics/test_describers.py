"""What is said of topics: names, typical texts, kin, and their course over time."""

import numpy as np
import pytest

from asterism.framework import Records
from asterism.plugins.text.topics.describers import documents, hierarchy, over_time, preview

TEXTS = ["goal one", "team", "match", "x " * 100, "loan", "rate", "?", ""]


def test_typical_texts_are_nearest_to_the_mean_and_cut(news):
    found = documents(news.labels, news.vectors, TEXTS, n=2)
    assert found[5] == ["match", "team"]
    assert found[9] == ["rate"]
    assert found[2] == ["loan", "x " * 59 + "x…"]
    assert -1 not in found


def test_no_other_text_is_decoded(news):
    read = []

    def decode(entry):
        read.append(entry.id)
        return entry.content

    records = Records(Records.of(TEXTS).entries, decode, modality="text")
    documents(news.labels, news.vectors, records, n=1)
    assert len(read) == 3


def test_records_that_are_no_texts_have_no_typical_texts(news):
    assert documents(news.labels, news.vectors, Records.of(range(8), modality="image")) is None


def test_preview_is_one_line_of_120_characters_at_most():
    assert preview("one\n two") == "one two"
    assert preview("a" * 121) == "a" * 119 + "…"
    assert preview("a" * 120) == "a" * 120


def test_each_group_says_what_it_joins_first(news):
    found = hierarchy(news.labels, news.terms, news.term_matrix)
    assert found[2][0].startswith("with 9 at 0.")
    assert found[9][0].startswith("with 2 at 0.")
    assert found[5] == ["with 2, 9 at 1.00"]
    assert hierarchy(np.zeros(8, np.int64), news.terms, news.term_matrix) is None


def test_periods_have_the_size_and_the_words_of_each_group(news):
    times = ["2001-02", "2001-02", "2001-03", "2001-02", "2001-03", "2001-03", "2001-02", "no time"]
    found = over_time(news.labels, times, news.terms, news.term_matrix, n=2)
    assert found == {
        2: ["2001-02: 1 (bank, loan)", "2001-03: 1 (loan, bank)"],
        5: ["2001-02: 2 (goal, team)", "2001-03: 1 (match, goal)"],
        9: ["2001-03: 1 (rate, bank)"],
    }


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2001-02-03T10:00:00"] * 4 + ["2001-02-04"] * 4, ["2001-02-03", "2001-02-04"]),
        (["2001-02-03"] * 4 + ["2001-02"] * 4, ["2001-02"]),
        (["2001-02"] * 4 + ["2003"] * 4, ["2001", "2003"]),
    ],
)
def test_periods_are_as_short_as_all_times_tell(news, times, expected):
    found = over_time(np.zeros(8, np.int64), times, news.terms, news.term_matrix)
    assert [line.partition(":")[0] for line in found[0]] == expected


def test_there_are_at_most_twenty_periods(news):
    labels = np.zeros(8, np.int64)
    every = [f"{1500 + 50 * place}-01-01" for place in range(8)]
    assert len(over_time(labels, every, news.terms, news.term_matrix)[0]) == 8
    rows = np.arange(64) % 8
    days = [f"2001-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in range(64)]
    assert [line[:9] for line in over_time(labels[rows], days, news.terms, news.term_matrix[rows])[0]] == [
        "2001-01: ",
        "2001-02: ",
        "2001-03: ",
    ]
    years = [str(1900 + year) for year in range(64)]
    spans = [line.partition(":")[0] for line in over_time(labels[rows], years, news.terms, news.term_matrix[rows])[0]]
    assert spans[0] == "1900-1904"
    assert len(spans) == 13


def test_times_that_cannot_be_read_tell_nothing(news):
    assert over_time(news.labels, ["yesterday"] * 8, news.terms, news.term_matrix) is None
