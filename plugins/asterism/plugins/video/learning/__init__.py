"""What the encoders have in common that learn from a user's own videos without being told what they show."""
