"""`asterism schema`."""

from ..registry import Registry
from .common import print_json


def schema() -> None:
    """Print the JSON Schema of spec files over everything installed, for editors."""
    print_json(Registry().schema())
