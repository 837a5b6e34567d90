"""Whether a text was made by chance, or written by a person: words, names, numbers in a row.

Entropy alone does not tell: each letter of a long identifier occurs once or twice, too. What does is which
letters stand beside each other, and where capitals and digits are.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import log2

#: For each letter those that often follow it in the words of English and of programs (19 of 20 pairs).
_PAIRS = """
abcdgiklmnprstuvwxy baceijlorsuy cacehiklmorstu dabdefilorstu eabcdefgiklmnopqrstvwxy faefilorstu gaehilnorsu
haeiort iabcdefglmnoprstvxz ju kaeils lacdeilopstuy mabdeimopstu nacdefgiklnopstuv oabcdfgiklmnoprstuvw
paehiloprstuy qu racdefgiklmnoprstuvy sacefghiklmnopstuy tacdefhilmnoprstuwy uabcdefgilmnoprst vaeio waehinors
xceipt yimnpst ze
"""
_FOLLOWING = {pair[0]: frozenset(pair[1:]) for pair in _PAIRS.split()}

#: Characters that a text of a class is made of, the smallest class first.
_CLASSES = (
    frozenset("0123456789"),
    frozenset("0123456789abcdef"),
    frozenset("0123456789ABCDEF"),
    frozenset("abcdefghijklmnopqrstuvwxyz0123456789"),
    frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
)
_LARGEST = 94

#: What stands between the words of a name.
_SEPARATORS = frozenset("-_./: ")


def surprise(text: str) -> float:
    """The part of the steps from one character to the next that no writer of words takes, from 0 to 1."""
    steps = odd = 0
    for before, after in pairwise(text):
        if before.isdigit() and after.isdigit():
            continue
        steps += 1
        odd += _is_odd(before, after)
    return odd / steps if steps else 0.0


def _is_odd(before: str, after: str) -> bool:
    if before.isalpha() and after.isalpha():
        if before.islower() and after.isupper():
            return True
        return after.lower() not in _FOLLOWING.get(before.lower(), ())
    if before.isalnum() and after.isalnum():
        return before.isdigit() != after.isdigit()
    return not {before, after} & _SEPARATORS


def evenness(text: str) -> float:
    """Entropy as a part of what a text of this length and character class would have by chance."""
    used = set(text)
    size = next((len(each) for each in _CLASSES if used <= each), _LARGEST)
    most = log2(min(len(text), size)) if len(text) > 1 else 1.0
    entropy = -sum(number / len(text) * log2(number / len(text)) for number in Counter(text).values())
    return entropy / most if most else 0.0
