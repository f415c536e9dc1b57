"""The other side of the checks that need a fresh process: ``python -m asterism.framework.testing.fresh VERB module:Class [FOLDER]``.

``modules`` writes the names of the packages that importing the class loads, as JSON. ``apply`` reads a fitted component and data from the
folder and writes its answer there; ``learn`` fits an unfitted one anew. A tool of the test kit: classes are imported by their names.
"""

import json
import operator
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from .carrying import receive, send


def main(verb: str, reference: str, folder: str = "") -> None:
    """Do what the command line says."""
    find_class(reference)
    if verb == "modules":
        sys.stdout.write("\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
        return
    sent = receive(Path(folder), "sent", find_class)
    work = getattr(sent["component"], verb)
    send({"answer": work(sent["data"])}, Path(folder), "answer")


def find_class(reference: str) -> Any:
    """Find a class by ``module:name``."""
    module, _, name = reference.partition(":")
    return operator.attrgetter(name)(import_module(module))


if __name__ == "__main__":
    main(*sys.argv[1:])
