"""`asterism list`, `show`, `schema` and `doctor`: what is there."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Command = Callable[..., Any]
Install = Callable[..., Path]

KINDS = (
    "clusterer, detector, encoder, explainer, generator, modality, recommender, reducer, topics, "
    "metric, describer, picture, plot, exporter, spec\n"
)

SHOUT = """
    from typing import Annotated

    from annotated_types import Ge

    from asterism.framework import Encoder

    class Shout(Encoder):
        \"\"\"Counts exclamation marks.

        A second paragraph.
        \"\"\"

        reads = frozenset({"text"})

        volume: Annotated[int, Ge(1)] = 3
        \"\"\"How loud.\"\"\"
        voice: str
        \"\"\"Whose.\"\"\"

        def transform(self, records):
            return []
"""


def test_list_names_every_component_with_its_provider(asterism: Command) -> None:
    done = asterism("list")
    assert (done.code, done.err) == (0, "")
    assert ["clusterer/kmeans", "asterism", version("asterism")] in [line.split() for line in done.out.splitlines()]


def test_list_of_a_kind_is_that_kind_alone(asterism: Command, install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_list:Shout\n")
    labels = [line.split()[0] for line in asterism("list", "encoder").out.splitlines()]
    assert {"encoder/asterism-template", "encoder/pixels", "encoder/shout", "encoder/tfidf"} <= set(labels)
    assert {label.partition("/")[0] for label in labels} == {"encoder"}
    assert labels == sorted(labels)


def test_list_as_json(asterism: Command) -> None:
    found = json.loads(asterism("list", "clusterer", "--json").out)
    assert {"kind": "clusterer", "name": "kmeans", "distribution": "asterism", "version": version("asterism")} in found


def test_list_of_no_kind_is_bad_input(asterism: Command) -> None:
    assert asterism("list", "encoders") == (
        2,
        "",
        "no kind is called 'encoders'; there are " + KINDS,
    )


def test_show_tells_all_about_a_component(asterism: Command, install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_show:Shout\n", {"acme_show": SHOUT})
    assert asterism("show", "encoder/shout") == (
        0,
        """\
encoder/shout  (acme 1.0, acme_show:Shout)
takes text records, gives matrix

Counts exclamation marks.

A second paragraph.

  volume: int >= 1  (default 3)
      How loud.
  voice: str  (required)
      Whose.
""",
        "",
    )


def test_show_as_json(asterism: Command, install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_json:Shout\n", {"acme_json": SHOUT})
    assert json.loads(asterism("show", "encoder/acme:shout", "--json").out) == {
        "kind": "encoder",
        "name": "shout",
        "takes": "records",
        "gives": "matrix",
        "doc": "Counts exclamation marks.\n\nA second paragraph.",
        "fields": [
            {"name": "volume", "type": "int >= 1", "default": 3, "required": False, "doc": "How loud."},
            {"name": "voice", "type": "str", "required": True, "doc": "Whose."},
        ],
        "provider": "acme 1.0",
        "source": "acme_json:Shout",
    }


def test_show_of_what_is_not_there_is_bad_input(asterism: Command) -> None:
    assert asterism("show", "tfidf") == (2, "", "'tfidf' is no component; write KIND/NAME, such as encoder/tfidf\n")
    assert asterism("show", "encoder/tfdif") == (2, "", "no encoder is called 'tfdif'; did you mean 'tfidf'?\n")
    assert asterism("show", "x/tfidf") == (
        2,
        "",
        "no kind is called 'x'; there are " + KINDS,
    )


MEASURES = """
    from asterism.framework import on_request

    def loud(labels, matrix, targets=None, share=0.5):
        \"\"\"Return the loudness: 0 is silent.

        Of all groups.
        \"\"\"
        return 1.0

    @on_request
    def slow(scores):
        return 1.0
"""


def test_metrics_are_listed_and_shown_like_components(asterism: Command, install: Install) -> None:
    install("acme", "[asterism.metric]\nloud = acme_measures:loud\nslow = acme_measures:slow\n", {"acme_measures": MEASURES})
    assert "metric/loud                   acme 1.0" in asterism("list", "metric").out.splitlines()
    assert "metric/" not in asterism("list").out
    assert asterism("show", "metric/loud") == (
        0,
        """\
metric/loud  (acme 1.0, acme_measures:loud)
needs labels, matrix, may use targets, share

Return the loudness: 0 is silent.

Of all groups.
""",
        "",
    )
    assert "needs scores; computed only where it is named\n" in asterism("show", "metric/slow").out
    assert json.loads(asterism("show", "metric/loud", "--json").out) == {
        "kind": "metric",
        "name": "loud",
        "needs": ["labels", "matrix"],
        "uses": ["targets", "share"],
        "on_request": False,
        "doc": "Return the loudness: 0 is silent.\n\nOf all groups.",
        "provider": "acme 1.0",
        "source": "acme_measures:loud",
    }
    assert asterism("show", "metric/luod").err == "no metric is called 'luod'; did you mean 'loud'?\n"
    assert "describer/exemplars" in asterism("list", "describer").out


def test_show_says_when_a_component_is_a_poor_choice(asterism: Command, install: Install) -> None:
    code = SHOUT.replace("A second paragraph.", "Poor choice where nobody shouts.")
    install("acme", "[asterism.encoder]\nshout = acme_poor:Shout\n", {"acme_poor": code})
    assert "\n\nPoor choice where nobody shouts.\n\n" in asterism("show", "encoder/shout").out


def test_schema_is_json(asterism: Command) -> None:
    done = asterism("schema")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


BROKEN = "[asterism.encoder]\nbad = acme_nowhere:Bad\n[asterism.hooks]\nworse = acme_nowhere:Worse\n"
CAUSE = "is registered by acme 1.0, but broken: ModuleNotFoundError: No module named 'acme_nowhere'"


def test_the_doctor_names_what_is_broken_and_succeeds_unless_strict(asterism: Command, install: Install) -> None:
    install("acme", BROKEN)
    done = asterism("doctor")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert f"encoder/bad {CAUSE}" in lines
    assert f"hooks/worse {CAUSE}" in lines
    assert lines[-1].endswith(" plugins are usable")
    assert asterism("doctor", "--strict").code == 1
    found = json.loads(asterism("doctor", "--json").out)
    assert {"plugin": "encoder/bad", "provider": "acme 1.0", "ok": False, "trouble": f"encoder/bad {CAUSE}"} in found


def test_beside_a_broken_distribution_every_other_command_works(asterism: Command, install: Install, fruit: Path) -> None:
    install("acme", BROKEN + "[asterism.metric]\nlost = acme_nowhere:lost\n[asterism.kind]\nghost = acme_nowhere:Ghost\n")
    commands = [
        "list",
        "schema",
        "check spec.yaml",
        "fill spec.yaml",
        "show encoder/tfidf",
        "run spec.yaml --out out",
        "apply out table.csv",
    ]
    assert [asterism(*command.split()).code for command in commands] == [0] * len(commands)
    assert f"  - metric/lost {CAUSE}\n" in Path("out/summary.txt").read_text()


def test_ready_specs_are_listed_shown_and_checked(asterism: Command) -> None:
    listed = [line.split()[0].removeprefix("spec/") for line in asterism("list", "spec").out.splitlines()]
    assert {"lsa", "topics-density", "topics-fast", "topics-lda", "topics-lsa", "topics-static"} <= set(listed)
    for name in listed:
        done = asterism("show", f"spec/{name}")
        assert (done.code, done.err) == (0, "")
        assert f"\nname: {name}\n" in done.out
        assert asterism("check", name) == (0, f"{name}: no problem found\n", "")
    assert json.loads(asterism("show", "spec/lsa", "--json").out)["spec"] == asterism("show", "spec/lsa").out
