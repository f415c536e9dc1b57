"""`asterism run SPEC`."""

from ..registry import Registry
from .common import Changes, Json, Out, Quiet, SpecPath, print_run, watched_run


def run(spec: SpecPath, set_: Changes = None, out: Out = None, quiet: Quiet = False, json: Json = False) -> None:
    """Run a spec: read its source, fit every stage, write the results into a folder."""
    registry = Registry()
    print_run(watched_run(registry, registry.plan(spec, tuple(set_ or ())), out, quiet or json), json)
