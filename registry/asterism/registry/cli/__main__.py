"""``python -m asterism.registry.cli`` is the `asterism` command."""

from . import main

main()
