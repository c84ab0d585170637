"""Two households become one: the record moves, and what was under way for either is called off.

One transaction. Row by row the trail names the merger; the two lines about the households name who decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from clients import figures
from clients.households import households, merging
from clients.households.merging import Moves
from clients.models import Account, CashFlow, CashFlowRule, ClientRestriction, Household, Policy, TaxLot
from clients.policies import client_restrictions, drafts, ending, policies, templates
from compliance.audit_trail import audit
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Cause, Conflict
from rebalancing.households import under_way
from rebalancing.portfolios.policy_terms import CASH_CLASS

DOOR = "rebalancing:household_merge"
NO_WORDS = templates.Words(household="", clients="", advisor="", firm="", date="")
"""A version that begins from another one has no placeholders to fill."""

Line = tuple[str, str, str]


class NextPolicy(StrEnum):
    """What becomes of the policy of the household that is kept."""

    KEEP = "keep"
    DRAFT = "draft"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a merger does, and what stands in its way."""

    moves: Moves
    ours: Policy | None
    theirs: Policy | None
    next_policy: NextPolicy
    wishes: tuple[ClientRestriction, ...] = ()
    """What the clients of the absorbed household asked for outside its policy."""

    @property
    def source(self) -> Policy | None:
        """The version from whose text the next one begins."""
        found = {NextPolicy.DRAFT: self.ours, NextPolicy.THEIRS: self.theirs}
        return found.get(self.next_policy)


def plan(kept: Household, absorbed: Household, *, next_policy: str, on: date) -> Planned:
    """What merging would do, decided without writing."""
    return Planned(
        moves=merging.plan(kept, absorbed, on=on),
        ours=policies.in_force(kept, on=on),
        theirs=policies.in_force(absorbed, on=on),
        next_policy=NextPolicy(next_policy),
        wishes=tuple(client_restrictions.standing_in(absorbed, on=on)),
    )


def obstacles(planned: Planned) -> Iterator[Cause]:
    """Everything that stands in the way, each with what to do about it."""
    kept, absorbed = planned.moves.kept, planned.moves.absorbed
    yield from planned.moves.causes
    yield from under_way.obstacles(
        [kept, absorbed],
        door=DOOR,
        parameters={"public_id": kept.public_id},
        typed={"absorbed": absorbed.public_id},
    )
    if planned.next_policy is NextPolicy.KEEP:
        return
    if planned.source is None:
        whose = kept if planned.next_policy is NextPolicy.DRAFT else absorbed
        yield Cause(
            input=str(whose),
            sentence=f"{whose} has no policy in force to begin from. Choose another answer about the policy.",
        )
    other = kept.policies.filter(state__in=drafts.UNDER_WAY).first()
    if other is not None:
        yield Cause(
            input=str(other),
            sentence=f"Version {other.version} of {kept} is under way already. Discard it first, or leave the policy.",
        )


@transaction.atomic
def merge(
    kept: Household, absorbed: Household, *, next_policy: str, reason: str, on: date, by: Actor, at: datetime
) -> Household:
    """Merge a household into another one, which keeps its name, policy and books.

    Raises `Conflict` with everything that stands in the way, and for a household that is closed.
    """
    if kept.pk == absorbed.pk:
        raise BadInput("A household is not merged into itself.", "Choose another household.")
    # Always in the same order, so that two mergers cannot wait for each other.
    standing = {one.pk: households.standing(one) for one in sorted((kept, absorbed), key=lambda one: one.pk)}
    kept, absorbed = standing[kept.pk], standing[absorbed.pk]
    planned = plan(kept, absorbed, next_policy=next_policy, on=on)
    if causes := tuple(obstacles(planned)):
        raise Conflict(f"{absorbed} cannot be merged yet.", "Settle each of these first.", causes=causes)
    # Its rows name no person, so that who decided about the merger is no maker of the next proposal.
    doing = Actor.system(f"the merger that {by.label} decided")
    why = f"{absorbed} was merged into {kept}: {reason}"[:200]
    with audit.lines_last():
        withdrawn = [
            key for one in (kept, absorbed) for key in under_way.call_off(one, reason=why, by=doing, at=at)
        ]
        ended = ending.end_all(absorbed, reason=why, by=doing, at=at)
        for wish in planned.wishes:
            client_restrictions.carry_over(
                wish, to=kept, ends_here=True, user_id=people.behind(by).pk, by=doing, at=at
            )
        merging.carry_out(planned.moves, reason=why, on=on, user_id=people.behind(by).pk, by=doing, at=at)
        begun = None
        if planned.source is not None:
            begun = drafts.begin(
                kept, model=planned.source.model, following=planned.source, words=NO_WORDS, by=doing, at=at
            )
        facts: dict[str, Any] = {
            "people": [one.public_id for one in planned.moves.people],
            "people_joined": {theirs.public_id: ours.public_id for theirs, ours in planned.moves.joined},
            "tax_units": [one.public_id for one, _ in planned.moves.units],
            "tax_units_joined": {
                pair.theirs.public_id: pair.ours.public_id for pair in planned.moves.joined_units
            },
            "accounts": [one.public_id for one in planned.moves.accounts],
            "proposals_withdrawn": withdrawn,
            "policies_ended": [one.public_id for one in ended],
            "policy_begun": begun.public_id if begun else None,
            "reason": reason,
        }
        for one, other in ((kept, {"absorbed": absorbed}), (absorbed, {"merged_into": kept})):
            named: dict[str, Any] = {name: household.public_id for name, household in other.items()}
            audit.record(audit.Action.HOUSEHOLD_MERGED, about=one, by=by, at=at, **named, **facts)
    return Household.objects.get(pk=kept.pk)


def lines(planned: Planned) -> Iterator[Line]:
    """What moves and what ends, in words: what it is, where it is now, and afterwards."""
    moves = planned.moves
    kept, absorbed = moves.kept.name, moves.absorbed.name
    for label, things in (("People", moves.people), ("Accounts", moves.accounts)):
        if things:
            yield label, absorbed, f"{kept}: {_listed(things)}"
    for person, same in moves.joined:
        yield "In both households", f"{person} in {absorbed}", f"one person: {same} of {kept}"
    for unit, code in moves.units:
        renamed = f", under the code {code}" if code != unit.code else ""
        yield "Return", absorbed, f"{kept}: {unit} with its yearly profiles{renamed}"
    for pair in moves.joined_units:
        years = ", ".join(str(one.tax_year) for one in pair.profiles)
        taken = f"; the profile of {years} is taken over" if years else ""
        yield "Return in both households", f"{pair.theirs} of {absorbed}", f"{pair.ours} of {kept}{taken}"
    if due := needs(moves.accounts):
        yield "Cash", absorbed, f"{kept}: {due}"
    for hold in moves.holds:
        where = str(hold.account) if hold.account else "the whole household"
        what = f"{hold.get_kind_display()} on {hold.security or where} until {figures.day(hold.expires_on)}"
        yield (
            "Hold",
            f"{what}, in {absorbed}",
            f"It goes on in {kept}" + ("" if hold.account else ", for all its accounts"),
        )
    for wish in planned.wishes:
        yield (
            "Client restriction",
            f"{wish}, in {absorbed}",
            f"It goes on in {kept}" + ("" if wish.account else ", for all its accounts"),
        )
    for event in moves.events:
        yield "Life event", f"{event}, in {absorbed}", f"It goes on in {kept}, and holds trades back there"
    for person in moves.people:
        if person.user_id:
            yield "Sign-in", f"{person} sees {absorbed}", f"{kept}: {person.get_may_see_display().lower()}"
    yield from _policies(planned)
    # Without their number or state: what scans and rules do meanwhile makes nobody ask again.
    yield (
        "Open proposals",
        f"of {kept} and {absorbed}",
        "withdrawn, also approved ones; the next scan makes new ones",
    )
    if moves.accounts:
        yield (
            "Wash sales",
            f"{kept} and {absorbed} apart",
            "What either bought or sold within 30 days counts for all accounts",
        )
    books = [
        f"{entry.user.get_full_name()} as {entry.get_part_display().lower()}"
        for entry in moves.absorbed.book_entries.filter(ends_on=None).select_related("user").order_by("pk")
    ]
    yield "Books", f"{absorbed}: {', '.join(books) or 'nobody'}", f"Those of {kept}; these end"
    yield absorbed, "open", f"closed and merged into {kept}; its page, proposals and history stay readable"


def needs(accounts: Collection[Account]) -> str:
    """Which cash needs hang on these accounts, in words; empty for none. Rules make needs every day, so none is counted."""
    flows = CashFlow.objects.filter(account__in=accounts, rule=None, done_on=None, cancelled_at=None)
    rules = CashFlowRule.objects.filter(account__in=accounts, ended_at=None)
    told = [noun for rows, noun in ((flows, "open"), (rules, "recurring")) if rows.exists()]
    return f"{' and '.join(told)} cash needs" if told else ""


def _policies(planned: Planned) -> Iterator[Line]:
    moves, ours, theirs = planned.moves, planned.ours, planned.theirs
    kept, absorbed = moves.kept, moves.absorbed
    if ours is None:
        yield "Policy", "", f"{kept} has none in force: nothing is traded until one is adopted"
    elif moves.accounts:
        yield "Policy", "", f"Version {ours.version} of {kept} stays in force, for every account"
        if outside := _outside(planned):
            yield "Outside its classes", "", f"{', '.join(outside)}: their target is 0, and they may be sold"
    if planned.source is not None:
        yield (
            "Next policy",
            "",
            f"A draft begins from version {planned.source.version} of {planned.source.household}",
        )
    if theirs is not None:
        yield f"Policy of {absorbed}", f"version {theirs.version} in force", "ended"
        for wish in theirs.restrictions.select_related("security", "account"):
            what = wish.security.symbol if wish.security else wish.issuer or wish.sector
            yield (
                "Restriction lost",
                f"{wish.get_kind_display()}: {what} ({wish.reason})",
                (
                    "in the draft"
                    if planned.next_policy is NextPolicy.THEIRS
                    else f"not in the policy of {kept}"
                ),
            )
    for draft in absorbed.policies.filter(state__in=drafts.UNDER_WAY).order_by("version"):
        planned_on = f", to take effect on {figures.day(draft.starts_on)}" if draft.starts_on else ""
        state = f"version {draft.version}, {draft.get_state_display().lower()}{planned_on}"
        yield f"Policy of {absorbed}", state, "discarded"


def _outside(planned: Planned) -> list[str]:
    """What the accounts hold of classes that the policy in force does not name."""
    assert planned.ours is not None, "asked only where a policy is in force"
    named = set(planned.ours.targets.values_list("asset_class__code", flat=True)) | {CASH_CLASS}
    lots = TaxLot.objects.filter(account__in=planned.moves.accounts, closed_on=None)
    held = lots.exclude(security__class_weights=None).exclude(
        security__class_weights__asset_class__code__in=named
    )
    return sorted(set(held.values_list("security__symbol", flat=True)))


def _listed(things: object) -> str:
    return ", ".join(str(one) for one in things)  # type: ignore[attr-defined]
