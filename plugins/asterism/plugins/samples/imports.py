"""The sample `imports`: which modules of the Python standard library are imported together."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from .standard_library import parse_modules

NO_MODULE = "__future__"
"""It is written like an import, and is an instruction to the compiler."""


def write_imports(folder: Path) -> Path:
    """Write a TSV file with the columns `module` and `import`: who imports what, each pair once, in the order of the lines.

    A user is a module by its dotted name, an item a top-level module or package of the standard library other than its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "imports.tsv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("module\timport\n")
        for module, tree in parse_modules():
            for item in dict.fromkeys(_imported(tree)):
                if item in sys.stdlib_module_names and item not in (NO_MODULE, module.partition(".")[0]):
                    stream.write(f"{module}\t{item}\n")
    return path


def _imported(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.level == 0 and child.module:  # a relative import stays in its own package
            yield child.module.partition(".")[0]
        elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):  # no import stands in an expression
            yield from _imported(child)
