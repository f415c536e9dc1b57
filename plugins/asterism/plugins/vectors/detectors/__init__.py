"""Detectors: how unusual each row is. The kind itself stands in `detector`; the core does not know it."""
