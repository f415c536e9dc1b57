"""Laws about where records come from: ids, lazy re-reading, writing and reading back, showing to a person."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..records import Records
from ..values import Interactions
from .comparing import same
from .law import gives, is_modality, law
from .report import Broken
from .subject import Subject


@law(is_modality)
def ids_are_unique(subject: Subject) -> None:
    """Reading a host's sequence gives records (or interactions) with one id each, all different."""
    read = subject.fresh().read(subject.data())
    if not isinstance(read, Records | Interactions):
        raise Broken(f"{subject.name}.read gives a {type(read).__name__}, not Records or Interactions")
    if len(read) == 0 or len(set(read.ids)) != len(read):
        raise Broken(f"{subject.name}.read gives {len(read)} records with {len(set(read.ids))} different ids")


@law(is_modality)
def reading_twice_gives_the_same(subject: Subject) -> None:
    """Records can be iterated again and are the same, and reading changes nothing in the host's sequence."""
    data, before = subject.data(), subject.data()
    read = subject.fresh().read(data)
    if not same(_items(read), _items(read)):
        raise Broken(f"{subject.name}.read gives records that change when they are iterated again")
    if not same(data, before):
        raise Broken(f"{subject.name}.read changes the sequence that it reads")


@law(is_modality, gives("records"))
def one_record_for_each_item(subject: Subject) -> None:
    """A host's sequence of items gives as many records, and they tell their modality."""
    data, component = subject.data(), subject.fresh()
    read = component.read(data)
    if len(list(read)) != len(data):
        raise Broken(f"{subject.name}.read gives {len(list(read))} records for {len(data)} items")
    if read.modality != component.modality:
        raise Broken(f"{subject.name}.read gives records of the modality {read.modality!r}, not {component.modality!r}")


@law(is_modality, gives("records"))
def written_items_read_back(subject: Subject) -> None:
    """What `write` puts into a folder, `read` reads back unchanged and in order; the paths it returns exist."""
    component = subject.fresh()
    items = list(component.read(subject.data()))
    with TemporaryDirectory() as name:
        paths = component.write(items, Path(name))
        missing = [path for path in paths if not Path(path).exists()]
        if not paths or missing:
            raise Broken(f"{subject.name}.write returns {len(paths)} paths, of which {len(missing)} do not exist")
        back = list(component.read(name))
    if not same(items, back):
        raise Broken(f"{subject.name}.read reads back other items ({len(back)}) than write was given ({len(items)})")


@law(is_modality)
def preview_shows_an_item(subject: Subject) -> None:
    """``preview`` gives text or the bytes of an image."""
    component = subject.fresh()
    shown = component.preview(_items(component.read(subject.data()))[0])
    if not isinstance(shown, str | bytes) or not shown:
        raise Broken(f"{subject.name}.preview gives {shown!r:.60}, not text or the bytes of an image")


def _items(read: Any) -> list[Any]:
    return [read[row] for row in range(len(read))] if isinstance(read, Interactions) else list(read)
