"""Functions on a result: numbers that score it, and examples that describe it. Their parameters' names say what they need."""
