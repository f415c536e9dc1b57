"""The sample `docstrings`: what the Python standard library says about itself."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from .standard_library import parse_modules

LONGER_THAN = 60
"""Characters; shorter ones ("Return self.") say too little to be grouped."""


def write_docstrings(folder: Path) -> Path:
    """Write about 5,000 docstrings of modules, classes and functions as JSON Lines with `id`, `text` and `module`.

    The id is the dotted name, the module the top-level module or package. Of docstrings that stand several times the first is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "docstrings.jsonl"
    ids, texts = set(), set()
    with path.open("w", encoding="utf-8") as stream:
        for module, tree in parse_modules():
            for name, text in _docstrings(tree, module):
                if name not in ids and text not in texts:
                    ids.add(name)
                    texts.add(text)
                    record = {"id": name, "text": text, "module": module.partition(".")[0]}
                    stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def _docstrings(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        text = ast.get_docstring(node)
        if text and len(text) > LONGER_THAN:
            yield name, text
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings(child, f"{name}.{child.name}")
        elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):  # a definition may stand under an `if` or a `try`
            yield from _docstrings(child, name)
