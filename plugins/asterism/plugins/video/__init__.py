"""The family of videos: reading clips of them, and turning their frames and motion into numbers."""
