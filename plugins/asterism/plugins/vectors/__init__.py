"""Components on vectors, which take any matrix: reducers, clusterers, detectors. What several of them do stands in the modules here."""
