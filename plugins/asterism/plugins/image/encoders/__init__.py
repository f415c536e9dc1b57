"""The encoders of images, one module each."""
