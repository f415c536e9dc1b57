"""What a person would write with scikit-learn for MNIST: pixels, PCA 50, k-means 10. Arguments: the images, a file for the groups."""

import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score

with gzip.open(sys.argv[1]) as stream:
    images = np.frombuffer(stream.read(), np.uint8, offset=16).reshape(-1, 784)
with gzip.open(sys.argv[1].replace("images-idx3", "labels-idx1")) as stream:
    targets = np.frombuffer(stream.read(), np.uint8, offset=8)
X = images.astype(np.float32) / 255
Z = PCA(n_components=50, random_state=0).fit_transform(X)
labels = KMeans(n_clusters=10, random_state=0).fit_predict(Z)
with Path(sys.argv[2]).open("w", newline="") as stream:
    csv.writer(stream).writerows(enumerate(labels))
print(normalized_mutual_info_score(targets, labels))
