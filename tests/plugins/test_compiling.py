"""Compiling where nothing can be kept; that machine code is kept elsewhere is tested with the rounds of UMAP."""

from typing import Any

import pytest

from asterism.plugins import compiling


def test_where_no_folder_can_be_written_every_process_compiles_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def njit(function: Any, cache: bool = False, **_: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return function

    monkeypatch.setattr(compiling, "njit", njit)
    assert compiling.compiled()(len)([1, 2]) == 2
