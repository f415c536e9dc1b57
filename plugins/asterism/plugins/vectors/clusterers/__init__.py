"""Clusterers: rows into groups."""
