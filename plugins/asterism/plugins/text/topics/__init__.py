"""Topics: what groups of texts are about, how they are mended, named and joined."""
