"""The compiled part of itemsets: finding the frequent ones, looking them up, counting candidates.

Importing this module loads numba, so whoever needs it imports it where it works. Itemsets are flat: set ``s`` holds
``items[starts[s]:starts[s + 1]]``, in order. Nothing here depends on the order of the baskets.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

WORD = 64
"""Baskets that one word of a bitset stands for."""


@compiled(nogil=True)
def ones(word: Any) -> Any:
    """Count the bits of a word that are set; the compiler knows this pattern and puts the processor's instruction in its place."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled(nogil=True)
def count_items(indptr: NDArray[np.int64], indices: NDArray[np.int32], n_items: int) -> NDArray[np.int64]:
    """Count the baskets of each item, shape (n_items,); what stands in a basket twice counts once."""
    counts, last = np.zeros(n_items, np.int64), np.full(n_items, -1, np.int64)
    for basket in range(indptr.shape[0] - 1):
        for event in range(indptr[basket], indptr[basket + 1]):
            item = indices[event]
            if last[item] != basket:
                last[item] = basket
                counts[item] += 1
    return counts


@compiled(nogil=True)
def both_ways(indptr: NDArray[np.int64], indices: NDArray[np.int32], ranks: NDArray[np.int32], counts: NDArray[np.int64]) -> Any:
    """Write the baskets anew by rank, both ways, without what has the rank -1 and without repeats.

    Returns the ends of the baskets of each rank, these baskets, the place of each such cell in the baskets written by rank, the ends of
    those, and their ranks in rising order. `counts` are those of the ranks.
    """
    starts = np.zeros(counts.shape[0] + 1, np.int64)
    starts[1:] = np.cumsum(counts)
    filled, last = starts[:-1].copy(), np.full(counts.shape[0], -1, np.int64)
    baskets, row_starts = np.empty(starts[-1], np.int32), np.zeros(indptr.shape[0], np.int64)
    for basket in range(indptr.shape[0] - 1):
        row_starts[basket + 1] = row_starts[basket]
        for event in range(indptr[basket], indptr[basket + 1]):
            rank = ranks[indices[event]]
            if rank >= 0 and last[rank] != basket:
                last[rank] = basket
                baskets[filled[rank]] = basket
                filled[rank] += 1
                row_starts[basket + 1] += 1
    row_filled, places, rows = row_starts[:-1].copy(), np.empty(starts[-1], np.int64), np.empty(starts[-1], np.int32)
    for rank in range(counts.shape[0]):
        for cell in range(starts[rank], starts[rank + 1]):
            place = row_filled[baskets[cell]]
            rows[place], places[cell] = rank, place
            row_filled[baskets[cell]] += 1
    return starts, baskets, places, row_starts, rows


@compiled(nogil=True)
def roomy(array: Any, needed: int) -> Any:
    """Return the array, or a copy at least twice as long where it is shorter than needed."""
    if needed <= array.shape[0]:
        return array
    larger = np.empty(max(needed, 2 * array.shape[0]), array.dtype)
    larger[: array.shape[0]] = array
    return larger


@compiled(nogil=True)
def with_set(prefix: NDArray[np.int32], count: int, found: int, starts: Any, ranks: Any, counts: Any) -> Any:
    """Write a set behind the ones found; return the arrays, or longer copies."""
    starts, counts = roomy(starts, found + 2), roomy(counts, found + 1)
    begin, size = starts[found], prefix.shape[0]
    ranks = roomy(ranks, begin + size)
    for place in range(size):
        ranks[begin + place] = prefix[place]
    starts[found + 1], counts[found] = begin + size, count
    return starts, ranks, counts


@compiled(nogil=True)
def partners(first: int, cells: Any, min_count: int, beside: NDArray[np.int64], its_rank: Any, its_count: Any) -> Any:
    """Find the higher ranks that share `min_count` baskets with the first; return how many, and their arrays, or longer copies.

    `beside` is room for a count per rank, zero before and after.
    """
    starts, baskets, places, row_starts, rows = cells
    for cell in range(starts[first], starts[first + 1]):
        for place in range(places[cell] + 1, row_starts[baskets[cell] + 1]):
            beside[rows[place]] += 1
    n = 0
    for rank in range(first + 1, beside.shape[0]):
        if beside[rank] >= min_count:
            its_rank, its_count = roomy(its_rank, n + 1), roomy(its_count, n + 1)
            its_rank[n], its_count[n] = rank, beside[rank]
            n += 1
        beside[rank] = 0
    return n, its_rank, its_count


@compiled(nogil=True)
def fill_bitsets(first: int, cells: Any, its_rank: NDArray[np.int32], slots: NDArray[np.int64], bits: NDArray[np.uint64]) -> None:
    """Set the bits of the baskets, among those of the first rank, that hold each other one; `slots` is -1 before and after."""
    starts, baskets, places, row_starts, rows = cells
    width = bits.shape[0] // its_rank.shape[0]
    bits[:] = 0
    slots[its_rank] = np.arange(its_rank.shape[0])
    for basket in range(starts[first + 1] - starts[first]):
        cell = starts[first] + basket
        word, bit = basket // WORD, np.uint64(1) << np.uint64(basket % WORD)
        for place in range(places[cell] + 1, row_starts[baskets[cell] + 1]):
            if slots[rows[place]] >= 0:
                bits[slots[rows[place]] * width + word] |= bit
    slots[its_rank] = -1


@compiled(nogil=True)
def intersect(
    row: int, end: int, width: int, min_count: int, bits: NDArray[np.uint64], its_rank: NDArray[np.int32], its_count: NDArray[np.int64]
) -> int:
    """Write the intersections of a row with those between it and `end`, where they are frequent, from `end` on; return where they end."""
    mine, top = bits[row * width : (row + 1) * width], end
    for other in range(row + 1, end):
        theirs, joint, count = bits[other * width : (other + 1) * width], bits[top * width : (top + 1) * width], 0
        for word in range(width):
            joint[word] = mine[word] & theirs[word]
            count += ones(joint[word])
        if count >= min_count:
            its_rank[top], its_count[top] = its_rank[other], count
            top += 1
    return top


@compiled(nogil=True)
def eclat(cells: Any, min_count: int, max_length: int, limit: int) -> Any:
    """Find the frequent sets of ranks, depth first; return how many, their flat starts and ranks, and their counts.

    `cells` are what `both_ways` gives. For each rank the baskets that hold it are looked at alone: each higher rank that is frequent in
    them gets a bitset of as many bits as there are such baskets, and bitsets are intersected from there on. It stops where more than
    `limit` sets are found.
    """
    n_ranks, found = cells[0].shape[0] - 1, 0
    starts, ranks, counts = np.zeros(1024, np.int64), np.empty(4096, np.int32), np.empty(1024, np.int64)
    prefix, beside, slots = np.empty(n_ranks + 1, np.int32), np.zeros(n_ranks, np.int64), np.full(n_ranks, -1, np.int64)
    bits, its_rank, its_count = np.empty(1024, np.uint64), np.empty(256, np.int32), np.empty(256, np.int64)
    cursors, ends = np.zeros(n_ranks + 1, np.int64), np.zeros(n_ranks + 1, np.int64)
    for first in range(n_ranks):
        size = cells[0][first + 1] - cells[0][first]
        prefix[0], width, depth = first, (size + WORD - 1) // WORD, 1
        starts, ranks, counts = with_set(prefix[:1], size, found, starts, ranks, counts)
        found += 1
        top = 0
        if max_length > 1:
            top, its_rank, its_count = partners(first, cells, min_count, beside, its_rank, its_count)
        if max_length > 2 and top > 1:
            bits = roomy(bits, top * width)
            fill_bitsets(first, cells, its_rank[:top], slots, bits[: top * width])
        cursors[1], ends[1] = 0, top
        while depth > 0 and found <= limit:
            row, end = cursors[depth], ends[depth]
            if row == end:
                depth -= 1
                continue
            cursors[depth] += 1
            prefix[depth] = its_rank[row]
            starts, ranks, counts = with_set(prefix[: depth + 1], its_count[row], found, starts, ranks, counts)
            found += 1
            if depth + 1 < max_length and row + 1 < end:
                room = 2 * end - row
                bits, its_rank, its_count = roomy(bits, room * width), roomy(its_rank, room), roomy(its_count, room)
                depth += 1
                cursors[depth], ends[depth] = end, intersect(row, end, width, min_count, bits, its_rank, its_count)
        if found > limit:
            break
    return found, starts[: found + 1], ranks[: starts[found]], counts[:found]


@compiled(nogil=True)
def order_within(starts: NDArray[np.int64], items: NDArray[np.int32]) -> None:
    """Sort the items of each set, in place."""
    for one in range(starts.shape[0] - 1):
        for place in range(starts[one] + 1, starts[one + 1]):
            item, at = items[place], place
            while at > starts[one] and items[at - 1] > item:
                items[at] = items[at - 1]
                at -= 1
            items[at] = item


@compiled(nogil=True)
def canonical_order(starts: NDArray[np.int64], items: NDArray[np.int32], n_items: int) -> NDArray[np.int64]:
    """Return the order of sets by size, then by their items, the first ones counting most, shape (n_sets,)."""
    n_sets = starts.shape[0] - 1
    longest = 0
    for one in range(n_sets):
        longest = max(longest, starts[one + 1] - starts[one])
    groups = np.zeros(longest + 2, np.int64)
    for one in range(n_sets):
        groups[starts[one + 1] - starts[one] + 1] += 1
    groups = np.cumsum(groups)
    order, spare, filled = np.empty(n_sets, np.int64), np.empty(n_sets, np.int64), groups.copy()
    for one in range(n_sets):
        size = starts[one + 1] - starts[one]
        order[filled[size]] = one
        filled[size] += 1
    for size in range(1, longest + 1):
        begin, end = groups[size], groups[size + 1]
        for column in range(size - 1, -1, -1):
            bins = np.zeros(n_items + 1, np.int64)
            for place in range(begin, end):
                bins[items[starts[order[place]] + column] + 1] += 1
            bins = np.cumsum(bins) + begin
            for place in range(begin, end):
                item = items[starts[order[place]] + column]
                spare[bins[item]] = order[place]
                bins[item] += 1
            order[begin:end] = spare[begin:end]
    return order


@compiled(nogil=True)
def arranged(starts: NDArray[np.int64], items: NDArray[np.int32], order: NDArray[np.int64]) -> Any:
    """Return the flat starts and items of some sets in another order."""
    new_starts = np.zeros(order.shape[0] + 1, np.int64)
    for place in range(order.shape[0]):
        new_starts[place + 1] = new_starts[place] + starts[order[place] + 1] - starts[order[place]]
    new_items = np.empty(new_starts[-1], np.int32)
    for place in range(order.shape[0]):
        begin = starts[order[place]]
        for at in range(new_starts[place + 1] - new_starts[place]):
            new_items[new_starts[place] + at] = items[begin + at]
    return new_starts, new_items


@compiled(nogil=True)
def code(item: int) -> np.uint64:
    """Return the fixed 64 bits that stand for an item; those of a set are their sum (Zobrist 1970; mixing by Steele et al. 2014)."""
    word = np.uint64(item + 1) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled(nogil=True)
def index_sets(starts: NDArray[np.int64], items: NDArray[np.int32]) -> Any:
    """Return the codes of the sets, and a table with open addresses, of a power of two, of their places; -1 is free."""
    n_sets = starts.shape[0] - 1
    codes, size = np.zeros(n_sets, np.uint64), 2
    while size < 2 * n_sets:
        size *= 2
    table = np.full(size, -1, np.int32)
    for one in range(n_sets):
        for place in range(starts[one], starts[one + 1]):
            codes[one] += code(items[place])
        slot = np.int64(codes[one] & np.uint64(size - 1))
        while table[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        table[slot] = one
    return codes, table


@compiled(nogil=True)
def find_part(
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    codes: NDArray[np.uint64],
    table: NDArray[np.int32],
    whole: NDArray[np.int32],
    mask: int,
    sought: np.uint64,
    size: int,
) -> Any:
    """Return the place of the set that holds those `size` items of `whole` whose bits are set in the mask; -1 where there is none.

    `sought` is the code of the set; where codes agree, the items are compared.
    """
    slot = np.int64(sought & np.uint64(table.shape[0] - 1))
    while table[slot] >= 0:
        one = table[slot]
        if codes[one] == sought and starts[one + 1] - starts[one] == size:
            at = starts[one]
            for place in range(whole.shape[0]):
                if mask >> place & 1:
                    if items[at] != whole[place]:
                        break
                    at += 1
            if at == starts[one + 1]:
                return one
        slot = (slot + 1) & (table.shape[0] - 1)
    return -1


@compiled(nogil=True)
def absorbed(
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    counts: NDArray[np.int64],
    codes: NDArray[np.uint64],
    table: NDArray[np.int32],
    same_count: bool,
) -> NDArray[np.bool_]:
    """Tell which sets lie in one of one more item, where asked one of the same count, shape (n_sets,)."""
    inside = np.zeros(counts.shape[0], np.bool_)
    for one in range(counts.shape[0]):
        whole = items[starts[one] : starts[one + 1]]
        size = whole.shape[0]
        for place in range(size if size > 1 else 0):
            part = find_part(
                starts, items, codes, table, whole, ((1 << size) - 1) ^ (1 << place), codes[one] - code(whole[place]), size - 1
            )
            if part >= 0 and (not same_count or counts[part] == counts[one]):
                inside[part] = True
    return inside


@compiled(nogil=True)
def join(level: NDArray[np.int32], codes: NDArray[np.uint64], table: NDArray[np.int32], candidates: NDArray[np.int32]) -> int:
    """Join the frequent sets of one size, rows in order, to sets of one more item of which every part is frequent; return how many.

    Writes them to `candidates` in order, as far as there are rows (Apriori, Agrawal and Srikant, VLDB 1994).
    """
    n_sets, size = level.shape
    starts, items = np.arange(n_sets + 1) * size, level.ravel()
    whole, found = np.empty(size + 1, np.int32), 0
    for one in range(n_sets):
        whole[:size] = level[one]
        for other in range(one + 1, n_sets):
            alike = True
            for place in range(size - 1):
                alike = alike and level[one, place] == level[other, place]
            if not alike:
                break
            whole[size] = level[other, size - 1]
            total, everything, is_whole = codes[one] + code(whole[size]), (1 << (size + 1)) - 1, True
            for place in range(size - 1):
                mask = everything ^ (1 << place)
                is_whole = is_whole and find_part(starts, items, codes, table, whole, mask, total - code(whole[place]), size) >= 0
            if is_whole:
                if found < candidates.shape[0]:
                    candidates[found] = whole
                found += 1
    return found


@compiled(nogil=True)
def bitsets(indptr: NDArray[np.int64], columns: NDArray[np.int32], n_columns: int) -> Any:
    """Return a bit for each column and basket, set where the basket holds the column, shape (n_columns, n_words); -1 is no column."""
    bits = np.zeros((n_columns, (indptr.shape[0] - 1 + WORD - 1) // WORD), np.uint64)
    for basket in range(indptr.shape[0] - 1):
        for event in range(indptr[basket], indptr[basket + 1]):
            if columns[event] >= 0:
                bits[columns[event], basket // WORD] |= np.uint64(1) << np.uint64(basket % WORD)
    return bits


@compiled(nogil=True)
def count_candidates(bits: NDArray[np.uint64], candidates: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
    """Add to the counts in how many baskets of `bitsets` each candidate lies; candidates stand in order."""
    size = candidates.shape[1]
    joint = np.zeros((size, bits.shape[1]), np.uint64)
    for row in range(candidates.shape[0]):
        same = 0  # levels that the candidate before left as this one needs them
        while row > 0 and same < size - 1 and candidates[row, same] == candidates[row - 1, same]:
            same += 1
        for level in range(same, size):
            its = bits[candidates[row, level]]
            for word in range(bits.shape[1]):
                joint[level, word] = its[word] & joint[level - 1, word] if level else its[word]
        for word in range(bits.shape[1]):
            counts[row] += ones(joint[size - 1, word])
