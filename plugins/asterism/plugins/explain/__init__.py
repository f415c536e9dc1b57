"""Why a record is in its group, and what sets a group apart: the kind `explainer` and its components."""
