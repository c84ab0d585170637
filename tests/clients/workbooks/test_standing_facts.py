"""Flat rates, status by year, trusts and entities as owners, recurring cash and holds: by workbook and back again."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from openpyxl import load_workbook

from clients.households import holds, recurring_cash
from clients.models import Account, CashFlow, CashFlowRule, Hold, Household, Person, TaxProfile
from clients.workbooks import workbooks, writing
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.workbooks import loaded, received

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 12, 14, 17, tzinfo=SUNDAY_NOON.tzinfo)
RENT: dict[str, Any] = {
    "household": "miller", "account": "0011110001", "flow": "withdrawal", "amount": -3000, "every": "month", "day": 1,
    "starts_on": "2026-12-01", "note": "Rent",
}  # fmt: skip
WAITING: dict[str, Any] = {
    "household": "miller", "hold": "transfer", "reason": "Moving to Schwab.", "starts_on": "2026-11-20",
    "expires_on": "2026-12-20",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _people(db: None) -> None:
    cast.ana()
    cast.rui()


def rows(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return made.together(made.firm(), made.family(), more)


def exported() -> bytes:
    return writing.as_file(writing.everything(Household.objects.all()), "xlsx")


def bent(bend: Callable[[Any], None]) -> bytes:
    book = load_workbook(io.BytesIO(exported()))
    bend(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell(book: Any, sheet: str, column: str, row: int = 2) -> Any:
    heads = [str(one.value).rstrip("*") for one in book[sheet][1]]
    return book[sheet].cell(row, heads.index(column) + 1)


def told(content: bytes) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """What loading would do to the households, in words."""
    plan = workbooks.planned(received(content), at=SUNDAY_NOON)
    assert plan.faults == ()
    return [
        (step.sentence, [(one.column, one.before, one.after) for one in step.differences])
        for household in plan.households
        for step in household.steps
    ]


def faults(content: bytes) -> list[tuple[str, str, str, str]]:
    plan = workbooks.planned(received(content), at=SUNDAY_NOON)
    assert all(one.household == "miller" for one in plan.faults), "it is that household's alone"
    return [(one.sheet, one.column.split()[-1], one.rule, one.cure) for one in plan.faults]


# ── Tax profiles ─────────────────────────────────────────────────────────────────────────────────


def flat(**more: Any) -> dict[str, list[dict[str, Any]]]:
    found = rows()
    profile = found["tax_profiles"][0]
    del profile["wages"], profile["qualified_dividends"]
    profile |= {"rate_short": "37%", "rate_long": "20%", "rate_investment": "3.8%", **more}
    return found


def test_a_profile_with_flat_rates_and_its_own_status_and_state() -> None:
    """The couple files jointly in Colorado now; in 2026 its profile says otherwise, and Texas."""
    loaded(made.xlsx(flat(filing_status="qss", state="TX")))

    profile = TaxProfile.objects.get()
    assert (profile.rate_short, profile.rate_long, profile.rate_investment, profile.wages) == (
        D("0.37"), D("0.20"), D("0.038"), D(0),
    )  # fmt: skip
    assert (profile.filing_status, profile.state, profile.tax_unit.filing_status, profile.tax_unit.state) == (
        "qss", "TX", "mfj", "CO",
    )  # fmt: skip
    assert told(exported()) == []


def test_without_a_status_the_year_is_filed_as_the_unit_is() -> None:
    loaded(made.xlsx(rows()))

    profile = TaxProfile.objects.get()
    assert (profile.filing_status, profile.state, profile.rate_short) == ("mfj", "CO", None)


def test_one_changed_rate_is_the_only_change() -> None:
    loaded(made.xlsx(flat()))

    content = bent(lambda book: setattr(cell(book, "tax_profiles", "rate_long"), "value", 0.15))

    assert told(content) == [("Change the 2026 tax profile of couple", [("rate_long", "0.200000", "0.15")])]
    loaded(content)
    assert TaxProfile.objects.get().rate_long == D("0.15")


NEEDS = "Write the wages, 0 for none, or rate_short and rate_long."


@pytest.mark.parametrize(
    ("profile", "column", "rule", "cure"),
    [
        ({"rate_short": None, "rate_long": None, "rate_investment": None}, "wages",
         "The profile has neither an income nor flat rates.", NEEDS),
        ({"rate_long": None, "rate_investment": None}, "rate_short",
         "Flat rates need a short-term and a long-term rate.", "Give both, or neither and the income instead."),
        ({"wages": 1000}, "wages", "With flat rates the income is not used.",
         "Write 0 here, or, to compute with the income again, clear the rates on the profile's page."),
        ({"rate_long": "40%"}, "rate_short",
         "The long-term rate is above the short-term rate; long-term gains are never taxed more.", "Exchange the two."),
        ({"rate_short": "95%"}, "rate_short", "Federal and state rates together must be below 100%.",
         "Write 24% as 24 or 0.24."),
        ({"rate_short": "137%"}, "rate_short", "A percentage runs from 0% to 100%.", "Write five percent as 5% or 0.05."),
        ({"state": "Texas"}, "state", "A state has two letters.", "Write it as in CA or NY."),
        ({"filing_status": "mfs"}, "filing_status", "Married filing separately is a status of one person.",
         "Choose one member, or another status."),
        ({"filing_status": "married"}, "filing_status", "This value is not one of the allowed ones.",
         "Write one of: single, mfj, mfs, hoh, qss, trust."),
    ],
)  # fmt: skip
def test_figures_that_no_return_has_are_refused_in_the_preview(
    profile: dict[str, Any], column: str, rule: str, cure: str
) -> None:
    assert faults(made.xlsx(flat(**profile))) == [("tax_profiles", column, rule, cure)]


# ── Trusts and entities ──────────────────────────────────────────────────────────────────────────


def with_trusts() -> dict[str, list[dict[str, Any]]]:
    """Mia's revocable trust, taxed to the couple; a trust of the children with a return of its own; a company."""
    account = {"household": "miller", "custodian": "schwab", "discretion": "full", "agreement_on": "2020-01-02", "margin": "no"}  # fmt: skip
    return rows(
        people=[
            {"household": "miller", "family_name": "Miller Living Trust", "kind": "trust", "part": "other",
             "parties": "Mia Miller, trustee"},
            {"household": "miller", "family_name": "Miller Children's Trust", "kind": "trust", "part": "other"},
            {"household": "miller", "family_name": "Miller Boats LLC", "kind": "entity", "part": "other"},
        ],
        tax_units=[
            {"household": "miller", "tax_unit": "children", "name": "The trust", "filing_status": "trust",
             "members": "Miller Children's Trust"},
            {"household": "miller", "tax_unit": "boats", "name": "The company", "filing_status": "trust",
             "members": "Miller Boats LLC"},
        ],
        accounts=[
            {**account, "account": "1", "owner": "Miller Living Trust", "registration": "revocable_trust"},
            {**account, "account": "2", "owner": "Miller Children's Trust", "registration": "irrevocable_trust"},
            {**account, "account": "3", "owner": "Miller Boats LLC", "registration": "partnership"},
            {**account, "account": "4", "owner": "Miller Boats LLC", "registration": "individual", "tax_unit": "couple"},
        ],
    )  # fmt: skip


def test_trusts_and_entities_own_accounts_and_each_has_its_return() -> None:
    loaded(made.xlsx(with_trusts()))

    found = {
        str(one.owner): (one.owner.kind, one.tax_unit.code if one.tax_unit else "")
        for one in Account.objects.filter(owner__kind__in=("trust", "entity")).exclude(
            registration="individual"
        )
    }
    assert found == {
        "Miller Living Trust": ("trust", "couple"),
        "Miller Children's Trust": ("trust", "children"),
        "Miller Boats LLC": ("entity", "boats"),
    }
    assert Account.objects.get(registration="individual").tax_unit.code == "couple"  # type: ignore[union-attr]
    assert Person.objects.get(family_name="Miller Living Trust").parties == "Mia Miller, trustee"
    assert told(exported()) == []


def test_a_changed_account_keeps_the_return_that_was_named() -> None:
    loaded(made.xlsx(with_trusts()))
    row = Account.objects.order_by("pk").values_list("registration", flat=True)
    at = list(row).index("individual") + 2

    loaded(bent(lambda book: setattr(cell(book, "accounts", "label", at), "value", "Boats")))

    named = Account.objects.get(registration="individual")
    assert (named.name, named.tax_unit.code if named.tax_unit else "") == ("Boats", "couple")


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "rule"),
    [
        ("people", 2, "given_name", "The", "A trust or an entity has no first name."),
        ("people", 2, "spouse", "Mia Miller", "A trust or an entity is not married."),
        ("people", 0, "parties", "Somebody", "Only a trust or an entity has parties."),
        ("accounts", 2, "tax_unit", "nobody", "The household has no such tax unit."),
        ("accounts", 1, "tax_unit", "couple", "No return reports trades in this account."),
        (
            "accounts",
            2,
            "owner",
            "Miller Dead Trust",
            "Miller Dead Trust is not a person of household miller.",
        ),
    ],
)
def test_what_no_trust_and_no_account_has_is_refused(
    sheet: str, row: int, column: str, value: str, rule: str
) -> None:
    found = with_trusts()
    found[sheet][row][column] = value

    assert (sheet, column, rule) in [one[:3] for one in faults(made.xlsx(found))]


def test_an_account_for_which_several_returns_could_be_filed_asks_for_the_return() -> None:
    found = with_trusts()
    found["tax_units"].append(
        {"household": "miller", "tax_unit": "own", "name": "Mia", "filing_status": "single", "members": "Noah Miller"}
    )  # fmt: skip

    assert faults(made.xlsx(found)) == [
        (
            "accounts",
            "registration",
            "Several tax units file for this account.",
            "Write the code of the return in tax_unit, or let sheet tax_units have exactly one unit with the owner as a member.",
        )
    ]


# ── Recurring cash ───────────────────────────────────────────────────────────────────────────────


def test_a_recurring_need_is_begun_with_its_next_occurrences_and_comes_back_as_one_row() -> None:
    content = made.xlsx(rows(recurring_cash=[RENT]))
    loaded(content)

    rule = CashFlowRule.objects.get()
    assert (rule.amount, rule.every, rule.day, rule.moved, rule.note) == (
        D(-3000),
        "month",
        1,
        "before",
        "Rent",
    )
    assert [one.due_on for one in rule.flows.order_by("due_on")][:2] == [
        date(2026, 12, 1),
        date(2026, 12, 31),
    ]
    assert told(exported()) == told(content) == []
    book = load_workbook(io.BytesIO(exported()))
    assert (book["recurring_cash"].max_row, book["cash_flows"].max_row) == (2, 2), (
        "only the tuition beside it"
    )


def test_a_changed_amount_ends_the_rule_and_begins_the_next_from_today() -> None:
    loaded(made.xlsx(rows(recurring_cash=[RENT])))
    content = bent(lambda book: setattr(cell(book, "recurring_cash", "amount"), "value", -3500))

    assert told(content) == [
        ("Change recurring withdrawal every month, from today", [("amount", "-3000.00", "-3500.00")])
    ]
    loaded(content)

    first, second = CashFlowRule.objects.order_by("pk")
    assert (first.ended_at, second.replaces, second.amount) == (SUNDAY_NOON, first, D(-3500))
    open_ones = CashFlow.objects.filter(kind="withdrawal", cancelled_at=None, rule__isnull=False)
    assert {one.amount for one in open_ones} == {D(-3500)}
    assert told(content) == told(exported()) == []
    assert audit.verify().faults == ()


def test_a_rule_that_somebody_has_ended_is_not_begun_again() -> None:
    content = made.xlsx(rows(recurring_cash=[RENT | {"starts_on": "2026-11-01"}]))
    loaded(content)
    recurring_cash.end(
        CashFlowRule.objects.get(), reason="Moved out.", since=date(2026, 11, 22), user_id=cast.ana().pk,
        by=Actor.person(cast.ana()), at=SUNDAY_NOON,
    )  # fmt: skip

    assert told(content) == []
    later = made.xlsx(rows(recurring_cash=[RENT | {"starts_on": "2027-02-01"}]))
    assert told(later) == [("Add recurring withdrawal every month", [])]


def test_two_rules_that_look_the_same_are_left_to_their_page() -> None:
    loaded(made.xlsx(rows(recurring_cash=[RENT])))
    rule = CashFlowRule.objects.get()
    terms = recurring_cash.Terms(
        account=rule.account, kind="withdrawal", amount=D(-50), every="month", day=1, starts_on=date(2026, 12, 1),
        until_on=None, count=None, moved="before", note="Club",
    )  # fmt: skip
    recurring_cash.begin(terms, user_id=None, by=Actor.system("test"), at=SUNDAY_NOON, on=date(2026, 11, 22))

    assert told(exported()) == []
    assert faults(made.xlsx(rows(recurring_cash=[RENT])))[0][2] == (
        "2 rules on record have this account, kind and day."
    )


@pytest.mark.parametrize(
    ("typed", "column", "rule"),
    [
        ({"amount": 3000}, "amount", "A contribution is more than zero, everything else less."),
        ({"day": 32}, "day", "The number is above 31."),
        ({"day": "first"}, "day", "This is not a number."),
        ({"every": "week"}, "every", "This value is not one of the allowed ones."),
        ({"until_on": "2026-11-01"}, "until_on", "It would end before it starts."),
        ({"day": 15, "until_on": "2026-12-10"}, "until_on", "No occurrence falls between the two days."),
        ({"count": 0}, "count", "The number is below 1."),
        ({"account": "7"}, "account", "The household has no such account."),
        ({"starts_on": "soon"}, "starts_on", None),
    ],
)
def test_a_need_that_cannot_be_is_refused_in_the_preview(
    typed: dict[str, Any], column: str, rule: str | None
) -> None:
    found = faults(made.xlsx(rows(recurring_cash=[RENT | typed])))

    assert [(sheet, name) for sheet, name, _, _ in found] == [("recurring_cash", column)]
    assert rule is None or found[0][2] == rule
    assert found[0][3], "with its cure"


# ── Holds ────────────────────────────────────────────────────────────────────────────────────────


def test_holds_are_placed_and_come_back() -> None:
    content = made.xlsx(
        rows(holds=[WAITING, WAITING | {"account": "0011110001", "symbol": "ZUS", "hold": "advisor"}])
    )
    loaded(content)

    assert [
        (one.kind, one.account is not None, str(one.security or ""), one.expires_on, one.placed_by)
        for one in Hold.objects.order_by("pk")
    ] == [
        ("transfer", False, "", date(2026, 12, 20), cast.tom()),
        ("advisor", True, "ZUS", date(2026, 12, 20), cast.tom()),
    ]
    assert told(exported()) == told(content) == []
    assert audit.verify().faults == ()


def test_a_later_end_corrects_the_hold() -> None:
    loaded(made.xlsx(rows(holds=[WAITING])))
    content = bent(lambda book: setattr(cell(book, "holds", "expires_on"), "value", "2026-12-24"))

    assert told(content) == [
        ("Change the hold “transfer out” until 2026-12-24", [("expires_on", "2026-12-20", "2026-12-24")])
    ]
    loaded(content)

    assert [(one.expires_on, one.lifted_at is None) for one in Hold.objects.order_by("pk")] == [
        (date(2026, 12, 20), False),
        (date(2026, 12, 24), True),
    ]
    assert told(content) == told(exported()) == []


def test_a_hold_that_was_lifted_or_is_over_stays_so_and_is_not_exported() -> None:
    content = made.xlsx(rows(holds=[WAITING]))
    loaded(content)
    holds.lift(Hold.objects.get(), user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=LATER)

    assert told(content) == []
    assert load_workbook(io.BytesIO(exported()))["holds"].max_row == 1


def test_a_legal_hold_on_record_goes_round_and_is_not_changed() -> None:
    loaded(made.xlsx(rows()))
    cora = cast.cora()
    holds.place(
        Household.objects.get(), account=None, security=None, kind="legal", reason="A subpoena.",
        starts_on=date(2026, 11, 20), expires_on=date(2026, 12, 20), user_id=cora.pk, by=Actor.person(cora),
        at=SUNDAY_NOON,
    )  # fmt: skip

    assert told(exported()) == []
    content = bent(lambda book: setattr(cell(book, "holds", "reason"), "value", "Over."))
    assert faults(content) == [
        (
            "holds",
            "hold",
            "A workbook neither places nor changes a hold of this kind.",
            "Take the row out; compliance or the advisor does it on the household's page.",
        )
    ]


@pytest.mark.parametrize(
    ("typed", "column", "rule"),
    [
        ({"hold": "legal"}, "hold", "A workbook neither places nor changes a hold of this kind."),
        ({"hold": "maybe"}, "hold", "This value is not one of the allowed ones."),
        ({"expires_on": "2026-11-21"}, "expires_on", "The hold would already have ended."),
        ({"expires_on": "2028-11-21"}, "expires_on", None),
        ({"symbol": "NOPE"}, "symbol", "No such security is on record."),
        ({"account": "7"}, "account", "The household has no such account."),
        ({"reason": None}, "reason", "This cell must be filled."),
        ({"starts_on": 46000}, "starts_on", "A spreadsheet has turned this day into a number."),
    ],
)
def test_a_hold_that_cannot_be_is_refused_in_the_preview(
    typed: dict[str, Any], column: str, rule: str | None
) -> None:
    found = faults(made.xlsx(rows(holds=[WAITING | typed])))

    assert [(sheet, name) for sheet, name, _, _ in found] == [("holds", column)]
    assert found[0][2] == rule if rule else found[0][2].startswith("A hold lasts at most")
    assert found[0][3], "with its cure"
