"""From what a person names (a folder, a glob, a file) to entries that modalities read.

`find_files` lists the files of a source, `open_text` and `read_text` turn bytes into text with gzip and encodings taken care of,
`open_table` streams the rows of CSV, TSV, JSON Lines, Parquet and plain lines, and `table_entries` makes records of such rows. Every family
of plugins may use this package; there is no component in it.
"""

from .entries import Fact, TableEntries, TableFormat, endings_of, format_of, open_table, table_entries
from .files import find_files, means_several, name_in_utf8, names_in_utf8, need_file
from .reading import open_bytes, open_text, read_text
from .tables import Table

__all__ = [
    "Fact",
    "Table",
    "TableEntries",
    "TableFormat",
    "endings_of",
    "find_files",
    "format_of",
    "means_several",
    "name_in_utf8",
    "names_in_utf8",
    "need_file",
    "open_bytes",
    "open_table",
    "open_text",
    "read_text",
    "table_entries",
]
