"""What `run.json` says of a run beside its spec: under which circumstances it was made, and what each stage gave."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from asterism.framework.fingerprint import NoDigest, digest_of
from asterism.framework.result import Result
from asterism.framework.settings import Settings
from asterism.framework.values import n_rows

LIBRARIES = {"numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn", "torch": "torch"}
"""Modules whose versions change numbers, and the distributions that they are from."""


def circumstances(settings: Settings, providers: dict[str, str]) -> dict[str, Any]:
    """Tell versions, settings, threads and the folder of the cache."""
    engine = settings.engine
    return {
        "versions": {"python": platform.python_version(), **_library_versions(), **providers},
        "settings": {
            "memory": settings.memory,
            "workers": "auto" if engine.workers is None else engine.workers,
            "timeout": engine.timeout,
            "threads": _threads(),
            "engine": type(engine).__name__,
            "strict": settings.strict,
            "max_bad": settings.max_bad,
            "limit": settings.limit,
        },
        "cache": str(settings.store.folder.absolute()) if settings.store else None,
    }


def results_of(result: Result, *, digests: bool = True) -> dict[str, Any]:
    """Tell what was read, and of each stage its key, rows, time and the digest of its result."""
    return {
        "fingerprint": result.fingerprint,
        "records": len(result.ids),
        "quarantined": len(result.quarantine),
        "stages": {name: _stage(result, name, digests) for name in result.values},
    }


def _stage(result: Result, name: str, digests: bool) -> dict[str, Any]:
    value = result.values[name]
    return {
        "component": result.stages[name].label,
        "key": result.keys.get(name, ""),
        "rows": n_rows(value),
        **({"columns": int(value.shape[1])} if len(getattr(value, "shape", ())) == 2 else {}),
        "reused": result.reused.get(name, 0),
        "streamed": name in result.streamed,
        "seconds": round(result.seconds.get(name, 0.0), 6),
        "memory": result.memory.get(name, 0),
        "digest": _digest(value) if digests else "",
    }


def _digest(value: Any) -> str:
    try:
        return digest_of(value)
    except NoDigest:
        return ""


def _library_versions() -> dict[str, str]:
    found = {}
    for module, distribution in LIBRARIES.items():
        if module in sys.modules:
            try:
                found[distribution] = version(distribution)
            except PackageNotFoundError:  # put on the path by hand
                found[distribution] = str(getattr(sys.modules[module], "__version__", ""))
    return found


def _threads() -> int:
    """Count the threads that linear algebra may use: sums come out otherwise where they are split otherwise."""
    from threadpoolctl import threadpool_info

    return max((pool["num_threads"] for pool in threadpool_info()), default=1)
