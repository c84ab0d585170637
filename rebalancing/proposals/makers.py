"""Who shaped what a scan proposes: everybody who entered or changed one of its facts since the household was
last settled.

A person who adds a cash need, lifts a hold, loads the lots or drafts the policy decides part of the resulting
proposal. They are its makers, recorded with the fact and the time, and a maker may not approve. The audit
trail is the source, because every change is recorded there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Q

from clients import figures
from clients.models import (
    CashFlow,
    CashFlowRule,
    CustodianFile,
    EmployerPlan,
    FileAccount,
    Household,
    Price,
    Security,
)
from clients.securities import securities
from compliance.audit_trail import audit
from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent, RestrictedIssuer
from compliance.people.actors import ANSWERABLE
from compliance.review_desk.reviews import Maker
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios.market import Market

DID_MAX = 120
OF_THE_HOUSEHOLD = {
    Action.CASH_NEED_CANCELLED: "cancelled a cash flow",
    Action.CASH_NEED_DONE: "marked a cash flow as done",
    Action.CASH_RULE_ENDED: "ended a recurring cash flow",
    Action.HOLD_PLACED: "placed a hold",
    Action.HOLD_RENEWED: "renewed a hold",
    Action.HOLD_CHANGED: "corrected a hold",
    Action.HOLD_LIFTED: "lifted a hold",
    Action.LIFE_EVENT_ADDED: "recorded a life event",
    Action.LIFE_EVENT_CHANGED: "corrected a life event",
    Action.LIFE_EVENT_RESOLVED: "resolved a life event",
    Action.LIFE_EVENT_CANCELLED: "took back a life event",
    Action.POLICY_DRAFTED: "drafted the policy",
    Action.LOT_CORRECTED: "corrected a tax lot",
    Action.LOT_CORRECTION_ENDED: "ended the correction of a tax lot",
    Action.LOT_LOCKED: "locked a tax lot",
    Action.LOT_UNLOCKED: "unlocked a tax lot",
    Action.RESTRICTION_MADE: "recorded a client's restriction",
    Action.RESTRICTION_CHANGED: "changed a client's restriction",
    Action.RESTRICTION_CANCELLED: "cancelled a client's restriction",
    Action.PLAN_JOINED: "put an account in an employer's plan",
    Action.PLAN_LEFT: "took an account out of an employer's plan",
    Action.ACCOUNT_ADDED: "opened an account",
    Action.ACCOUNT_BOUND: "bound an account of a file",
    Action.ACCOUNT_UNBOUND: "unbound an account of a file",
    Action.ACCOUNT_CHANGED: "changed an account",
    Action.ACCOUNT_RENUMBERED: "changed an account's number",
    Action.ACCOUNT_MOVED: "moved an account",
    Action.ACCOUNT_CLOSED: "closed an account",
    Action.ACCOUNT_REOPENED: "reopened an account",
    Action.HOUSEHOLD_CHANGED: "changed the household's facts",
}
"""What is entered for one household, as the end of "You …"."""
OF_THE_FIRM = (
    Action.FILE_LOADED,
    Action.SECURITY_CHANGED,
    Action.SECURITY_RENAMED,
    Action.PRICE_OVERRIDDEN,
    Action.PRICE_DECIDED,
    Action.ISSUER_RESTRICTED,
    Action.ISSUER_RELEASED,
    Action.MODEL_DRAFTED,
    Action.PLAN_FUND_ADDED,
    Action.PLAN_FUND_CHANGED,
    Action.PLAN_FUND_ENDED,
)
"""Facts entered for the whole firm; they count where they affect something this household holds or may trade."""
MENUS = (Action.PLAN_FUND_ADDED, Action.PLAN_FUND_CHANGED, Action.PLAN_FUND_ENDED)
CASH_FLOWS = (Action.CASH_NEED_ADDED, Action.CASH_NEED_CHANGED)
CASH_RULES = (Action.CASH_RULE_ADDED, Action.CASH_RULE_CHANGED)
"""Money due, entered once or by a rule: it shapes every plan until it has moved."""
SETTLED = (Reading.Outcome.IN_BAND, Reading.Outcome.NO_BENEFIT, Reading.Outcome.IMPOSSIBLE)
"""Readings that considered every fact and settled the household. A proposal settles it only with its release:
until then its facts carry over to the next proposal, so that withdrawing a proposal does not remove a maker.
"""


class Kind(StrEnum):
    """What may be done many times over; a page counts these instead of listing each."""

    FILE = "file"
    CASH_FLOW = "cash_flow"
    SECURITY = "security"
    RESTRICTION = "restriction"


_KIND_BY_START = {
    "loaded ": Kind.FILE,
    "added a ": Kind.CASH_FLOW,
    "decided about ": Kind.SECURITY,
    "put ": Kind.RESTRICTION,
    "took ": Kind.RESTRICTION,
}


def kind_of(did: str) -> Kind | None:
    """The kind of a deed as `_did` words it; None for what is done once."""
    return next((kind for start, kind in _KIND_BY_START.items() if did.startswith(start)), None)


def makers(
    household: Household,
    *,
    symbols: Collection[str],
    priced_on: date,
    model: str,
    before: Reading | None,
    market: Market,
) -> list[Maker]:
    """The people behind the facts that a proposal rests on, each with what they did and when.

    `symbols` are the securities of its document, `priced_on` is the day of their prices, `model` the public
    id of the model its policy follows; `before` the reading that led to it, which does not count as an
    earlier one. `market` knows its securities, and what was done for the whole firm is fetched once for all who ask it.
    """
    since = _settled_at(household, before=before, market=market)
    own, firm = _deeds(household, since=since, market=market)
    found: dict[tuple[int, str], Maker] = {}
    told = [*own, *_entered(household), *firm]
    files = [event.about_id for event in told if event.action == Action.FILE_LOADED]
    touched = _Touched(
        household,
        market.by_symbol(symbols).values(),
        model,
        files=_files(household, symbols, files, priced_on=priced_on),
    )
    for event in told:
        if did := _did(event, touched):
            maker = Maker(int(event.person_ref), did[:DID_MAX], event.stated_at)
            # The most recent occurrence counts.
            found[maker.person_pk, maker.did] = maker
    return sorted(found.values(), key=lambda maker: (maker.person_pk, maker.did))


def _deeds(household: Household, *, since: int, market: Market) -> tuple[list[AuditEvent], list[AuditEvent]]:
    """What people entered after an event for the household, and for the whole firm.

    Asked after every fact was read, so that nobody is missed; what is known of the firm's deeds is not read again.
    """
    known: list[AuditEvent] = market.shared("deeds of the firm", market.on, list)
    reach: list[int] = market.shared("deeds of the firm since", market.on, list)
    if not reach or since < reach[0]:
        known.clear()
        reach[:] = [since]
    last = known[-1].seq if known else reach[0]
    of_household = Q(seq__gt=since, household_ref=household.public_id, action__in=OF_THE_HOUSEHOLD)
    of_firm = Q(seq__gt=last, action__in=OF_THE_FIRM)
    found = AuditEvent.objects.filter(of_household | of_firm, actor_kind__in=ANSWERABLE)
    own = []
    for event in found.order_by("seq"):
        if event.action in OF_THE_FIRM:
            known.append(event)
        else:
            own.append(event)
    return own, [event for event in known if event.seq > since]


def _entered(household: Household) -> list[AuditEvent]:
    """Who entered money that is still due: it shapes every plan until it has moved, however long ago that was."""
    pending = CashFlow.objects.filter(account__household=household, done_on=None, cancelled_at=None)
    due = list(pending.values_list("public_id", "rule__public_id"))
    if not due:
        return []
    of_flows = Q(action__in=CASH_FLOWS, about_id__in=[flow for flow, _ in due])
    of_rules = Q(action__in=CASH_RULES, about_id__in=sorted({rule for _, rule in due if rule is not None}))
    found = AuditEvent.objects.filter(of_flows | of_rules, actor_kind__in=ANSWERABLE)
    return list(found.order_by("seq"))


def _settled_at(household: Household, *, before: Reading | None, market: Market) -> int:
    """The number of the event at which the scan of the last settled reading began; 0 where there is none."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, Reading]]:
        settled = Reading.objects.filter(
            Q(outcome__in=SETTLED)
            | Q(outcome=Reading.Outcome.PROPOSED, proposal__state__in=Proposal.SENT_STATES),
            household__in=keys,
        )
        if before is not None:
            settled = settled.exclude(pk=before.pk)
        newest = (
            settled.select_related("run").order_by("household_id", "-read_at", "-pk").distinct("household_id")
        )
        return ((one.household_id, one) for one in newest)

    (last,) = market.rows_of(household.pk, ("settled",), fetch) or (None,)
    if last is None:
        return 0

    def began() -> int:
        event = audit.trail(about=last.run).filter(action=Action.SCAN_STARTED).first()
        return event.seq if event else 0

    return market.shared(f"scan {last.run_id} began", market.on, began)


def _files(
    household: Household, symbols: Collection[str], files: Collection[str], *, priced_on: date
) -> dict[str, str]:
    """The names of those files that this household depends on: for its accounts, or for a price of the day."""
    if not files:
        return {}
    loaded = CustodianFile.objects.filter(public_id__in=files)
    # A price keeps the moment at which its file was loaded.
    priced_at = Price.objects.filter(security__symbol__in=symbols, as_of_on=priced_on).values("received_at")
    own = FileAccount.objects.filter(account__household=household, state=FileAccount.State.LOADED)
    named = loaded.filter(Q(pk__in=own.values("file")) | Q(loaded_at__in=priced_at))
    return dict(named.values_list("public_id", "name"))


class _Touched:
    """Whether a fact entered for the whole firm affects this household."""

    def __init__(
        self, household: Household, securities: Iterable[Security], model: str, *, files: dict[str, str]
    ) -> None:
        self.household = household
        self.securities = {str(row.pk): row for row in securities}
        self.model = model
        self.files = files

    def plan(self, public_id: str) -> str:
        """The name of an employer's plan that an account of the household belongs to; empty for another."""
        own = EmployerPlan.objects.filter(
            public_id=public_id, accounts__account__household=self.household, accounts__ended_at=None
        )
        return str(own.first() or "")

    def issuer(self, public_id: str) -> str:
        placed = RestrictedIssuer.objects.filter(public_id=public_id).first()
        if placed is None:
            return ""
        named = placed.issuer.casefold()
        alike = any(
            named in {(securities.issuer_of(row) or "").casefold(), row.symbol.casefold()}
            for row in self.securities.values()
        )
        return placed.issuer if alike else ""


def _did(event: AuditEvent, touched: _Touched) -> str:
    """What the person did, as the end of "You …"; empty where it does not affect this household."""
    facts: dict[str, Any] = json.loads(event.facts)
    action = Action(event.action)
    if action in OF_THE_HOUSEHOLD:
        return OF_THE_HOUSEHOLD[action]
    if action in CASH_FLOWS + CASH_RULES:
        kind = CashFlow.Kind(facts["kind"]).label.lower()
        amount = figures.money(abs(Decimal(facts["amount"])))
        if action in CASH_RULES:
            every = CashFlowRule.Every(facts["every"]).label.lower()
            return f"added a {kind} of {amount} due {every}"
        return f"added a {kind} of {amount} due {figures.day(date.fromisoformat(facts['due_on']))}"
    if action is Action.FILE_LOADED:
        name = touched.files.get(event.about_id, "")
        return f"loaded {name[:80]}" if name else ""
    if action is Action.MODEL_DRAFTED:
        return "drafted the model" if touched.model == event.about_id else ""
    if action in MENUS:
        plan = touched.plan(event.about_id)
        return f"changed the menu of {plan[:80]}" if plan else ""
    if action in (Action.ISSUER_RESTRICTED, Action.ISSUER_RELEASED):
        issuer = touched.issuer(event.about_id)
        verb = "put {} on" if action is Action.ISSUER_RESTRICTED else "took {} off"
        return f"{verb.format(issuer[:60])} the firm's list" if issuer else ""
    security = touched.securities.get(event.about_id)
    what = "the price of " if action in (Action.PRICE_DECIDED, Action.PRICE_OVERRIDDEN) else ""
    return f"decided about {what}{security.symbol}" if security else ""
