"""`asterism run SPEC`."""

from ..registry import Registry
from .common import Cache, Changes, Json, Memory, Out, Quiet, SpecPath, Workers, changed, print_run, watched_run


def run(
    spec: SpecPath,
    set_: Changes = None,
    out: Out = None,
    memory: Memory = None,
    cache: Cache = None,
    workers: Workers = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run a spec: read its source, fit every stage, write the results into a folder."""
    registry = Registry()
    plan = registry.plan(spec, tuple(set_ or ()))
    plan.options = changed(plan.options, memory, cache, workers)
    print_run(watched_run(registry, plan, out, quiet or json), json)
