"""What a revision looks like to a program: the very values that its page shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from compliance.api import fields
from compliance.api.fields import words
from compliance.models import FindingRow, Review
from compliance.review_desk import findings
from rebalancing.models import ProposedLot, ProposedOrder, Revision
from rebalancing.pages import proposal_evidence, proposal_trades
from rebalancing.proposals import revisions

SEVERITIES = tuple(proposal_evidence.SEVERITY_NAMES.values())


class SoldLotOut(serializers.Serializer[proposal_trades.LotRow]):
    """The shares of one lot a sale uses; a gain of null is unknown, or not taxed where the term says so."""

    acquired_on = serializers.DateField(read_only=True, allow_null=True)
    shares = fields.figure()
    proceeds = fields.dollars()
    basis = fields.dollars(allow_null=True)
    gain = fields.dollars(allow_null=True)
    term = serializers.ChoiceField(choices=ProposedLot.Term.choices, read_only=True)
    disallowed = fields.dollars()


class ProposedOrderOut(serializers.Serializer[proposal_trades.OrderRow]):
    side = serializers.ChoiceField(choices=ProposedOrder.Side.choices, read_only=True)
    symbol = words()
    name = words()
    shares = fields.figure()
    price = fields.figure()
    amount = fields.dollars(help_text="Estimated proceeds or cost, spread included; always positive.")
    cost = fields.dollars()
    gain = fields.dollars(allow_null=True)
    is_taxed = serializers.BooleanField(read_only=True)
    settles_on = serializers.DateField(read_only=True)
    reason = words()
    why = words()
    without = words(help_text="What leaving this order out would mean.")
    lots = SoldLotOut(many=True, read_only=True)


class AccountTradesOut(serializers.Serializer[proposal_trades.AccountTrades]):
    """One account's orders; `cash_after` is what it holds when everything has settled."""

    account = words("public_id")
    name = words()
    number_last4 = words("last_four")
    treatment = words()
    custodian = words()
    discretion = words()
    bought = fields.dollars()
    sold = fields.dollars()
    gain = fields.dollars(allow_null=True)
    cash_after = fields.dollars()
    orders = ProposedOrderOut(many=True, read_only=True)


class SkippedOut(serializers.Serializer[proposal_trades.SkippedRow]):
    """A trade that was considered and left alone."""

    account_name = words("account")
    symbol = words()
    side = words()
    lot_on = serializers.DateField(read_only=True, allow_null=True)
    why = words()
    price = fields.figure(allow_null=True, help_text="Dollars for each dollar traded.")


class BandOut(serializers.Serializer[Any]):
    """A class against its band; weights are fractions of one."""

    name = words("label")
    target = fields.figure()
    lower = fields.figure()
    upper = fields.figure()
    before = fields.figure(allow_null=True)
    after = fields.figure(allow_null=True)
    is_outside_before = serializers.BooleanField(read_only=True, allow_null=True)
    is_outside_after = serializers.BooleanField(read_only=True, allow_null=True)


class AllocationOut(serializers.Serializer[proposal_evidence.Allocation]):
    caption = words()
    bars = BandOut(many=True, read_only=True)


class TaxOut(serializers.Serializer[proposal_evidence.TaxRow]):
    """One return's estimate: gains by term, the tax they add, and how it was worked out."""

    name = words()
    method = words()
    left_out = words()
    short = fields.dollars(source="unit.short")
    long = fields.dollars(source="unit.long")
    disallowed = fields.dollars(source="unit.disallowed")
    net_short = fields.dollars(source="unit.net_short")
    net_long = fields.dollars(source="unit.net_long")
    change = fields.dollars(source="unit.change", help_text="Tax with the plan less tax without it.")
    budget_limit = fields.dollars(source="unit.budget_limit", allow_null=True)
    budget_used = fields.dollars(source="unit.budget_used", allow_null=True)


class TermOut(serializers.Serializer[proposal_evidence.TermRow]):
    """One part of what the plan weighs, in dollars."""

    name = words()
    nothing = fields.dollars()
    plan = fields.dollars()


class AnswerOut(serializers.Serializer[Any]):
    approver = words("approver_label")
    reason = words()
    text = words()
    given_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)


class FindingOut(serializers.Serializer[FindingRow]):
    """A check's answer. `key` names the concern; an override is given for it."""

    key = words()
    rule = words()
    rule_version = serializers.IntegerField(read_only=True)
    severity = serializers.ChoiceField(choices=SEVERITIES, read_only=True, source="severity_name")
    sentence = words()
    how_to_fix = words()
    answer = AnswerOut(read_only=True, allow_null=True)
    refusal_to_override = serializers.CharField(read_only=True, allow_null=True)


class RevisionRow(serializers.Serializer[Revision]):
    number = serializers.IntegerField(read_only=True)
    fingerprint = words()
    input_digest = words()
    plan_digest = words()
    engine_version = words()
    verifier_signature = words()
    prices_as_of_on = serializers.DateField(read_only=True)
    trade_on = serializers.DateField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    review = words("review.public_id", allow_null=True)


class RevisionOne(RevisionRow):
    """One revision with everything a reviewer decides on."""

    heading = words()
    tax_change = fields.dollars()
    trades = AccountTradesOut(many=True, read_only=True)
    skipped = SkippedOut(many=True, read_only=True, source="left_alone")
    allocations = AllocationOut(many=True, read_only=True)
    taxes = TaxOut(many=True, read_only=True)
    terms = TermOut(many=True, read_only=True)
    findings = FindingOut(many=True, read_only=True)


def heading(revision: Revision) -> str:
    """The page's one sentence: what is proposed, and what it costs."""
    return proposal_evidence.heading(revision.proposal.household.name, revisions.plan_of(revision))


def shown(revision: Revision, user: Any, *, at: datetime) -> dict[str, Any]:
    """A revision as one document, from its stored plan and nothing else."""
    plan, household = revisions.plan_of(revision), revisions.household_of(revision)
    told: Any = revision
    told.heading = heading(revision)
    told.tax_change = plan.tax_change
    told.trades = proposal_trades.by_account(revision, plan)
    told.left_alone = proposal_trades.skipped(plan, household)
    told.allocations = proposal_evidence.allocations(plan, household)
    told.taxes = proposal_evidence.taxes(plan, household)
    told.terms = proposal_evidence.terms(plan)
    told.findings = found(revision.review, user, at=at) if revision.review else []
    return dict(RevisionOne(told).data)


def found(review: Review, user: Any, *, at: datetime) -> list[Any]:
    """The newest examination's findings with who answered for them, the gravest first."""
    examination = findings.latest(review)
    if examination is None:
        return []
    answered = findings.standing_overrides(review, at=at)
    rows: list[Any] = list(
        examination.findings.select_related("examination__review").order_by("-severity", "position")
    )
    for row in rows:
        row.severity_name = proposal_evidence.SEVERITY_NAMES[row.severity]
        row.answer = answered.get(row.key)
        row.refusal_to_override = findings.refusal_to_override(user, row) if row.answer is None else None
    return rows
