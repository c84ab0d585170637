"""What a value of a setting may be, and that its text reads back as the value."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.firm import catalog, desk_figures, firm_facts, policy_defaults, price_figures, rule_figures
from compliance.firm.setting import ClassBand, Kind, Setting, read_bands
from compliance.rules import book
from tests.examples import many

RULE = catalog.BY_CODE


@pytest.mark.parametrize("setting", catalog.SETTINGS, ids=lambda one: one.code)
def test_what_is_shipped_is_a_value_that_could_be_set(setting: Setting[Any]) -> None:
    assert setting.fault(setting.default) is None
    assert setting.of_text(setting.as_text(setting.default)) == setting.default
    assert setting.shown(setting.default)
    assert setting.help
    assert setting.read_by


def test_every_threshold_of_the_rules_is_a_setting_or_says_why_not() -> None:
    assert rule_figures.WORDS.keys() | rule_figures.FIXED.keys() == book.THRESHOLDS.keys()
    assert not rule_figures.WORDS.keys() & rule_figures.FIXED.keys()


def test_what_is_shipped_fits_together() -> None:
    assert list(catalog.faults_between(lambda setting: setting.default)) == []


REFUSED = [
    (desk_figures.HOLD_DAYS_MAX, 0, "Longest hold is from 1 to 366 days, not 0 days."),
    (desk_figures.HOLD_DAYS_MAX, 367, "Longest hold is from 1 to 366 days, not 367 days."),
    (desk_figures.HOLD_DAYS_MAX, D("30"), "Longest hold is a whole number."),
    (desk_figures.HOLD_DAYS_MAX, True, "Longest hold is a whole number."),
    (desk_figures.RETENTION_YEARS, 4, "Records are kept is from 5 to 50 years, not 4 years."),
    (
        desk_figures.SCAN_AFTER_CLOSE,
        29,
        "Start of the scan is from 30 to 960 minutes after the close, not 29 minutes after the close.",
    ),
    (desk_figures.SCAN_DAYS, (), "Days of the scan cannot be left empty."),
    (
        desk_figures.SCAN_DAYS,
        ("sat",),
        "Days of the scan are some of Monday, Tuesday, Wednesday, Thursday, Friday.",
    ),
    (
        desk_figures.SCAN_DAYS,
        ("tue", "mon"),
        "Days of the scan: name each once, in the order Monday, Tuesday, Wednesday, Thursday, Friday.",
    ),
    (policy_defaults.BAND_POINTS, D("0.3"), "Band in points is from 0.1% to 25%, not 30%."),
    (policy_defaults.BAND_POINTS, D("NaN"), "Band in points is a number."),
    (policy_defaults.BAND_POINTS, D("Infinity"), "Band in points is a number."),
    (policy_defaults.BAND_POINTS, 0.05, "Band in points is a number."),
    (
        policy_defaults.BAND_POINTS,
        D("0.0500001"),
        "Band in points has more decimal places than the record keeps.",
    ),
    (
        policy_defaults.MINIMUM_TRADE,
        D("250.005"),
        "Minimum trade has more decimal places than the record keeps.",
    ),
    (policy_defaults.MINIMUM_TRADE, D("-1"), "Minimum trade is from $0 to $100,000, not $-1."),
    (policy_defaults.LOOK, "hourly", None),
    (policy_defaults.EDGE_IS_BREACH, "yes", "A weight on the edge is outside is yes or no."),
    (firm_facts.NAME, "", "Name cannot be left empty."),
    (firm_facts.NAME, "  ", "Name cannot be blank."),
    (firm_facts.NAME, "Harbor\nAdvisers", "Name is one line."),
    (firm_facts.NAME, "Harbor\x00", "Name has a character that cannot be printed. Type it again."),
    (firm_facts.NAME, "Harbor\x1b[2J", "Name has a character that cannot be printed. Type it again."),
    (firm_facts.NAME, "Harbor \ud800", "Name is not valid text. Type it again."),
    (firm_facts.NAME, "x" * 121, "Name has 121 characters; at most 120 fit."),
    (firm_facts.FISCAL_YEAR_END, (2, 30), "Fiscal year end is a month and a day, such as 12-31."),
    (firm_facts.FISCAL_YEAR_END, (13, 1), "Fiscal year end is a month and a day, such as 12-31."),
    (firm_facts.FISCAL_YEAR_END, "12", "Fiscal year end is a month and a day, such as 12-31."),
    (price_figures.SOURCES, ("feed", "feed"), "Price sources: name each once."),
    (
        price_figures.SOURCES,
        ("feed'; DROP TABLE clients_price; --",),
        "Price sources are short names of lower-case letters, digits, dots and dashes.",
    ),
    (
        policy_defaults.CLASS_BANDS,
        (ClassBand("bonds", "narrower", D("0.05")),),
        "Bands by class, bonds: a narrower band has points and share, and nothing else.",
    ),
    (
        policy_defaults.CLASS_BANDS,
        (ClassBand("bonds", "absolute", D("0.05")), ClassBand("bonds", "absolute", D("0.04"))),
        "Bands by class: name each class once.",
    ),
    (
        RULE["rules.live_price_stages"],
        ("lunch",),
        "Stages that need a live price are some of at build, at approval, at release.",
    ),
]


@pytest.mark.parametrize(
    ("setting", "value", "sentence"), REFUSED, ids=lambda one: getattr(one, "code", None)
)
def test_a_value_that_cannot_be_used_is_refused_with_the_reason(
    setting: Setting[Any], value: Any, sentence: str | None
) -> None:
    fault = setting.fault(value)

    assert fault is not None
    assert sentence is None or fault == sentence


def strategy_of(setting: Setting[Any]) -> st.SearchStrategy[Any]:
    """Values within the bounds of a setting."""
    match setting.kind:
        case Kind.WHOLE:
            return st.integers(int(setting.least or 0), int(setting.most or 0))
        case Kind.DOLLARS:
            return st.decimals(setting.least, setting.most, places=2)
        case Kind.PERCENT | Kind.NUMBER:
            return st.decimals(setting.least, setting.most, places=4)
        case Kind.YES_NO:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from([key for key, _ in setting.choices])
        case Kind.SEVERAL:
            keys = [key for key, _ in setting.choices]
            return st.sets(st.sampled_from(keys), min_size=1).map(
                lambda chosen: tuple(key for key in keys if key in chosen)
            )
        case Kind.ORDER:
            return st.lists(
                st.from_regex(r"[a-z][a-z0-9]{1,8}", fullmatch=True), min_size=1, unique=True
            ).map(tuple)
        case Kind.MONTH_AND_DAY:
            return st.dates().map(lambda day: (day.month, day.day))
        case Kind.BANDS:
            return st.dictionaries(
                st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
                st.decimals("0.01", "0.25", places=4),
                min_size=1,
                max_size=5,
            ).map(
                lambda by_class: tuple(ClassBand(key, "absolute", by_class[key]) for key in sorted(by_class))
            )
        case _:
            longest = int(setting.most or 100)
            return st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=longest)


@many
@given(st.data())
def test_every_value_that_may_be_set_reads_back_from_its_text(data: st.DataObject) -> None:
    setting = data.draw(st.sampled_from(catalog.SETTINGS))
    value = data.draw(strategy_of(setting))

    assert setting.fault(value) is None
    assert setting.of_text(setting.as_text(value)) == value


def test_bands_are_read_one_class_a_line() -> None:
    assert read_bands("bonds: narrower, 5 points, 25% of target\n\n cash: absolute, 2 points \n") == (
        ClassBand("bonds", "narrower", D("0.05"), D("0.25")),
        ClassBand("cash", "absolute", D("0.02")),
    )


@pytest.mark.parametrize(
    "line", ["bonds", "bonds: narrower 5 points", "bonds; absolute, 5 points", "b: x, 5 point"]
)
def test_a_line_that_is_no_band_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="Line 2 is not like"):
        read_bands(f"cash: absolute, 2 points\n{line}")


def test_the_files_that_may_confirm_themselves_are_those_of_the_layouts() -> None:
    from clients.custodians import registry

    families = {layout.slug.split("-")[0] for layout in registry.LAYOUTS}

    assert {key for key, _ in price_figures.CONFIRMED_BY_THEMSELVES.choices} == families
