"""What a proposal is: its one sentence, its state and its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import figures
from rebalancing import access
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Plan, Reason
from rebalancing.models import Proposal, Revision
from rebalancing.pages.proposal.stored import Stored

ZERO = Decimal(0)
ENDS = {
    Proposal.State.RELEASED: "Its orders are released; they have not all ended.",
    Proposal.State.FILLED: "Its orders are all filled.",
    Proposal.State.PART_FILLED: "Its orders have ended and were filled in part.",
    Proposal.State.NOT_TRADED: "Its orders have ended and nothing of them traded.",
}
"""What has become of a proposal whose orders were released."""


@dataclass(frozen=True, slots=True)
class RevisionLink:
    number: int
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Header:
    """The top of the page. `read_only` says why nothing can be decided here, empty where something can."""

    public_id: str
    household: str
    household_name: str
    household_url: str
    policy: str
    policy_label: str
    policy_url: str
    heading: str
    lead: str
    triggers: tuple[str, ...]
    state: str
    state_label: str
    revision: int
    revisions: tuple[RevisionLink, ...]
    is_current: bool
    is_open: bool
    is_sent: bool
    read_only: str
    fingerprint: str
    prices_as_of_on: date
    trade_on: date
    expires_at: datetime


def of(stored: Stored) -> Header:
    proposal, revision, plan = stored.proposal, stored.revision, stored.plan
    household, policy = proposal.household, revision.policy
    return Header(
        public_id=proposal.public_id,
        household=household.public_id,
        household_name=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        policy=policy.public_id,
        policy_label=f"IPS {policy.version}",
        policy_url=reverse("clients:policy", args=[policy.public_id]),
        heading=heading(household.name, plan),
        lead=plan.summary if stored.household.objective.mode is Mode.HARVEST else _lead(plan),
        triggers=tuple(one["sentence"] for one in revision.triggers),
        state=proposal.state,
        state_label=proposal.get_state_display(),
        revision=revision.number,
        revisions=tuple(
            RevisionLink(
                number,
                reverse("rebalancing:revision", args=[proposal.public_id, number]),
                number == revision.number,
            )
            for number in range(stored.newest, 0, -1)
        ),
        is_current=stored.is_current,
        is_open=stored.is_open,
        is_sent=proposal.state in Proposal.SENT_STATES,
        read_only=_read_only(stored),
        fingerprint=revision.fingerprint,
        prices_as_of_on=revision.prices_as_of_on,
        trade_on=revision.trade_on,
        expires_at=revision.expires_at,
    )


def explained_url(user: Any, revision: Revision) -> str:
    """Where the decision on a revision is explained; empty without a decision, and for people who may not read it."""
    if not access.decided_revisions_for(user).filter(pk=revision.pk).exists():
        return ""
    return reverse("rebalancing:explained", args=[revision.proposal.public_id, revision.number])


def heading(name: str, plan: Plan) -> str:
    """The page's one sentence: what is proposed, and what it costs."""
    before = sum(1 for one in plan.before.classes if one.out_of_band)
    after = sum(1 for one in plan.after.classes if one.out_of_band)
    reasons = {order.reason for order in plan.orders}
    if before and not after:
        what = f"Bring {name} back inside its bands"
    elif before > after:
        what = f"Bring {name} closer to its bands"
    elif Reason.RAISE_CASH in reasons:
        what = f"Raise cash for {name}"
    elif Reason.HARVEST_LOSS in reasons:
        what = f"Take losses for {name}"
    else:
        what = f"Trade for {name}"
    return f"{what}: {figures.counted(len(plan.orders), 'trade')}, {_tax_words(plan.tax_change)}"


def _tax_words(change: Decimal) -> str:
    if change > ZERO:
        return f"about {figures.money(change, cents=False)} in tax"
    if change < ZERO:
        return f"about {figures.money(-change, cents=False)} less tax"
    return "no tax"


def _lead(plan: Plan) -> str:
    outside = sum(1 for one in plan.after.classes if one.out_of_band)
    if not outside:
        return ""
    return f"{outside} class{' stays' if outside == 1 else 'es stay'} outside; the reasons are below."


def _read_only(stored: Stored) -> str:
    proposal, review = stored.proposal, stored.review
    if not stored.is_current:
        return (
            f"This is revision {stored.revision.number}. Revision {stored.newest} is the current one; "
            "nothing can be decided here."
        )
    if proposal.state in Proposal.OPEN_STATES:
        return ""
    if proposal.state in Proposal.SENT_STATES:
        return f"{ENDS[Proposal.State(proposal.state)]} It is kept as it was shown when it was approved."
    state = proposal.get_state_display().lower()
    who = f" by {review.settled_by_label}" if review.settled_by_label else ""
    return (
        f"This proposal was {state}{who} on {figures.moment(proposal.closed_at)}. It is kept as it was shown."
    )
