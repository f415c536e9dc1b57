"""Words per second of the n-gram model, fit and scoring, against nltk.lm on the same words in the same run.

Both sides fit order 3 from raw lines: splitting them at white space, the vocabulary, padding and counting are all timed. nltk's
Kneser-Ney walks through its counts for every word it scores, so its rate comes from the first words only, which are split already;
that of its add-k model, which does no more than a few look-ups, stands beside. Seconds are the processor's, over all threads.

    python tests/benchmarks/ngram.py [WORDS]
"""

import ast
import os
import statistics
import sys
import time
from pathlib import Path

from nltk.lm import KneserNeyInterpolated, Lidstone
from nltk.lm.preprocessing import pad_both_ends, padded_everygram_pipeline
from nltk.util import ngrams

from asterism.framework import Records
from asterism.plugins.generate.ngram import NGram

ORDER = 3
WANTED = 50
SECONDS_OF_SCORING = 15


def read_lines(n_words):
    """Read `n_words` words of the reference corpora, or of the standard library's docstrings where there are none."""
    lines, words = [], 0
    for line in _lines():
        if words >= n_words:
            break
        lines.append(line)
        words += len(line.split())
    return lines, words


def _lines():
    folder = os.environ.get("ASTERISM_DATA")
    files = ["wikitext2/valid.txt", "wikitext2/test.txt", "war_and_peace/warandpeace.txt"]
    texts = (Path(folder, "lm", name).read_text("utf-8") for name in files) if folder else _docstrings()
    return (line for text in texts for line in text.split("\n") if line.strip())


def _docstrings():
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for path in sorted(Path(ast.__file__).parent.rglob("*.py")):
        if not {"site-packages", "lib2to3", "test"} & set(path.parts):  # the tests hold files that are not meant to be valid
            yield from (ast.get_docstring(node) or "" for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, documented))


def seconds(work):
    """Time one call in processor seconds, which tell less about what else the machine is doing."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def fit_nltk(model, lines):
    """Split, pad, count, and build the vocabulary."""
    model.fit(*padded_everygram_pipeline(ORDER, [line.split() for line in lines]))
    return model


def nltk_scoring_rate(model, texts):
    """Score words for a while; return words per second."""
    begin, words = time.process_time(), 0
    for text in texts:
        for *context, word in ngrams(pad_both_ends(text, n=ORDER), ORDER):
            model.score(word, context)
            words += 1
            if time.process_time() - begin > SECONDS_OF_SCORING:
                return words / SECONDS_OF_SCORING
    return words / (time.process_time() - begin)


def main():
    lines, n_words = read_lines(int(sys.argv[1]) if len(sys.argv) > 1 else 887_521)
    texts, records = [line.split() for line in lines], Records.of(lines)
    print(f"{n_words:,} words in {len(lines):,} texts, order {ORDER}")

    NGram().fit(records.take([0]))  # imports
    fits = [seconds(lambda: NGram(order=ORDER).fit(records))[0] for _ in range(3)]
    their_fit, theirs = seconds(lambda: fit_nltk(KneserNeyInterpolated(ORDER), lines))
    their_rate = nltk_scoring_rate(theirs, texts)
    del theirs
    add_k_rate = nltk_scoring_rate(fit_nltk(Lidstone(0.1, ORDER), lines[:3000]), texts[:3000])
    fits += [seconds(lambda: NGram(order=ORDER).fit(records))[0] for _ in range(4)]  # before and after, in case the machine got slower
    our_fit, model = statistics.median(fits), NGram(order=ORDER).fit(records)
    our_rate = n_words / statistics.median(seconds(lambda: model.score(records))[0] for _ in range(5))

    print(f"fit     nltk {n_words / their_fit:12,.0f} words/s ({their_fit:.2f} s)")
    print(f"        ours {n_words / our_fit:12,.0f} words/s ({our_fit:.2f} s, median of {len(fits)}): {their_fit / our_fit:,.0f} times")
    print(f"score   nltk {their_rate:12,.1f} words/s; add-k {add_k_rate:,.0f} words/s")
    print(f"        ours {our_rate:12,.0f} words/s: {our_rate / their_rate:,.0f} times; {our_rate / add_k_rate:,.1f} times add-k")
    if min(their_fit / our_fit, our_rate / their_rate) < WANTED:
        sys.exit(f"wanted: {WANTED} times in both")


if __name__ == "__main__":
    main()
