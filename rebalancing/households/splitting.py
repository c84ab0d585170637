"""One household becomes two: the record moves, and what was under way for it is called off. One transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from clients import figures
from clients.households import households, splitting
from clients.households.splitting import Returns, Split
from clients.models import Account, ClientRestriction, Household, Person, Policy
from clients.policies import client_restrictions, drafts, policies
from compliance.audit_trail import audit
from compliance.people import people as staff
from compliance.people.actors import Actor
from compliance.refusals import Cause, Conflict
from rebalancing.households import under_way
from rebalancing.households.merging import NO_WORDS, Line, needs

DOOR = "rebalancing:household_split"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a split does; `source` is the policy from whose text the new household's draft begins, if it is asked for."""

    split: Split
    returns: Returns
    code: str
    name: str
    in_force: Policy | None
    with_draft: bool
    wishes: tuple[ClientRestriction, ...] = ()
    """What goes along of the clients' restrictions outside the policy, and what holds in both households."""

    @property
    def source(self) -> Policy | None:
        return self.in_force if self.with_draft else None


def _wishes(split: Split, *, on: date) -> tuple[ClientRestriction, ...]:
    """Restrictions of an account that goes, and those of the whole household."""
    keys = {None, *(one.pk for one in split.accounts)}
    standing = client_restrictions.standing_in(split.household, on=on)
    return tuple(one for one in standing if one.account_id in keys)


def plan(
    household: Household,
    *,
    code: str,
    name: str,
    people: Collection[Person],
    joint: Collection[Account],
    returns: Returns,
    with_draft: bool,
    on: date,
) -> Planned:
    """What splitting would do, decided without writing."""
    split = splitting.plan(household, people=people, joint=joint, returns=returns, on=on)
    return Planned(
        split=split,
        returns=returns,
        code=code,
        name=name,
        in_force=policies.in_force(household, on=on),
        with_draft=with_draft,
        wishes=_wishes(split, on=on),
    )


def obstacles(planned: Planned) -> Iterator[Cause]:
    """Everything that stands in the way, each with what to do about it."""
    household = planned.split.household
    yield from planned.split.causes
    yield from under_way.obstacles(
        [household],
        door=DOOR,
        parameters={"public_id": household.public_id},
        typed={"code": planned.code},
    )
    taken = Household.objects.filter(code=planned.code).first()
    if taken is not None:
        yield Cause(
            input=planned.code,
            sentence=f"The code {planned.code} belongs to {taken.name}. Choose another; a code is never used again.",
        )
    if planned.with_draft and planned.in_force is None:
        yield Cause(
            input=str(household),
            sentence=f"{household} has no policy in force that a draft could begin from.",
        )


@transaction.atomic
def split(planned: Planned, *, reason: str, on: date, by: Actor, at: datetime) -> Household:
    """Let the people chosen and what is theirs go to a household of its own, and return it.

    Raises `Conflict` with everything that stands in the way, and for a household that is closed.
    """
    old = households.standing(planned.split.household)
    fresh = splitting.plan(
        old,
        people=planned.split.people,
        joint=planned.split.joint_going,
        returns=planned.returns,
        on=on,
    )
    planned = replace(planned, split=fresh, wishes=_wishes(fresh, on=on))
    if causes := tuple(obstacles(planned)):
        raise Conflict(f"{old} cannot be split yet.", "Settle each of these first.", causes=causes)
    # Its rows name no person, so that who decided about the split is no maker of the next proposal.
    doing = Actor.system(f"the split that {by.label} decided")
    why = f"{planned.name} went from {old}: {reason}"[:200]
    with audit.lines_last():
        withdrawn = under_way.call_off(old, reason=why, by=doing, at=at)
        new = splitting.carry_out(
            planned.split,
            code=planned.code,
            name=planned.name,
            returns=planned.returns,
            on=on,
            user_id=staff.behind(by).pk,
            by=doing,
            at=at,
        )
        for wish in planned.wishes:
            client_restrictions.carry_over(
                wish,
                to=new,
                ends_here=wish.account_id is not None,
                user_id=staff.behind(by).pk,
                by=doing,
                at=at,
            )
        begun = _begin(new, planned.source, by=doing, at=at) if planned.source is not None else None
        facts: dict[str, Any] = {
            "people": [one.public_id for one in planned.split.people],
            "tax_units": [one.public_id for one in planned.split.units],
            "returns_parted": [one.unit.public_id for one in planned.split.partings],
            "accounts": [one.public_id for one in planned.split.accounts],
            "accounts_of_both": [one.public_id for one in planned.split.joint_staying],
            "proposals_withdrawn": withdrawn,
            "policy_begun": begun.public_id if begun else None,
            "reason": reason,
        }
        audit.record(
            audit.Action.HOUSEHOLD_SPLIT, about=old, by=by, at=at, new_household=new.public_id, **facts
        )
        audit.record(audit.Action.HOUSEHOLD_SPLIT, about=new, by=by, at=at, split_from=old.public_id, **facts)
    return new


def _begin(new: Household, source: Policy, *, by: Actor, at: datetime) -> Policy:
    """A draft from the old household's text, without what it says about accounts that stayed."""
    draft = drafts.begin(new, model=source.model, following=source, words=NO_WORDS, by=by, at=at)
    content = drafts.content_of(draft)
    wishes = tuple(
        one for one in content.restrictions if one.account is None or one.account.household_id == new.pk
    )
    if wishes != content.restrictions:
        draft = drafts.save(draft, replace(content, restrictions=wishes), by=by, at=at)
    return draft


def lines(planned: Planned) -> Iterator[Line]:
    """What goes, what stays and what ends, in words: what it is, where it is now, and afterwards."""
    split, new = planned.split, planned.name
    old = split.household.name
    yield "People", old, f"{new}: {_listed(split.people)}"
    yield "People who stay", old, f"{old}: {_listed(one for one in split.staying if one.left_on is None)}"
    if split.accounts:
        yield "Accounts", old, f"{new}: {_listed(split.accounts)}"
    keys = {one.pk for one in split.accounts}
    staying = [
        one
        for one in split.household.accounts.filter(closed_on=None).order_by("name", "pk")
        if one.pk not in keys
    ]
    if staying:
        yield "Accounts that stay", old, f"{old}: {_listed(staying)}"
    for account in split.joint_staying:
        yield "Account of both", str(account), f"stays in {old} until it is retitled"
    for account in split.joint_going:
        yield "Account of both", str(account), f"goes to {new}; retitle it"
    for unit in split.units:
        yield "Return", f"{unit} in {old}", f"{new}, with its yearly profiles"
    for parting in split.partings:
        yield from _parted(planned, parting)
    if due := needs(split.accounts):
        yield "Cash", old, f"{new}: {due}"
    for hold in split.holds:
        what = f"{hold.get_kind_display()} on {hold.account} until {figures.day(hold.expires_on)}"
        yield "Hold", f"{what}, in {old}", f"goes on in {new}"
    for hold in split.holds_of_both:
        what = f"{hold.get_kind_display()} on {hold.security or 'the whole household'}"
        yield (
            "Hold",
            f"{what} until {figures.day(hold.expires_on)}",
            f"stays in {old}, and is placed in {new} too",
        )
    for wish in planned.wishes:
        goes = "goes on in" if wish.account else f"stays in {old}, and holds in"
        yield "Client restriction", f"{wish}, in {old}", f"{goes} {new}" + ("" if wish.account else " too")
    for event in split.events:
        yield "Life event", f"{event}, in {old}", f"goes on in {new}"
    for person in (*split.people, *split.staying):
        if person.user_id:
            where = new if person in split.people else old
            sight = person.get_may_see_display().lower()
            yield (
                "Sign-in",
                f"{person} sees {old}",
                f"sees {where} only, from the moment it is decided: {sight}",
            )
    if planned.in_force is not None:
        yield f"Policy of {old}", f"version {planned.in_force.version} in force", "stays in force"
    begun = (
        f"a draft begins from version {planned.in_force.version} of {old}"
        if planned.source and planned.in_force
        else "none"
    )
    yield f"Policy of {new}", "", f"{begun}; nothing is traded until one is adopted"
    yield "Open proposals", f"of {old}", "withdrawn, also approved ones; the next scan makes new ones"
    books = [f"{one.user.get_full_name()} as {one.get_part_display().lower()}" for one in split.books]
    yield "Books", ", ".join(books) or "nobody", f"the same for {new}"


def _parted(planned: Planned, parting: splitting.Parting) -> Iterator[Line]:
    returns, unit = planned.returns, parting.unit
    old, new = planned.split.household.name, planned.name
    label = dict(type(unit).FilingStatus.choices)
    going = _listed(parting.going)
    if parting.is_joint:
        yield (
            "Joint return",
            str(unit),
            f"filed for {returns.last_joint_year} last (IRC 7703(a)(1)); its profiles stay with {old}",
        )
        yield (
            "Return",
            str(unit),
            f"{old}: {_listed(parting.staying)}, {label[returns.staying].lower()}; confirm its profile",
        )
    else:
        yield "Return", str(unit), f"{old}: goes on without {going}"
    yield "Return", str(unit), f"{new}: {going}, {label[returns.going].lower()}; confirm its profile"


def _listed(things: Any) -> str:
    return ", ".join(str(one) for one in things)
