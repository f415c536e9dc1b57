"""What the encoders have in common that learn from a user's own images without being told what they show."""
