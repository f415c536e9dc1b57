"""Why a record is where it is, and what makes a group: the kind `explainer` and its components."""
