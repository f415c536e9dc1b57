"""The kit under pytest, as a plugin author uses it: run on small projects written into a folder."""

import pytest

import asterism.framework.testing  # noqa: F401  # loaded once here, and not anew by each of the small projects

pytest_plugins = ["pytester"]

PLUGIN = '''
import numpy as np
from asterism.framework import Clusterer, Encoder


class Letters(Encoder):
    """Counts of letters."""

    reads = frozenset({"text"})

    letters: str = "aeiou"
    """Which letters."""

    def transform(self, records):
        return np.array([[text.count(letter) for letter in self.letters] for text in records], np.float32)


class Wide(Letters):
    """Answers in float64."""

    def transform(self, records):
        return super().transform(records).astype(np.float64)
'''

POSTCARD = """
from acme import Letters
from asterism.framework.testing import parametrize_components

@parametrize_components([Letters()])
def test_contract(component, check):
    check(component)
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    pytester.makepyfile(acme=PLUGIN)
    monkeypatch.syspath_prepend(pytester.path)
    return pytester


def test_postcard_runs_one_test_per_check_fresh_processes_included(project: pytest.Pytester) -> None:
    project.makepyfile(test_acme=POSTCARD)
    result = project.runpytest("-v", "-W", "error")
    result.stdout.fnmatch_lines(["*test_contract[[]Letters-batch_equals_its_rows[]] PASSED*"])
    result.stdout.fnmatch_lines(["*test_contract[[]Letters-fresh_process_applies_the_same[]] PASSED*"])
    assert set(result.parseoutcomes()) == {"passed"}


def test_broken_law_fails_its_own_test_alone(project: pytest.Pytester) -> None:
    project.makepyfile(test_acme=POSTCARD.replace("Letters()", "Wide()").replace("Letters", "Wide").replace("])", "], cold=False)"))
    result = project.runpytest("-q")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["E * Wide.learn promises matrix and gives float64, not float32", "FAILED *Wide-answer_has_the_promised_form*"]
    )


@pytest.mark.parametrize("key", ['"answer_has_the_promised_form"', '("Wide", "answer_has_the_promised_form")'])
def test_expected_failure_is_an_xfail_with_its_reason(project: pytest.Pytester, key: str) -> None:
    test = POSTCARD.replace("Letters", "Wide").replace("])", f'], cold=False, expected={{{key}: "no room for float32"}})')
    project.makepyfile(test_acme=test)
    result = project.runpytest("-q", "-rx")
    assert set(result.parseoutcomes()) == {"passed", "xfailed"}
    result.stdout.fnmatch_lines(["XFAIL *answer_has_the_promised_form* - no room for float32*"])


def test_expected_failure_that_passes_is_a_failure(project: pytest.Pytester) -> None:
    project.makepyfile(test_acme=POSTCARD.replace("])", '], cold=False, expected={"nothing_is_printed": "it used to print"})'))
    result = project.runpytest("-q")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["*XPASS(strict)*it used to print*"])


def test_expected_failure_of_an_unknown_check_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile(test_acme=POSTCARD.replace("])", '], expected={("Letters", "prints"): "why"})'))
    result = project.runpytest("-q")
    result.stdout.fnmatch_lines(["*ValueError: expected names ('Letters', 'prints'), which is no check of these components"])


def test_two_components_of_one_class_are_told_apart_by_their_fields(project: pytest.Pytester) -> None:
    project.makepyfile(test_acme=POSTCARD.replace("[Letters()]", "[Letters(), Letters(letters='xyz')], cold=False"))
    result = project.runpytest("-v")
    result.stdout.fnmatch_lines(["*[[]Letters()-nothing_is_printed[]] PASSED*", "*[[]Letters(letters='xyz')-nothing_is_printed[]] PASSED*"])


def test_two_equal_components_need_labels(project: pytest.Pytester) -> None:
    project.makepyfile(test_acme=POSTCARD.replace("[Letters()]", "[Letters(), Letters]"))
    project.runpytest("-q").stdout.fnmatch_lines(["*ValueError: two components are the same; give a mapping of label to component"])
    project.makepyfile(test_acme=POSTCARD.replace("[Letters()])", '{"one": Letters, "two": Letters()}, cold=False)'))
    result = project.runpytest("-v")
    result.stdout.fnmatch_lines(["*[[]one-nothing_is_printed[]] PASSED*", "*[[]two-nothing_is_printed[]] PASSED*"])


def test_check_that_cannot_run_is_skipped_with_the_reason(project: pytest.Pytester) -> None:
    test = POSTCARD.replace("Letters()", "Melodies()").replace("from acme import Letters", "from acme import Letters\n\n" + MELODIES)
    project.makepyfile(test_acme=test.replace("])", "], cold=False)"))
    result = project.runpytest("-q", "-rs")
    assert set(result.parseoutcomes()) == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["SKIPPED * no sample is known for melody records; give data, a list of items"])


MELODIES = '''class Melodies(Letters):
    """Reads what the kit does not know."""

    reads = frozenset({"melody"})
'''
