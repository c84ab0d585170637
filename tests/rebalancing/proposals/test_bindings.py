"""What is released is what was approved: rows and documents are compared in the approving and releasing transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from compliance.audit_trail import audit
from compliance.models import Approval
from compliance.people.actors import Actor
from compliance.refusals import Blocked
from rebalancing.execution import orders
from rebalancing.models import OrderBatch, Revision
from rebalancing.proposals import bindings, proposals
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve
from tests.factories.desk import Desk, on_record

RECORD = "a taxable desk and the Harts"
pytestmark = pytest.mark.django_db

AN_ORDER_MORE = """
    INSERT INTO rebalancing_proposedorder
        (revision_id, position, account_id, security_id, side, quantity, price, amount, reason_code, reason)
    SELECT revision_id, 99, {account}, (SELECT id FROM clients_security WHERE symbol = 'ZUB'), 'buy', 10, 50, 500,
        reason_code, reason FROM rebalancing_proposedorder WHERE revision_id = (
            SELECT max(one.id) FROM rebalancing_revision AS one
            JOIN rebalancing_proposal AS proposal ON proposal.id = one.proposal_id
            JOIN clients_household AS household ON household.id = proposal.household_id WHERE household.code = 'miller'
        ) ORDER BY id LIMIT 1
"""
FORGERIES = {
    "an order inserted": (AN_ORDER_MORE.format(account="account_id"), "order 99"),
    "an order inserted for another household": (
        AN_ORDER_MORE.format(account="(SELECT max(id) FROM clients_account)"),
        "order 99",
    ),
    "ten times the quantity": ("UPDATE rebalancing_proposedorder SET quantity = quantity * 10", "quantity"),
    "the other side": (
        "UPDATE rebalancing_proposedorder SET side = CASE side WHEN 'buy' THEN 'sell' ELSE 'buy' END",
        "side",
    ),
    "another security": (
        "UPDATE rebalancing_proposedorder SET security_id = (SELECT id FROM clients_security WHERE symbol = 'ZUB')"
        " WHERE side = 'buy'",
        "security",
    ),
    "another account": (
        "UPDATE rebalancing_proposedorder SET account_id = (SELECT max(id) FROM clients_account)",
        "account",
    ),
    "another price": ("UPDATE rebalancing_proposedorder SET price = price + 1", "price"),
    "half of a lot": ("UPDATE rebalancing_proposedlot SET quantity = quantity / 2", "quantity"),
    "a lot taken away": ("DELETE FROM rebalancing_proposedlot", "lot"),
    "an order taken away": (
        "DELETE FROM rebalancing_proposedorder WHERE side = 'buy'",
        "order",
    ),
    "the household document edited": (
        "UPDATE rebalancing_revision SET household_document = replace(household_document, '10000', '20000')",
        "household document",
    ),
    "the plan document edited": (
        "UPDATE rebalancing_revision SET plan_document = replace(plan_document, 'ZBD', 'ZUB')",
        "plan document",
    ),
    "the plan document and its digest edited": (
        "UPDATE rebalancing_revision SET plan_document = replace(plan_document, 'ZBD', 'ZUB'), plan_digest ="
        " encode(sha256(convert_to(replace(plan_document, 'ZBD', 'ZUB'), 'UTF8')), 'hex')",
        "fingerprint",
    ),
    "the trade day edited": ("UPDATE rebalancing_revision SET trade_on = trade_on + 1", "trade"),
    "the policy edited": ("UPDATE clients_policy SET minimum_trade = 1", "minimum_trade"),
}
"""What somebody with the owner's rights changes behind the product's back, and what the refusal has to name."""

TABLES = (
    *("rebalancing_proposedorder", "rebalancing_proposedlot", "rebalancing_revision", "clients_policy"),
    *("compliance_approval", "compliance_review"),
)
REFUSED: list[str] = []


def forge(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)
        assert cursor.rowcount > 0, "the forgery touches something"
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def desk() -> Desk:
    return on_record()


def causes_of(refused: Any) -> str:
    return " | ".join(str(cause) for cause in refused.value.causes)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_revision_is_neither_released_nor_verified(name: str, desk: Desk) -> None:
    sql, named = FORGERIES[name]
    proposal = desk.propose()
    answer_findings(proposal)
    approve(proposal, desk.rui)
    forge(sql)

    with pytest.raises(Blocked, match="differs from what was submitted for review") as refused:
        orders.release(desk.proposal, by=Actor.person(desk.tom), at=SUNDAY_NOON)

    assert named in causes_of(refused), causes_of(refused)
    assert not OrderBatch.objects.exists()
    assert not audit.verify().is_intact
    REFUSED.append(f"{name}, at release")


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_revision_is_not_approved(name: str, desk: Desk) -> None:
    sql, named = FORGERIES[name]
    proposal = desk.propose()
    answer_findings(proposal)
    seen = proposals.current(proposal).fingerprint
    forge(sql)

    with pytest.raises(Blocked, match="differs from what was submitted for review") as refused:
        proposals.approve(
            proposal,
            seen=seen,
            text="Agreed.",
            acknowledge_warnings=True,
            by=Actor.person(desk.rui),
            at=SUNDAY_NOON,
        )

    assert named in causes_of(refused), causes_of(refused)
    assert not Approval.objects.filter(subject_kind="proposal").exists()
    REFUSED.append(f"{name}, at approval")


def test_the_count_of_forgeries_that_were_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(REFUSED)} of {2 * len(FORGERIES)} forgeries refused with their cause")
    assert len(FORGERIES) >= 10


def test_what_was_not_touched_has_no_difference(desk: Desk) -> None:
    desk.release()

    assert [bindings.differences(one) for one in Revision.objects.all()] == [()] * Revision.objects.count()
    assert list(bindings.faults()) == []
    assert audit.verify().is_intact
