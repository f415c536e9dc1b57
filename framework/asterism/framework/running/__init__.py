"""A run: how the stages of a pipeline get their results, what is left out on the way, and how it goes on after a stop.

`run` drives the stages; `fitting` does one of them, on the records of `feed`, through the functions of `batches`; `sink` takes the
rows, `rounds` fits by sums, `keeping` stands between these and the store; `rhythm` says how often work is written down, `pace` and
`reports` tell what is going on.
"""

from .run import Run

__all__ = ["Run"]
