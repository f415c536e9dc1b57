import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from asterism.framework import BrokenPlugin, Component, ConflictingPlugins, Encoder, MissingExtra, UnknownComponent
from asterism.registry import Registry

Install = Callable[..., Path]

SHOUT = """
    from asterism.framework import Encoder

    class Shout(Encoder):
        def transform(self, records):
            return []
"""


def error_of(registry: Registry, kind: str, name: str) -> str:
    with pytest.raises((BrokenPlugin, MissingExtra, ConflictingPlugins, UnknownComponent)) as caught:
        registry.find(kind, name)
    return f"{type(caught.value).__name__}: {caught.value}"


def test_an_installed_component_is_found_by_its_name(install: Install) -> None:
    install("acme-words", "[asterism.encoder]\nshout = acme_words:Shout\n", {"acme_words": SHOUT})
    registry = Registry()
    provider = registry.provider("encoder", "shout")
    assert (provider.label, provider.source, provider.reference) == ("encoder/shout", "acme-words 1.0", "acme_words:Shout")
    assert registry.find("encoder", "shout").__name__ == "Shout"
    assert registry.find("encoder", "acme_words:shout") is registry.find("encoder", "shout")


def test_an_import_error_is_told_with_its_cause(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_broken:Shout\n", {"acme_broken": "import no_such_module_at_all"})
    assert error_of(Registry(), "encoder", "shout") == (
        "BrokenPlugin: encoder/shout is registered by acme 1.0, but broken: ModuleNotFoundError: No module named 'no_such_module_at_all'"
    )


def test_a_module_that_ends_the_program_is_only_broken(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_exit:Shout\n", {"acme_exit": "import sys\nsys.exit('bye')"})
    assert error_of(Registry(), "encoder", "shout") == "BrokenPlugin: encoder/shout is registered by acme 1.0, but broken: SystemExit: bye"


def test_an_entry_point_to_nothing_is_broken(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_empty:Shout\n", {"acme_empty": ""})
    assert error_of(Registry(), "encoder", "shout") == (
        "BrokenPlugin: encoder/shout is registered by acme 1.0, but broken: AttributeError: module 'acme_empty' has no attribute 'Shout'"
    )


def test_a_class_of_the_wrong_kind_is_refused(install: Install) -> None:
    code = SHOUT.replace("Encoder", "Reducer")
    install("acme", "[asterism.encoder]\nshout = acme_kind:Shout\n", {"acme_kind": code})
    assert error_of(Registry(), "encoder", "shout") == (
        "BrokenPlugin: encoder/shout of acme 1.0 points to Shout, which is a reducer, not a subclass of Encoder"
    )


def test_a_class_that_is_no_component_is_refused(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_plain:Shout\n", {"acme_plain": "class Shout: pass"})
    assert error_of(Registry(), "encoder", "shout") == (
        "BrokenPlugin: encoder/shout of acme 1.0 points to Shout, which is no component, not a subclass of Encoder"
    )


def test_an_entry_point_to_something_else_than_a_class_is_refused(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_function:shout\n", {"acme_function": "def shout(): pass"})
    assert error_of(Registry(), "encoder", "shout") == "BrokenPlugin: encoder/shout of acme 1.0 points to a function, not to a class"


def test_a_falsy_plugin_is_loaded_and_not_called(install: Install) -> None:
    install("acme", "[asterism.sample]\nnothing = acme_falsy:nothing\n", {"acme_falsy": "nothing = []"})
    assert Registry().load("sample", "nothing") == []


def test_a_field_without_annotation_is_broken(install: Install) -> None:
    code = SHOUT.replace("def transform", "volume = 3\n\n        def transform")
    install("acme", "[asterism.encoder]\nshout = acme_bare:Shout\n", {"acme_bare": code})
    assert error_of(Registry(), "encoder", "shout") == (
        "BrokenPlugin: encoder/shout is registered by acme 1.0, but broken: "
        "TypeError: Shout.volume has no annotation; write `volume: <type> = ...`, or ClassVar for a constant"
    )


def test_two_distributions_with_one_name_are_an_error_and_a_prefix_chooses(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_one:Shout\n", {"acme_one": SHOUT})
    install("bolt", "[asterism.encoder]\nshout = bolt_two:Shout\n", {"bolt_two": SHOUT}, version="2.5")
    registry = Registry()
    assert error_of(registry, "encoder", "shout") == (
        "ConflictingPlugins: encoder/shout is registered by acme 1.0 and bolt 2.5; write acme:shout or bolt:shout to choose"
    )
    assert registry.find("encoder", "bolt:shout").__module__ == "bolt_two"
    assert error_of(registry, "encoder", "cord:shout") == "UnknownComponent: no encoder is called 'cord:shout'; did you mean 'shout'?"


def test_a_missing_extra_is_told_with_the_command_that_helps(install: Install) -> None:
    metadata = 'Provides-Extra: loud\nRequires-Dist: numpy; extra == "loud"\nRequires-Dist: no-such-thing>=2; extra == "loud"\n'
    install("acme", "[asterism.encoder]\nshout = acme_extra:Shout [loud]\n", {"acme_extra": "import no_such_thing"}, metadata=metadata)
    assert error_of(Registry(), "encoder", "shout") == (
        "MissingExtra: encoder/shout is registered by acme 1.0, but needs no-such-thing: pip install 'acme[loud]'"
    )


def test_an_extra_that_is_installed_is_no_hindrance(install: Install) -> None:
    metadata = 'Provides-Extra: loud\nRequires-Dist: numpy>=1; extra == "loud"\n'
    install("acme", "[asterism.encoder]\nshout = acme_has:Shout [loud]\n", {"acme_has": SHOUT}, metadata=metadata)
    assert Registry().find("encoder", "shout").__name__ == "Shout"


def test_a_misspelt_name_gets_a_suggestion(registry: Registry) -> None:
    assert error_of(registry, "encoder", "lenghts") == "UnknownComponent: no encoder is called 'lenghts'; did you mean 'lengths'?"
    assert error_of(registry, "encoder", "xyz") == "UnknownComponent: no encoder is called 'xyz'; there are lengths, pictures"


KIND = """
    from asterism.framework import Component

    class Grader(Component):
        kind = "grader"
        takes = "matrix"
        gives = "scores"

        def learn(self, data):
            return data[:, 0]

        def apply(self, data):
            return data[:, 0]

    class First(Grader):
        pass
"""


def test_a_plugin_brings_a_new_kind(install: Install) -> None:
    entry_points = "[asterism.kind]\ngrader = acme_kinds:Grader\n[asterism.grader]\nfirst = acme_kinds:First\n"
    install("acme-kinds", entry_points, {"acme_kinds": KIND})
    registry = Registry()
    assert "grader" in registry.kinds()
    assert registry.find("grader", "first").gives == "scores"
    assert [provider.label for provider in registry.providers("grader")] == ["grader/first"]


def test_only_what_is_allowed_is_seen(install: Install) -> None:
    entry_points = "[asterism.kind]\ngrader = acme_allow:Grader\n[asterism.grader]\nfirst = acme_allow:First\n"
    install("Acme.Allow", entry_points, {"acme_allow": KIND})
    install("bolt", "[asterism.encoder]\nshout = bolt_allow:Shout\n[asterism.kind]\nencoder = bolt_allow:Shout\n", {"bolt_allow": SHOUT})
    allowed = Registry(allow=["acme-allow"])
    assert {provider.distribution for provider in allowed.providers()} == {"Acme.Allow"}
    assert error_of(allowed, "encoder", "shout") == "UnknownComponent: no encoder is called 'shout'; there are none"
    assert allowed.kind("encoder") is Encoder
    assert "grader" not in Registry(allow=["bolt"]).kinds()


def test_a_host_registers_a_class_in_one_registry_alone() -> None:
    class Whisper(Encoder):
        def transform(self, records: Any) -> Any:
            return []

    registry = Registry(allow=[])
    registry.register(Whisper)
    registry.register(Whisper, name="murmur")
    assert [provider.label for provider in registry.providers()] == ["encoder/murmur", "encoder/whisper"]
    assert registry.find("encoder", "murmur") is Whisper
    assert registry.provider_of(Whisper).source == "host"
    assert Registry(allow=[]).providers() == []
    with pytest.raises(ConflictingPlugins, match=r"^encoder/whisper is registered already$"):
        registry.register(Whisper)


def test_a_host_that_registers_an_installed_name_chooses_with_a_prefix(install: Install) -> None:
    install("acme", "[asterism.encoder]\nshout = acme_host:Shout\n", {"acme_host": SHOUT})
    registry = Registry()
    theirs = registry.find("encoder", "shout")
    registry.register(type("Shout", (theirs,), {}))
    assert error_of(registry, "encoder", "shout") == (
        "ConflictingPlugins: encoder/shout is registered by acme 1.0 and host; write acme:shout or host:shout to choose"
    )
    assert registry.find("encoder", "acme:shout") is theirs
    assert registry.find("encoder", "host:shout") is not theirs


def test_what_is_no_component_is_not_registered(registry: Registry) -> None:
    class Odd(Component):
        kind: ClassVar[str] = "xyz"

    with pytest.raises(BrokenPlugin, match=r"^dict is no component; let it be a class that derives from a kind$"):
        registry.register(dict)  # type: ignore[arg-type]  # the mistake that is tested
    with pytest.raises(BrokenPlugin, match=r"^3 is no component; let it be a class that derives from a kind$"):
        registry.register(3)  # type: ignore[arg-type]  # the mistake that is tested
    with pytest.raises(UnknownComponent, match=r"^no kind is called 'xyz'; there are clusterer, detector, encoder, "):
        registry.register(Odd)
    with pytest.raises(ValueError, match=r"^a component's name is made of letters, digits, '_', '-' and '.' \(got 'a/b'\)$"):
        registry.register(Encoder, name="a/b")


def test_a_class_that_its_package_exports_from_another_module_is_recognized(install: Install) -> None:
    modules = {"acme_deep.inner": SHOUT, "acme_deep.__init__": "from .inner import Shout"}
    install("acme-deep", "[asterism.encoder]\nshout = acme_deep:Shout\n", modules)
    registry = Registry()
    cls = registry.find("encoder", "shout")
    assert cls.__module__ == "acme_deep.inner"
    assert registry.provider_of(cls).name == "shout"
    assert Registry().find_reference("acme_deep.inner:Shout") is cls


def test_a_reference_is_never_imported_by_its_path(registry: Registry) -> None:
    with pytest.raises(UnknownComponent, match=r"^no installed plugin provides antigravity:fly$"):
        Registry().find_reference("antigravity:fly")
    assert "antigravity" not in sys.modules


def test_a_class_that_nobody_registered_is_named_with_the_way_out(registry: Registry) -> None:
    class Stranger(Encoder):
        def transform(self, records: Any) -> Any:
            return []

    with pytest.raises(UnknownComponent, match=r"^Stranger is not registered as encoder; call registry.register\(Stranger\)$"):
        registry.provider_of(Stranger)


BROKEN = """\
[asterism.encoder]
good = acme_doctor:Shout
bad = acme_doctor:Nothing
[asterism.metric]
lost = acme_no_module:lost
[asterism.kind]
ghost = acme_no_module:Ghost
[asterism.ghost]
casper = acme_no_module:Casper
"""


def test_broken_plugin_breaks_only_itself_and_the_doctor_names_it(install: Install) -> None:
    install("acme", BROKEN, {"acme_doctor": SHOUT})
    registry = Registry()
    ours = [(provider.label, trouble) for provider, trouble in registry.doctor() if provider.distribution == "acme"]
    missing = "is registered by acme 1.0, but broken: ModuleNotFoundError: No module named 'acme_no_module'"
    assert ours == [
        (
            "encoder/bad",
            "encoder/bad is registered by acme 1.0, but broken: AttributeError: module 'acme_doctor' has no attribute 'Nothing'",
        ),
        ("encoder/good", ""),
        ("ghost/casper", f"ghost/casper {missing}"),
        ("kind/ghost", f"kind/ghost {missing}"),
        ("metric/lost", f"metric/lost {missing}"),
    ]
    assert registry.find("encoder", "good")
    assert registry.schema()["$defs"]["encoder.acme.good"]


def test_the_doctor_names_both_sides_of_a_conflict_and_fields_that_no_spec_could_hold(install: Install) -> None:
    odd = SHOUT.replace("def transform", "table: __import__('numpy').ndarray = None\n\n        def transform")
    install("acme", "[asterism.encoder]\nshout = acme_a:Shout\nodd = acme_odd:Shout\n", {"acme_a": SHOUT, "acme_odd": odd})
    install("bolt", "[asterism.encoder]\nshout = bolt_b:Shout\n", {"bolt_b": SHOUT})
    registry = Registry(allow=["acme", "bolt"])
    conflict = "encoder/shout is registered by acme 1.0 and bolt 1.0; write acme:shout or bolt:shout to choose"
    assert [trouble for provider, trouble in registry.doctor() if provider.group == "encoder"] == [
        "encoder/odd of acme 1.0: Shout has a field that no spec could hold: "
        "Unable to generate pydantic-core schema for <class 'numpy.ndarray'>",
        conflict,
        conflict,
    ]
    assert sorted(registry.schema()["$defs"]) == ["encoder.acme.shout", "encoder.bolt.shout"]


LISTING = """
import json, sys
from asterism.registry import Registry
labels = [provider.label for provider in Registry().providers()]
loaded = [name for name in sys.modules if name.startswith(("acme_", "asterism.plugins", "numpy", "sklearn", "scipy", "pydantic", "yaml"))]
print(json.dumps({"labels": labels, "loaded": loaded}))
"""

LOADING = """
from asterism.registry import Registry
registry = Registry()
registry.doctor(), registry.schema(), registry.find("encoder", "shout")
"""


def test_listing_imports_nothing(install: Install) -> None:
    site = install("acme", "[asterism.encoder]\nshout = acme_listed:Shout\n", {"acme_listed": "raise RuntimeError('was imported')"})
    found = json.loads(run_python(LISTING, site))
    assert "encoder/shout" in found["labels"]
    assert found["loaded"] == []


def test_nothing_is_written_into_the_home_folder(install: Install, tmp_path: Path) -> None:
    site = install("acme", "[asterism.encoder]\nshout = acme_home:Shout\n", {"acme_home": SHOUT})
    home = tmp_path / "home"
    home.mkdir()
    run_python(LOADING, site, HOME=str(home), XDG_CACHE_HOME=str(home / "cache"), XDG_CONFIG_HOME=str(home / "config"))
    assert list(home.rglob("*")) == []


def run_python(code: str, site: Path, **environment: str) -> str:
    settings = {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, env=settings).stdout
