"""Which characters the bundled fonts can print, and what replaces the others.

The fonts beside this module cover the scripts in which people's names are commonly written. A character that
none of them has is written out in words, such as `[grinning face]`, so that an unusual name never prevents a
letter.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
JOINERS = frozenset({0x200C, 0x200D, 0x200E, 0x200F, 0xFE0E, 0xFE0F, 0x00AD, 0x2060})
"""Characters that change how their neighbors are drawn and have no glyph of their own."""


@cache
def _covered() -> frozenset[int]:
    lines = (FONTS / "coverage.txt").read_text("ascii").split()
    ranges = (line.split("-") for line in lines)
    return frozenset(sign for first, last in ranges for sign in range(int(first, 16), int(last, 16) + 1))


def printable(text: str) -> str:
    """The text, with every character that no font can draw replaced."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_drawn(sign) for sign in composed)


def all_printable(value: Any) -> Any:
    """The same for every text in a value made of mappings and lists."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: all_printable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_printable(inner) for inner in value]
    return value


def in_latin_letters(value: Any) -> Any:
    """Every text in Latin letters only: printed when the typesetter still refuses the original."""
    if isinstance(value, str):
        return "".join(sign if ord(sign) < 0x250 or sign in "–—−•…’“”" else _in_words(sign) for sign in value)
    if isinstance(value, dict):
        return {key: in_latin_letters(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_latin_letters(inner) for inner in value]
    return value


def _is_drawn(sign: str) -> bool:
    return ord(sign) in _covered() or sign.isspace()


def _drawn(sign: str) -> str:
    if _is_drawn(sign):
        return sign
    # A joiner without the glyphs it joins has no effect.
    return "" if ord(sign) in JOINERS else _in_words(sign)


def _in_words(sign: str) -> str:
    if unicodedata.category(sign) in {"Cc", "Cf", "Mn", "Cs"}:
        return ""
    return f"[{unicodedata.name(sign, f'sign U+{ord(sign):04X}').lower()}]"
