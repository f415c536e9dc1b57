import pytest

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.plugins.samples.standard_library import parse_modules


def names():
    return [name for name, _ in parse_modules()]


def test_modules_come_sorted_by_their_dotted_names(library):
    library({"json/decoder.py": "", "json/__init__.py": "", "ast.py": ""})
    assert names() == ["ast", "json", "json.decoder"]


def test_tests_applications_and_foreign_packages_are_no_part_of_the_library(library):
    library({"ast.py": "", "numpy.py": "", "site-packages/ast.py": "", "test/support.py": ""})
    library({"idlelib/run.py": "", "unittest/case.py": "", "unittest/test/case.py": ""})
    assert names() == ["ast", "unittest.case"]


def test_files_that_do_not_parse_are_left_out_and_counted(library):
    library({"ast.py": "", "json.py": b"x = '\xff'", "string.py": "def", "types.py": b"\0"})
    problems = []
    with problems_to(problems.append):
        assert names() == ["ast"]
    assert [str(problem) for problem in problems] == [
        "3 modules of the standard library could not be parsed and were left out (records 'json', 'string', 'types')"
    ]
    assert problems[0].count == 3


def test_a_machine_without_sources_is_told(library):
    root = library({})
    with pytest.raises(DataError) as caught:
        names()
    assert str(caught.value) == f"{root}: there are no sources of the standard library; this sample needs a Python installed with them"


def test_what_is_read_does_not_run(library):
    library({"ast.py": "raise SystemExit"})
    assert names() == ["ast"]
