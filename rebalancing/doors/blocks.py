"""Doors to blocks and their orders: leaving, taking back, terms with the broker, what did not trade."""

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
from compliance import clock
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role
from rebalancing import access
from rebalancing.doors.orders import READERS, READERS_ONLY, TRADERS
from rebalancing.execution import cancels, going, replacing, single_orders, untraded, waves
from rebalancing.fills import by_hand
from rebalancing.models import Block, Order

BLOCKS, ORDERS = "Blocks of orders", "Orders"


class Go(DoorForm):
    reason = looking_up.reason("Why it goes", missing="Say why it goes.")

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """What speaks against it still, and which orders are left out because their sales are not over."""
        block: Block = self.subject
        left_out = waves.not_over(block)
        still = going.what_stands(block, at=clock.now())
        return [
            ("What it was held for", "", block.held_reason),
            *(
                (one.sentence, "", "compliance may accept it" if one.can_be_accepted else "has to be over")
                for one in still
            ),
            *(
                (one.account.name, f"{figures.quantity(one.quantity)} shares wait", "left out")
                for one in left_out
            ),
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        block = going.say(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        sentence = (
            "It leaves within seconds, as far as nothing else holds it."
            if block.state == Block.State.HELD
            else "Nothing of it was left to send, so it is canceled."
        )
        return Done(sentence, back(block)[1], block)


class Replace(DoorForm):
    quantity = forms.DecimalField(
        label="Shares", min_value=Decimal("0.000001"), max_digits=20, decimal_places=6,
        help_text="What is ordered in all, what is filled already included; never more than was approved.",
    )  # fmt: skip
    limit = forms.DecimalField(
        label="Limit", required=False, min_value=Decimal("0.0001"), max_digits=18, decimal_places=6,
        help_text="Dollars a share; empty for a market order.",
    )  # fmt: skip
    reason = looking_up.reason("Why the terms change", missing="Say why the terms change.")

    @classmethod
    def now(cls, subject: Block, *, user: Any, on: date) -> Mapping[str, Any]:
        limit = subject.limit_price
        return {
            "quantity": f"{subject.quantity.normalize():f}",
            "limit": None if limit is None else f"{limit.normalize():f}",
        }

    def follows(self) -> Sequence[tuple[str, str, str]]:
        return [("The broker", "has the order as it is", "is asked; until it answers nothing changes")]

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        replacing.ask(
            self.subject,
            quantity=given["quantity"],
            limit=given["limit"],
            reason=given["reason"],
            by=by,
            at=at,
        )
        return Done(
            "The broker is asked. Until it answers, the block keeps its terms.",
            back(self.subject)[1],
            self.subject,
        )


class CancelBlock(DoorForm):
    reason = looking_up.reason("Why it is taken back", missing="Say why it is taken back.")
    also_later = forms.BooleanField(
        label="Cancel the slices of the days after it too",
        required=False,
        help_text="What the same release still holds of this trade for later sessions.",
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        block = cancels.cancel(self.subject, **self.cleaned_data, by=by, at=at)
        sentence = (
            "The block is canceled. Nothing of it was sent."
            if block.state == Block.State.CANCELED
            else "The broker is asked to cancel it. Until it answers, the block stays what it is."
        )
        return Done(sentence, back(block)[1], block)


class DidNotTrade(DoorForm):
    how = forms.ChoiceField(
        label="What happened", choices=[(str(state.value), words) for state, words in untraded.HOW.items()]
    )
    reason = looking_up.reason("How you know", missing="Say how you know that it did not trade.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        block = untraded.say(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(
            "It counts for nothing from now on: gains, budgets, wash windows and the next plan leave it out.",
            back(block)[1],
            block,
        )


class Filled(DoorForm):
    shares = forms.DecimalField(
        label="Shares", min_value=Decimal("0.000001"), max_digits=20, decimal_places=6,
        help_text="Of the whole block, over all of its accounts.",
    )  # fmt: skip
    price = forms.DecimalField(
        label="Average price", min_value=Decimal("0.000001"), max_digits=18, decimal_places=6,
        help_text="Dollars a share, before commissions and fees.",
    )  # fmt: skip
    is_all = forms.BooleanField(
        label="Nothing more of it comes", required=False, help_text="What is left of the block is over then."
    )
    reason = looking_up.reason(
        "How you know", missing="Say what confirmed it, such as the custodian’s confirmation."
    )

    @classmethod
    def now(cls, subject: Block, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"shares": subject.leaves_quantity.normalize(), "is_all": True}

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """What each of its orders then has."""
        given = self.cleaned_data
        block: Block = self.subject
        parts = by_hand.parts(block, given["shares"], given["price"])
        orders = block.orders.filter(reference__in=parts).select_related("account").defer("account__number")
        return [
            (
                one.account.name,
                f"{figures.quantity(one.filled_quantity)} of {figures.quantity(one.quantity)} filled",
                f"{figures.quantity(parts[one.reference])} of {figures.quantity(one.quantity)} filled",
            )
            for one in orders.order_by("pk")
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        block = by_hand.enter(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(
            "The fill is on record, and divided over the accounts of the block.", back(block)[1], block
        )


class CancelOrder(DoorForm):
    reason = looking_up.reason("Why it is taken out", missing="Say why it is taken out.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        order = single_orders.cancel(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        assert order.block is not None, "what was taken out had its block"
        sentence = (
            "The order is canceled. The others of its block go on, by a statement made anew."
            if order.state == Order.State.CANCELED
            else "The broker is asked to take it out. Until it answers, the block stays what it is."
        )
        return Done(sentence, back(order.block)[1], order)


def find_block(user: Any, public_id: str) -> Block:
    """A block that this person may see. Raises Http404."""
    found: Block = get_object_or_404(
        access.blocks_for(user).select_related("security", "release"), public_id=public_id
    )
    return found


def find_order(user: Any, public_id: str) -> Order:
    """An order that this person may see. Raises Http404."""
    found: Order = get_object_or_404(
        access.orders_for(user).select_related("block__release", "block__security", "batch", "account"),
        public_id=public_id,
    )
    return found


def back(block: Block) -> tuple[str, str]:
    """The page of the block."""
    return block.reference, reverse("rebalancing:block", args=[block.public_id])


def _to_its_block(order: Order) -> tuple[str, str]:
    return back(order.block) if order.block else ("Blotter", "")


def _go_refusal(user: Any, block: Block) -> str | None:
    return going.refusal(block)


def _replace_refusal(user: Any, block: Block) -> str | None:
    return replacing.refusal(block)


def _untraded_refusal(user: Any, block: Block) -> str | None:
    return untraded.refusal(block)


def _filled_refusal(user: Any, block: Block) -> str | None:
    return by_hand.refusal(block, at=clock.now())


def _cancel_refusal(user: Any, block: Block) -> str | None:
    return cancels.refusal(block)


def _order_refusal(user: Any, order: Order) -> str | None:
    return single_orders.refusal(order)


_DESK: dict[str, Any] = {
    "namespace": "rebalancing", "roles": TRADERS, "refusal": "Only the trading desk sends orders and takes them back.",
}  # fmt: skip
_LET_GO: dict[str, Any] = {
    "roles": TRADERS | {Role.COMPLIANCE}, "refusal": "Only the trading desk and compliance let a held block go.",
}  # fmt: skip
_READ: dict[str, Any] = {"roles": READERS, "refusal": READERS_ONLY}

DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(BLOCKS, Act.CREATE, "a release makes them of its orders."),
    FormDoor(
        name="block_not_traded", noun=BLOCKS, act=Act.EDIT, title="Say that nothing of it traded", form=DidNotTrade,
        path="blocks/<slug:public_id>/not-traded/", find=find_block, back=back, checked=True,
        refuse=_untraded_refusal, actions=(Action.ORDER_NOT_TRADED,),
        verbs=(untraded.say,), **_DESK,
    ),
    FormDoor(
        name="block_filled", noun=BLOCKS, act=Act.EDIT, title="Enter what it was filled with", form=Filled,
        path="blocks/<slug:public_id>/filled/", find=find_block, back=back, checked=True, refuse=_filled_refusal,
        button="Enter the fill", lead="For a custodian whose files bring no trades: as its confirmation says it.",
        actions=(Action.FILL_RECEIVED, Action.BLOCK_SENT, Action.BLOCK_ALLOCATED), verbs=(by_hand.enter,), **_DESK,
    ),
    FormDoor(
        name="block_cancel", noun=BLOCKS, act=Act.RETIRE, title="Cancel a block", form=CancelBlock,
        path="blocks/<slug:public_id>/cancel/", find=find_block, back=back, button="Cancel the block",
        refuse=_cancel_refusal,
        actions=(Action.BLOCK_CANCELED, Action.BLOCK_CANCEL_ASKED), verbs=(cancels.cancel,), **_DESK,
    ),
    Door(noun=BLOCKS, act=Act.READ, title="The blotter", browser="rebalancing:blotter", api="api:batch-list", **_READ),
    Door(noun=BLOCKS, act=Act.HISTORY, title="A block and its orders", browser="rebalancing:block", **_READ),
    FormDoor(
        name="block_go", noun=BLOCKS, act=Act.EDIT, title="Let it go", form=Go, path="blocks/<slug:public_id>/go/",
        find=find_block, back=back, checked=True, refuse=_go_refusal, button="Let it go",
        lead="A check of its day speaks against it, or sales of its accounts are not over. It goes once that is over, or with "
        "the word of compliance where a rule may be overridden.",
        actions=(Action.BLOCK_AGREED, Action.ORDER_CANCELED), verbs=(going.say,), **{**_DESK, **_LET_GO},
    ),
    FormDoor(
        name="block_replace", noun=BLOCKS, act=Act.EDIT, title="Change its terms with the broker", form=Replace,
        path="blocks/<slug:public_id>/replace/", find=find_block, back=back, checked=True, refuse=_replace_refusal,
        button="Ask the broker", actions=(Action.BLOCK_REPLACE_ASKED,), verbs=(replacing.ask,), **_DESK,
    ),
    NoDoor(ORDERS, Act.CREATE, "a release makes them of what was approved."),
    NoDoor(ORDERS, Act.EDIT, "what was approved is sent; the terms of a block are changed with its broker."),
    FormDoor(
        name="order_cancel", noun=ORDERS, act=Act.RETIRE, title="Take one order out of its block", form=CancelOrder,
        path="orders/<slug:public_id>/cancel/", find=find_order, back=_to_its_block, refuse=_order_refusal,
        button="Take it out", actions=(Action.ORDER_CANCELED, Action.BLOCK_REPLACE_ASKED, Action.BLOCK_CANCELED),
        verbs=(single_orders.cancel,), **_DESK,
    ),
    Door(noun=ORDERS, act=Act.READ, title="The blotter", browser="rebalancing:blotter", api="api:batch-list", **_READ),
    Door(noun=ORDERS, act=Act.HISTORY, title="A block and its orders", browser="rebalancing:block", **_READ),
)  # fmt: skip
