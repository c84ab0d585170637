"""Reading one cell: text in, an exact value or a refusal out. Nothing is guessed.

Missing stays None, never zero: a basis read as zero would make the whole sale a gain. Numbers have their own
grammar, because `Decimal()` accepts `1_000` and full-width digits, and `float()` loses cents. Sizes are
bounded so that no cell can become a number of a million digits.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

CELL_CHARACTERS_MAX = 4096
SHOWN_CHARACTERS_MAX = 60

# What custodians print for "not known", compared case-folded and trimmed.
MISSING = frozenset({"", "-", "--", "n/a", "na", "not applicable", "incomplete", "missing"})

_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign1>[+-])?\$?(?P<sign2>[+-])?"
    r"(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,4}))?(?P<percent>%)?(?P<close>\))?"
)
_PLAIN = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,12})?")
"""How nearly every number is written, read without looking further."""
_DIGITS_MAX = 30
_EXPONENT_MAX = 18
_LARGEST = Decimal(10) ** 15

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_ISO_SLASH = re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_US = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_US_SHORT = re.compile(r"[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{2}")
_NAMED = re.compile(r"([A-Za-z]{3})[-/ ]([0-9]{1,2})(?:[-/]|, ?| )([0-9]{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_CUSIP = re.compile(r"[0-9A-Z*@#]{8}[0-9]")
_IDENTIFIER = re.compile(r"[A-Za-z0-9 \-_./*:#]{1,64}")
_FLOATED = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]+|[0-9]+\.0+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


class CellRefused(ValueError):
    """A cell that cannot be read: the rule it violates, and how to fix it."""

    def __init__(self, rule: str, how_to_fix: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.how_to_fix = how_to_fix


def shown(cell: str) -> str:
    """The cell as shown in a report: quoted, with control characters escaped, truncated."""
    cut = cell[:SHOWN_CHARACTERS_MAX]
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
    return f'"{safe}…"' if len(cell) > SHOWN_CHARACTERS_MAX else f'"{safe}"'


def is_missing(cell: str) -> bool:
    return not cell or cell.strip().casefold() in MISSING


def text(cell: str) -> str | None:
    """Trimmed text, None when empty. Words such as NA are text here: NA and NULL are real symbols.

    Raises CellRefused on control characters and direction overrides, which can deceive readers.
    """
    trimmed = cell.strip(" \t\u00a0\ufeff") if cell else cell
    if not trimmed:
        return None
    if _CONTROLS.search(trimmed):
        raise CellRefused(
            "The text holds a control character.", "Remove line breaks and invisible characters."
        )
    return trimmed


def number(cell: str) -> Decimal | None:
    """An exact number from `$1,234.50`, `($250)`, `-$1.00`, `1.2E-05`; None when missing.

    Raises CellRefused on anything else, percentages included (see `percent`).
    """
    if not cell:
        return None
    if _PLAIN.fullmatch(cell):
        return Decimal(cell) or Decimal(cell).copy_abs()
    value, is_percent = _numeral(cell)
    if is_percent:
        raise CellRefused("This is a percentage where a number is expected.", "Give the number itself.")
    return value


def _numeral(cell: str) -> tuple[Decimal | None, bool]:
    trimmed = cell.strip(" \t\u00a0")
    if is_missing(trimmed):
        return None, False
    found = _NUMBER.fullmatch(trimmed)
    if found is None:
        raise _why_no_number(trimmed)
    if bool(found["open"]) != bool(found["close"]):
        raise CellRefused("A parenthesis is not closed.", "Write a negative number as (250.00) or -250.00.")
    signs = [sign for sign in (found["sign1"], found["sign2"]) if sign]
    if len(signs) > 1 or (found["open"] and signs):
        raise CellRefused("The number has two signs.", "Write one minus sign or parentheses, not both.")
    digits = found["digits"].replace(",", "")
    exponent = int(found["exponent"] or 0)
    if len(digits) > _DIGITS_MAX or abs(exponent) > _EXPONENT_MAX:
        raise CellRefused("The number is out of range.", "Check the cell; no amount has that many digits.")
    value = Decimal(f"{digits}E{exponent}" if exponent else digits)
    if value >= _LARGEST:
        raise CellRefused("The number is out of range.", "Check the cell; no amount is that large.")
    if value and ("-" in signs or found["open"]):
        value = -value
    return value, bool(found["percent"])


def _why_no_number(trimmed: str) -> CellRefused:
    folded = trimmed.casefold().lstrip("+-")
    if folded in {"nan", "inf", "infinity", "snan"}:
        return CellRefused("This is not a finite number.", "Leave the cell empty when the figure is unknown.")
    if any(c.isdigit() and not c.isascii() for c in trimmed):
        return CellRefused("The number uses digits other than 0-9.", "Type it with plain digits.")
    if "_" in trimmed:
        return CellRefused("The number holds an underscore.", "Write 1000 or 1,000.")
    if re.fullmatch(r"[^0-9]*[0-9.]*,[0-9]{1,2}\D*", trimmed) or re.search(r"\.[0-9]{3},", trimmed):
        return CellRefused(
            "The number seems to use a decimal comma.", "Write 1,000.50: a point before the cents."
        )
    return CellRefused("This is not a number.", "Write digits, an optional point, and at most a $ sign.")


@lru_cache(maxsize=4096)  # A price file repeats each day for every security, so results are cached.
def day(cell: str) -> date | None:
    """A day from ISO `2026-11-20`, US `11/20/2026`, `20261120` or `Nov-20-2026`; None when missing.

    Raises CellRefused on two-digit years, impossible days and any other form: 03.04.2026 could be two days.
    """
    trimmed = cell.strip(" \t\u00a0")
    if is_missing(trimmed):
        return None
    if found := (_ISO.fullmatch(trimmed) or _ISO_SLASH.fullmatch(trimmed) or _COMPACT.fullmatch(trimmed)):
        year, month, of_month = (int(part) for part in found.groups())
    elif found := _US.fullmatch(trimmed):
        month, of_month, year = (int(part) for part in found.groups())
    elif (found := _NAMED.fullmatch(trimmed)) and found[1].casefold() in _MONTHS:
        year, month, of_month = int(found[3]), _MONTHS.index(found[1].casefold()) + 1, int(found[2])
    elif _US_SHORT.fullmatch(trimmed):
        raise CellRefused("The year has two digits.", "Write the year with four digits, as in 11/20/2026.")
    else:
        raise CellRefused("This is not a date we can read.", "Write 2026-11-20 or 11/20/2026.")
    if not 1900 <= year <= 2100:
        raise CellRefused("The year is out of range.", "Check the date; years run from 1900 to 2100.")
    try:
        return date(year, month, of_month)
    except ValueError:
        raise CellRefused("There is no such day.", "Check the month and the day.") from None


# What a closed lot shows where there is no single day: several lots, or inherited property (Form 8949, column
# b).
_NO_ONE_DAY = frozenset({"various", "multiple", "multi", "inherited", "unknown"})


def day_acquired(cell: str) -> date | None:
    """The day a lot was acquired; None for `Various` as for a missing one."""
    return None if cell.strip().casefold() in _NO_ONE_DAY else day(cell)


def flag(cell: str) -> bool | None:
    """Yes or no; None when missing."""
    folded = cell.strip().casefold()
    if folded in {"yes", "y", "true"}:
        return True
    if folded in {"no", "n", "false"}:
        return False
    if is_missing(folded):
        return None
    raise CellRefused("This is neither yes nor no.", "Write yes or no.")


def identifier(cell: str) -> str | None:
    """An account number, lot id or household code, kept exactly, including leading zeros.

    Raises CellRefused where a spreadsheet has turned the number into a float (`1.23E+08`), and where a
    spreadsheet would run the cell as a formula.
    """
    trimmed = text(cell)
    if trimmed is None:
        return None
    if _FLOATED.fullmatch(trimmed):
        raise CellRefused(
            "A spreadsheet has changed this number into scientific or decimal form.",
            "Export the file again and upload it without opening it in a spreadsheet.",
        )
    if trimmed[0] in "=+@":
        raise CellRefused("The cell starts like a spreadsheet formula.", "Remove the leading = + or @ sign.")
    if not _IDENTIFIER.fullmatch(trimmed):
        raise CellRefused(
            "An identifier may only contain letters, digits, spaces and - _ . / : * #.",
            "Check the cell.",
        )
    return trimmed


def cusip(cell: str) -> str | None:
    """A CUSIP with its check digit verified (ANSI X9.6); None when missing."""
    trimmed = cell.strip().upper()
    if is_missing(trimmed):
        return None
    if _FLOATED.fullmatch(trimmed) and not _CUSIP.fullmatch(trimmed):
        return identifier(cell)
    if not _CUSIP.fullmatch(trimmed):
        raise CellRefused("This is not a CUSIP.", "A CUSIP has nine letters or digits.")
    if cusip_check_digit(trimmed[:8]) != trimmed[8]:
        raise CellRefused("The CUSIP's check digit is wrong.", "Copy the CUSIP again from its source.")
    return trimmed


def cusip_check_digit(base: str) -> str:
    """The ninth character of a CUSIP whose first eight are `base` (letters count A=10 …, *@# 36 …)."""
    total = 0
    for position, c in enumerate(base):
        value = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#".index(c) * (2 if position % 2 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)
