"""Doors in the browser: the form, the check page, and the act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from compliance import clock
from compliance.doors import before_after, changes, registry
from compliance.doors import refused as refusals
from compliance.doors.door import Act, Done, DoorForm, FormDoor, digest_of, raw
from compliance.doors.refused import Refused
from compliance.people import confirmations
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Cause, NotAllowed, Stale

SEEN, CHECKED, BACK = "door_seen", "door_checked", "door_back"
"""Hidden fields: the digest of the present values the form started from, and of what was shown on the check page; and
the check page's button that leads back to the form with what was typed."""

SECOND_PERSON = "A second person decides about this before it counts."
NOBODY_ELSE = "Nobody else could decide about this yet, so it counts at once, and the trail says so."

CHANGED_SINCE = (
    "This has changed since you opened it. What you typed is kept; compare it with the present values."
)


@dataclass(frozen=True, slots=True)
class DoorPage:
    """One door, as its page shows it. `lines` are those of the check page; empty before it.

    `is_first` is the page of what has to be chosen before the rest is asked; `chosen` is that, by label, on the pages
    after it, and `again_url` leads back to it. `carried` is what a link
    brought along beside it.
    """

    title: str
    lead: str
    button: str
    form: DoorForm
    seen: str
    back_label: str
    back_url: str
    who_decides: str
    lines: tuple[before_after.Line, ...] = ()
    checked: str = ""
    is_first: bool = False
    chosen: tuple[tuple[str, str], ...] = ()
    again_url: str = ""
    carried: tuple[tuple[str, str], ...] = ()
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class DoorLink:
    """A link to a door for a page about its subject."""

    label: str
    url: str


def link(door: FormDoor, user: Any, subject: Any = None) -> DoorLink | None:
    """The link to a door, or None where this person may not use it for this subject."""
    if door.refusal_to(user, subject):
        return None
    address = door.address(subject) if door.parameters else {}
    return DoorLink(door.title, reverse(door.browser, kwargs=address))


def links(names: Iterable[str], user: Any, subject: Any = None) -> tuple[DoorLink, ...]:
    """The links to those doors that this person may use, by the names of their browser URLs.

    For pages of any floor, which know a door of a floor above by its name only.
    """
    found = (link(registry.form_door(name), user, subject) for name in names)
    return tuple(one for one in found if one is not None)


def view(door: FormDoor) -> Callable[..., HttpResponse]:
    """The view of a door."""

    def show(request: HttpRequest, **parameters: Any) -> HttpResponse:
        subject = door.subject(request.user, parameters)
        if sentence := door.refusal_to(request.user, subject):
            raise NotAllowed(sentence)
        at = clock.now()
        on = at.astimezone(clock.EASTERN).date()
        seen = digest_of(door.now(subject, user=request.user, on=on))
        if request.method == "GET":
            form = door.fresh(subject, user=request.user, on=on, given=request.GET)
            if not form.is_chosen():
                return _first(request, door, subject, on=on, seen=seen)
            return _page(request, door, form, seen=seen)
        form = door.bound(request.POST, subject, user=request.user, on=on, files=request.FILES or None)
        if door.act is Act.EDIT and request.POST.get(SEEN, seen) != seen:
            return _page(request, door, form, seen=seen, refused=_changed(request, form), status=409)
        if not form.is_chosen():
            form.ask_first()
            return _page(request, door, form, seen=seen, status=422)
        if not form.is_valid():
            return _page(request, door, form, seen=seen, status=422)
        checked = _digest_of_typed(form, seen)
        if BACK in request.POST:
            return _page(request, door, form, seen=seen)
        if door.checked and request.POST.get(CHECKED) != checked:
            return _page(
                request, door, form, seen=seen, lines=tuple(before_after.lines(form)), checked=checked
            )
        try:
            done = run(door, form, parameters=parameters, by=Actor.of(request), at=at)
        except BadInput as refusal:
            form.add_error(None, str(refusal))
            return _page(request, door, form, seen=seen, status=422)
        messages.success(request, done.sentence)
        return redirect(done.url)

    show.__doc__ = door.title
    show.__name__ = door.name
    allowed: Callable[..., HttpResponse] = require_http_methods(["GET", "POST"])(show)
    return allowed


def run(door: FormDoor, form: DoorForm, *, parameters: Mapping[str, Any], by: Actor, at: Any) -> Done:
    """Act on a valid form, or propose it where a second person decides. Raises what the verb raises.

    At a door that is confirmed, raises `ConfirmationNeeded` without a fresh confirmation of exactly this.
    """
    if door.confirmed:
        on = at.astimezone(clock.EASTERN).date()
        seen = digest_of(door.now(form.subject, user=form.user, on=on))
        deed = f"do this: {door.title}"
        confirmations.required(by, about=_digest_of_typed(form, seen), deed=deed, at=at)
    with transaction.atomic():
        if door.two_people is None or _is_alone(door, form.user):
            return form.act(by=by, at=at)
        change = changes.propose(door, form, parameters=parameters, by=by, at=at)
    review = changes.review_of(change)
    return Done(
        "A second person decides about this; nothing has changed yet.",
        reverse("compliance:review", args=[review.public_id]),
        change,
    )


def _is_alone(door: FormDoor, user: Any) -> bool:
    return door.may_be_alone and door.two_people is not None and changes.nobody_else_could_decide(door, user)


def _who_decides(door: FormDoor, user: Any) -> str:
    if door.two_people is None:
        return ""
    return NOBODY_ELSE if _is_alone(door, user) else SECOND_PERSON


def _first(request: HttpRequest, door: FormDoor, subject: Any, *, on: date, seen: str) -> HttpResponse:
    """The page of what is chosen first; with its faults where the address brings something that cannot be."""
    is_brought = any(name in request.GET for name in door.form.first)
    typed: dict[str, Any] = {"user": request.user, "on": on}
    form = door.bound(request.GET, subject, **typed) if is_brought else door.fresh(subject, **typed)
    form.ask_first()
    return _page(request, door, form, seen=seen, status=422 if is_brought else 200)


def _page(
    request: HttpRequest,
    door: FormDoor,
    form: DoorForm,
    *,
    seen: str,
    lines: tuple[before_after.Line, ...] = (),
    checked: str = "",
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    label, url = door.back(form.subject)
    page = DoorPage(
        title=door.title,
        lead=" ".join(one for one in (door.lead, form.about()) if one),
        button=door.button or door.title,
        form=form,
        seen=seen,
        back_label=label,
        back_url=url,
        who_decides=_who_decides(door, form.user),
        lines=lines,
        checked=checked,
        is_first=bool(form.first) and not form.is_chosen(),
        chosen=_chosen(form),
        again_url=request.path,
        refused=refused,
        carried=tuple(
            (name, str(value))
            for name, value in request.GET.items()
            if name in door.form.base_fields and name not in door.form.first
        ),
    )
    return render(
        request, "doors/check.html" if checked else "doors/form.html", {"page": page}, status=status
    )


def _changed(request: HttpRequest, form: DoorForm) -> Refused:
    """What was typed beside the present values, where these are others than the form was opened with."""
    form.is_valid()
    causes = [
        Cause(input=str(bound.label), shown=typed or "empty", now=now or "empty")
        for bound in form
        if not bound.is_hidden
        for now in [before_after.words(bound.field, form.initial.get(bound.name))]
        for typed in [before_after.words(bound.field, form.cleaned_data.get(bound.name, bound.data))]
        if typed != now
    ]
    refusal = Stale(CHANGED_SINCE, "Correct it where need be, and save again.", causes=causes)
    return refusals.told(refusal, refusals.Place.of(request), shown_as="What you typed")


def _chosen(form: DoorForm) -> tuple[tuple[str, str], ...]:
    names = [name for name in form.first if form[name].is_hidden]
    return tuple(
        (str(form[name].label), before_after.words(form.fields[name], form[name].value())) for name in names
    )


def _digest_of_typed(form: DoorForm, seen: str) -> str:
    values = sorted(f"{one.name}={raw(one.data)}" for one in form)
    follows = [" | ".join(line) for line in form.follows()]
    return digest_of({"seen": seen, "values": values, **({"follows": follows} if follows else {})})
