"""What happens to raw texts before anything is learned from them: cleaning, leaving out, and cutting into passages."""
