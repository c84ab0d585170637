"""Who works an item of compliance's queue: take it, hand it over, give it back, and settle what ends by a person's word.

Each is an event of the trail. What an item is, and whether it stands, the caller knows: verbs are told its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from compliance.audit_trail import audit
from compliance.audit_trail.seals import Thing
from compliance.models import QueueOwner
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed

Ending = QueueOwner.Ending
TEXT_MAX = 500


@dataclass(frozen=True, slots=True)
class Named:
    """An item by its kind and id. `person` is whom it is about, who does not settle it."""

    kind: str
    item: str
    household_ref: str = ""
    person: int | None = None
    is_settled_by_hand: bool = False


@transaction.atomic
def take(one: Named, *, by: Actor, at: datetime) -> QueueOwner:
    """Work on an item. Raises `Conflict` while somebody has it, `NotAllowed` for others than compliance."""
    keeper = _compliance(by)
    if (standing := _standing(one)) is not None:
        whose = "You have" if standing.owner_id == keeper else f"{standing.owner.get_full_name()} has"
        raise Conflict(f"{whose} this item already.", "An item is handed over on its own page.")
    made = _made(one, owner=keeper, keeper=keeper, note="", at=at)
    audit.record(
        audit.Action.QUEUE_TAKEN, about=made, by=by, at=at, sealing=[("queue_owner", made.pk)], **_facts(one)
    )
    return made


@transaction.atomic
def hand_over(one: Named, *, to: int, note: str, by: Actor, at: datetime) -> QueueOwner:
    """Let a colleague in compliance work on an item; whoever had it has no longer. Raises `BadInput`, `Conflict`."""
    keeper = _compliance(by)
    if to not in {person.pk for person in people.holding(Role.COMPLIANCE)}:
        raise BadInput("Only compliance works these items.", "Choose a colleague in compliance.")
    standing, ended = _standing(one), []
    if standing is not None:
        if standing.owner_id == to:
            raise Conflict(
                f"{standing.owner.get_full_name()} has this item already.", "There is nothing to do."
            )
        ended = _ended(standing, Ending.HANDED_OVER, note, keeper=keeper, at=at)
    made = _made(one, owner=to, keeper=keeper, note=note, at=at)
    audit.record(
        audit.Action.QUEUE_HANDED_OVER,
        about=made,
        by=by,
        at=at,
        sealing=[("queue_owner", made.pk), *ended],
        changed={
            "owner": {
                "before": str(standing.owner) if standing else None,
                "after": made.owner.get_full_name(),
            }
        },
        note=made.note,
        **_facts(one),
    )
    return made


@transaction.atomic
def give_back(one: Named, *, reason: str, by: Actor, at: datetime) -> QueueOwner:
    """Nobody works on an item any more. Raises `Conflict` where nobody does, `BadInput` without a reason."""
    keeper = _compliance(by)
    standing = _standing(one)
    if standing is None:
        raise Conflict("Nobody has this item.", "There is nothing to give back.")
    if not reason.strip():
        raise BadInput("Say why it is given back.", "The next one reads it.")
    audit.record(
        audit.Action.QUEUE_GIVEN_BACK,
        about=standing,
        by=by,
        at=at,
        sealing=_ended(standing, Ending.GIVEN_BACK, reason, keeper=keeper, at=at),
        reason=reason.strip(),
        **_facts(one),
    )
    return standing


@transaction.atomic
def settle(one: Named, *, reason: str, by: Actor, at: datetime) -> QueueOwner:
    """Take an item off the queue that nothing else ends, with what was found.

    Raises `Conflict` for one that ends by itself, `NotAllowed` for whom it is about, `BadInput` without a reason.
    """
    keeper = _compliance(by)
    if not one.is_settled_by_hand:
        raise Conflict("This item goes once its cause is gone.", "Open it, and do what it asks for.")
    if one.person == keeper:
        raise NotAllowed("This item is about you, so a colleague settles it.", "Hand it over.")
    if not reason.strip():
        raise BadInput("Say what you found.", "It stays on record.")
    standing, made = _standing(one), []
    if standing is None:
        standing = _made(one, owner=keeper, keeper=keeper, note="", at=at)
        made = [("queue_owner", standing.pk)]
    audit.record(
        audit.Action.QUEUE_SETTLED,
        about=standing,
        by=by,
        at=at,
        sealing=[*made, *_ended(standing, Ending.SETTLED, reason, keeper=keeper, at=at)],
        reason=reason.strip(),
        **_facts(one),
    )
    return standing


def _standing(one: Named) -> QueueOwner | None:
    rows = QueueOwner.objects.select_for_update(of=("self",)).select_related("owner")
    return rows.filter(kind=one.kind, item=one.item, ended_at=None).first()


def _made(one: Named, *, owner: int, keeper: int, note: str, at: datetime) -> QueueOwner:
    return QueueOwner.objects.create(
        kind=one.kind,
        item=one.item,
        household_ref=one.household_ref,
        owner_id=owner,
        since=at,
        given_by_id=keeper,
        note=note.strip()[:TEXT_MAX],
    )


def _ended(row: QueueOwner, how: Ending, why: str, *, keeper: int, at: datetime) -> list[Thing]:
    row.ending, row.ended_reason = how, why.strip()[:TEXT_MAX]
    row.ended_at, row.ended_by_id = at, keeper
    row.save(update_fields=["ending", "ended_reason", "ended_at", "ended_by"])
    return [("queue_owner_ended", row.pk)]


def _facts(one: Named) -> dict[str, str]:
    return {"item_kind": one.kind, "item": one.item}


def _compliance(by: Actor) -> int:
    user = people.behind(by)
    if not user.has_role(Role.COMPLIANCE):
        raise NotAllowed("Compliance works its queue.", "Ask a colleague in compliance.")
    return user.pk
