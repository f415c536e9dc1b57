import json

import pytest

from asterism.plugins.samples.docstrings import write_docstrings

LONG = "It says more than sixty characters about what it is and what it does, {}."


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    path = write_docstrings(tmp_path_factory.mktemp("sample") / "new")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_there_are_about_5000_docstrings_of_many_modules(records):
    assert 4000 < len(records) < 6500
    assert len({record["module"] for record in records}) > 100


def test_every_record_has_an_id_a_text_and_a_module(records):
    assert all(set(record) == {"id", "text", "module"} for record in records)
    assert all(record["id"].split(".")[0] == record["module"] for record in records)
    assert all(len(record["text"]) > 60 for record in records)


def test_no_id_and_no_text_stands_twice(records):
    assert len({record["id"] for record in records}) == len(records) == len({record["text"] for record in records})


def test_a_known_docstring_is_what_python_says(records):
    import textwrap

    (found,) = [record for record in records if record["id"] == "textwrap.dedent"]
    assert found == {"id": "textwrap.dedent", "text": textwrap.dedent.__doc__.strip().replace("\n    ", "\n"), "module": "textwrap"}


@pytest.fixture
def write(library, tmp_path):
    def write(files):
        library(files)
        return [json.loads(line) for line in write_docstrings(tmp_path).read_text(encoding="utf-8").splitlines()]

    return write


def test_definitions_under_conditions_and_in_functions_are_found(write):
    text = f'''
if True:
    class A:
        """{LONG.format("a")}"""
        async def b(self):
            """{LONG.format("b")}"""
            def c(): "{LONG.format("c")}"
try: pass
except ImportError:
    def d(): "{LONG.format("ä")}"
match 1:
    case 1:
        def e(): "{LONG.format("e")}"
'''
    assert [record["id"] for record in write({"json/tool.py": text})] == [f"json.tool.{name}" for name in ("A", "A.b", "A.b.c", "d", "e")]


def test_short_and_repeated_docstrings_are_left_out(write):
    text = f"def a(): 'Short.'\ndef b(): '{LONG}'\ndef c(): '{LONG}'\ndef b(): '{LONG} Again.'\n"
    assert write({"ast.py": text}) == [{"id": "ast.b", "text": LONG, "module": "ast"}]
