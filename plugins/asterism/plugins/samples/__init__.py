"""Data that every machine has: functions that write it into a folder and return the path that a modality reads."""
