"""The report of a run and its live viewer: one page of HTML, made of the same parts."""
