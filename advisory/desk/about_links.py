"""What lines of the audit trail are about, as links: each only for whom its page opens, and by name.

The trail is the lowest floor and knows no pages; this is the highest, and asks each floor's `access`. One query for
each kind of thing on the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse

from advisory.desk.navigation import DESK
from advisory.people import access as people
from clients import access as record
from clients import figures
from clients.models import Household
from compliance import access as review_desk
from compliance.pages.trail import Place, Places
from compliance.people.roles import Role
from rebalancing import access


@dataclass(frozen=True, slots=True)
class Page:
    """A kind of thing with a page: the rows this person may open, the page's name, and the row in words."""

    rows: Callable[[Any], QuerySet[Any]]
    name: str
    words: Callable[[Any], str]
    key: str = "public_id"
    roles: frozenset[str] = DESK


CALLED_MAX = 500
"""The most things of a kind that a name finds; a longer text finds fewer."""
_FILES = frozenset({Role.TRADER, Role.COMPLIANCE})
_PEOPLE = frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE})


def _of_household(words: str) -> Callable[[Any], str]:
    return lambda row: f"{words} of {row.household.name}"


PAGES: dict[str, Page] = {
    "household": Page(record.households_for, "clients:household", lambda row: str(row.name)),
    "account": Page(
        lambda user: record.accounts_of_the_desk(user).select_related("household").defer("number"),
        "clients:account",
        lambda row: f"{row.name} of {row.household.name}",
    ),
    "policy": Page(
        lambda user: record.policies_for(user).select_related("household"),
        "clients:policy",
        lambda row: f"Policy {row.version} of {row.household.name}",
    ),
    "proposal": Page(
        lambda user: access.proposals_for(user).select_related("household"),
        "rebalancing:proposal",
        lambda row: f"Proposal for {row.household.name}",
    ),
    "orderbatch": Page(
        lambda user: access.batches_for(user).select_related("revision__proposal__household"),
        "rebalancing:batch",
        lambda row: f"Orders for {row.revision.proposal.household.name}",
        roles=frozenset({Role.TRADER, Role.COMPLIANCE}),
    ),
    "scanrun": Page(
        access.scans_for, "rebalancing:scan", lambda row: f"Scan of {figures.day(row.market_on)}"
    ),
    "modelportfolio": Page(record.models_for, "clients:model", lambda row: str(row.name)),
    "security": Page(record.securities_for, "clients:security", str, key="pk"),
    "custodianfile": Page(
        lambda user: record.files_for(user).defer("content"),
        "clients:import_detail",
        lambda row: str(row.name),
        roles=_FILES,
    ),
    "hold": Page(
        lambda user: record.holds_for(user).select_related("household"),
        "clients:hold",
        _of_household("Hold"),
    ),
    "lifeevent": Page(
        lambda user: record.life_events_for(user).select_related("household"),
        "clients:life_event",
        _of_household("Life event"),
    ),
    "cashflow": Page(
        lambda user: record.cash_flows_for(user).select_related("account__household"),
        "clients:cash_need",
        lambda row: f"Money due of {row.account.household.name}",
    ),
    "user": Page(
        people.people_for, "advisory:person", lambda row: str(row.get_full_name()), key="pk", roles=_PEOPLE
    ),
}


def places_for(user: Any, things: Iterable[tuple[str, str]]) -> Places:
    """The page of each thing, by kind and id, for those that this person may open."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind, identity in things:
        wanted[kind].add(identity)
    found: dict[tuple[str, str], Place] = {}
    for kind, identities in wanted.items():
        if kind == "review":
            found |= _reviews(user, identities)
        page = PAGES.get(kind)
        if page is None or not any(user.has_role(Role(role)) for role in page.roles):
            continue
        keys = identities if page.key != "pk" else {one for one in identities if one.isdecimal()}
        for row in page.rows(user).filter(**{f"{page.key}__in": keys}):
            identity = str(getattr(row, page.key))
            found[kind, identity] = Place(reverse(page.name, args=[identity]), page.words(row))
    return _with_explanations(user, found)


def called(user: Any, text: str) -> Iterable[tuple[str, str]]:
    """The households of this person's scope that are called so or have a person who is, and the people of the firm who are."""
    households = record.households_for(user) if record.is_staff(user) else Household.objects.none()
    members = record.persons_for(user).annotate(
        whole=Concat("given_name", Value(" "), "family_name", output_field=CharField())
    )
    found = households.filter(
        Q(name__icontains=text) | Q(pk__in=members.filter(whole__icontains=text).values("household"))
    )
    for identity in found.order_by("pk").values_list("public_id", flat=True)[:CALLED_MAX]:
        yield "household", identity
    for key in people.people_for(user).filter(name__icontains=text).values_list("pk", flat=True)[:CALLED_MAX]:
        yield "user", str(key)


def _with_explanations(user: Any, found: dict[tuple[str, str], Place]) -> dict[tuple[str, str], Place]:
    """The same places, those of decided proposals and their reviews with where the decision is explained."""
    proposals = [identity for kind, identity in found if kind == "proposal"]
    reviews = [identity for kind, identity in found if kind == "review"]
    if not proposals and not reviews:
        return found
    decided = access.decided_revisions_for(user).filter(
        Q(proposal__public_id__in=proposals) | Q(review__public_id__in=reviews)
    )
    named = decided.order_by("number").values_list("proposal__public_id", "review__public_id", "number")
    for proposal, review, number in named:
        url = reverse("rebalancing:explained", args=[proposal, number])
        for place in (("proposal", proposal), ("review", review)):
            if place in found:
                found[place] = replace(found[place], explained_url=url)
    return found


def _reviews(user: Any, identities: Iterable[str]) -> dict[tuple[str, str], Place]:
    refs = record.households_for(user).values_list("public_id", flat=True) if record.is_staff(user) else ()
    mine = review_desk.reviews_for(user, household_refs=list(refs)).filter(public_id__in=list(identities))
    return {
        ("review", one.public_id): Place(reverse("compliance:review", args=[one.public_id]), one.title)
        for one in mine
    }
