"""“How we rebalance”: every number in it follows the settings in force, and the PDF says the same as the page."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal as D
from typing import Any

import pikepdf
import pytest

from compliance.firm import catalog, firm_facts, firm_settings, policy_defaults
from compliance.firm.desk_figures import APPROVAL_GOOD_FOR, HOLD_DAYS_MAX
from compliance.firm.firm_settings import InForce
from compliance.firm.setting import ClassBand, Group, Kind, Setting
from rebalancing.client_reports import policy_print, rebalancing_policy
from rebalancing.client_reports.rebalancing_policy import RebalancingPolicy
from tests import cast
from tests.clock import MONDAY, MONDAY_NOON, SUNDAY_NOON, set_clock
from tests.factories.firm_settings import decided
from tests.pages import as_, page_of, words_of
from tests.rebalancing.client_reports import pdf_text

AS_SHIPPED = InForce(on=MONDAY)


def with_(*changes: tuple[Setting[Any], Any]) -> InForce:
    """The settings of Monday with these in force, as version 3."""
    changed = tuple(sorted((setting.code, setting.as_text(value)) for setting, value in changes))
    return InForce(on=MONDAY, version=3, since=date(2026, 11, 2), changed=changed)


def text_of(policy: RebalancingPolicy) -> str:
    parts = [policy.as_of]
    for section in policy.sections:
        parts += [section.title, *section.paragraphs]
        if section.table:
            parts += [cell for row in section.table.rows for cell in row]
    return "\n".join(parts)


def rows_of(policy: RebalancingPolicy, title: str) -> tuple[tuple[str, ...], ...]:
    table = next(one.table for one in policy.sections if one.title == title)
    assert table is not None
    return table.rows


def test_it_says_as_of_which_version() -> None:
    assert rebalancing_policy.of(AS_SHIPPED).as_of == (
        "As of Nov 23, 2026: the settings as shipped, which the firm has not changed."
    )
    assert rebalancing_policy.of(with_((HOLD_DAYS_MAX, 60))).as_of == (
        "As of Nov 23, 2026: version 3 of the firm's settings, in effect since Nov 2, 2026."
    )


@pytest.mark.parametrize(
    ("kind", "points", "share", "sentence", "rows"),
    [
        (
            "narrower",
            "0.05",
            "0.25",
            "5 percentage points or 25% of its target, whichever is less",
            {"2%": "1.5–2.5%", "10%": "7.5–12.5%", "20%": "15–25%", "40%": "35–45%", "60%": "55–65%"},
        ),
        (
            "absolute",
            "0.03",
            "0.25",
            "3 percentage points, from",
            {"2%": None, "5%": None, "10%": "7–13%", "20%": "17–23%", "60%": "57–63%"},
        ),
        (
            "relative",
            "0.05",
            "0.2",
            "20% of its target, from",
            {"2%": "1.6–2.4%", "10%": "8–12%", "40%": "32–48%", "60%": "48–72%"},
        ),
        (
            "wider",
            "0.05",
            "0.25",
            "5 percentage points or 25% of its target, whichever is more",
            {"5%": None, "10%": "5–15%", "20%": "15–25%", "40%": "30–50%", "60%": "45–75%"},
        ),
    ],
)
def test_the_examples_of_bands_are_computed(
    kind: str, points: str, share: str, sentence: str, rows: dict[str, str | None]
) -> None:
    figures = with_(
        (policy_defaults.BAND_KIND, kind),
        (policy_defaults.BAND_POINTS, D(points)),
        (policy_defaults.BAND_SHARE, D(share)),
    )
    policy = rebalancing_policy.of(figures)

    assert sentence in text_of(policy)
    table = {row[1]: row[2:] for row in rows_of(policy, "When a class has drifted too far")}
    shown = {
        target: f"{lower.removesuffix('%')}–{upper}" if lower.endswith("%") else None
        for target, (lower, upper) in table.items()
    }
    assert {target: shown[target] for target in rows} == rows


def test_a_class_with_a_band_of_its_own_has_its_own_rows() -> None:
    figures = with_((policy_defaults.CLASS_BANDS, (ClassBand("real_estate", "absolute", D("0.02")),)))

    rows = rows_of(rebalancing_policy.of(figures), "When a class has drifted too far")

    assert [row for row in rows if row[0] != "Any class"] == [
        ("real estate", "10%", "8%", "12%"),
        ("real estate", "40%", "38%", "42%"),
    ]


PRINTED_AS_WORDS = {
    # These choose between sentences, or are shown in a form of their own.
    policy_defaults.EDGE_IS_BREACH.code,
    firm_facts.FEES_DEPEND_ON_TRADING.code,
}
ELSEWHERE = {
    # What an examiner of the policy does not need: how pages show moments, which file confirms itself, how prices are ranked.
    firm_facts.TIME_ZONE.code,
    # How long programs may read stands where tokens are made.
    firm_facts.TOKEN_DAYS_MAX.code,
    *(setting.code for setting in catalog.in_group(Group.FILES)),
    # When the firm looks at its own mistakes stands on the page of the monitors.
    *(setting.code for setting in catalog.in_group(Group.MONITORS)),
    "prices.sources",
    # How old a file may be that the wash calendar trusts stands on the calendar.
    "taxes.file_is_fresh_for",
    # Who signs stands on the policy that is signed.
    "policy.compliance_signs",
}


def another(setting: Setting[Any]) -> Any:
    """A value of the setting that is not the one shipped."""
    match setting.kind:
        case Kind.YES_NO:
            return not setting.default
        case Kind.CHOICE:
            return next(key for key, _ in setting.choices if key != setting.default)
        case Kind.SEVERAL:
            return (setting.choices[-1][0],)
        case Kind.WHOLE:
            return int(setting.most or 0) - 1
        case Kind.DOLLARS | Kind.PERCENT | Kind.NUMBER:
            return (setting.default + (setting.most or 0)) / 2
        case Kind.MONTH_AND_DAY:
            return (6, 30)
        case Kind.BANDS:
            return (ClassBand("gold", "absolute", D("0.02")),)
        case _:
            return "Written by us."


@pytest.mark.parametrize(
    "setting",
    [one for one in catalog.SETTINGS if one.code not in ELSEWHERE and one.group is not Group.RULES],
    ids=lambda one: one.code,
)
def test_what_the_firm_decides_changes_what_it_says(setting: Setting[Any]) -> None:
    changes = [(setting, another(setting))]
    if setting is policy_defaults.BAND_SHARE or setting is policy_defaults.BAND_POINTS:
        changes.append((policy_defaults.BAND_KIND, "narrower"))
    before, after = rebalancing_policy.of(AS_SHIPPED), rebalancing_policy.of(with_(*changes))

    assert setting.fault(another(setting)) is None
    if setting.group is Group.FIRM and setting is not firm_facts.FISCAL_YEAR_END:
        assert after.letterhead != before.letterhead
    else:
        assert after.sections != before.sections


def test_its_pdf_is_tagged_and_says_the_same() -> None:
    policy = rebalancing_policy.of(with_((HOLD_DAYS_MAX, 77), (firm_facts.NAME, "Harbor Advisers LLC")))

    pdf = policy_print.pdf_of(policy, at=SUNDAY_NOON)

    assert policy_print.pdf_of(policy, at=SUNDAY_NOON) == pdf
    text = " ".join(pdf_text.text_of(pdf).split())
    assert "Harbor Advisers LLC" in text
    assert "at most 77 days" in text
    for section in policy.sections:
        assert section.title in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en-US"
        with document.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"


@pytest.mark.parametrize(
    "text", ['#include "x"', "$x$ *bold* _it_ @ref <label>", "<script>alert(1)</script>", "نحن نوازن", "我们"]
)
def test_the_firms_words_are_printed_as_they_are(text: str) -> None:
    policy = rebalancing_policy.of(with_((policy_defaults.PHILOSOPHY, text)))

    assert policy_print.pdf_of(policy, at=SUNDAY_NOON).startswith(b"%PDF")


@pytest.mark.django_db
def test_everybody_who_signs_in_reads_it(carl: Any, ana: Any, ada: Any) -> None:
    set_clock(MONDAY_NOON)
    decided(APPROVAL_GOOD_FOR, 3)
    for user in (carl, ana, ada):
        answer = as_(user).get("/how-we-rebalance/")
        assert page_of(answer).version == 1
        assert "A proposal can be decided until 3 market days after the close" in words_of(answer)
        pdf = as_(user).get("/how-we-rebalance.pdf")
        assert pdf.content.startswith(b"%PDF")
        assert pdf["Content-Disposition"] == 'attachment; filename="how-we-rebalance-2026-11-23.pdf"'
    told = as_(cast.cora()).get("/api/v1/how-we-rebalance/").json()
    assert (told["version"], told["sections"][0]["title"]) == (1, "Our philosophy")


def test_the_firms_policy_can_be_told_of_any_day() -> None:
    assert firm_settings.folded([], on=MONDAY) == AS_SHIPPED
