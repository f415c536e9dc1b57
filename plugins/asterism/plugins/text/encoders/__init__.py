"""Encoders of texts: what each text becomes a row of numbers by."""
