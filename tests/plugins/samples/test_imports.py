import sys

import pytest

from asterism.plugins.samples.imports import write_imports


def rows(path):
    return [tuple(line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_library_of_this_machine_is_written(tmp_path):
    header, *pairs = rows(write_imports(tmp_path / "new"))
    assert header == ("module", "import")
    assert len(pairs) == len(set(pairs)) > 1000
    assert {item for _, item in pairs} <= sys.stdlib_module_names
    assert ("json.decoder", "re") in pairs


@pytest.fixture
def write(library, tmp_path):
    def write(files):
        library(files)
        return rows(write_imports(tmp_path))[1:]

    return write


def test_every_form_of_import_counts_once_in_the_order_of_the_lines(write):
    text = "import sys, os.path\nfrom json import loads\ndef f():\n  try: import abc\n  except ImportError: import re\nimport sys\n"
    assert write({"ast.py": text}) == [("ast", "sys"), ("ast", "os"), ("ast", "json"), ("ast", "abc"), ("ast", "re")]


def test_foreign_relative_own_and_future_imports_do_not_count(write):
    text = "from __future__ import annotations\nimport numpy, json.tool\nfrom . import scanner\nfrom .abc import x\nimport re"
    assert write({"json/decoder.py": text}) == [("json.decoder", "re")]


def test_imports_in_every_branch_of_a_match_are_found(write):
    assert write({"ast.py": "match 1:\n  case 1: import re\n  case _: import os\n"}) == [("ast", "re"), ("ast", "os")]
