"""Reducers: a matrix into one of fewer, or better, columns."""
