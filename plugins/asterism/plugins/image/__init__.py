"""The family of images: reading them, and turning them into numbers."""
