"""The household pages: every household in one standing, totals to the cent, holds and cash needs."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.households import holds
from clients.models import Account, CashFlow, Hold, TaxLot
from compliance.audit_trail import audit
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.pages import drift_history
from rebalancing.pages.lists import standings
from rebalancing.pages.lists.standing_query import Book, Narrowed
from rebalancing.pages.lists.standings import Standings
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.bundles import MILLERS
from tests.factories.deciding import scan
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import looking_twice
from tests.factories.households import SET_UP, a_managed_household, another, bundle
from tests.pages import as_, page_of, words_of
from tests.queries import of_the_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

LIST = "clients:household_list"


@pytest.fixture
def desk() -> Desk:
    return a_desk()


def url(desk: Desk, name: str = "household", *more: Any) -> str:
    return reverse(f"clients:{name}", args=[desk.household.public_id, *more])


# ── The list ─────────────────────────────────────────────────────────────────────────────────────


def test_every_household_is_in_exactly_one_standing_and_the_counts_add_up(desk: Desk) -> None:
    looking_twice()
    another("okafor", "Okafor", advisor=desk.ana)
    scan()
    another("reyes", "Reyes", advisor=desk.ana)

    page = page_of(as_(desk.ana).get(reverse(LIST)))

    assert {row.name: row.kind.key for row in page.rows} == {
        "Miller": "answer",
        "Okafor": "no_policy",
        "Reyes": "unread",
    }
    counted = {one.label: one.count for one in page.listing.chips[0].chips}
    assert counted.pop("All") == sum(counted.values()) == 3
    assert page.heading == "3 of 3 households need attention"


@pytest.mark.parametrize(
    ("ended", "key", "reason"),
    [
        ("released", "sent", "Its orders were released; the custodian's next file will show them."),
        ("rejected", "unread", "The last proposal was rejected; the next scan looks again."),
        ("withdrawn", "unread", "The last proposal was withdrawn; the next scan looks again."),
        ("expired", "unread", "The last proposal ran out of time; the next scan looks again."),
    ],
)
@pytest.mark.parametrize("outcome", ["proposed", "pending"])  # Pending: scanned again while it was open.
def test_a_proposal_that_is_closed_since_the_scan_decides_the_standing(
    desk: Desk, ended: str, key: str, reason: str, outcome: str
) -> None:
    scan()
    if outcome == "pending":
        scans.start(
            scan=ScanRun.Scan.REQUESTED,
            market_on=LAST_FRIDAY,
            code_version="test",
            user_id=desk.tom.pk,
            by=SET_UP,
            at=SUNDAY_NOON,
        )
        scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, households_max=10)
    assert Reading.objects.latest("pk").outcome == outcome
    Proposal.objects.update(state=ended, closed_at=SUNDAY_NOON)

    row = Standings(Book(desk.ana, SUNDAY_NOON), Narrowed())[0]

    assert (row.kind.key, row.reason, row.proposal_url) == (key, reason, "")


def test_a_filter_shows_its_standing_only_and_an_empty_one_says_so(desk: Desk) -> None:
    another("okafor", "Okafor", advisor=desk.ana)
    scan()
    ana = as_(desk.ana)

    page = page_of(ana.get(reverse(LIST), {"state": "no_policy"}))
    assert [row.name for row in page.rows] == ["Okafor"]
    nothing = ana.get(reverse(LIST), {"state": "held"})
    assert page_of(nothing).rows == ()
    assert "No household matches" in words_of(nothing)
    wrong = ana.get(reverse(LIST), {"state": "'; DROP"})
    assert (wrong.status_code, page_of(wrong, 422).rows) == (422, ())


def test_a_search_keeps_names_out_of_the_address(desk: Desk) -> None:
    another("okafor", "Okafor", advisor=desk.ana)
    ana = as_(desk.ana)

    answer = ana.post(reverse("clients:household_search"), {"text": "mill"}, follow=True)

    assert [row.name for row in page_of(answer).rows] == ["Miller"]
    assert "mill" not in answer.redirect_chain[-1][0].lower()
    empty = ana.post(reverse("clients:household_search"), {"text": ""})
    assert (empty.status_code, "Type part of a name or a code." in words_of(empty)) == (422, True)


def test_a_search_finds_nobody_outside_the_book(desk: Desk) -> None:
    answer = as_(cast.rosa()).post(reverse("clients:household_search"), {"text": "mill"}, follow=True)

    assert page_of(answer).rows == ()


def test_the_csv_holds_the_rows_of_the_same_view_and_runs_no_formula(desk: Desk) -> None:
    another("x1", "=HYPERLINK(1)", advisor=desk.ana)
    scan()
    ana = as_(desk.ana)
    page = page_of(ana.get(reverse(LIST), {"ordering": "name"}))

    answer = ana.get(reverse(LIST), {"ordering": "name", "export": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["code"] for row in rows] == [row.code for row in page.rows]
    assert rows[0]["household"] == "'=HYPERLINK(1)"
    assert D(rows[1]["worst_drift"]) == page.rows[1].drift
    assert audit.trail(about=audit.Ref("household_list", "households")).get().action == "data.exported"


def test_the_list_costs_the_same_number_of_queries_for_many_households(desk: Desk) -> None:
    scan()
    ana = as_(desk.ana)
    ana.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        ana.get(reverse(LIST))
    for number in range(5):
        another(f"h{number}", f"House {number}", advisor=desk.ana)
    with CaptureQueriesContext(connection) as many:
        ana.get(reverse(LIST))

    assert len(many) == len(few) <= 18


def test_clients_and_strangers_are_turned_away_from_the_desk(desk: Desk) -> None:
    refused = as_(cast.carl()).get(reverse(LIST))

    assert refused.status_code == 403
    assert "These pages are for the firm&#x27;s desk." in words_of(refused)


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def test_lots_add_up_to_holdings_and_holdings_and_cash_to_accounts_to_the_cent(desk: Desk) -> None:
    page = page_of(as_(desk.ana).get(url(desk)))

    record = page.record
    for account in record.accounts:
        for holding in account.holdings:
            assert sum(lot.value for lot in holding.lots) == holding.value
        assert sum(row.value for row in account.holdings) + account.cash + account.unsettled == account.value
    assert sum(row.value for row in record.accounts) == record.value == D("915000.00")
    taxable = next(row for row in record.accounts if row.account.tax_treatment == "taxable")
    assert (taxable.basis, taxable.gain) == (D("395000.00"), D("185000.00"))


def test_a_lot_without_a_basis_reads_tax_unknown_and_never_zero(desk: Desk) -> None:
    TaxLot.objects.filter(account__tax_treatment="taxable", basis=D("85000.00")).update(
        basis=None, basis_status=TaxLot.BasisStatus.UNKNOWN
    )

    answer = as_(desk.ana).get(url(desk))

    assert page_of(answer).record.gain is None
    assert "tax unknown" in words_of(answer)


def test_an_account_that_does_not_reconcile_says_what_differs() -> None:
    broken = [MILLERS["positions"][0].replace(",5000,", ",5010,"), *MILLERS["positions"][1:]]
    ana, rui = cast.ana(), cast.rui()
    household = a_managed_household(advisor=ana, reviewer=rui, content=bundle(positions=broken))

    address = reverse("clients:household", args=[household.public_id])
    assert page_of(as_(ana).get(address)).not_traded == (
        ("Taxable", "Its lots and positions differ (ZUS: lots 5000, position 5010)."),
    )
    answer = as_(ana).get(address, {"tab": "accounts"})

    assert "Lots and positions differ" in words_of(answer)
    assert "ZUS: lots 5000, position 5010" in words_of(answer)


def test_why_there_is_no_proposal_is_the_last_reading_in_words(desk: Desk) -> None:
    before = as_(desk.ana).get(url(desk))
    assert "Not scanned yet." in words_of(before)

    scan()
    page = page_of(as_(desk.ana).get(url(desk)))

    assert page.why.outcome == "proposed"
    assert page.heading == "Miller has a proposal in review"
    assert page.why.triggers[0].startswith("US stocks stand at 76.5%")


def test_opening_a_household_is_on_the_trail(desk: Desk) -> None:
    as_(desk.ana).get(url(desk))

    event = audit.trail(about=desk.household).get(action=audit.Action.HOUSEHOLD_VIEWED)
    assert (event.actor_label, event.household_ref) == ("Ana", desk.household.public_id)


def test_a_household_outside_the_book_is_not_found_and_leaves_no_trace(desk: Desk) -> None:
    assert as_(cast.rosa()).get(url(desk)).status_code == 404
    assert not audit.trail(about=desk.household).filter(action=audit.Action.HOUSEHOLD_VIEWED).exists()


def test_the_page_costs_the_same_number_of_queries_whatever_is_held(desk: Desk) -> None:
    ana = as_(desk.ana)
    ana.get(url(desk))
    with CaptureQueriesContext(connection) as before:
        ana.get(url(desk))
    lot = TaxLot.objects.filter(account__tax_treatment="taxable").first()
    assert lot is not None
    for number in range(20):
        lot.pk, lot.public_id, lot.key = None, "", f"more-{number}"
        lot.save(force_insert=True)
    with CaptureQueriesContext(connection) as after:
        ana.get(url(desk))

    asked = of_the_page(before.captured_queries)
    assert len(asked) <= 20, asked
    assert len(after) == len(before)


@pytest.mark.parametrize("tab", ["accounts", "people", "policy", "cash", "history"])
def test_no_part_of_the_page_costs_more_queries(desk: Desk, tab: str) -> None:
    ana = as_(desk.ana)
    ana.get(url(desk))
    with CaptureQueriesContext(connection) as queries:
        assert ana.get(f"{url(desk)}?tab={tab}").status_code == 200
    asked = of_the_page(queries.captured_queries)
    assert len(asked) <= 21, asked


# ── Holds and cash needs ─────────────────────────────────────────────────────────────────────────


def test_a_hold_with_a_reason_and_an_end_keeps_an_account_from_being_traded(desk: Desk) -> None:
    ira = Account.objects.get(tax_treatment="tax_deferred")
    ana = as_(desk.ana)

    answer = ana.post(
        url(desk, "hold_place"),
        {
            "kind": "advisor",
            "place": f"account:{ira.public_id}",
            "reason": "Moving.",
            "expires_on": "2026-12-12",
        },
        follow=True,
    )

    held = page_of(answer).record.holds[0]
    assert (held.where, held.hold.reason, held.hold.expires_on) == (ira.name, "Moving.", date(2026, 12, 12))
    assert [door.label for door in held.doors] == ["Renew the hold", "Correct the hold", "Lift the hold"]
    ana.post(held.doors[2].url)
    assert page_of(ana.get(url(desk))).record.holds == ()


@pytest.mark.parametrize(
    ("expires_on", "sentence"),
    [
        ("2026-11-21", "The hold would already have ended."),
        ("2027-06-01", "A hold lasts at most 90 days: until Feb 20, 2027."),
        ("", "Fill in “Until”."),
    ],
)
def test_a_hold_must_end_within_ninety_days(desk: Desk, expires_on: str, sentence: str) -> None:
    answer = as_(desk.ana).post(
        url(desk, "hold_place"),
        {"kind": "advisor", "place": "household", "reason": "A house.", "expires_on": expires_on},
    )

    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert "A house." in words_of(answer)
    assert not Hold.objects.exists()


def test_a_withdrawal_is_typed_without_a_sign_and_stored_as_money_leaving(desk: Desk) -> None:
    account = Account.objects.get(tax_treatment="taxable")

    answer = as_(desk.ana).post(
        url(desk, "cash_need_add"),
        {
            "account": account.public_id,
            "kind": "withdrawal",
            "amount": "25000",
            "due_on": "2026-12-10",
            "note": "Roof",
        },
        follow=True,
    )

    flow = CashFlow.objects.get()
    assert (flow.account, flow.amount, flow.due_on) == (account, D(-25000), date(2026, 12, 10))
    assert answer.status_code == 200
    assert "−$25,000.00 withdrawal" in words_of(as_(desk.ana).get(url(desk), {"tab": "cash"}))
    coming = page_of(as_(desk.ana).get(reverse(LIST), {"coming": "cash"}))
    assert coming.rows == ()  # December 10 is more than two weeks away.


def test_reviewers_read_holds_and_do_not_place_them(desk: Desk) -> None:
    rui = as_(desk.rui)

    new = page_of(rui.get(url(desk))).record.new
    assert (new.cash, new.holds, new.events) == ((), (), ())
    refused = rui.post(url(desk, "hold_place"), {"place": "household"})
    assert (refused.status_code, "each their own kinds" in words_of(refused)) == (403, True)


def test_the_hold_of_another_household_cannot_be_lifted_here(desk: Desk) -> None:
    other = another("okafor", "Okafor", advisor=desk.ana)
    hold = holds.place(
        other,
        account=None,
        security=None,
        kind="advisor",
        reason="Wait.",
        starts_on=date(2026, 11, 22),
        expires_on=date(2026, 12, 1),
        user_id=desk.ana.pk,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    assert as_(desk.ana).post(url(desk, "hold_lift", hold.public_id)).status_code == 404


def test_each_standing_says_what_it_means() -> None:
    assert len({kind.key for kind in standings.KINDS}) == len(standings.KINDS)
    assert all(kind.means.endswith(".") for kind in standings.KINDS)


@pytest.mark.parametrize(
    ("query", "is_listed"),
    [
        ("custodian=house", True),
        ("custodian=vanguard", False),
        ("value_min=1", True),
        ("value_min=99000000000", False),
        ("tax_min=99000000000", False),
        ("advisor={ana}", True),
        ("advisor=987654321", False),
    ],
)
def test_the_list_is_narrowed_by_advisor_custodian_value_and_tax(
    desk: Desk, query: str, is_listed: bool
) -> None:
    scan()

    page = page_of(as_(desk.ana).get(f"{reverse(LIST)}?{query.format(ana=desk.ana.pk)}"))

    assert [row.name for row in page.rows] == (["Miller"] if is_listed else [])


# ── Tabs ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("tab", "heading"),
    [
        ("", "Allocation against its bands"),
        ("accounts", "Holdings, down to the lot"),
        ("people", "Taxes this year"),
        ("policy", "In force"),
        ("cash", "Money due in and out"),
        ("history", "Timeline"),
        ("nonsense", "Allocation against its bands"),
    ],
)
def test_each_tab_is_a_link_that_works_without_a_script(desk: Desk, tab: str, heading: str) -> None:
    answer = as_(desk.ana).get(url(desk), {"tab": tab} if tab else {})

    page = page_of(answer)
    assert heading in words_of(answer)
    assert [one.key for one in page.tabs if one.is_on] == [tab if tab not in ("", "nonsense") else "overview"]


def test_the_advisor_is_led_to_the_doors_and_the_reviewer_is_not(desk: Desk) -> None:
    page = page_of(as_(desk.ana).get(url(desk), {"tab": "people"}))
    assert [door.label for door in page.record.people[0].doors] == [
        "Correct a person",
        "Record a death",
        "Record that a person left",
    ]
    assert [door.label for door in page.record.tax_units[0].doors] == [
        "Correct a tax unit",
        "Retire a tax unit",
    ]
    assert "Close the household" in [door.label for door in page.record.doors]

    page = page_of(as_(desk.rui).get(url(desk), {"tab": "people"}))
    assert (page.record.doors, page.record.people[0].doors, page.record.tax_units[0].doors) == ((), (), ())


def test_the_drift_of_the_scans_is_drawn_said_and_listed(desk: Desk) -> None:
    assert page_of(as_(desk.ana).get(url(desk))).drift.sentence == "No scan has measured this household yet."
    scan()
    reading = Reading.objects.get()

    history = page_of(as_(desk.ana).get(url(desk))).drift

    assert [(point.drift, point.is_outside) for point in history.points] == [(reading.worst_drift, True)]
    assert history.sentence.endswith("with a class outside its band.")
    assert history.drawing is None


def test_a_drawing_puts_zero_in_the_middle_and_the_widest_drift_at_its_edge() -> None:
    points = [
        drift_history.Point(date(2026, 11, 19), "US stocks", D("0.04"), True, "Proposed"),
        drift_history.Point(date(2026, 11, 20), "US stocks", D("-0.01"), False, "In band"),
    ]

    drawn = str(drift_history.draw(points))

    assert 'points="12.0,12.0 628.0,84.5"' in drawn
    assert drawn.count('fill="none" class="drift-history-mark"') == 1


def test_the_value_is_drawn_from_its_lowest_to_its_highest_and_told() -> None:
    worth = [(date(2026, 11, 18), D("90")), (date(2026, 11, 19), D("120")), (date(2026, 11, 20), D("105"))]

    drawn = str(drift_history.draw_worth(worth))

    assert 'points="12.0,128.0 320.0,12.0 628.0,70.0"' in drawn
    assert drift_history.worth_sentence(worth) == (
        "Worth $105 at the prices of Nov 20, 2026. In 3 scans since Nov 18, 2026 it lay between $90 (Nov 18, 2026) and "
        "$120 (Nov 19, 2026), with all that was paid in and out."
    )
    assert drift_history.worth_sentence(worth[:1]) == "Worth $90 at the prices of Nov 18, 2026."
    assert drift_history.worth_sentence([]) == ""


def test_a_household_that_never_moved_is_a_line_in_the_middle() -> None:
    still = [(date(2026, 11, 19), D("90")), (date(2026, 11, 20), D("90"))]

    assert 'points="12.0,70.0 628.0,70.0"' in str(drift_history.draw_worth(still))
