"""The door to a departure from pro rata: a smallest allocation for an ended block, with its written reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import figures
from clients.doors import looking_up
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role
from rebalancing import access
from rebalancing.fills import allocating
from rebalancing.models import Block

NOUN = "Allocations of blocks"
ROLES = frozenset({Role.TRADER})
REFUSAL = "Blocks are divided by the trading desk."
READERS = frozenset({Role.TRADER, Role.COMPLIANCE})
READERS_ONLY = "Blocks are of many households: the trading desk and compliance see them."


class Divide(DoorForm):
    minimum = forms.DecimalField(
        label="Smallest allocation",
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=6,
        help_text="Shares; who would get fewer gets none. Zero divides pro rata again.",
    )
    reason = looking_up.reason(
        "Why it is fair to every account", missing="Say why it departs from pro rata.", length=500
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        last = subject.allocations.order_by("-number").first()
        return {"minimum": last.minimum if last else Decimal(0), "reason": last.reason if last else ""}

    def follows(self) -> Sequence[tuple[str, str, str]]:
        after = allocating.preview(self.subject, self.cleaned_data["minimum"])
        before = dict(self.subject.orders.values_list("reference", "filled_quantity"))
        return [
            (name, figures.quantity(before[name]), figures.quantity(shares))
            for name, shares in sorted(after.items())
            if before.get(name) != shares and name in before
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        allocating.with_minimum(self.subject, **self.cleaned_data, user_id=self.user.pk, by=by, at=at)
        return Done("The block is divided anew.", back(self.subject)[1], self.subject)


def find(user: Any, public_id: str) -> Block:
    """A block that this person may see. Raises Http404."""
    found: Block = get_object_or_404(access.blocks_for(user).select_related("security"), public_id=public_id)
    return found


def back(block: Block) -> tuple[str, str]:
    """The list of what traded."""
    return "Best execution", reverse("rebalancing:execution_list")


def not_ended(user: Any, block: Block) -> str | None:
    """Why a block is not divided."""
    if block.state in Block.ENDED and block.filled_quantity:
        return None
    return "Only a block that has ended with a fill is divided."


DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(NOUN, Act.CREATE, "a block that ends is divided by its statement, stored before it was sent."),
    FormDoor(
        name="block_allocate", act=Act.EDIT, title="Divide the block with a smallest allocation", form=Divide, noun=NOUN,
        path="blocks/<slug:public_id>/allocate/", checked=True, namespace="rebalancing", roles=ROLES, refusal=REFUSAL,
        find=find, back=back, refuse=not_ended, actions=(Action.BLOCK_ALLOCATED,), verbs=(allocating.with_minimum,),
    ),
    NoDoor(NOUN, Act.RETIRE, "an allocation is a record of the trade; another one with the next number takes its place."),
    Door(noun=NOUN, act=Act.READ, title="Blocks that traded, and what each account got", browser="rebalancing:execution_list",
         api="api:fill-list", roles=READERS, refusal=READERS_ONLY),
    Door(noun=NOUN, act=Act.HISTORY, title="Earlier allocations on the trail", browser="compliance:audit_list",
         api="api:event-list", roles=READERS, refusal=READERS_ONLY),
)  # fmt: skip
