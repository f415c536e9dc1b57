import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.framework import Encoder, ModelError, OutputError, Pipeline, Reducer, Stage, UnknownComponent
from asterism.framework.problems import Problem, problems_to
from asterism.registry import Registry
from asterism.registry.artifact import _digest, _manifest_text, _sha256

Install = Callable[..., Path]
Hosted = Callable[..., Registry]
TEXTS = ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]
FILES = [
    "groups.json",
    "groups.safetensors",
    "lengths.json",
    "lengths.safetensors",
    "manifest.json",
    "shift.json",
    "shift.safetensors",
    "spec.yaml",
]


@pytest.fixture
def fitted(registry: Registry, spec: Callable[..., Path]) -> Pipeline:
    pipeline = registry.build(spec())
    pipeline.fit(TEXTS)
    return pipeline


@pytest.fixture
def model(registry: Registry, fitted: Pipeline) -> Path:
    registry.save(fitted, "model")
    return Path("model")


def refusal(registry: Registry, folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        registry.load_pipeline(folder)
    return str(caught.value)


def test_a_loaded_pipeline_gives_the_same_answers_bit_for_bit(registry: Registry, fitted: Pipeline, model: Path) -> None:
    loaded = registry.load_pipeline(model)
    assert repr(loaded) == repr(fitted)
    before, after = fitted.apply([*TEXTS, "new"]), loaded.apply([*TEXTS, "new"])
    for stage in ("lengths", "shift", "groups"):
        assert before[stage].dtype == after[stage].dtype
        assert before[stage].tobytes() == after[stage].tobytes()


def test_a_model_is_a_folder_of_plain_files(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == FILES
    manifest = json.loads((model / "manifest.json").read_text())
    assert list(manifest) == ["format", "name", "files", "components", "renumber", "digest"]
    assert manifest["components"]["encoder/lengths"] == {"distribution": "host", "version": ""}
    assert sorted(manifest["files"]) == [name for name in FILES if name != "manifest.json"]


APPLY = """
import sys
from asterism.registry import Registry
result = Registry().load_pipeline(sys.argv[1]).apply(["one", "three", ""])
assert not [name for name in sys.modules if "pickle" in name and name not in ("pickle", "_pickle", "_compat_pickle")]
print(result["shout"].tobytes().hex())
"""

SHOUT = """
    import numpy as np
    from asterism.framework import Encoder, Modality, Records

    class Said(Modality):
        modality = "text"

        def read(self, source):
            return Records.of(source, modality="text")

        def preview(self, item):
            return item

        def write(self, items, folder):
            return []

    class Shout(Encoder):
        def fit(self, records, y=None):
            self.loudest_ = np.float32(max(len(text) for text in records)) / np.float32(3)
            return self

        def transform(self, records):
            return np.array([[len(text) / self.loudest_] for text in records], dtype=np.float32)
"""
ENTRY_POINTS = "[asterism.encoder]\nshout = {0}:Shout\n[asterism.modality]\nsaid = {0}:Said\n"
SPEC = {"asterism": 1, "name": "loud", "source": {"modality": "said"}, "stages": [{"encoder": "shout"}]}


def test_a_fresh_process_gives_the_same_answers_bit_for_bit(install: Install, tmp_path: Path) -> None:
    site = install("acme", ENTRY_POINTS.format("acme_fresh"), {"acme_fresh": SHOUT})
    registry = Registry(allow=["acme"])
    pipeline = registry.build(SPEC)
    pipeline.fit(["one", "three", "fifteen"])
    registry.save(pipeline, tmp_path / "model")
    here = pipeline.apply(["one", "three", ""])["shout"].tobytes().hex()
    command = [sys.executable, "-W", "error", "-c", APPLY, str(tmp_path / "model")]
    there = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(site)})
    assert there.stdout.strip() == here


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_refused_wherever_it_is(registry: Registry, model: Path, name: str) -> None:
    path = model / name
    whole = path.read_bytes()
    for place in sorted({0, 1, len(whole) // 2, len(whole) - 2, len(whole) - 1}):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        message = refusal(registry, model)
        assert re.match(rf"^model/{re.escape(name)}: was changed after the model was saved(, or is no manifest of Asterism)?$", message)
    path.write_bytes(whole)
    registry.load_pipeline(model)


def test_a_changed_byte_anywhere_in_the_manifest_is_refused(registry: Registry, model: Path) -> None:
    path = model / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):  # every third will do: each costs a file
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert refusal(registry, model).startswith(("model/manifest.json: was changed", "model: was saved in format"))


def test_a_cut_or_padded_manifest_is_refused(registry: Registry, model: Path) -> None:
    path = model / "manifest.json"
    whole = path.read_text()
    path.write_text(whole + "\n")
    assert refusal(registry, model) == "model/manifest.json: was changed after the model was saved"
    path.write_text(whole[:-20])
    assert refusal(registry, model) == "model/manifest.json: was changed after the model was saved, or is no manifest of Asterism"
    path.write_text("[" * 100_000)
    assert refusal(registry, model) == "model/manifest.json: was changed after the model was saved, or is no manifest of Asterism"


@pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
def test_a_missing_file_is_named(registry: Registry, model: Path, name: str) -> None:
    (model / name).unlink()
    assert refusal(registry, model) == f"model: {name} is missing; restore the whole folder, or save the model again"


def test_a_folder_without_manifest_is_no_model(registry: Registry, model: Path) -> None:
    (model / "manifest.json").unlink()
    assert refusal(registry, model) == "model: is no saved model: it has no manifest.json"
    assert refusal(registry, Path("none")) == "none: is no saved model: it has no manifest.json"


def test_an_added_file_is_named(registry: Registry, model: Path) -> None:
    (model / "notes.txt").write_text("hello")
    assert refusal(registry, model) == "model: notes.txt does not belong to the model; remove it"


def test_a_link_in_place_of_a_file_is_refused(registry: Registry, model: Path) -> None:
    (model / "shift.json").rename("elsewhere.json")
    (model / "shift.json").symlink_to(Path("elsewhere.json").absolute())
    assert refusal(registry, model) == "model/shift.json: was changed after the model was saved"


def forge(model: Path, **changes: Any) -> None:
    """Write a manifest that somebody made up, with a digest that is right."""
    content = json.loads((model / "manifest.json").read_text())
    del content["digest"]
    (model / "manifest.json").write_text(_manifest_text(content | changes))


def test_a_newer_format_is_refused_whatever_else_it_holds(registry: Registry, model: Path) -> None:
    forge(model, format=2)
    assert refusal(registry, model) == "model: was saved in format 2; this Asterism reads format 1; install a newer one"
    (model / "manifest.json").write_text('{"format": 3, "digest": ""}')
    assert refusal(registry, model) == "model: was saved in format 3; this Asterism reads format 1; install a newer one"
    forge_text = json.dumps({"format": "1", "digest": _digest({})})
    (model / "manifest.json").write_text(forge_text)
    assert refusal(registry, model) == "model/manifest.json: was changed after the model was saved, or is no manifest of Asterism"


@pytest.mark.parametrize("name", ["../elsewhere.json", "/etc/hostname", "sub/file.json"])
def test_a_hostile_name_in_the_manifest_is_never_followed(registry: Registry, model: Path, name: str) -> None:
    files = json.loads((model / "manifest.json").read_text())["files"]
    forge(model, files=files | {name: "0" * 64})
    assert refusal(registry, model) == f"model: {name} is missing; restore the whole folder, or save the model again"


@pytest.mark.parametrize(
    "changes",
    [{"files": ["spec.yaml"]}, {"files": {"spec.yaml": 3}}, {"components": {"encoder/lengths": "host"}}, {"components": []}],
)
def test_a_forged_manifest_of_another_shape_is_refused(registry: Registry, model: Path, changes: dict[str, Any]) -> None:
    forge(model, **changes)
    assert refusal(registry, model) == "model/manifest.json: was changed after the model was saved"


@pytest.mark.parametrize("state", ["[1]", '{"mean_": {"$array": "nowhere", "order": "C", "shape": [1]}}', '{"width": 3}', "{"])
def test_a_forged_state_is_refused(registry: Registry, model: Path, state: str) -> None:
    (model / "shift.json").write_text(state)
    files = json.loads((model / "manifest.json").read_text())["files"]
    forge(model, files=files | {"shift.json": _sha256(model / "shift.json")})
    assert refusal(registry, model).startswith("model: the state of stage 'shift' cannot be read: ")


def test_a_model_of_what_is_not_registered_names_what_it_needs(model: Path) -> None:
    assert refusal(Registry(), model) == "model: needs modality/lines of host, which is not installed: register its class first"


def test_a_model_of_what_is_not_installed_names_what_it_needs(install: Install, hosted: Hosted, here: Path) -> None:
    install("acme", ENTRY_POINTS.format("acme_needed"), {"acme_needed": SHOUT})
    registry = Registry(allow=["acme"])
    pipeline = registry.build(SPEC)
    pipeline.fit(["one"])
    registry.save(pipeline, "model")
    assert (
        refusal(Registry(allow=[]), Path("model")) == "model: needs modality/said of acme 1.0, which is not installed: pip install 'acme'"
    )


def test_another_version_of_a_provider_is_reported(install: Install, here: Path) -> None:
    site = install("acme", ENTRY_POINTS.format("acme_version"), {"acme_version": SHOUT})
    registry = Registry(allow=["acme"])
    pipeline = registry.build(SPEC)
    pipeline.fit(["one"])
    registry.save(pipeline, "model")
    metadata = next(site.glob("acme-1.0.dist-info")) / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
    told: list[Problem] = []
    with problems_to(told.append):
        Registry(allow=["acme"]).load_pipeline("model")
    assert [problem.message for problem in told] == [
        "model: modality/said was saved by acme 1.0, installed is 1.1; its answers may differ",
        "model: encoder/shout was saved by acme 1.0, installed is 1.1; its answers may differ",
    ]


def test_a_model_keeps_the_distribution_that_was_chosen(install: Install, here: Path) -> None:
    install("acme", ENTRY_POINTS.format("acme_chosen"), {"acme_chosen": SHOUT})
    install("bolt", "[asterism.encoder]\nshout = bolt_chosen:Shout\n", {"bolt_chosen": SHOUT})
    registry = Registry(allow=["acme", "bolt"])
    pipeline = registry.build(SPEC | {"stages": [{"encoder": "bolt:shout"}]})
    pipeline.fit(["one"])
    registry.save(pipeline, "model")
    assert type(registry.load_pipeline("model")["shout"]).__module__ == "bolt_chosen"


def test_a_pipeline_that_is_not_fitted_is_not_saved(registry: Registry, spec: Callable[..., Path]) -> None:
    with pytest.raises(ModelError, match=r"^stage 'lengths' \(encoder/lengths\) is not fitted; fit the pipeline before it is saved$"):
        registry.save(registry.build(spec()), "model")
    assert not Path("model").exists()


def test_a_folder_that_is_not_empty_is_left_alone(registry: Registry, fitted: Pipeline) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"^full: is not empty; a model is saved into a new folder$"):
        registry.save(fitted, "full")
    with pytest.raises(OutputError, match=r"^full/mine.txt: is not empty; a model is saved into a new folder$"):
        registry.save(fitted, "full/mine.txt")
    assert [path.name for path in Path("full").iterdir()] == ["mine.txt"]


def test_an_empty_or_new_folder_is_filled(registry: Registry, fitted: Pipeline) -> None:
    Path("empty").mkdir()
    registry.save(fitted, "empty")
    registry.save(fitted, "new/and/deep")
    assert sorted(path.name for path in Path("empty").iterdir()) == FILES
    assert sorted(path.name for path in Path("new/and/deep").iterdir()) == FILES
    assert [path.name for path in Path("new/and").iterdir()] == ["deep"]


@pytest.mark.parametrize("name", ["../../up", "a/b", ".hidden", "", "manifest", "..", "a\0b", "new\n"])
def test_a_stage_whose_name_no_file_can_have_is_not_saved(registry: Registry, fitted: Pipeline, name: str) -> None:
    lengths = fitted["lengths"]
    pipeline = Pipeline([Stage(name, lengths, registered="lengths")], modality=fitted.modality)
    with pytest.raises(ModelError) as caught:
        registry.save(pipeline, "deep/model")
    assert str(caught.value) == f"stage '{name}' (encoder/lengths) cannot be saved: no file can have its name; give it another"
    assert not Path("deep").exists()


def test_a_class_that_nobody_registered_is_not_saved(registry: Registry, fitted: Pipeline) -> None:
    class Stranger(Encoder):
        def transform(self, records: Any) -> Any:
            return np.zeros((len(list(records)), 1), np.float32)

    pipeline = Pipeline([Stage("odd", Stranger())], modality=fitted.modality)
    with pytest.raises(UnknownComponent, match=r"^Stranger is not registered as encoder; call registry.register\(Stranger\)$"):
        registry.save(pipeline, "model")


def test_a_pipeline_without_modality_is_not_saved(registry: Registry, fitted: Pipeline) -> None:
    with pytest.raises(
        ModelError, match=r"^a pipeline is saved together with its modality; give it one: Pipeline\(stages, modality=...\)$"
    ):
        registry.save(Pipeline([Stage("lengths", fitted["lengths"])]), "model")


def test_a_save_that_fails_leaves_nothing_behind(registry: Registry, fitted: Pipeline) -> None:
    class Odd(Reducer):
        def fit(self, X: Any, y: None = None) -> "Odd":
            self.thing_ = object()
            return self

        def transform(self, X: Any) -> Any:
            return X

    registry.register(Odd)
    pipeline = Pipeline([Stage("lengths", fitted["lengths"]), Stage("odd", Odd().fit(None))], modality=fitted.modality)
    with pytest.raises(TypeError, match=r"^thing_ holds a object, which cannot be saved; keep arrays, CSR matrices, "):
        registry.save(pipeline, "models/odd")
    assert list(Path("models").iterdir()) == []


def test_a_nested_component_is_loaded_by_its_registered_class(registry: Registry, fitted: Pipeline) -> None:
    class Outer(Reducer):
        def fit(self, X: Any, y: None = None) -> "Outer":
            self.inner_ = type(fitted["shift"])().fit(X)
            return self

        def transform(self, X: Any) -> Any:
            return self.inner_.transform(X)

    registry.register(Outer)
    pipeline = Pipeline([Stage("lengths", fitted["lengths"]), Stage("outer", Outer())], modality=fitted.modality)
    expected = pipeline.fit(TEXTS)["outer"]
    registry.save(pipeline, "model")
    assert np.array_equal(registry.load_pipeline("model").apply(TEXTS)["outer"], expected)
