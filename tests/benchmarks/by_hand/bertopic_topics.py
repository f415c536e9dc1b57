"""Topics of a CSV file as its users make them: sentence-transformers, then BERTopic with its defaults.

``python bertopic_topics.py FILE MODEL`` reads the columns ``text`` and ``category``, and prints seconds, NMI, topics and outliers as JSON.
"""

import csv
import json
import sys
import time
from pathlib import Path

begin = time.perf_counter()

from bertopic import BERTopic  # noqa: E402  # what it takes to import counts
from sentence_transformers import SentenceTransformer  # noqa: E402  # likewise
from sklearn.metrics import normalized_mutual_info_score  # noqa: E402  # likewise

with Path(sys.argv[1]).open(encoding="utf-8", newline="") as stream:
    rows = list(csv.DictReader(stream))
texts = [row["text"] for row in rows]
vectors = SentenceTransformer(sys.argv[2]).encode(texts)
encoded = time.perf_counter()
topics, _ = BERTopic().fit_transform(texts, vectors)
found = {
    "seconds": time.perf_counter() - begin,
    "encoding": encoded - begin,
    "nmi": float(normalized_mutual_info_score([row["category"] for row in rows], topics)),
    "topics": len(set(topics) - {-1}),
    "outliers": topics.count(-1) / len(topics),
}
sys.stdout.write(json.dumps(found) + "\n")
