"""The door of approvals in batches: small and plain proposals, decided beside each other, each bound to what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core import signing
from django.db import transaction
from django.urls import reverse

from clients import figures
from compliance import clock
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models.threads import TEXT_MAX
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing import access, tasks
from rebalancing.models import Proposal
from rebalancing.proposals import approval_batches
from rebalancing.proposals.approval_batches import Candidate

BATCHES = "Approvals in batches"
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
SIGNER = signing.Signer(salt="approvals in a batch")
NOT_OURS = "This page was not opened here. Open it again, and choose from there."
NOTES = "Read the notes of those that have some, and tick the box."


class ApproveMany(DoorForm):
    """Proposals that are small and plain enough, each as it is now."""

    proposals = forms.MultipleChoiceField(
        label="Proposals",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only what asks for no written reason, realizes and moves little, and is not of your making. The next page shows each.",
    )
    text = forms.CharField(
        label="What is to stay on record with each of them",
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    opened = forms.CharField(
        label="When this page was opened", required=False, max_length=200, widget=forms.HiddenInput
    )
    acknowledge = forms.BooleanField(label="I have read the notes of each", required=False)

    def offer(self) -> None:
        self.open = approval_batches.candidates(self.user, waiting(self.user), at=clock.now())
        self.fields["opened"].initial = SIGNER.sign(clock.now().isoformat())
        self.fields["proposals"].choices = [  # type: ignore[attr-defined]
            (one.proposal.public_id, _words(one)) for one in self.open
        ]

    def clean_opened(self) -> datetime | None:
        """The moment that we wrote on the page ourselves; None for programs, which open none."""
        told = self.cleaned_data["opened"]
        if not told:
            return None
        try:
            return datetime.fromisoformat(SIGNER.unsign(told))
        except (signing.BadSignature, ValueError):
            raise forms.ValidationError(NOT_OURS) from None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        if not self.chosen():
            raise forms.ValidationError("Choose at least one proposal.")
        if any(one.notes for one in self.chosen()) and not given.get("acknowledge"):
            self.add_error("acknowledge", NOTES)
        return given

    def chosen(self) -> list[Candidate]:
        return [one for one in self.open if one.proposal.public_id in self.cleaned_data.get("proposals", ())]

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """Each household with what it comes to and its fingerprint, then all of them together: what was seen is what is approved."""
        chosen = self.chosen()
        rows = [
            (
                one.proposal.household.name,
                "; ".join(one.notes),
                f"{_words(one)}, fingerprint {one.fingerprint[:12]}",
            )
            for one in chosen
        ]
        orders, tax = sum(one.orders for one in chosen), sum((one.tax for one in chosen), Decimal(0))
        gain = sum((one.gain for one in chosen), Decimal(0))
        total = f"{figures.counted(orders, 'order')}, tax {figures.money(tax, signed=True)}, gain {figures.money(gain, signed=True)}"
        return [*rows, ("Together", "", total)]

    def act(self, *, by: Actor, at: datetime) -> Done:
        # Only stored here: each proposal is approved in a transaction of its own, once this one is committed.
        batch = approval_batches.start(
            [(one.proposal, one.fingerprint) for one in self.chosen()],
            text=self.cleaned_data["text"],
            acknowledges_notes=self.cleaned_data["acknowledge"],
            opened_at=self.cleaned_data["opened"],
            by=by,
            at=at,
        )
        transaction.on_commit(tasks.notify_approvals, robust=True)
        return Done(
            "The approvals have started: each proposal is checked again, and its row says what became of it.",
            reverse("rebalancing:approval_batch", args=[batch.public_id]),
            batch,
        )


def waiting(user: Any) -> list[Proposal]:
    """What waits for a review in this person's scope, the nearest end first."""
    found = access.proposals_for(user).filter(state=Proposal.State.IN_REVIEW)
    return list(found.select_related("household").order_by("household__name", "pk"))


def to_the_list(subject: Any) -> tuple[str, str]:
    return "Proposals", reverse("rebalancing:proposal_list")


def _words(one: Candidate) -> str:
    notes = f", {figures.counted(len(one.notes), 'note')}" if one.notes else ""
    return (
        f"{one.proposal.household.name}: {figures.counted(one.orders, 'order')}, tax {figures.money(one.tax, signed=True)}, "
        f"gain {figures.money(one.gain, signed=True)}, turnover {figures.weight(one.turnover, places=1)}{notes}"
    )


_READ: dict[str, Any] = {"roles": READERS, "refusal": "These pages are for the firm's desk."}

DOORS: tuple[Door | NoDoor, ...] = (
    FormDoor(
        name="approve_many", noun=BATCHES, act=Act.CREATE, title="Approve several proposals", form=ApproveMany,
        namespace="rebalancing", path="approval-batches/new/", back=to_the_list, checked=True, confirmed=True, button="Approve exactly these",
        lead="Each is checked again and approved by itself. Some are drawn by lot to be read on their own page.",
        roles=frozenset({Role.REVIEWER}), refusal="Only a reviewer approves proposals.",
        actions=(Action.APPROVALS_STARTED, Action.REVIEW_DECIDED),
        verbs=(approval_batches.start, approval_batches.carry_on),
    ),
    NoDoor(BATCHES, Act.EDIT, "what was approved is history."),
    NoDoor(BATCHES, Act.RETIRE, "an approval is withdrawn on its proposal's page until somebody has acted on it."),
    Door(noun=BATCHES, act=Act.READ, title="The list of proposals", browser="rebalancing:proposal_list", api="api:proposal-list", **_READ),
    Door(noun=BATCHES, act=Act.HISTORY, title="A batch, proposal by proposal", browser="rebalancing:approval_batch", **_READ),
)  # fmt: skip
