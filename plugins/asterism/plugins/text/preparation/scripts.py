"""Scripts that put no blanks between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer."""

UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
)
"""Their characters, as the inside of a character class of a regular expression."""

WIDE_SIGNS = "\u3000-\u303f\uff00-\uff65"
"""Punctuation that stands among them, likewise."""
