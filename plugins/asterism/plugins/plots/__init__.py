"""Figures of a run for papers and slides, made with matplotlib."""
