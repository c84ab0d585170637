"""Model portfolios: opening one, drafting its next version, sending it to the review desk, and retiring it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse

from clients import access
from clients.models import ModelPortfolio, ModelVersion
from clients.policies import model_files, model_portfolios, model_schedules, model_versions, substitutions
from compliance import clock
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor

NOUN = "Model portfolios"
ROLES = frozenset(access.MODEL_MAKERS)
REFUSAL = "Only advisors, reviewers and the trading desk change model portfolios."
OPEN_FOR = timedelta(days=30)
"""How long a request for review stays open."""

EXAMPLE = "model: balanced\nname: Balanced\nclasses:\n  - class: us_stock\n    weight: 58%\n    sleeves: ..."


def editor_of(version: ModelVersion) -> str:
    """The page on which a draft is changed."""
    return reverse("clients:model_edit", args=[version.model.public_id])


def _find(user: Any, public_id: str) -> ModelPortfolio:
    found = access.models_for(user).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _back(subject: Any) -> tuple[str, str]:
    if subject is None:
        return "Models", reverse("clients:model_list")
    return subject.name, reverse("clients:model", args=[subject.public_id])


def _note(what: str) -> forms.CharField:
    return forms.CharField(
        label=what,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The reviewer reads it, and it stays on record.",
        error_messages={"required": "Write why."},
    )


class Opening(DoorForm):
    """A new model, empty or like another."""

    code = forms.SlugField(
        label="Code",
        max_length=32,
        help_text="Short and lasting, such as balanced; policies and files name the model by it.",
        error_messages={"required": "Give the model a code."},
    )
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Give the model a name."}
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )
    like = forms.ChoiceField(label="Start from", required=False)

    def offer(self) -> None:
        choice: Any = self.fields["like"]
        known = access.models_for(self.user).order_by("name").values_list("public_id", "name")
        choice.choices = [("", "An empty draft"), *known]

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        like = model_versions.in_force(_find(self.user, given["like"]), on=self.on) if given["like"] else None
        version = model_portfolios.open_model(
            code=given["code"], name=given["name"], description=given["description"], like=like, by=by, at=at
        )
        return Done("The model has a first draft.", editor_of(version), version.model)


class NextVersion(DoorForm):
    """The next version, as a copy of the last."""

    note = _note("Why a new version")

    def act(self, *, by: Actor, at: datetime) -> Done:
        version = model_portfolios.draft_next(self.subject, note=self.cleaned_data["note"], by=by, at=at)
        return Done(f"Version {version.version} is a draft.", editor_of(version), version.model)


class Document(DoorForm):
    """A whole version as a YAML document, typed or uploaded."""

    document = forms.CharField(
        label="Document",
        required=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "placeholder": EXAMPLE}),
        max_length=model_files.SIZE_MAX,
        help_text="The layout in which a version is taken out. A model that is not on record is opened.",
    )
    upload = forms.FileField(label="Or a file", required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if upload := given.get("upload"):
            if upload.size > model_files.SIZE_MAX:
                self.add_error("upload", "The file is larger than 256 KB.")
                return given
            try:
                given["document"] = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("upload", "The file is not UTF-8 text. Save it as UTF-8 and try again.")
        elif not given.get("document"):
            self.add_error("document", "Paste a document, or choose a file.")
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        told = model_files.read(self.cleaned_data["document"])
        version = model_portfolios.draft(
            code=told.code,
            name=told.name,
            description=told.description,
            classes=told.classes,
            note=told.note,
            effective_on=told.effective_on,
            by=by,
            at=at,
        )
        return Done(
            f"Version {version.version} of {version.model} is a draft.", editor_of(version), version.model
        )


class Asking(DoorForm):
    """The request that somebody else publishes the draft."""

    note = _note("Why this version")
    effective_on = forms.DateField(
        label="Takes effect on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: on the day it is approved. The version before it stays in force until then.",
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        version = model_versions.draft_of(subject)
        return {"note": version.note, "effective_on": version.effective_on} if version else {}

    def act(self, *, by: Actor, at: datetime) -> Done:
        version = model_versions.draft_of(self.subject)
        if version is None:
            raise Http404
        review = model_portfolios.request_review(
            version,
            note=self.cleaned_data["note"],
            effective_on=self.cleaned_data["effective_on"],
            expires_at=at + OPEN_FOR,
            by=by,
            at=at,
        )
        return Done(
            "Somebody who did not work on it decides now.",
            reverse("compliance:review", args=[review.public_id]),
            review,
        )


class Discarding(DoorForm):
    """The end of a draft."""

    reason = forms.CharField(label="Reason", max_length=500, error_messages={"required": "Write the reason."})

    def act(self, *, by: Actor, at: datetime) -> Done:
        version = model_versions.draft_of(self.subject)
        if version is None:
            raise Http404
        model_portfolios.discard(version, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(
            "The draft is discarded.", reverse("clients:model", args=[self.subject.public_id]), self.subject
        )


class Rescheduling(DoorForm):
    """Another day for the version that waits for its day."""

    effective_on = forms.DateField(
        label="Takes effect on",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose the day."},
    )
    reason = forms.CharField(label="Reason", max_length=500, error_messages={"required": "Write the reason."})

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        version = model_versions.scheduled(subject, on=on)
        return {"effective_on": version.effective_on} if version else {}

    def act(self, *, by: Actor, at: datetime) -> Done:
        version = model_schedules.reschedule(
            self.subject,
            effective_on=self.cleaned_data["effective_on"],
            reason=self.cleaned_data["reason"],
            by=by,
            at=at,
        )
        return Done(f"Version {version.version} has another day.", _page_of(version), version.model)


class CallingOff(DoorForm):
    """The end of the version that waits for its day."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="Everybody whose households follow the model reads it.",
        error_messages={"required": "Write the reason."},
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        version = model_schedules.call_off(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done(f"Version {version.version} is called off.", _page_of(version), version.model)


class Substituting(DoorForm):
    """One security in the place of another, in every model or in some."""

    old = forms.CharField(
        label="Replace", max_length=24, help_text="A symbol. It is no longer bought, and sold as taxes allow.",
        error_messages={"required": "Type the symbol to replace."},
    )  # fmt: skip
    new = forms.CharField(
        label="By", max_length=24, help_text="The symbol that takes its place, rank and accounts.",
        error_messages={"required": "Type the symbol that replaces it."},
    )  # fmt: skip
    models = forms.MultipleChoiceField(
        label="Models",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None checked: every model that buys it and can be drafted now.",
    )
    note = _note("Why")

    def offer(self) -> None:
        choice: Any = self.fields["models"]
        known = access.models_for(self.user).filter(retired_at=None).order_by("name")
        choice.choices = list(known.values_list("code", "name"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("old", "new"):
            if symbol := str(given.get(name, "")).strip().upper():
                given[name] = substitutions.security_of(symbol)
                if given[name] is None:
                    self.add_error(name, f"No security {symbol} is on record.")
        if given.get("old") and not self.errors:
            found = substitutions.containing(given["old"], on=self.on)
            among = given["models"] or [one.model.code for one in found if not one.hindrance]
            if not among:
                why = " ".join(one.hindrance for one in found) or f"No model buys {given['old']}."
                self.add_error("old", why)
            given["among"] = among
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        drafts = substitutions.draft_all(
            given["old"], given["new"], among=given["among"], note=given["note"], on=self.on, by=by, at=at
        )
        count = len(drafts)
        return Done(
            f"{count} draft{'' if count == 1 else 's'} replace{'s' if count == 1 else ''} {given['old'].symbol} by {given['new'].symbol}.",
            f"{reverse('clients:model_uses')}?symbol={given['old'].symbol}",
        )


class Retiring(DoorForm):
    """The end of a model that nobody follows."""

    reason = forms.CharField(label="Reason", max_length=500, error_messages={"required": "Write the reason."})

    def act(self, *, by: Actor, at: datetime) -> Done:
        model_portfolios.retire(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(
            "The model is retired.", reverse("clients:model", args=[self.subject.public_id]), self.subject
        )


def _without_draft(_user: Any, subject: Any) -> str | None:
    if subject.retired_at is not None:
        return "This model is retired."
    if model_versions.draft_of(subject) is not None:
        return "This model has a draft already; change that one, or discard it."
    return None


def _with_draft(_user: Any, subject: Any) -> str | None:
    return None if model_versions.draft_of(subject) is not None else "This model has no draft."


def _with_scheduled(_user: Any, subject: Any) -> str | None:
    on = clock.now().astimezone(clock.EASTERN).date()
    waits = model_versions.scheduled(subject, on=on) is not None
    return None if waits else "No version of this model waits for its day."


def _page_of(version: ModelVersion) -> str:
    return f"{reverse('clients:model', args=[version.model.public_id])}?version={version.version}"


def _form(**given: Any) -> FormDoor:
    return FormDoor(namespace="clients", noun=NOUN, roles=ROLES, refusal=REFUSAL, back=_back, **given)


OPEN = _form(
    name="model_open", act=Act.CREATE, title="Open a model", path="models/open/", form=Opening,
    actions=(Action.MODEL_DRAFTED,), verbs=(model_portfolios.open_model,),
)  # fmt: skip
DOCUMENT = _form(
    name="model_document", act=Act.FILE, title="Draft a version from a YAML document", path="models/document/",
    form=Document, actions=(Action.MODEL_DRAFTED,), verbs=(model_portfolios.draft,),
)  # fmt: skip
NEXT = _form(
    name="model_next", act=Act.EDIT, title="Draft the next version", path="models/<slug:public_id>/next/",
    find=_find, refuse=_without_draft, form=NextVersion, actions=(Action.MODEL_DRAFTED,),
    verbs=(model_portfolios.draft_next,),
)  # fmt: skip
ASK = _form(
    name="model_ask", act=Act.EDIT, title="Send the draft to review", path="models/<slug:public_id>/ask/",
    find=_find, refuse=_with_draft, form=Asking, actions=(Action.REVIEW_REQUESTED, Action.MODEL_PUBLISHED),
    verbs=(model_portfolios.request_review,), checked=True,
    lead="Everybody who worked on the draft is its maker. A reviewer who did not decides, and with the approval it is published.",
)  # fmt: skip
DISCARD = _form(
    name="model_draft_remove", act=Act.RETIRE, title="Discard the draft", path="models/<slug:public_id>/remove-draft/",
    find=_find, refuse=_with_draft, form=Discarding, actions=(Action.MODEL_DISCARDED,),
    verbs=(model_portfolios.discard,),
)  # fmt: skip
RESCHEDULE = _form(
    name="model_reschedule", act=Act.EDIT, title="Give the scheduled version another day",
    path="models/<slug:public_id>/reschedule/", find=_find, refuse=_with_scheduled, form=Rescheduling, checked=True,
    actions=(Action.MODEL_RESCHEDULED,), verbs=(model_schedules.reschedule,), two_people=SubjectKind.CORRECTION,
    button="Propose the day",
    lead="The version stays as it was approved; only its day changes, and a second person decides about that.",
)  # fmt: skip
CALL_OFF = _form(
    name="model_call_off", act=Act.RETIRE, title="Call off the scheduled version",
    path="models/<slug:public_id>/call-off/", find=_find, refuse=_with_scheduled, form=CallingOff, checked=True,
    actions=(Action.MODEL_CALLED_OFF,), verbs=(model_schedules.call_off,), button="Call it off",
    lead="It is called off at once; whoever follows the model stays with the version in force. What was called off never takes effect; draft the next version instead.",
)  # fmt: skip
RETIRE = _form(
    name="model_retire", act=Act.RETIRE, title="Retire the model", path="models/<slug:public_id>/retire/",
    find=_find, form=Retiring, actions=(Action.MODEL_RETIRED,), verbs=(model_portfolios.retire,), checked=True,
)  # fmt: skip

SUBSTITUTE = _form(
    name="model_substitute", act=Act.EDIT, title="Replace a security in every model", path="models/substitute/",
    form=Substituting, actions=(Action.MODEL_DRAFTED, Action.MODEL_CHANGED), verbs=(substitutions.draft_all,),
    lead="A draft of each model's next version is made. Nothing is traded before each is published.",
)  # fmt: skip

DOORS: tuple[Door | NoDoor, ...] = (
    OPEN,
    DOCUMENT,
    NEXT,
    ASK,
    RESCHEDULE,
    CALL_OFF,
    DISCARD,
    RETIRE,
    SUBSTITUTE,
    Door(
        noun=NOUN, act=Act.EDIT, title="Change the draft", roles=ROLES, refusal=REFUSAL, browser="clients:model_edit",
        api="api:model-draft", actions=(Action.MODEL_CHANGED,), verbs=(model_portfolios.change,),
    ),
    Door(
        noun=NOUN, act=Act.READ, title="The models, version by version", roles=frozenset(access.STAFF),
        refusal="Model portfolios are for the firm's desk.", browser="clients:model_list", api="api:model-list",
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="Versions of a model, what changed between them, and who did what",
        roles=frozenset(access.STAFF), refusal="Model portfolios are for the firm's desk.", browser="clients:model",
        api="api:model",
    ),
)  # fmt: skip
