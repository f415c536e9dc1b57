"""A fitted pipeline as a folder: a manifest, the filled spec, and per stage its arrays (safetensors) and the rest of its state (JSON).

The manifest lists every file with its sha256 and ends with a digest of itself, so that a changed, missing or foreign file is refused
before anything of it is used. Nothing that is loaded can run code.
"""

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from asterism.framework.component import Component
from asterism.framework.errors import ModelError, OutputError, SpecError, UnknownComponent, WiringError
from asterism.framework.pipeline import Pipeline
from asterism.framework.problems import report_problem
from asterism.framework.stages import Stage
from asterism.framework.state import dump_state, load_state
from asterism.framework.store.durable import writing_to

from .problems import SpecProblem
from .spec import FORMAT as SPEC_FORMAT
from .spec import NAME_PATTERN, RESERVED
from .writer import write_yaml

if TYPE_CHECKING:
    from .discovery import Discovery, Provider

FORMAT = 1
"""Version of the folder's format."""
MANIFEST = "manifest.json"
SPEC = "spec.yaml"
_SOURCE = ("distribution", "version")


def save(discovery: "Discovery", pipeline: Pipeline, folder: Path) -> None:
    """Write a fitted pipeline into `folder`, which must not exist or be empty; it appears whole or not at all."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: is not empty; a model is saved into a new folder")
    _check_stages(pipeline)
    filled = filled_spec(discovery, pipeline)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    draft.mkdir()
    try:
        with writing_to(folder.parent):
            _write_stages(pipeline, draft)
            (draft / SPEC).write_text(write_yaml(filled), encoding="utf-8")
            _write_manifest(discovery, pipeline, draft)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def load(discovery: "Discovery", folder: Path, changes: Sequence[str] = ()) -> Pipeline:
    """Read a pipeline that `save` wrote; `ModelError` where anything is not as it was saved.

    `changes` are ``source.FIELD=VALUE`` texts: new data may have other columns. `SpecError` where they touch anything else.
    """
    from .build import make_plan

    if fixed := [change for change in changes if not change.startswith("source.")]:
        message = "the stages are fitted, only source.FIELD can be changed; run the spec anew for anything else"
        raise SpecError([SpecProblem(message, file=f"--set {fixed[0]}")])
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    _check_providers(discovery, folder, manifest)
    try:
        pipeline = make_plan(discovery, folder / SPEC, changes, locked=False).pipeline
    except SpecError as error:
        if changes:
            raise
        raise ModelError(f"{folder}: its spec does not fit what is installed:\n{error}") from error
    for stage in pipeline:
        _load_stage(discovery, folder, stage)
    pipeline.stages = tuple(_renumbered(folder, stage, manifest) for stage in pipeline)
    return pipeline


def fitted_by(discovery: "Discovery", folder: Path, state: dict[str, Any]) -> Pipeline:
    """Load the pipeline that a run fitted, or that it applied; `state` is what its `run.json` says."""
    if state["verb"] != "apply":
        return load(discovery, folder / "model")
    model = Path(state["model"])
    if read_manifest(model)["digest"] != state["model_digest"]:
        raise ModelError(f"{model}: is another model than the one that {folder} applied")
    return load(discovery, model, state.get("changes", ()))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check the manifest alone: the format, and its own digest."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(f"{folder}: is no saved model: it has no {MANIFEST}")
    text = path.read_text(encoding="utf-8", errors="strict") if _is_utf8(path) else ""
    try:
        manifest = json.loads(text)
        version = manifest["format"]
        digest = manifest["digest"]
        if not isinstance(version, int):
            raise TypeError("the format is a number")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelError(f"{path}: was changed after the model was saved, or is no manifest of Asterism") from None
    if version != FORMAT:
        remedy = "a newer" if version > FORMAT else "an older"
        raise ModelError(f"{folder}: was saved in format {version}; this Asterism reads format {FORMAT}; install {remedy} one")
    content = {key: value for key, value in manifest.items() if key != "digest"}
    if digest != _digest(content) or text != _manifest_text(content) or not _is_manifest(content):
        raise ModelError(f"{path}: was changed after the model was saved")
    return cast("dict[str, Any]", manifest)


def _is_manifest(content: dict[str, Any]) -> bool:
    try:
        texts = [*content["files"].values(), *(component[key] for component in content["components"].values() for key in _SOURCE)]
        return all(isinstance(text, str) for text in texts)
    except (AttributeError, KeyError, TypeError):
        return False


def filled_spec(discovery: "Discovery", pipeline: Pipeline) -> dict[str, Any]:
    """Write a pipeline, however it was made, as a spec with every field."""
    from .schema import dump_fields

    if pipeline.modality is None:
        raise ModelError("a pipeline is saved together with its modality; give it one: Pipeline(stages, modality=...)")

    def name_of(component: Component) -> str:
        return discovery.provider_of(type(component)).full_name

    def dumped(component: Component) -> dict[str, Any]:
        return dump_fields(component, name_of)

    stages = [
        {stage.component.kind: name_of(stage.component), "as": stage.name, "from": stage.fed_by, **dumped(stage.component)}
        for stage in pipeline.stages
    ]
    source = {"modality": name_of(pipeline.modality), **dumped(pipeline.modality)}
    providers = provider_versions(discovery, pipeline)
    return {"asterism": SPEC_FORMAT, "name": pipeline.name, "source": source, "stages": stages, "providers": providers}


def provider_versions(discovery: "Discovery", pipeline: Pipeline) -> dict[str, str]:
    """Tell the version of every distribution that provides a component of the pipeline."""
    return {provider.distribution: provider.version for provider in _providers(discovery, pipeline) if provider.version}


def _providers(discovery: "Discovery", pipeline: Pipeline) -> "list[Provider]":
    """List who provides the components of a pipeline, those that are fields of others included."""
    outer = [cast(Component, pipeline.modality), *(stage.component for stage in pipeline.stages)]
    inner = [part for component in outer for part in component.parts()]
    return [discovery.provider_of(type(component)) for component in (*outer, *inner)]


def _check_stages(pipeline: Pipeline) -> None:
    for stage in pipeline.stages:
        if stage.name in RESERVED or not re.fullmatch(NAME_PATTERN, stage.name):
            raise ModelError(f"stage '{stage.name}' ({stage.label}) cannot be saved: no file can have its name; give it another")
        if not stage.component.__sklearn_is_fitted__():
            raise ModelError(f"stage '{stage.name}' ({stage.label}) is not fitted; fit the pipeline before it is saved")


def _write_stages(pipeline: Pipeline, folder: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    for stage in pipeline.stages:
        arrays, tree = dump_state(stage.component)
        rest, numbers = folder / f"{stage.name}.json", folder / f"{stage.name}.safetensors"
        # Half of a surrogate pair has no UTF-8; in JSON its escape stands for it.
        rest.write_text(json.dumps(tree, ensure_ascii=False, allow_nan=False), encoding="utf-8", errors="backslashreplace")
        try:
            save_file(arrays, numbers)
        except SafetensorError as error:  # what the disk says comes as one of these
            raise OutputError(
                f"{folder.parent}: the model cannot be written: {error}; mend that and start the same command again"
            ) from error
        shutil.copymode(rest, numbers)  # safetensors makes files that nobody else can read


def _write_manifest(discovery: "Discovery", pipeline: Pipeline, folder: Path) -> None:
    renumber = {stage.name: [list(pair) for pair in stage.renumber] for stage in pipeline.stages if stage.renumber}
    content = {
        "format": FORMAT,
        "name": pipeline.name,
        "files": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
        "components": {provider.label: {key: getattr(provider, key) for key in _SOURCE} for provider in _providers(discovery, pipeline)},
        "renumber": renumber,  # the number that a component gives, and the one that is shown
    }
    (folder / MANIFEST).write_text(_manifest_text(content), encoding="utf-8")


def _manifest_text(content: dict[str, Any]) -> str:
    return json.dumps(content | {"digest": _digest(content)}, indent=2, ensure_ascii=False) + "\n"


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    listed, present = set(manifest["files"]), {path.name for path in folder.iterdir()} - {MANIFEST}
    if missing := sorted(listed - present):
        raise ModelError(f"{folder}: {missing[0]} is missing; restore the whole folder, or save the model again")
    if added := sorted(present - listed):
        raise ModelError(f"{folder}: {added[0]} does not belong to the model; remove it")
    for name, expected in manifest["files"].items():
        path = folder / name
        if path.is_symlink() or not path.is_file() or _sha256(path) != expected:
            raise ModelError(f"{path}: was changed after the model was saved")


def _check_providers(discovery: "Discovery", folder: Path, manifest: dict[str, Any]) -> None:
    for label, saved in manifest["components"].items():
        kind, _, name = label.partition("/")
        source = f"{saved['distribution']} {saved['version']}".strip()
        try:
            provider = discovery.provider(kind, f"{saved['distribution']}:{name}")
        except UnknownComponent:
            remedy = "register its class first" if saved["distribution"] == "host" else f"pip install '{saved['distribution']}'"
            raise ModelError(f"{folder}: needs {label} of {source}, which is not installed: {remedy}") from None
        if provider.version != saved["version"]:
            report_problem(f"{folder}: {label} was saved by {source}, installed is {provider.version}; its answers may differ")


def _load_stage(discovery: "Discovery", folder: Path, stage: Stage) -> None:
    from safetensors.numpy import load_file

    try:
        tree = json.loads((folder / f"{stage.name}.json").read_text(encoding="utf-8"))
        load_state(stage.component, load_file(folder / f"{stage.name}.safetensors"), tree, discovery.find_reference)
    except Exception as error:  # a state that `save` did not write can be wrong in any way
        raise ModelError(f"{folder}: the state of stage '{stage.name}' cannot be read: {error}") from error


def _renumbered(folder: Path, stage: Stage, manifest: dict[str, Any]) -> Stage:
    """Show the groups of a stage under the numbers that it was saved with."""
    try:
        return replace(stage, renumber=tuple((int(given), int(shown)) for given, shown in manifest.get("renumber", {}).get(stage.name, ())))
    except (AttributeError, TypeError, ValueError, WiringError) as error:
        raise ModelError(f"{folder}: the numbers of the groups of stage '{stage.name}' cannot be read: {error}") from error


def _is_utf8(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True
