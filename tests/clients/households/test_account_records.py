"""Accounts by hand: opened, corrected, closed, reopened, moved, renumbered; bound to files and unbound."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.custodians.rows import AccountSeen
from clients.households import account_records, accounts, bindings, cash_flows, former_numbers, holds
from clients.households.account_records import Facts
from clients.models import Account, CashFlow, Household
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, the_millers

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


@pytest.fixture
def millers() -> Household:
    return the_millers()


def facts(household: Household, **changes: Any) -> Facts:
    return replace(
        Facts(
            name="Mia's account", registration="individual", owner=household.people.get(), joint_owner=None,
            opened_on=date(2020, 1, 2), agreement_signed_on=date(2020, 1, 2),
            agreement_effective_on=date(2020, 1, 2), agreement_terminated_on=None, discretion="discretionary",
            discretion_from_on=date(2020, 1, 2), discretion_until_on=None, margin="none", lot_method="fifo",
            lot_method_since_on=None, minimum_cash=D(0),
        ),
        **changes,
    )  # fmt: skip


def opened(
    household: Household, number: str = "71234567", custodian: str = "schwab", **changes: Any
) -> Account:
    return account_records.open_account(
        household,
        facts=facts(household, **changes),
        custodian=custodian,
        number=number,
        by=SET_UP,
        at=SUNDAY_NOON,
    )


def seen(*, number: str | None = None, mask: str | None = None) -> AccountSeen:
    return AccountSeen(key="x", number=number, mask=mask, label="")


def found_by(named: AccountSeen, *, at: str) -> Account | None:
    return accounts.find_accounts([named], custodian=at).get(named.key)


def acts(user: Any) -> dict[str, Any]:
    return {"user_id": user.pk, "by": Actor.person(user), "at": SUNDAY_NOON}


@pytest.mark.parametrize(
    ("registration", "treatment", "has_unit", "is_erisa"),
    [
        ("individual", "taxable", True, False),
        ("traditional_ira", "tax_deferred", False, False),
        ("roth_ira", "tax_free", False, False),
        ("plan_401k", "tax_deferred", False, True),
        ("donor_advised_fund", "tax_exempt", False, False),
    ],
)
def test_the_tax_treatment_follows_from_the_registration(
    millers: Household, registration: str, treatment: str, has_unit: bool, is_erisa: bool
) -> None:
    account = opened(millers, registration=registration)

    assert (account.tax_treatment, account.tax_unit is not None, account.is_erisa) == (
        treatment,
        has_unit,
        is_erisa,
    )
    assert account.agreement_in_force(on=TODAY)
    assert audit.trail(about=account).get().action == audit.Action.ACCOUNT_ADDED


def test_an_account_opened_by_hand_is_found_by_a_file(millers: Household) -> None:
    account = opened(millers)

    assert found_by(seen(number="71234567"), at="schwab") == account
    assert found_by(seen(number="71234567"), at="fidelity") is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"registration": "joint"}, "has a second owner"),
        ({"registration": "irrevocable_trust"}, "No tax unit"),
        ({"agreement_terminated_on": date(2019, 1, 1)}, "end before it begins"),
        ({"discretion_until_on": date(2019, 1, 1)}, "end before it begins"),
        ({"agreement_signed_on": None}, "once it is signed"),
        ({"discretion_from_on": None}, "Discretion begins on a day"),
        ({"discretion": "non_discretionary"}, "discretion has no days"),
    ],
)
def test_facts_that_contradict_each_other_are_refused(
    millers: Household, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        opened(millers, **changes)
    assert not Account.objects.exists()


@pytest.mark.parametrize("number", ["", "12", "12 34", "1234!", "x" * 33])
def test_a_number_is_letters_and_digits(millers: Household, number: str) -> None:
    with pytest.raises(BadInput, match="letters and digits"):
        opened(millers, number=number)


def test_a_number_is_taken_once_at_a_custodian(millers: Household) -> None:
    opened(millers)

    with pytest.raises(Conflict, match="is on record"):
        opened(millers)
    assert opened(millers, custodian="fidelity").number_last4 == "4567"


def test_a_correction_says_what_it_changed_and_derives_the_rest(millers: Household, ana: Any) -> None:
    account = opened(millers)

    account = account_records.correct(
        account, facts=facts(millers, registration="roth_ira", minimum_cash=D(500)), by=Actor.person(ana),
        at=SUNDAY_NOON,
    )  # fmt: skip

    assert (account.tax_treatment, account.tax_unit, account.minimum_cash) == ("tax_free", None, D(500))
    told = audit.trail(about=account).last().facts  # type: ignore[union-attr]
    assert '"registration":{"after":"roth_ira","before":"individual"}' in told
    assert '"tax_treatment":{"after":"tax_free","before":"taxable"}' in told
    with pytest.raises(BadInput, match="Nothing is changed"):
        account_records.correct(
            account,
            facts=facts(millers, registration="roth_ira", minimum_cash=D(500)),
            by=SET_UP,
            at=SUNDAY_NOON,
        )


def test_closing_ends_what_hangs_on_the_account_and_reopening_takes_only_the_closing_back(
    millers: Household, ana: Any
) -> None:
    account = opened(millers)
    bindings.bind(custodian="schwab", mask="...567", label="", account=account, **acts(ana))
    cash_flows.expect(
        account, kind="withdrawal", amount=D(-1), due_on=date(2026, 12, 1), note="", user_id=ana.pk, by=SET_UP,
        at=SUNDAY_NOON,
    )  # fmt: skip
    hold = holds.place(
        millers, account=account, security=None, kind="transfer", reason="Leaving.", starts_on=TODAY,
        expires_on=date(2026, 12, 1), user_id=ana.pk, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip

    closed = account_records.close(account, closed_on=TODAY, reason="Moved to a bank.", **acts(ana))

    hold.refresh_from_db()
    assert closed.closed_on == TODAY
    assert hold.lift_reason == "The account is closed: Moved to a bank."
    assert not CashFlow.objects.filter(cancelled_at=None).exists()
    assert found_by(seen(mask="...567"), at="schwab") is None
    with pytest.raises(Conflict, match="is closed since"):
        account_records.close(account, closed_on=TODAY, reason="Again.", **acts(ana))
    with pytest.raises(BadInput, match="is closed since"):
        cash_flows.expect(
            closed, kind="fee", amount=D(-1), due_on=TODAY, note="", user_id=None, by=SET_UP, at=SUNDAY_NOON
        )
    again = account_records.reopen(
        closed, reason="It was the other one.", by=Actor.person(ana), at=SUNDAY_NOON
    )
    assert again.closed_on is None
    assert [event.action for event in audit.trail(about=again)][-2:] == ["account.closed", "account.reopened"]
    with pytest.raises(Conflict, match="is open"):
        account_records.reopen(again, reason="x", by=SET_UP, at=SUNDAY_NOON)


def test_an_account_that_moves_keeps_its_old_number_and_waits_for_the_new_custodian(
    millers: Household, ana: Any
) -> None:
    account = opened(millers)
    bindings.bind(custodian="schwab", mask="...567", label="", account=account, **acts(ana))
    account.reconciliation = Account.Reconciliation.RECONCILED
    account.save(update_fields=["reconciliation"])

    moved = account_records.move(
        account, custodian="fidelity", number="Z98765432", moved_on=TODAY, **acts(ana)
    )

    old = moved.former_numbers.get()
    assert (old.number, old.custodian, old.why, old.until_on) == ("71234567", "schwab", "moved", TODAY)
    assert (moved.custodian, moved.number_last4, moved.reconciliation) == ("fidelity", "5432", "never")
    assert not moved.bindings.filter(ended_at=None).exists()
    # Files of earlier days still mean it; those of this day or later are refused.
    assert found_by(seen(number="71234567"), at="schwab") == moved
    assert former_numbers.refusal("71234567", moved, on=TODAY, purpose=accounts.NUMBER) is not None
    assert found_by(seen(number="Z98765432"), at="fidelity") == moved
    facts_told = audit.trail(about=moved).last().facts  # type: ignore[union-attr]
    assert '"custodian":{"after":"fidelity","before":"schwab"}' in facts_told
    assert "71234567" not in facts_told
    assert "98765432" not in facts_told
    with pytest.raises(BadInput, match="already"):
        account_records.move(moved, custodian="fidelity", number="Z1", moved_on=TODAY, **acts(ana))


def test_a_number_typed_wrongly_is_corrected_and_the_binding_stays(millers: Household, ana: Any) -> None:
    account = opened(millers)
    bindings.bind(custodian="schwab", mask="...567", label="", account=account, **acts(ana))

    fixed = account_records.renumber(account, number="71234568", why="corrected", on=TODAY, **acts(ana))

    assert (fixed.number_last4, fixed.former_numbers.get().number_last4) == ("4568", "4567")
    assert fixed.bindings.filter(ended_at=None).count() == 1
    assert "7123456" not in audit.trail(about=fixed).last().facts  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="its number already"):
        account_records.renumber(fixed, number="71234568", why="changed", on=TODAY, **acts(ana))
    assert audit.differences(about=[fixed]) == []


def test_a_mask_that_was_unbound_can_be_bound_to_another_account(millers: Household, ana: Any) -> None:
    wrong, right = opened(millers), opened(millers, number="79999567", registration="roth_ira")
    binding = bindings.bind(custodian="schwab", mask="...567", label="", account=wrong, **acts(ana))
    with pytest.raises(Conflict, match="already bound"):
        bindings.bind(custodian="schwab", mask="...567", label="", account=right, **acts(ana))

    bindings.end(binding, reason="The other one.", **acts(ana))
    bindings.bind(custodian="schwab", mask="...567", label="", account=right, **acts(ana))

    assert found_by(seen(mask="...567"), at="schwab") == right
    assert [(one.account, one.ended_at is None) for one in [*wrong.bindings.all(), *right.bindings.all()]] == [
        (wrong, False), (right, True),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="has ended"):
        bindings.end(binding, reason="Again.", **acts(ana))
