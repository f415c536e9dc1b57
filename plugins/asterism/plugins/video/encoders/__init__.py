"""The encoders of videos, one module each."""
