"""What a person would write with scikit-learn for Reuters R8: TF-IDF, SVD 100, rows of length 1, k-means 8.

Arguments: the data, a file for the groups.
"""

import csv
import sys
from pathlib import Path

from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import normalized_mutual_info_score
from sklearn.preprocessing import normalize

rows = [line.split("\t", 1) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
targets, texts = [row[0] for row in rows], [row[1] for row in rows]
X = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=3).fit_transform(texts)
Z = TruncatedSVD(n_components=100, random_state=0).fit_transform(X)
labels = KMeans(n_clusters=8, random_state=0).fit_predict(normalize(Z))
with Path(sys.argv[2]).open("w", newline="") as stream:
    csv.writer(stream).writerows(enumerate(labels))
print(normalized_mutual_info_score(targets, labels))
