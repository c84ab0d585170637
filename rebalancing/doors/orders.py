"""The doors of the trading desk: releases of many, and trading stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access as record
from clients import figures
from clients.doors import looking_up
from clients.models import Account, ModelPortfolio
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing import access, tasks
from rebalancing.execution import releases, trading_stops
from rebalancing.models import Proposal, TradingStop
from rebalancing.proposals import proposals

RELEASES, STOPS = "Releases of orders", "Trading stops"
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
TRADERS = frozenset({Role.TRADER})
STOPPERS = frozenset(trading_stops.STOPPERS)


class ReleaseMany(DoorForm):
    """Approved proposals, one by one or all of a custodian or a model."""

    custodian = forms.ChoiceField(
        label="All of a custodian",
        required=False,
        choices=[("", "Chosen below"), *Account.Custodian.choices],
        help_text="Every approved proposal that trades at this custodian.",
    )
    model: forms.ModelChoiceField[ModelPortfolio] = forms.ModelChoiceField(
        label="All of a model",
        required=False,
        queryset=None,
        to_field_name="public_id",
        empty_label="Chosen below",
        help_text="Every approved proposal of a policy that follows this model.",
    )
    proposals = forms.MultipleChoiceField(
        label="Approved proposals", required=False, widget=forms.CheckboxSelectMultiple
    )

    def offer(self) -> None:
        self.ready = ready(self.user)
        theirs = record.models_for(self.user).filter(versions__policies__revisions__proposal__in=self.ready)
        self.fields["model"].queryset = theirs.distinct()  # type: ignore[attr-defined]
        self.fields["proposals"].choices = [  # type: ignore[attr-defined]
            (one.public_id, one.household.name) for one in self.ready
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not self.chosen():
            raise forms.ValidationError("Choose at least one approved proposal.")
        return given

    def chosen(self) -> list[tuple[Proposal, str]]:
        """The proposals, each with the fingerprint of its revision as it is now."""
        given, found = self.cleaned_data, []
        for one in self.ready:
            revision = proposals.current(one)
            custodians = set(revision.orders.values_list("account__custodian", flat=True))
            if (
                one.public_id in given.get("proposals", ())
                or (given.get("custodian") and given["custodian"] in custodians)
                or (given.get("model") and revision.policy.model.model_id == given["model"].pk)
            ):
                found.append((one, revision.fingerprint))
        return found

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """Each household with its orders, and its fingerprint: what was seen is what is released."""
        return [
            (
                one.household.name,
                "",
                f"{one.revisions.order_by('-number')[0].orders.count()} orders, fingerprint {seen[:12]}",
            )
            for one, seen in self.chosen()
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        # Only stored here: each household is released in a transaction of its own, once this one is committed.
        release = releases.start(self.chosen(), by=by, at=at)
        transaction.on_commit(tasks.notify_release, robust=True)
        return Done(
            "The release has started: each household is checked again, and its row says what became of it.",
            reverse("rebalancing:release_report", args=[release.public_id]),
            release,
        )


class Stop(DoorForm):
    scope = forms.ChoiceField(label="What is stopped", choices=TradingStop.Scope.choices)
    custodian = forms.ChoiceField(
        label="Custodian", required=False, choices=[("", "None"), *Account.Custodian.choices]
    )
    account = forms.CharField(
        label="Account",
        required=False,
        max_length=32,
        strip=True,
        help_text="Its id, such as ac_4k1p0zq8w3nd.",
    )
    reason = looking_up.reason(missing="Say why trading is stopped.")

    found: Account | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        scope = given.get("scope")
        if scope == TradingStop.Scope.CUSTODIAN and not given.get("custodian"):
            self.add_error("custodian", "Choose the custodian.")
        if scope == TradingStop.Scope.ACCOUNT:
            self.found = record.accounts_for(self.user).filter(public_id=given.get("account", "")).first()
            if self.found is None:
                self.add_error("account", "There is no such account in your scope.")
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        stop = trading_stops.place(
            given["scope"],
            custodian=given["custodian"],
            account=self.found,
            reason=given["reason"],
            by=by,
            at=at,
        )
        return Done("Trading is stopped. Two people lift it.", reverse("rebalancing:blotter"), stop)


class Lift(DoorForm):
    reason = looking_up.reason("Why it can go on", missing="Say why trading can go on.")

    def follows(self) -> Sequence[tuple[str, str, str]]:
        """Which stop it is: the second person decides about exactly this one."""
        stop: TradingStop = self.subject
        return [
            (
                "Trading",
                f"stopped for {stop} by {stop.placed_by} on {figures.moment(stop.placed_at)}: {stop.reason}",
                "goes on, as far as no other stop holds it",
            )
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        stop = trading_stops.lift(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The stop is lifted.", reverse("rebalancing:blotter"), stop)


def ready(user: Any) -> list[Proposal]:
    """The approved proposals of this person's scope, of which the approval stands."""
    approved = access.proposals_for(user).filter(state=Proposal.State.APPROVED)
    standing = access.approvals_for(user).filter(subject_kind="proposal").values("subject_id")
    return list(
        approved.filter(public_id__in=standing).select_related("household").order_by("household__name", "pk")
    )


def find_stop(user: Any, public_id: str) -> TradingStop:
    """A trading stop that this person may see. Raises Http404."""
    if not record.is_staff(user):
        raise Http404
    found: TradingStop = get_object_or_404(access.trading_stops_for(user), public_id=public_id)
    return found


def to_the_blotter(subject: Any) -> tuple[str, str]:
    return "Blotter", reverse("rebalancing:blotter")


def lifted(user: Any, stop: TradingStop) -> str | None:
    return None if stop.lifted_at is None else "This stop is lifted already."


_DESK: dict[str, Any] = {
    "namespace": "rebalancing", "roles": TRADERS, "refusal": "Only the trading desk sends orders and takes them back.",
}  # fmt: skip
_READ: dict[str, Any] = {"roles": READERS, "refusal": READERS_ONLY}

DOORS: tuple[Door | NoDoor, ...] = (
    FormDoor(
        name="release_many", noun=RELEASES, act=Act.CREATE, title="Release approved proposals", form=ReleaseMany,
        path="releases/new/", back=to_the_blotter, checked=True, confirmed=True, button="Release",
        lead="One block for each custodian, security and side over all households, one set of files for each custodian.",
        actions=(Action.RELEASE_STARTED, Action.BATCH_RELEASED, Action.RELEASE_CLOSED),
        verbs=(releases.start, releases.carry_on), **_DESK,
    ),
    NoDoor(RELEASES, Act.EDIT, "what was released is history; a block that has not left is canceled."),
    NoDoor(RELEASES, Act.RETIRE, "a release has no end of its own: its blocks are canceled one by one."),
    Door(noun=RELEASES, act=Act.READ, title="The blotter", browser="rebalancing:blotter", api="api:batch-list", **_READ),
    Door(noun=RELEASES, act=Act.HISTORY, title="A release, household by household", browser="rebalancing:release_report", **_READ),
    FormDoor(
        name="trading_stop", noun=STOPS, act=Act.CREATE, title="Stop trading", form=Stop, namespace="rebalancing",
        path="trading-stops/new/", back=to_the_blotter, button="Stop trading", roles=STOPPERS,
        refusal="Only a trader, compliance or an administrator stops trading.",
        lead="It counts at once: nothing more leaves. What a broker has already is canceled block by block.",
        actions=(Action.TRADING_STOPPED,), verbs=(trading_stops.place,),
    ),
    NoDoor(STOPS, Act.EDIT, "it is lifted, and placed again where it was wrong."),
    FormDoor(
        name="trading_stop_lift", noun=STOPS, act=Act.RETIRE, title="Lift a trading stop", form=Lift,
        namespace="rebalancing", path="trading-stops/<slug:public_id>/lift/", find=find_stop, back=to_the_blotter,
        refuse=lifted, roles=STOPPERS, refusal="Only a trader, compliance or an administrator asks for a stop to be lifted.",
        two_people=SubjectKind.CORRECTION, actions=(Action.CHANGE_PROPOSED, Action.TRADING_RESUMED),
        verbs=(trading_stops.lift,),
    ),
    Door(noun=STOPS, act=Act.READ, title="The blotter", browser="rebalancing:blotter", **_READ),
    Door(noun=STOPS, act=Act.HISTORY, title="The blotter", browser="rebalancing:blotter", **_READ),
)  # fmt: skip
