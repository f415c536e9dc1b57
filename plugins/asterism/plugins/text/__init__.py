"""The family of plugins for text: where it comes from, how it becomes numbers, and how a group of texts gets a name."""
