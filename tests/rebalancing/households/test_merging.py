"""Two households become one: everything comes along once, and what was before stays readable."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.households import (
    cash_flows,
    holds,
    households,
    life_events,
    people,
    tax_profiles,
    tax_units,
)
from clients.models import Account, CashFlow, Household, Policy, TaxLot
from clients.policies import drafts, templates
from clients.policies.restrictions import RestrictionSpec
from clients.policies.targets import TargetSpec
from compliance.audit_trail import audit, chain
from compliance.models import Review
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import two_families
from tests.factories.deciding import scan
from tests.factories.households import SET_UP, an_adopted_policy
from tests.factories.two_families import TwoFamilies, add, asked, decided, merged
from tests.pages import as_, page_of, words_of

RECORD = "two families"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TODAY = SUNDAY_NOON.date()


@pytest.fixture
def firm() -> TwoFamilies:
    return two_families.on_record()


def portfolio_of(household: Household) -> portfolios.Portfolio:
    found = portfolios.load(
        household,
        as_of_on=market_days.last_close(SUNDAY_NOON),
        trade_on=market_days.trade_day(SUNDAY_NOON),
    )
    assert isinstance(found, portfolios.Portfolio), found
    return found


def test_everything_comes_along_and_the_other_household_is_closed(firm: TwoFamilies) -> None:
    lots = set(TaxLot.objects.values_list("pk", flat=True))

    merged(firm, firm.millers, firm.harts)

    assert {str(one) for one in firm.millers.people.all()} == {"Mia Miller", "Hanna Hart"}
    assert {one.number_last4 for one in firm.millers.accounts.all()} == {"0001", "0002"}
    assert firm.millers.accounts.count() == 4
    assert {one.code for one in firm.millers.tax_units.all()} == {"mia", "hart"}
    assert [one.profiles.count() for one in firm.millers.tax_units.all()] == [1, 1]
    assert set(TaxLot.objects.filter(account__household=firm.millers).values_list("pk", flat=True)) == lots
    assert (firm.harts.closed_on, firm.harts.merged_into) == (TODAY, firm.millers)
    assert not firm.harts.book_entries.filter(ends_on=None).exists()
    assert not (firm.harts.accounts.exists())
    assert not (firm.harts.people.exists())
    assert not (firm.harts.tax_units.exists())
    assert portfolio_of(firm.millers).household.accounts[3:] != ()


def test_nothing_happens_before_a_second_person_has_decided(firm: TwoFamilies) -> None:
    review = asked(
        firm.ana,
        f"/households/{firm.millers.public_id}/merge/",
        absorbed=firm.harts.public_id,
        policy="keep",
        reason="They married.",
    )

    assert firm.harts.accounts.count() == 2
    page = words_of(as_(firm.rui).get(f"/reviews/{review.public_id}/"))
    for told in (
        "Miller: Hanna Hart",
        "Version 1 of Miller stays in force, for every account",
        "closed and merged into Miller; its page, proposals and history stay readable",
        "Ana as advisor",
    ):
        assert told in page, told
    assert decided(review, firm.ana).status_code == 403
    assert decided(review, cast.otto()).status_code == 404
    decided(review, firm.rui, "rejected")
    firm.harts.refresh_from_db()
    assert firm.harts.closed_on is None


def test_an_approval_is_refused_when_something_else_would_move(firm: TwoFamilies) -> None:
    review = asked(
        firm.ana,
        f"/households/{firm.millers.public_id}/merge/",
        absorbed=firm.harts.public_id,
        policy="keep",
        reason="They married.",
    )
    add(firm.harts, "Hugo", "Hart")

    answer = decided(review, firm.rui)

    assert answer.status_code == 409
    assert 'data-label="As it was shown">Hart</td><td data-label="Now">' in words_of(answer)
    assert "Miller: Hanna Hart, Hugo Hart</td>" in words_of(answer)
    firm.harts.refresh_from_db()
    assert firm.harts.closed_on is None


def test_a_scan_in_between_asks_nobody_again(firm: TwoFamilies) -> None:
    review = asked(
        firm.ana,
        f"/households/{firm.millers.public_id}/merge/",
        absorbed=firm.harts.public_id,
        policy="keep",
        reason="They married.",
    )
    scan()

    assert decided(review, firm.rui).status_code == 302
    assert {one.state for one in Proposal.objects.all()} == {"withdrawn"}


def test_the_absorbed_household_stays_readable_with_its_history(firm: TwoFamilies) -> None:
    scan()
    proposal = Proposal.objects.get(household=firm.harts)
    merged(firm, firm.millers, firm.harts)

    for user in (firm.ana, firm.rui, cast.cora(), cast.tom()):
        page = page_of(as_(user).get(f"/households/{firm.harts.public_id}/?tab=history"))
        assert page.heading == "Hart is part of Miller now"
        assert [(one.sentence, one.name, bool(one.url)) for one in page.kin] == [
            ("On Nov 22, 2026 it became part of", "Miller", True)
        ]
        assert "Households merged" in {one.sentence for one in page.events}
        assert page.not_fit == ()
        assert page.record.doors == ()
    kin = page_of(as_(firm.ana).get(f"/households/{firm.millers.public_id}/")).kin
    assert [(one.sentence, one.name) for one in kin] == [("Since Nov 22, 2026 it includes", "Hart")]
    assert as_(firm.rui).get(f"/proposals/{proposal.public_id}/").status_code == 200
    assert as_(cast.otto()).get(f"/households/{firm.harts.public_id}/").status_code == 404
    listed = page_of(as_(firm.ana).get("/households/"))
    assert [row.name for row in listed.rows] == ["Miller"]
    assert [(row.name, row.merged_into, row.reopen_url) for row in listed.closed] == [("Hart", "Miller", "")]
    told = as_(firm.ana).get(f"/api/v1/households/{firm.harts.public_id}/").json()
    assert (told["merged_into"], told["closed_on"]) == (firm.millers.public_id, "2026-11-22")


def test_what_was_under_way_is_called_off_and_still_replays(firm: TwoFamilies) -> None:
    scan()
    theirs, ours = (Proposal.objects.get(household=one) for one in (firm.harts, firm.millers))
    draft = drafts.begin(
        firm.harts,
        model=firm.harts.policies.get().model,
        following=firm.harts.policies.get(),
        words=templates.Words("", "", "", "", ""),
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )

    merged(firm, firm.millers, firm.harts)

    assert {one.state for one in Proposal.objects.filter(pk__in=[theirs.pk, ours.pk])} == {"withdrawn"}
    assert not Review.objects.active().exists()
    draft.refresh_from_db()
    assert draft.state == Policy.State.DISCARDED
    assert [one.state for one in firm.harts.policies.exclude(pk=draft.pk)] == ["superseded"]
    assert [one.state for one in firm.millers.policies.all()] == ["adopted"]
    assert Proposal.objects.get(pk=theirs.pk).household == firm.harts
    assert chain.verify().is_intact
    assert audit.verify_and_record(by=SET_UP, at=SUNDAY_NOON).is_intact


def test_the_next_scan_measures_all_accounts_together_and_leaves_the_absorbed_one_out(
    firm: TwoFamilies,
) -> None:
    merged(firm, firm.millers, firm.harts)

    scan()

    reading = Reading.objects.get()
    assert (reading.household, reading.outcome) == (firm.millers, "proposed")
    assert reading.value == 2 * D(915_000)


def test_holds_and_life_events_go_on_and_say_what_they_continue(firm: TwoFamilies) -> None:
    account = firm.harts.accounts.order_by("name")[0]
    facts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    placed = holds.place(
        firm.harts,
        account=account,
        security=None,
        kind="advisor",
        reason="The house is being bought.",
        starts_on=LAST_FRIDAY,
        expires_on=date(2026, 12, 20),
        **facts,
    )
    event = life_events.record(
        firm.harts,
        kind="marriage",
        opened_on=LAST_FRIDAY,
        person=firm.hanna,
        note="",
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )

    merged(firm, firm.millers, firm.harts)

    hold = firm.millers.holds.get()
    assert (hold.replaces, hold.account, hold.reason, hold.expires_on, hold.placed_by) == (
        placed,
        account,
        placed.reason,
        placed.expires_on,
        firm.ana,
    )
    goes_on = firm.millers.life_events.get()
    assert (goes_on.replaces, goes_on.person, goes_on.opened_on, goes_on.is_open) == (
        event,
        firm.hanna,
        LAST_FRIDAY,
        True,
    )
    placed.refresh_from_db()
    event.refresh_from_db()
    assert placed.lifted_at is not None
    assert event.cancelled_at is not None
    assert audit.verify_and_record(by=SET_UP, at=SUNDAY_NOON).is_intact


def test_cash_needs_and_sign_ins_come_along(firm: TwoFamilies) -> None:
    hal = cast.hal()
    households.grant_sign_in(firm.hanna, user=hal, may_see="household", by=SET_UP, at=SUNDAY_NOON)
    need = cash_flows.expect(
        firm.harts.accounts.order_by("name")[1],
        kind=CashFlow.Kind.WITHDRAWAL,
        amount=D(-2_000),
        due_on=date(2026, 12, 1),
        note="",
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )

    merged(firm, firm.millers, firm.harts)

    need.refresh_from_db()
    assert need.is_open
    assert need.account.household == firm.millers
    assert as_(hal).get("/api/v1/households/").json()["results"][0]["public_id"] == firm.millers.public_id


def test_a_loss_that_one_took_counts_for_a_purchase_of_the_other(firm: TwoFamilies) -> None:
    hers = firm.harts.accounts.get(name="Taxable")
    TaxLot.objects.filter(account=hers, key="A1").update(acquired_on=LAST_FRIDAY - timedelta(days=10))
    bought = TaxLot.objects.get(account=hers, key="A1").public_id
    before = {one.lot for one in portfolio_of(firm.millers).household.recent_trades}

    merged(firm, firm.millers, firm.harts)

    after = {one.lot for one in portfolio_of(firm.millers).household.recent_trades}
    assert (bought in before, bought in after) == (False, True)


def test_one_person_on_record_twice_becomes_one(firm: TwoFamilies) -> None:
    again = add(firm.harts, "Mia", "Miller", tax_number="900-00-0001")
    unit = tax_units.add(
        firm.harts,
        code="mia",
        name="Mia alone",
        filing_status="single",
        state="CO",
        members=[again],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    tax_profiles.confirm(unit, tax_year=2025, confirmed_on=LAST_FRIDAY, wages=D(9), by=SET_UP, at=SUNDAY_NOON)
    Account.objects.filter(name="IRA", household=firm.harts).update(owner=again)
    people.marry(again, firm.hanna, by=SET_UP, at=SUNDAY_NOON)
    mia = firm.millers.people.get()

    merged(firm, firm.millers, firm.harts)

    mia.refresh_from_db()
    again.refresh_from_db()
    assert {one.owner for one in firm.millers.accounts.filter(name="IRA")} == {mia}
    assert mia.spouse == firm.hanna
    assert firm.hanna.spouse == mia
    assert (again.household, again.left_on, again.spouse) == (firm.harts, TODAY, None)
    ours = firm.millers.tax_units.get(code="mia")
    assert sorted(ours.profiles.values_list("tax_year", "wages")) == [(2025, D(9)), (2026, D(180_000))]
    assert [one.code for one in firm.harts.tax_units.all()] == ["mia"]
    assert [str(one) for one in firm.millers.people.order_by("pk")] == ["Mia Miller", "Hanna Hart"]


def test_a_code_that_is_taken_gets_the_households(firm: TwoFamilies) -> None:
    firm.harts.tax_units.update(code="mia")

    merged(firm, firm.millers, firm.harts)

    assert {(one.code, one.name) for one in firm.millers.tax_units.all()} == {
        ("mia", "Mia Miller"),
        ("mia-hart", "Hanna Hart"),
    }
    assert {unit.id for unit in portfolio_of(firm.millers).household.tax_units} == {"mia", "mia-hart"}


@pytest.mark.parametrize("policy", ["draft", "theirs"])
def test_a_draft_of_the_next_version_is_begun_where_it_is_asked_for(firm: TwoFamilies, policy: str) -> None:
    standing = firm.millers.policies.get() if policy == "draft" else firm.harts.policies.get()

    merged(firm, firm.millers, firm.harts, policy=policy)

    begun = firm.millers.policies.get(state="draft")
    assert begun.version == 2
    assert begun.objectives == standing.objectives
    assert [one.weight_target for one in begun.targets.all()] == [
        one.weight_target for one in standing.targets.all()
    ]


def test_the_check_page_says_what_the_kept_policy_means_for_the_accounts(firm: TwoFamilies) -> None:
    model = firm.millers.policies.get().model
    stocks = (
        TargetSpec(asset_class="us_stock", target=D("0.98"), points=D("0.02")),
        TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
    )
    an_adopted_policy(firm.millers, model=model, reviewer=firm.rui, targets=stocks)
    an_adopted_policy(
        firm.harts,
        model=model,
        reviewer=firm.rui,
        restrictions=[RestrictionSpec(kind="do_not_sell", reason="Inherited.", symbol="ZUS")],
    )

    answer = as_(firm.ana).post(
        f"/households/{firm.millers.public_id}/merge/",
        {"absorbed": firm.harts.public_id, "policy": "keep", "reason": "They married."},
    )

    told = {line.label: (line.before, line.after) for line in page_of(answer).lines if not line.name}
    assert told["Policy"] == ("", "Version 2 of Miller stays in force, for every account")
    assert told["Outside its classes"] == ("", "ZBD: their target is 0, and they may be sold")
    assert told["Restriction lost"] == (
        "Do not sell: ZUS (Inherited.)",
        "not in the policy of Miller",
    )
    assert told["Policy of Hart"] == ("version 2 in force", "ended")
