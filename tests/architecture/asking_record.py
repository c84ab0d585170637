"""What stands at the addresses of households, accounts and what is on record of them, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compliance.people.actors import Actor
from tests.architecture.asking_things import Firm, Make, account
from tests.clock import LAST_FRIDAY, SUNDAY_NOON


def _hold(firm: Firm) -> Any:
    standing = firm.harts.holds.first()
    assert standing is not None, "see BEFORE"
    return standing


def _place_hold(firm: Firm) -> None:
    from datetime import date

    from clients.households import holds

    holds.place(
        firm.harts,
        account=None,
        security=None,
        kind="advisor",
        reason="Asked to wait.",
        starts_on=date(2026, 11, 22),
        expires_on=date(2026, 12, 22),
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _a_hold(firm: Firm) -> Any:
    _place_hold(firm)
    return _hold(firm)


def _correct_a_lot(firm: Firm) -> None:
    from decimal import Decimal

    from clients.holdings import lot_corrections
    from tests import cast

    lot = account(firm).lots.order_by("pk")[0]
    decided = lot_corrections.Decided(lot.acquired_on, Decimal(1), "covered", "A statement.")
    lot_corrections.correct(
        lot, decided, asked_by_id=firm.ana.pk, by=Actor.person(cast.nina()), at=SUNDAY_NOON
    )


def _lock_a_lot(firm: Firm) -> None:
    from clients.holdings import lot_corrections

    lot = account(firm).lots.order_by("pk")[0]
    lot_corrections.lock(
        lot, kind="gift", reason="Pledged.", until_on=None, by=Actor.person(firm.ana), at=SUNDAY_NOON
    )


def _close_the_account(firm: Firm) -> None:
    from datetime import date

    from clients.households import account_records

    account_records.close(
        account(firm),
        closed_on=date(2026, 11, 20),
        reason="Left.",
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _cash_need(firm: Firm) -> Any:
    from datetime import date
    from decimal import Decimal

    from clients.households import cash_flows

    return cash_flows.expect(
        account(firm),
        kind="withdrawal",
        amount=Decimal(-900),
        due_on=date(2026, 12, 22),
        note="",
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _recurring_cash(firm: Firm) -> Any:
    from datetime import date
    from decimal import Decimal

    from clients.households import recurring_cash

    terms = recurring_cash.Terms(
        account=account(firm),
        kind="withdrawal",
        amount=Decimal(-900),
        every="month",
        day=22,
        starts_on=date(2026, 12, 22),
        until_on=None,
        count=None,
        moved="before",
        note="",
    )
    return recurring_cash.begin(
        terms, user_id=firm.ana.pk, by=Actor.person(firm.ana), at=SUNDAY_NOON, on=date(2026, 11, 22)
    )


def _client_restriction(firm: Firm) -> Any:
    from datetime import date

    from clients.models import ClientRestriction, Security
    from clients.policies import client_restrictions, restriction_terms

    terms = restriction_terms.Terms(
        kind="do_not_sell",
        security=Security.objects.get(symbol="ZUS"),
        reason="From her mother.",
        asked_by="Hanna Hart",
        asked_on=date(2026, 11, 20),
        starts_on=date(2026, 11, 20),
    )
    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    return ClientRestriction.objects.first() or client_restrictions.record(
        firm.harts, terms, on=date(2026, 11, 22), **acts
    )


def _distribution_terms(firm: Firm) -> Any:
    from clients.models import DistributionTerms
    from tests.factories import distributions

    return DistributionTerms.objects.first() or distributions.terms(firm.harts, by=firm.ana)


def _distribution_figure(firm: Firm) -> Any:
    from clients.models import DistributionFigure
    from tests.factories import distributions

    return DistributionFigure.objects.first() or distributions.balance(firm.harts, by=firm.ana)


def _life_event(firm: Firm) -> Any:
    from datetime import date

    from clients.households import life_events

    return life_events.record(
        firm.harts,
        kind="retirement",
        opened_on=date(2026, 11, 2),
        person=None,
        note="",
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )


def _restatement(firm: Firm) -> Any:
    from clients.models import Restatement
    from tests.factories import restated

    taxable = firm.harts.accounts.filter(tax_treatment="taxable").order_by("pk")[0]
    return Restatement.objects.first() or restated.a_restatement(taxable)


def _transfer(firm: Firm) -> Any:
    from datetime import date
    from decimal import Decimal

    from clients.models import Security, Transfer
    from clients.transfers import transfers

    terms = transfers.Terms(
        from_account=None,
        to_account=account(firm),
        elsewhere="Old Broker",
        security=Security.objects.get(symbol="ZUB"),
        shares=Decimal(10),
        expected_on=date(2026, 11, 27),
    )
    return Transfer.objects.filter(kind="transfer").first() or transfers.expect(
        terms, user_id=firm.ana.pk, by=Actor.person(firm.ana), at=SUNDAY_NOON
    )


def _number_change(firm: Firm) -> Any:
    from datetime import date

    from clients.households import number_changes
    from clients.models import NumberChange
    from tests import cast

    nina = cast.nina()
    return NumberChange.objects.first() or number_changes.announce(
        account(firm),
        number="77778888",
        from_on=date(2026, 11, 20),
        document="",
        user_id=nina.pk,
        by=Actor.person(nina),
        at=SUNDAY_NOON,
    )


def _an_ira(firm: Firm) -> Any:
    from clients.transfers import transfers

    return firm.harts.accounts.filter(registration__in=transfers.OF_IRAS).order_by("pk")[0]


def _leaving(firm: Firm, kind: str) -> Any:
    from datetime import date
    from decimal import Decimal

    from clients.models import Security, Transfer
    from clients.transfers import transfers

    terms = transfers.Terms(
        from_account=_an_ira(firm) if kind == Transfer.Kind.DISTRIBUTION else account(firm),
        to_account=None,
        elsewhere="Harbor Food Bank",
        security=Security.objects.get(symbol="ZBD"),
        shares=Decimal(3),
        expected_on=date(2026, 11, 27),
        kind=kind,
    )
    return Transfer.objects.filter(kind=kind).first() or transfers.expect(
        terms, user_id=firm.ana.pk, by=Actor.person(firm.ana), at=SUNDAY_NOON
    )


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    ("accounts/<slug:public_id>/distribute/", "public_id", lambda firm: _an_ira(firm).public_id),
    (
        "transfers/<slug:public_id>/correct-distribution/",
        "public_id",
        lambda firm: _leaving(firm, "distribution").public_id,
    ),
    ("transfers/<slug:public_id>/correct-gift/", "public_id", lambda firm: _leaving(firm, "gift").public_id),
    ("number-changes/", "public_id", lambda firm: _number_change(firm).public_id),
    ("transfers/", "public_id", lambda firm: _transfer(firm).public_id),
    ("restatements/", "public_id", lambda firm: _restatement(firm).public_id),
    ("households/", "public_id", lambda firm: firm.harts.public_id),
    ("households/", "on", lambda firm: LAST_FRIDAY.isoformat()),
    ("households/", "hold", lambda firm: _hold(firm).public_id),
    ("cash-needs/", "public_id", lambda firm: _cash_need(firm).public_id),
    ("recurring-cash-needs/", "public_id", lambda firm: _recurring_cash(firm).public_id),
    ("holds/", "public_id", lambda firm: _a_hold(firm).public_id),
    ("client-restrictions/", "public_id", lambda firm: _client_restriction(firm).public_id),
    ("distribution-terms/", "public_id", lambda firm: _distribution_terms(firm).public_id),
    ("distribution-figures/", "public_id", lambda firm: _distribution_figure(firm).public_id),
    ("life-events/", "public_id", lambda firm: _life_event(firm).public_id),
    ("tax-units/", "public_id", lambda firm: firm.harts.tax_units.order_by("pk")[0].public_id),
    ("tax-units/", "year", lambda firm: 2027),
    ("accounts/", "public_id", lambda firm: account(firm).public_id),
    ("lots/", "public_id", lambda firm: account(firm).lots.order_by("pk")[0].public_id),
    ("policies/", "public_id", lambda firm: firm.harts.policies.get().public_id),
    ("portfolio/policies/", "public_id", lambda firm: firm.harts.policies.get().public_id),
)


BEFORE: dict[str, Callable[[Firm], None]] = {
    "clients:lot_withdraw": _correct_a_lot,
    "api:lot-withdraw": _correct_a_lot,
    "clients:lot_unlock": _lock_a_lot,
    "api:lot-unlock": _lock_a_lot,
    "clients:account_reopen": _close_the_account,
    "api:account-reopen": _close_the_account,
    "clients:hold_lift": _place_hold,
    "api:hold-lift": _place_hold,
}


BODIES: dict[str, Make] = {
    "clients:household_search": lambda firm: {"text": "hart"},
    "clients:hold_place": lambda firm: {
        "kind": "custodian",
        "place": "household",
        "reason": "Asked to wait.",
        "expires_on": "2026-12-22",
    },
    "clients:cash_need_add": lambda firm: {
        "account": account(firm).public_id,
        "kind": "withdrawal",
        "amount": "25000",
        "due_on": "2026-12-22",
    },
    "clients:client_restriction_record": lambda firm: {
        "kind": "do_not_sell",
        "symbol": "ZUS",
        "reason": "From her mother.",
        "asked_by": "Hanna Hart",
        "asked_on": "2026-11-20",
        "starts_on": "2026-11-20",
    },
    "clients:client_restriction_cancel": lambda firm: {"reason": "She sells."},
    "api:client-restriction-cancel": lambda firm: {"reason": "She sells."},
    "clients:distribution_terms_record": lambda firm: {"source": "Letter."},
    "clients:distribution_terms_correct": lambda firm: {"source": "Another letter."},
    "clients:distribution_terms_retract": lambda firm: {"reason": "Wrong account."},
    "api:distribution-terms-retract": lambda firm: {"reason": "Wrong account."},
    "clients:distribution_figure_record": lambda firm: {
        "kind": "outside_taken",
        "owner": firm.harts.people.order_by("pk")[0].public_id,
        "year": "2026",
        "amount": "500",
        "place": "Elsewhere",
        "plan": "ira",
        "source": "Statement.",
    },
    "clients:distribution_figure_correct": lambda firm: {
        "year": "2026",
        "amount": "900",
        "source": "Statement.",
    },
    "clients:distribution_figure_retract": lambda firm: {"reason": "Another year."},
    "api:distribution-figure-retract": lambda firm: {"reason": "Another year."},
    "clients:account_number_announce": lambda firm: {"number": "77779999", "from_on": "2026-11-20"},
    "clients:account_number_confirm": lambda firm: {"last_four": "8888"},
    "clients:account_number_withdraw": lambda firm: {"reason": "A mistake."},
    "api:account-number-withdraw": lambda firm: {"reason": "A mistake."},
    "clients:transfer_expect": lambda firm: {
        "direction": "in",
        "elsewhere": "Old Broker",
        "symbol": "ZUB",
        "shares": "25",
        "expected_on": "2026-11-27",
    },
    "clients:transfer_distribute": lambda firm: {
        "elsewhere": "Old Broker",
        "symbol": "ZUB",
        "shares": "5",
        "expected_on": "2026-11-27",
    },
    "clients:transfer_give": lambda firm: {
        "elsewhere": "Harbor Food Bank",
        "symbol": "ZUB",
        "shares": "5",
        "expected_on": "2026-11-27",
    },
    "clients:transfer_distribution_correct": lambda firm: {
        "elsewhere": "Old Broker",
        "symbol": "ZUB",
        "shares": "6",
        "expected_on": "2026-11-27",
    },
    "clients:transfer_gift_correct": lambda firm: {
        "elsewhere": "Harbor Food Bank",
        "symbol": "ZUB",
        "shares": "6",
        "expected_on": "2026-11-27",
    },
    "clients:transfer_correct": lambda firm: {
        "direction": "in",
        "elsewhere": "Old Broker",
        "symbol": "ZUB",
        "shares": "12",
        "expected_on": "2026-11-27",
    },
    "clients:transfer_end": lambda firm: {"reason": "The client stays there."},
    "api:transfer-end": lambda firm: {"reason": "The client stays there."},
    "rebalancing:restatement_see": lambda firm: {"seen_as": "correction"},
    "clients:account_reopen": lambda firm: {"reason": "It was the other one."},
    "clients:lot_lock": lambda firm: {"lock": "gift", "reason": "Pledged."},
    "clients:lot_unlock": lambda firm: {"reason": "Given elsewhere."},
    "clients:lot_withdraw": lambda firm: {"reason": "The other one."},
    "clients:cash_need_done": lambda firm: {"done_on": "2026-11-20"},
    "clients:cash_need_cancel": lambda firm: {"reason": "Paid from elsewhere."},
    "api:cash-need-cancel": lambda firm: {"reason": "Paid from elsewhere."},
    "clients:life_event_record": lambda firm: {"kind": "retirement", "opened_on": "2026-11-20"},
    "clients:life_event_cancel": lambda firm: {"reason": "It was the neighbor."},
    "api:life-event-cancel": lambda firm: {"reason": "It was the neighbor."},
}
