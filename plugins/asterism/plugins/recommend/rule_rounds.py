"""The compiled part of association rules: splitting frequent itemsets into rules, and firing the rules on histories.

Importing this module loads numba, so whoever needs it imports it where it works. Itemsets are flat, as in `itemset_rounds`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

from .itemset_rounds import code, find_part


@compiled(nogil=True)
def split_set(one: int, sets: Any, n_baskets: int, bounds: Any, stack: Any, found: int, tried: int, rules: NDArray[np.int32]) -> Any:
    """Split one set as `split` does, consequents depth first; return how many rules and tries there are now."""
    (starts, items, counts, codes, table), (min_confidence, min_lift, max_consequent, limit, effort) = sets, bounds
    whole, support, (cursors, masks, sums) = items[starts[one] : starts[one + 1]], counts[one] / n_baskets, stack
    size, depth, cursors[0] = whole.shape[0], 0, 0
    everything, most = (1 << size) - 1, min(max_consequent, size - 1)
    while depth >= 0 and found <= limit and tried <= effort:
        place = cursors[depth]
        if place == size:
            depth -= 1
            continue
        cursors[depth] += 1
        tried += 1
        mask, total = masks[depth] | (1 << place), sums[depth] + code(whole[place])
        antecedent = find_part(starts, items, codes, table, whole, everything ^ mask, codes[one] - total, size - depth - 1)
        confidence = support / (counts[antecedent] / n_baskets)
        if not confidence >= min_confidence:
            continue
        consequent = find_part(starts, items, codes, table, whole, mask, total, depth + 1)
        if confidence / (counts[consequent] / n_baskets) >= min_lift:
            if found < rules.shape[0]:
                rules[found, 0], rules[found, 1], rules[found, 2] = one, antecedent, consequent
            found += 1
        if depth + 1 < most:
            depth += 1
            cursors[depth], masks[depth], sums[depth] = place + 1, mask, total
    return found, tried


@compiled(nogil=True)
def split(sets: Any, kept: NDArray[np.bool_], n_baskets: int, bounds: Any, rules: NDArray[np.int32]) -> Any:
    """Split each kept set into antecedent and consequent wherever the rule is good enough; return how many rules, and splits tried.

    `sets` are flat starts and items, counts, and what `index_sets` gives; `bounds` the least confidence and lift, the most items of a
    consequent, and the most rules and tries, above which it stops. Writes the places of the whole set, the antecedent and the consequent
    to the rows of `rules`, as far as there are any. A consequent too weak for its confidence is not enlarged: a smaller antecedent is
    never rarer.
    """
    found = tried = 0
    stack = np.zeros(64, np.int64), np.zeros(64, np.int64), np.zeros(64, np.uint64)
    for one in range(kept.shape[0]):
        if kept[one] and sets[0][one + 1] - sets[0][one] > 1:
            found, tried = split_set(one, sets, n_baskets, bounds, stack, found, tried, rules)
    return found, tried


@compiled(nogil=True)
def holds_all(touched: NDArray[np.bool_], items: NDArray[np.int32]) -> Any:
    """Tell whether all these items are touched."""
    for item in items:  # noqa: SIM110  # numba compiles no all() of a generator
        if not touched[item]:
            return False
    return True


@compiled(nogil=True)
def fire(indptr: NDArray[np.int64], columns: NDArray[np.int32], rules: Any, scores: NDArray[np.float32]) -> None:
    """Raise the score of each rule's consequent to the rule's value where its antecedent lies within the history.

    `rules` are the ends of the rules of each item, which stands in their antecedents; the ends of the antecedents, and their items; the
    consequents, an item each; and the values.
    """
    rule_starts, starts, antecedents, consequents, values = rules
    touched = np.zeros(scores.shape[1], np.bool_)
    for row in range(scores.shape[0]):
        history = columns[indptr[row] : indptr[row + 1]]
        touched[history] = True
        for item in history:
            for rule in range(rule_starts[item], rule_starts[item + 1]):
                its = antecedents[starts[rule] : starts[rule + 1]]
                if values[rule] > scores[row, consequents[rule]] and holds_all(touched, its):
                    scores[row, consequents[rule]] = values[rule]
        touched[history] = False
