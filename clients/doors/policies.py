"""The doors of investment policies: begun, submitted, reopened, discarded, signed; and of the firm's templates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.models import (
    Household,
    Policy,
    PolicySignature,
)
from clients.policies import drafts, model_versions, policies, signatures, templates
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Investment policies"
ADVISORS = frozenset({Role.ADVISOR})
ONLY_ADVISORS = "Only the household's advisor can draft its policy."
SIGNERS = frozenset({Role.ADVISOR, Role.COMPLIANCE})


def _household(user: Any, public_id: str) -> Household:
    return get_object_or_404(access.households_for(user), public_id=public_id)


def _policy(user: Any, public_id: str) -> Policy:
    found = access.policies_for(user).select_related("household", "model__model")
    return get_object_or_404(found, public_id=public_id)


def _writes(user: Any, policy: Policy) -> str | None:
    return access.refusal_to_write_policies(user, policy.household)


def _nothing_further(user: Any, policy: Policy) -> str | None:
    """Who may sign depends on the party, which the verb knows."""
    return None


def _back(policy: Policy) -> tuple[str, str]:
    return str(policy), reverse("clients:policy", args=[policy.public_id])


class Begin(DoorForm):
    """What the next version starts from."""

    source = forms.ChoiceField(label="Start from")
    model = forms.ChoiceField(label="Model portfolio", help_text="It can be changed in the draft.")

    def offer(self) -> None:
        source: Any = self.fields["source"]
        standing = policies.in_force(self.subject, on=self.on)
        source.choices = [
            *([("in-force", f"Version {standing.version}, which is in force")] if standing else []),
            *((one.public_id, f"Template: {one}") for one in templates.in_use()),
            *((code, one.name) for code, one in templates.SHIPPED.items()),
            ("empty", "An empty draft"),
        ]
        model: Any = self.fields["model"]
        model.choices = [(str(one.pk), str(one)) for one in model_versions.to_follow()]
        if standing and str(standing.model_id) in dict(model.choices):
            self.initial.setdefault("model", str(standing.model_id))
        if not model.choices:
            model.help_text = "No model is published yet; publish one first."

    def act(self, *, by: Actor, at: datetime) -> Done:
        asked = self.cleaned_data["source"]
        policy = drafts.begin(
            self.subject,
            model=model_versions.one_to_follow(int(self.cleaned_data["model"])),
            following=policies.in_force(self.subject, on=self.on) if asked == "in-force" else None,
            template=next((one for one in templates.in_use() if one.public_id == asked), None),
            shipped=asked if asked in templates.SHIPPED else "",
            words=templates.words_for(self.subject, advisor=by.label, on=self.on),
            by=by,
            at=at,
        )
        url = reverse("clients:policy_edit", args=[policy.public_id])
        return Done(f"Version {policy.version} is begun.", url, policy)


class Submit(DoorForm):
    """Nothing is typed: what is submitted is the draft as it is."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        review = drafts.submit(self.subject, by=by, at=at)
        url = reverse("clients:policy", args=[self.subject.public_id])
        return Done("It is in review. Nobody can change it there.", url, review)


class Why(DoorForm):
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why; it stays on record."},
    )


class Reopen(Why):
    def act(self, *, by: Actor, at: datetime) -> Done:
        drafts.reopen(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        url = reverse("clients:policy_edit", args=[self.subject.public_id])
        return Done("It is a draft again and needs a new review.", url, self.subject)


class Discard(Why):
    def act(self, *, by: Actor, at: datetime) -> Done:
        drafts.discard(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(
            "It is discarded.", reverse("clients:policy", args=[self.subject.public_id]), self.subject
        )


class Sign(DoorForm):
    """The firm's own parties sign here; clients sign in their portal."""

    party = forms.ChoiceField(
        label="You sign as",
        choices=[
            (one, one.label) for one in (PolicySignature.Party.ADVISOR, PolicySignature.Party.COMPLIANCE)
        ],
    )
    typed_name = forms.CharField(
        label="Your full name", max_length=160, error_messages={"required": "Type your name to sign."}
    )
    seen = forms.RegexField(r"^[0-9a-f]{64}$", label="Fingerprint of what you sign", widget=forms.HiddenInput)

    @classmethod
    def now(cls, subject: Policy, *, user: Any, on: date) -> dict[str, Any]:
        return {"seen": policies.fingerprint_of(subject)}

    def act(self, *, by: Actor, at: datetime) -> Done:
        signatures.sign(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("It is signed.", reverse("clients:policy", args=[self.subject.public_id]), self.subject)


class SignedDocument(DoorForm):
    """A signed PDF as it came back."""

    party = forms.ChoiceField(label="Signed by", choices=PolicySignature.Party.choices)
    name = forms.CharField(label="Names of those who signed", max_length=160)
    signed_on = forms.DateField(label="Day on the document", widget=forms.DateInput(attrs={"type": "date"}))
    document = forms.FileField(
        label="The signed PDF", help_text="At most 16 MB. It is kept encrypted, with its digest."
    )
    seen = forms.RegexField(r"^[0-9a-f]{64}$", label="Fingerprint printed on it", widget=forms.HiddenInput)

    @classmethod
    def now(cls, subject: Policy, *, user: Any, on: date) -> dict[str, Any]:
        return {"seen": policies.fingerprint_of(subject)}

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        signatures.record_document(
            self.subject,
            party=given["party"],
            name=given["name"],
            signed_on=given["signed_on"],
            document=given["document"].read(),
            document_name=given["document"].name,
            seen=given["seen"],
            by=by,
            at=at,
        )
        return Done("The signed document is kept.", reverse("clients:policy", args=[self.subject.public_id]))


def _of_policy(name: str, act: Act, title: str, **options: Any) -> FormDoor:
    return FormDoor(
        **{
            "name": name,
            "noun": NOUN,
            "act": act,
            "title": title,
            "namespace": "clients",
            "find": _policy,
            "roles": ADVISORS,
            "refusal": ONLY_ADVISORS,
            "refuse": _writes,
            "back": _back,
            **options,
        }
    )


BEGIN = FormDoor(
    name="policy_begin",
    noun=NOUN,
    act=Act.CREATE,
    title="Begin a new policy version",
    namespace="clients",
    path="households/<slug:public_id>/policies/begin/",
    find=_household,
    roles=ADVISORS,
    refusal=ONLY_ADVISORS,
    refuse=access.refusal_to_write_policies,
    back=lambda household: (household.name, reverse("clients:household", args=[household.public_id])),
    button="Begin",
    form=Begin,
    actions=(Action.POLICY_DRAFTED,),
    verbs=(drafts.begin,),
)
SUBMIT = _of_policy(
    "policy_submit",
    Act.EDIT,
    "Submit for review",
    path="policies/<slug:public_id>/submit/",
    lead="A reviewer who did not write it decides. From here on its text stays as it is.",
    form=Submit,
    actions=(Action.POLICY_SUBMITTED, Action.REVIEW_REQUESTED),
    verbs=(drafts.submit,),
)
REOPEN = _of_policy(
    "policy_reopen",
    Act.EDIT,
    "Reopen as a draft",
    path="policies/<slug:public_id>/reopen/",
    lead="It leaves the review desk. It needs a new review and new signatures.",
    form=Reopen,
    actions=(Action.POLICY_REOPENED,),
    verbs=(drafts.reopen,),
)
DISCARD = _of_policy(
    "policy_discard",
    Act.RETIRE,
    "Discard this version",
    path="policies/<slug:public_id>/discard-draft/",
    lead="Only a version that was never adopted can be discarded; its text stays readable.",
    form=Discard,
    actions=(Action.POLICY_DISCARDED,),
    verbs=(drafts.discard,),
)
SIGN = _of_policy(
    "policy_sign",
    Act.EDIT,
    "Sign this policy",
    path="policies/<slug:public_id>/sign/",
    lead="You sign exactly the text on the policy's page. Your name, the moment and the text's fingerprint are kept.",
    form=Sign,
    roles=SIGNERS,
    refusal="Only the household's advisor and compliance sign here; clients sign in their portal.",
    refuse=_nothing_further,
    actions=(Action.POLICY_SIGNED, Action.POLICY_ADOPTED),
    verbs=(signatures.sign,),
)
DOCUMENT = _of_policy(
    "policy_document",
    Act.EDIT,
    "Record a signed document",
    path="policies/<slug:public_id>/signed-document/",
    lead="Print this version's PDF, have it signed, and keep the signed pages here.",
    form=SignedDocument,
    roles=SIGNERS,
    refusal="Only the household's advisor or compliance can record a signed document.",
    refuse=_nothing_further,
    actions=(Action.POLICY_SIGNED, Action.POLICY_ADOPTED),
    verbs=(signatures.record_document,),
)
STAFF = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER})
READERS = "You can read the policies of the households you may see."
DOORS: tuple[Door | NoDoor, ...] = (
    BEGIN,
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Read a policy",
        roles=STAFF | {Role.CLIENT},
        refusal=READERS,
        browser="clients:policy",
        api="api:policy",
    ),
    Door(
        noun=NOUN,
        act=Act.EDIT,
        title="Edit a draft",
        roles=ADVISORS,
        refusal=ONLY_ADVISORS,
        browser="clients:policy_edit",
        api="api:policy-content",
        actions=(Action.POLICY_EDITED,),
        verbs=(drafts.save,),
    ),
    SUBMIT,
    REOPEN,
    SIGN,
    Door(
        noun=NOUN,
        act=Act.EDIT,
        title="Sign as the client",
        roles=frozenset({Role.CLIENT}),
        refusal="Only the household's own people sign as clients.",
        browser="clients:policy_to_sign",
        actions=(Action.POLICY_SIGNED, Action.POLICY_ADOPTED),
        verbs=(signatures.sign,),
    ),
    DOCUMENT,
    DISCARD,
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="Compare two versions",
        roles=STAFF,
        refusal=READERS,
        browser="clients:policy_changes",
        api="api:policy-changes",
    ),
)
