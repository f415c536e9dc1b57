from importlib.metadata import entry_points

import pytest
import yaml

from asterism.plugins import demos

NAMES = ["generate", "image", "recommend", "text", "video"]


def installed(kind):
    return {point.name for point in entry_points(group=f"asterism.{kind}")}


def spec_of(name):
    return yaml.safe_load(getattr(demos, name.upper()).read_text(encoding="utf-8"))


def test_the_demos_are_the_installed_ones():
    assert {point.name for point in entry_points(group="asterism.demo")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_has_the_shape_of_a_spec(name):
    spec = spec_of(name)
    assert set(spec) <= {"asterism", "name", "seed", "metrics", "source", "stages", "hooks"}
    assert (spec["asterism"], spec["name"]) == (1, f"demo-{name}")
    assert spec["stages"]


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_names_only_what_is_installed(name):
    spec = spec_of(name)
    assert spec["source"]["modality"] in installed("modality")
    assert spec["source"]["sample"] in installed("sample")
    for stage in spec["stages"]:
        (kind,) = set(stage) & installed("kind")
        assert stage[kind] in installed(kind)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_a_demo_is_explained(name):
    lines = getattr(demos, name.upper()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    components = [line for line in lines if line.strip().startswith("- ") or "modality:" in line or "sample:" in line]
    assert len(components) >= 3
    assert all(" # " in line for line in components)
