import pytest


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Write a small library, which stands in for this machine's: ``library({"json/decoder.py": "import re"})``."""
    root = tmp_path / "library"
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(root))

    def write(files):
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return root

    return write
