"""What a setting is: its code, name, group, kind, default and bounds, and what reads it. Pure.

A value has one text, in which it is stored and compared: `as_text` writes it and `of_text` reads it back. `fault` says
in a sentence why a value cannot be used.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Generic, TypeVar

from compliance.digests.canonical import decimal_text

T = TypeVar("T")

WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
PLACES_MAX = 6
"""Decimal places of a figure: a hundredth of a basis point."""


class Kind(StrEnum):
    """How a setting's value is typed and shown."""

    TEXT = "text"
    LONG_TEXT = "long text"
    WHOLE = "whole number"
    DOLLARS = "dollars"
    PERCENT = "percent"
    NUMBER = "number"
    YES_NO = "yes or no"
    CHOICE = "choice"
    SEVERAL = "several of a list"
    ORDER = "words in order"
    MONTH_AND_DAY = "month and day"
    BANDS = "bands by class"


class Group(StrEnum):
    """The page sections: one form, and one decision of a second person, each."""

    FIRM = "firm"
    FEES = "fees"
    POLICY = "policy"
    COSTS = "costs"
    TRIGGERS = "triggers"
    PROMISES = "promises"
    MONITORS = "monitors"
    TIMETABLE = "timetable"
    APPROVAL = "approval"
    ORDERS = "orders"
    PRICES = "prices"
    FILES = "files"
    RULES = "rules"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Group.FIRM: "The firm",
    Group.FEES: "Fees",
    Group.POLICY: "Rebalancing policy",
    Group.COSTS: "Trading costs and tax assumptions",
    Group.TRIGGERS: "Triggers and holds",
    Group.PROMISES: "Promises",
    Group.MONITORS: "Monitors",
    Group.TIMETABLE: "Scan timetable",
    Group.APPROVAL: "Approvals and retention",
    Group.ORDERS: "Orders and execution",
    Group.PRICES: "Prices",
    Group.FILES: "Custodian files",
    Group.RULES: "Thresholds of the pre-trade rules",
}


@dataclass(frozen=True, slots=True, order=True)
class ClassBand:
    """The firm's usual band of one asset class, by the class's code. Points and share are fractions of one."""

    asset_class: str
    kind: str
    points: Decimal | None = None
    share: Decimal | None = None


BAND_KINDS = {
    "absolute": ("points",),
    "relative": ("share",),
    "narrower": ("points", "share"),
    "wider": ("points", "share"),
}
"""The kinds of bands that a default can have, and the widths each needs."""
BAND = re.compile(
    r"(?P<code>[a-z0-9_]{1,40})\s*:\s*(?P<kind>[a-z]+)"
    r"(?:\s*,\s*(?P<points>\d+(?:\.\d+)?) points)?(?:\s*,\s*(?P<share>\d+(?:\.\d+)?)% of target)?"
)
BAND_EXAMPLE = "bonds: narrower, 5 points, 25% of target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One setting. `unit` follows its value in sentences ("days"), `help` says what it does, `read_by` where.

    `least` and `most` bound figures; of a text `most` bounds the characters, of words their count. Fractions are
    fractions of one and shown as percent. `from_env` is the name of the Django setting that gives the default where an
    installation sets it.
    """

    code: str
    name: str
    group: Group
    kind: Kind
    default: T
    help: str
    read_by: str
    unit: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    from_env: str = ""

    def fault(self, value: Any) -> str | None:
        """Why this value cannot be used, as a sentence; None where it can."""
        if value in ("", (), None) and not isinstance(value, bool):
            return f"{self.name} cannot be left empty." if self.required else None
        return _FAULTS[self.kind](self, value)

    def as_text(self, value: T) -> str:
        """The one text of a value."""
        return _WRITERS[self.kind](value)

    def of_text(self, text: str) -> T:
        """The value of a text. Raises ValueError for a text that is none."""
        value: T = _READERS[self.kind](text)
        return value

    def shown(self, value: T) -> str:
        """The value as people read it."""
        if value in ("", (), None) and not isinstance(value, bool):
            return "none"
        return _SHOWN[self.kind](self, value)

    @property
    def bounds(self) -> str:
        """What may be set, in words; empty where anything may."""
        if self.kind in (Kind.TEXT, Kind.LONG_TEXT):
            return f"up to {self.most} characters"
        if self.choices:
            return ", ".join(label for _, label in self.choices)
        if self.least is None or self.most is None:
            return ""
        if self.kind in (Kind.WHOLE, Kind.NUMBER):
            return f"{decimal_text(self.least)} to {_figure(self, self.most)}"
        return f"{_figure(self, self.least)} to {_figure(self, self.most)}"


def _figure(setting: Setting[Any], value: Any) -> str:
    if setting.kind is Kind.PERCENT:
        return f"{decimal_text(value * 100)}%"
    if setting.kind is Kind.DOLLARS:
        return f"${value:,.2f}".removesuffix(".00")
    unit = setting.unit.removesuffix("s") if value == 1 else setting.unit
    return f"{decimal_text(Decimal(value))} {unit}".strip()


def _text_fault(setting: Setting[Any], value: Any) -> str | None:
    if not isinstance(value, str):
        return f"{setting.name} is a text."
    if any(ord(one) < 32 and one != "\n" for one in value) or "\x7f" in value:
        return f"{setting.name} has a character that cannot be printed. Type it again."
    if setting.kind is Kind.TEXT and "\n" in value:
        return f"{setting.name} is one line."
    if not value.strip():
        return f"{setting.name} cannot be blank."
    if setting.most is not None and len(value) > setting.most:
        return f"{setting.name} has {len(value):,} characters; at most {setting.most} fit."
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return f"{setting.name} is not valid text. Type it again."
    return None


def _number_fault(setting: Setting[Any], value: Any) -> str | None:
    whole = setting.kind is Kind.WHOLE
    if isinstance(value, bool) or not isinstance(value, int if whole else Decimal):
        return f"{setting.name} is a {'whole ' if whole else ''}number."
    figure = Decimal(value)
    if not figure.is_finite():
        return f"{setting.name} is a number."
    exponent = figure.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    places = 2 if setting.kind is Kind.DOLLARS else PLACES_MAX
    if exponent < -places:
        return f"{setting.name} has more decimal places than the record keeps."
    if (setting.least is not None and figure < setting.least) or (
        setting.most is not None and figure > setting.most
    ):
        return f"{setting.name} is from {setting.bounds}, not {_figure(setting, value)}."
    return None


def _yes_no_fault(setting: Setting[Any], value: Any) -> str | None:
    return None if isinstance(value, bool) else f"{setting.name} is yes or no."


def _choice_fault(setting: Setting[Any], value: Any) -> str | None:
    return None if value in dict(setting.choices) else f"{setting.name} is one of {setting.bounds}."


def _several_fault(setting: Setting[Any], value: Any) -> str | None:
    known = [key for key, _ in setting.choices]
    if not isinstance(value, tuple) or any(one not in known for one in value):
        return f"{setting.name} are some of {setting.bounds}."
    if list(value) != [key for key in known if key in value]:
        return f"{setting.name}: name each once, in the order {setting.bounds}."
    return None


def _order_fault(setting: Setting[Any], value: Any) -> str | None:
    if not isinstance(value, tuple) or not all(isinstance(one, str) and WORD.fullmatch(one) for one in value):
        return f"{setting.name} are short names of lower-case letters, digits, dots and dashes."
    if len(set(value)) != len(value):
        return f"{setting.name}: name each once."
    if setting.most is not None and len(value) > setting.most:
        return f"{setting.name}: at most {setting.most} names."
    return None


def _month_and_day_fault(setting: Setting[Any], value: Any) -> str | None:
    match value:
        # In a leap year, so that February 29 is a day; a year without it ends on its last.
        case (int(month), int(day)) if 1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]:
            return None
    return f"{setting.name} is a month and a day, such as 12-31."


def _bands_fault(setting: Setting[Any], value: Any) -> str | None:
    if not isinstance(value, tuple) or not all(isinstance(one, ClassBand) for one in value):
        return f"{setting.name} are lines like “{BAND_EXAMPLE}”."
    if len({one.asset_class for one in value}) != len(value):
        return f"{setting.name}: name each class once."
    for band in value:
        if fault := band_fault(band.kind, points=band.points, share=band.share):
            return f"{setting.name}, {band.asset_class}: {fault}"
    return None


def band_fault(kind: str, *, points: Decimal | None, share: Decimal | None) -> str | None:
    """Why a band of these widths cannot be used, as a sentence; None where it can."""
    if kind not in BAND_KINDS:
        return f"a band is {', '.join(BAND_KINDS)}."
    given = {"points": points, "share": share}
    for name, width in given.items():
        needed = name in BAND_KINDS[kind]
        if needed != (width is not None):
            return f"a {kind} band has {' and '.join(BAND_KINDS[kind])}, and nothing else."
        if width is not None and not (0 < width <= (Decimal("0.25") if name == "points" else Decimal("0.5"))):
            return "points are above 0 up to 25, the share of the target above 0% up to 50%."
    return None


def _read_decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not value.is_finite():
        raise ValueError(f"{text!r} is no number")
    return value


def _read_yes_no(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _read_words(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _read_month_and_day(text: str) -> tuple[int, int]:
    if not (found := re.fullmatch(r"(\d{1,2})-(\d{1,2})", text)):
        raise ValueError(f"{text!r} is no month and day")
    return int(found[1]), int(found[2])


def read_bands(text: str) -> tuple[ClassBand, ...]:
    """The bands of a text with one class a line. Raises ValueError naming the first line that is none."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        if not (match := BAND.fullmatch(line)):
            raise ValueError(f"Line {number} is not like “{BAND_EXAMPLE}”.")
        points, share = match["points"], match["share"]
        found.append(
            ClassBand(
                match["code"],
                match["kind"],
                Decimal(points) / 100 if points else None,
                Decimal(share) / 100 if share else None,
            )
        )
    return tuple(sorted(found, key=lambda one: one.asset_class))


def _band_line(band: ClassBand) -> str:
    widths = [] if band.points is None else [f"{decimal_text(band.points * 100)} points"]
    widths += [] if band.share is None else [f"{decimal_text(band.share * 100)}% of target"]
    return f"{band.asset_class}: {', '.join((band.kind, *widths))}"


def _bands_text(value: Any) -> str:
    return "\n".join(_band_line(one) for one in value)


def _several_shown(setting: Setting[Any], value: Any) -> str:
    labels = dict(setting.choices)
    return ", ".join(labels.get(one, one) for one in value)


def _month_and_day_shown(setting: Setting[Any], value: Any) -> str:
    months = "January February March April May June July August September October November December"
    return f"{months.split()[value[0] - 1]} {value[1]}"


_FAULTS: dict[Kind, Callable[[Setting[Any], Any], str | None]] = {
    Kind.TEXT: _text_fault,
    Kind.LONG_TEXT: _text_fault,
    Kind.WHOLE: _number_fault,
    Kind.DOLLARS: _number_fault,
    Kind.PERCENT: _number_fault,
    Kind.NUMBER: _number_fault,
    Kind.YES_NO: _yes_no_fault,
    Kind.CHOICE: _choice_fault,
    Kind.SEVERAL: _several_fault,
    Kind.ORDER: _order_fault,
    Kind.MONTH_AND_DAY: _month_and_day_fault,
    Kind.BANDS: _bands_fault,
}
_WRITERS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.LONG_TEXT: str,
    Kind.WHOLE: str,
    Kind.DOLLARS: decimal_text,
    Kind.PERCENT: decimal_text,
    Kind.NUMBER: decimal_text,
    Kind.YES_NO: lambda value: "yes" if value else "no",
    Kind.CHOICE: str,
    Kind.SEVERAL: ",".join,
    Kind.ORDER: ",".join,
    Kind.MONTH_AND_DAY: lambda value: f"{value[0]:02d}-{value[1]:02d}",
    Kind.BANDS: _bands_text,
}
_READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.LONG_TEXT: str,
    Kind.WHOLE: int,
    Kind.DOLLARS: _read_decimal,
    Kind.PERCENT: _read_decimal,
    Kind.NUMBER: _read_decimal,
    Kind.YES_NO: _read_yes_no,
    Kind.CHOICE: str,
    Kind.SEVERAL: _read_words,
    Kind.ORDER: _read_words,
    Kind.MONTH_AND_DAY: _read_month_and_day,
    Kind.BANDS: read_bands,
}
_SHOWN: dict[Kind, Callable[[Setting[Any], Any], str]] = {
    Kind.TEXT: lambda _, value: str(value),
    Kind.LONG_TEXT: lambda _, value: str(value),
    Kind.WHOLE: _figure,
    Kind.DOLLARS: _figure,
    Kind.PERCENT: _figure,
    Kind.NUMBER: _figure,
    Kind.YES_NO: lambda _, value: "yes" if value else "no",
    Kind.CHOICE: lambda setting, value: dict(setting.choices)[value],
    Kind.SEVERAL: _several_shown,
    Kind.ORDER: lambda _, value: ", ".join(value),
    Kind.MONTH_AND_DAY: _month_and_day_shown,
    Kind.BANDS: lambda _, value: "; ".join(map(_band_line, value)),
}
