"""Components on vectors: reducers (`svd`, `pca`) and clusterers (`kmeans`) that take any matrix, dense or CSR."""
