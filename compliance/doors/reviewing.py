"""The review desk in the browser: what waits for a decision, one review as it is decided, and the decision.

Proposals have their own page, where the rules run; every other subject is shown and acted on as its floor says
(`registry.add_subject`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance import access, clock
from compliance.doors import refused as refusals
from compliance.doors import registry
from compliance.doors.refused import Known, Refused
from compliance.forms import Reason
from compliance.models import ACTIVE_STATES, Approval, Decision, Review, SubjectKind, Verdict
from compliance.models.threads import TEXT_MAX
from compliance.pages.subjects import subject_url
from compliance.people.actors import Actor
from compliance.refusals import Blocked, NotAllowed, Refusal, Stale, Step
from compliance.review_desk import asking, decisions, objections, reviews
from compliance.review_desk.subjects import Shown, Subject

if TYPE_CHECKING:
    from compliance.people.roles import Person

Books = Callable[[Any], Collection[str]]

AFTER = {
    Verdict.APPROVED: "It is approved.",
    Verdict.RETURNED: "Changes are requested. The maker sees your words.",
    Verdict.REJECTED: "It is rejected.",
}


class Verdicts(forms.Form):
    """One of the three verdicts, on exactly what was shown. Nothing is preselected."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    verdict = forms.ChoiceField(
        label="Your decision",
        choices=(
            (Verdict.APPROVED, "Approve exactly this"),
            (Verdict.RETURNED, "Request changes"),
            (Verdict.REJECTED, "Reject"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a decision."},
    )
    text = forms.CharField(
        label="Reason",
        required=False,
        max_length=TEXT_MAX,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed to request changes or to reject; it stays on record.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("verdict") in (Verdict.RETURNED, Verdict.REJECTED) and not given.get("text"):
            self.add_error("text", "Say why; the maker reads it.")
        return given


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review in the list."""

    title: str
    kind: str
    url: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    state: str
    may_decide: bool


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One review, ready to be decided. `refusal` says why this person may not; `refused` what was refused just now, or stands
    in the way of an approval, with what can be done about it.
    """

    review: Review
    shown: Shown
    kind: str
    refusal: str
    refused: Refused | None
    decisions: tuple[Decision, ...]
    may_withdraw: bool
    withdraw_url: str


@require_GET
def listing(request: HttpRequest, household_refs: Books) -> HttpResponse:
    """Every review that waits and that this person may open; what they can decide comes first."""
    user = _person(request)
    access.require_staff(user)
    at = clock.now()
    waiting = access.reviews_for(user, household_refs=household_refs(user)).filter(state__in=ACTIVE_STATES)
    found = waiting.prefetch_related("makers").order_by("expires_at", "pk")
    rows = [_row(user, one, at=at) for one in found]
    rows.sort(key=lambda row: not row.may_decide)
    return render(request, "compliance/review_list.html", {"rows": rows})


def _row(user: Any, review: Review, *, at: datetime) -> ReviewRow:
    """A line of the list; it leads whoever may decide to the decision, and others to what it is about."""
    may_decide = objections.refusal_to_decide(user, review, at=at) is None
    has_page = may_decide and registry.subject_of(SubjectKind(review.subject_kind)) is not None
    return ReviewRow(
        title=review.title,
        kind=review.get_subject_kind_display(),
        url=reverse("compliance:review", args=[review.public_id]) if has_page else subject_url(review),
        requested_by=review.requested_by_label,
        requested_at=review.requested_at,
        expires_at=review.expires_at,
        state=review.get_state_display(),
        may_decide=may_decide,
    )


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, public_id: str, household_refs: Books) -> HttpResponse:
    """One review, and the decision about it."""
    user = _person(request)
    review = _review(user, public_id, household_refs)
    if review.subject_kind == SubjectKind.PROPOSAL:
        return redirect(subject_url(review))
    at = clock.now()
    if request.method == "GET":
        return _page(request, review, Verdicts(initial={"seen": review.fingerprint}), at=at)
    form = Verdicts(request.POST)
    if not form.is_valid():
        return _page(request, review, form, at=at, status=422)
    given = form.cleaned_data
    try:
        decide(
            review,
            Verdict(given["verdict"]),
            seen=given["seen"],
            text=given["text"],
            by=Actor.of(request),
            at=at,
        )
    except Refusal as refusal:
        review.refresh_from_db()
        return _page(request, review, form, refused=refusal, at=at, status=refusal.http_status)
    messages.success(request, AFTER[Verdict(given["verdict"])])
    return redirect("compliance:review", public_id)


@require_POST
def ask(request: HttpRequest, public_id: str, household_refs: Books) -> HttpResponse:
    """Ask whoever may do what this person may not; the question stands on their home pages."""
    review = _review(_person(request), public_id, household_refs)
    of = [one for one in request.POST.get("of", "").split(",") if one]
    question = asking.ask(review, request.POST.get("text", ""), of=of, by=Actor.of(request), at=clock.now())
    found = asking.asked(asking.roles_of(question), review, but={request.user.pk or 0})
    names = ", ".join(person.get_full_name() for person in found)
    messages.success(
        request,
        f"Asked. It stands on the home page of {names}." if names else "Asked. Nobody holds this role yet.",
    )
    return redirect(subject_url(review))


@require_POST
def withdraw(request: HttpRequest, public_id: str, household_refs: Books) -> HttpResponse:
    """Take a request back, with the reason."""
    review = _review(_person(request), public_id, household_refs)
    form = Reason(request.POST)
    if not form.is_valid():
        return _page(
            request, review, Verdicts(initial={"seen": review.fingerprint}), at=clock.now(), status=422
        )
    reviews.withdraw(review, form.cleaned_data["reason"], by=Actor.of(request), at=clock.now())
    messages.success(request, "It is withdrawn.")
    return redirect("compliance:review", public_id)


def decide(
    review: Review,
    verdict: Verdict,
    *,
    seen: str,
    text: str,
    by: Actor,
    at: datetime,
    keep: Callable[[Approval], None] | None = None,
) -> Decision:
    """Decide about a subject of another floor, which is checked again and, once approved, acted on at once.

    `keep` runs in the approval's transaction too. Raises as `decisions.decide`.
    """
    subject = registry.subject_of(SubjectKind(review.subject_kind))
    if subject is None:
        raise Http404

    def then(approval: Approval) -> None:
        if subject.then is not None:
            subject.then(approval, by, at)
        if keep is not None:
            keep(approval)

    return decisions.decide(
        review,
        verdict,
        fingerprint=seen,
        text=text,
        revalidate=lambda: subject.revalidate(review),
        then=then,
        by=by,
        at=at,
    )


def _page(
    request: HttpRequest,
    review: Review,
    form: Verdicts,
    *,
    refused: Refusal | None = None,
    at: datetime,
    status: int = 200,
) -> HttpResponse:
    user = _person(request)
    subject = registry.subject_of(SubjectKind(review.subject_kind))
    if subject is None:
        raise Http404
    refusal = objections.refusal_to_decide(user, review, at=at) or ""
    shown = subject.show(review)
    refused = refused or _in_the_way(user, review, subject, at=at)
    page = ReviewPage(
        review=review,
        shown=shown,
        kind=review.get_subject_kind_display(),
        refusal=refusal,
        refused=refusals.told(refused, known=_known(user, review, shown, refused)) if refused else None,
        decisions=tuple(review.decisions.all()),
        may_withdraw=review.is_active and review.makers.filter(person_id=user.pk, done_at=None).exists(),
        withdraw_url=reverse("compliance:review_withdraw", args=[review.public_id]),
    )
    return render(request, "compliance/review.html", {"page": page, "form": form}, status=status)


def _in_the_way(user: Person, review: Review, subject: Subject, *, at: datetime) -> Refusal | None:
    """Why this person cannot approve it now: who they are, what changed, or what has to be settled first."""
    if not review.is_active:
        return None
    if sentence := objections.refusal_to_decide(user, review, at=at):
        return NotAllowed(sentence)
    if causes := subject.revalidate(review).causes:
        return Stale(
            "This has changed since it was proposed.", "It cannot be approved as it is.", causes=causes
        )
    if causes := objections.blockers(review, at=at, approver=user):
        return Blocked("Settle each of these before you approve.", causes=causes)
    return None


def _known(user: Person, review: Review, shown: Shown, refusal: Refusal) -> Known:
    """What can be done about a refusal at a review: propose it again, or ask whoever may decide."""
    steps = []
    if isinstance(refusal, Stale) and shown.url:
        steps.append(Step("Propose it again on the present record", shown.url))
    who = ""
    if isinstance(refusal, NotAllowed) and review.is_active:
        roles = objections.DECIDERS[SubjectKind(review.subject_kind)]
        made = set(review.makers.values_list("person_id", flat=True))
        names = [one.get_full_name() for one in asking.asked(roles, review, but={*made, user.pk})]
        if names:
            listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
            who = f"{listed} can."
            steps.append(
                Step(
                    f"Ask {listed}",
                    reverse("compliance:review_ask", args=[review.public_id]),
                    is_form=True,
                    sends=(("of", ",".join(roles)),),
                    asks=("text", f"Your question to {listed}", "Please decide on it."),
                )
            )
    if shown.url:
        steps.append(Step("Open its own page", shown.url))
    steps.append(Step("All reviews", reverse("compliance:review_list")))
    return Known(tuple(steps), "" if who and who in refusal.sentence else who)


def _review(user: Person, public_id: str, household_refs: Books) -> Review:
    access.require_staff(user)
    found: Review = get_object_or_404(
        access.reviews_for(user, household_refs=household_refs(user)), public_id=public_id
    )
    return found


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)
