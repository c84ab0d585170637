"""Whose book a household is in: assigned, ended, handed over; and who covers while somebody is away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.households import books
from clients.models import BookEntry, Coverage, Household
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

BOOKS, COVERAGE = "Books", "Coverage while away"
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
REFUSAL = "Only a firm administrator can change whose book a household is in."
PART: dict[str, Any] = {
    "label": "As",
    "choices": BookEntry.Part.choices,
    "widget": forms.RadioSelect,
    "error_messages": {"required": "Choose advisor or reviewer."},
}
REASON: dict[str, Any] = {
    "label": "Reason",
    "max_length": 200,
    "help_text": "It stays on record.",
    "error_messages": {"required": "Write the reason."},
}


def _colleague(label: str, **options: Any) -> forms.ModelChoiceField:
    # The colleagues depend on who asks, so the form fills them in.
    return forms.ModelChoiceField(
        None, label=label, error_messages={"required": "Choose a colleague."}, **options
    )


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Give the day.", "invalid": "Write the day as 2026-11-30."},
        **options,
    )


class Assign(DoorForm):
    user = _colleague("Colleague")
    part = forms.ChoiceField(**PART)
    starts_on = _day("First day")

    def offer(self) -> None:
        field: Any = self.fields["user"]
        field.queryset = access.staff_with_books(self.user)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: Any) -> dict[str, Any]:
        return {"starts_on": on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        entry = books.assign(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{self.subject} is in the book of {entry.user}.", reverse("clients:book_list"))


class End(DoorForm):
    ends_on = _day("Last day", help_text="Yesterday ends it at once.")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: Any) -> dict[str, Any]:
        return {"ends_on": on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        books.end(self.subject, ends_on=self.cleaned_data["ends_on"], on=self.on, by=by, at=at)
        return Done(
            f"{self.subject.household} leaves the book of {self.subject.user}.", reverse("clients:book_list")
        )


class HandOver(DoorForm):
    part = forms.ChoiceField(**PART)
    to = _colleague("Colleague who takes it over")
    from_on = _day(
        "From", help_text="The first day of the colleague; the day before is the last of the present one."
    )
    reason = forms.CharField(**REASON)

    def offer(self) -> None:
        field: Any = self.fields["to"]
        field.queryset = access.staff_with_books(self.user).exclude(pk=self.subject.pk)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: Any) -> dict[str, Any]:
        return {"from_on": on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        moved = books.hand_over(self.subject, **self.cleaned_data, on=self.on, by=by, at=at)
        count = f"{len(moved)} household{'' if len(moved) == 1 else 's'}"
        return Done(f"{count} handed over to {self.cleaned_data['to']}.", reverse("clients:book_list"))


class Cover(DoorForm):
    away = _colleague("Who is away")
    covered_by = _colleague("Who covers")
    part = forms.ChoiceField(**PART)
    starts_on = _day("First day")
    ends_on = _day("Last day")
    reason = forms.CharField(**REASON)

    def offer(self) -> None:
        away: Any = self.fields["away"]
        covering: Any = self.fields["covered_by"]
        away.queryset = access.staff_with_books(self.user)
        covering.queryset = access.colleagues_who_may_cover(self.user)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: Any) -> dict[str, Any]:
        return {"starts_on": on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        coverage = books.cover(**given, on=self.on, by=by, at=at)
        return Done(f"{coverage.covered_by} covers for {coverage.away}.", _after(self.user), coverage)


class EndCoverage(DoorForm):
    """Nothing is typed: the button ends it now."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        books.end_coverage(self.subject, by=by, at=at)
        return Done("The coverage is over.", _after(self.user), self.subject)


def _after(user: Any) -> str:
    return reverse("clients:coverage_list")


def _household(user: Any, public_id: str) -> Household:
    return get_object_or_404(access.households_in_books(user), public_id=public_id)


def _entry(user: Any, entry: int) -> BookEntry:
    return get_object_or_404(access.book_entries_for(user), pk=entry)


def _whose(user: Any, person: int) -> Any:
    return get_object_or_404(access.staff_whose_books_are_kept_by(user), pk=person)


def _coverage(user: Any, public_id: str) -> Coverage:
    return get_object_or_404(access.coverages_for(user), public_id=public_id)


def _back_to_books(subject: Any) -> tuple[str, str]:
    return "Books", reverse("clients:book_list")


def _back_to_coverage(subject: Any) -> tuple[str, str]:
    return "Coverage", reverse("clients:coverage_list")


def _still_open(user: Any, subject: Household) -> str | None:
    return f"{subject} is closed." if subject.closed_on is not None else None


def _own_absence(user: Any, subject: Coverage) -> str | None:
    if not user.has_role(Role.ADMINISTRATOR) and subject.away_id != user.pk:
        return "Whoever is away, or a firm administrator, ends the coverage."
    return "This coverage is over already." if subject.ended_at is not None else None


OF_BOOKS: dict[str, Any] = {
    "noun": BOOKS,
    "namespace": "clients",
    "roles": ADMINISTRATORS,
    "refusal": REFUSAL,
    "back": _back_to_books,
}
OF_COVERAGE: dict[str, Any] = {
    "noun": COVERAGE,
    "namespace": "clients",
    "roles": frozenset({Role.ADMINISTRATOR, Role.ADVISOR, Role.REVIEWER}),
    "refusal": "Only a firm administrator, or whoever has a book, can arrange coverage.",
    "back": _back_to_coverage,
}
ASSIGN = FormDoor(
    **OF_BOOKS,
    name="book_assign",
    act=Act.CREATE,
    title="Assign a household",
    path="books/<slug:public_id>/assign/",
    find=_household,
    refuse=_still_open,
    form=Assign,
    actions=(Action.ADVISOR_ASSIGNED,),
    verbs=(books.assign,),
)
END = FormDoor(
    **OF_BOOKS,
    name="book_end",
    act=Act.RETIRE,
    title="Take a household out of a book",
    path="books/entries/<int:entry>/end/",
    find=_entry,
    address=lambda entry: {"entry": entry.pk},
    form=End,
    actions=(Action.BOOK_ENDED,),
    verbs=(books.end,),
)
HAND_OVER = FormDoor(
    **OF_BOOKS,
    name="book_hand_over",
    act=Act.EDIT,
    title="Hand a whole book over",
    path="books/of/<int:person>/hand-over/",
    find=_whose,
    address=lambda person: {"person": person.pk},
    form=HandOver,
    checked=True,
    lead="Every household goes to the colleague, with what waits for a decision there.",
    actions=(Action.BOOK_HANDED_OVER, Action.ADVISOR_ASSIGNED),
    verbs=(books.hand_over,),
)
COVER = FormDoor(
    **OF_COVERAGE,
    name="coverage_arrange",
    act=Act.CREATE,
    title="Arrange coverage",
    path="coverage/arrange/",
    form=Cover,
    lead="A colleague sees and works the whole book on these days; the audit trail says for whom.",
    actions=(Action.COVERAGE_ARRANGED,),
    verbs=(books.cover,),
)
END_COVERAGE = FormDoor(
    **OF_COVERAGE,
    name="coverage_end",
    act=Act.RETIRE,
    title="End coverage now",
    path="coverage/<slug:public_id>/end/",
    find=_coverage,
    refuse=_own_absence,
    form=EndCoverage,
    actions=(Action.COVERAGE_ENDED,),
    verbs=(books.end_coverage,),
)
KEEPERS: dict[str, Any] = {
    "noun": BOOKS,
    "roles": frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE}),
    "refusal": "Only a firm administrator or compliance can see everybody's books.",
}
READERS: dict[str, Any] = {
    "noun": COVERAGE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE, Role.ADVISOR, Role.REVIEWER, Role.TRADER}),
    "refusal": "Coverage is for the firm's staff.",
}
DOORS: tuple[Door | NoDoor, ...] = (
    ASSIGN,
    END,
    HAND_OVER,
    COVER,
    END_COVERAGE,
    Door(**KEEPERS, act=Act.READ, title="Books", browser="clients:book_list", api="api:book-list"),
    Door(**KEEPERS, act=Act.HISTORY, title="Past assignments", browser="clients:book", api="api:book"),
    Door(**READERS, act=Act.READ, title="Coverage", browser="clients:coverage_list", api="api:coverage-list"),
    Door(
        **READERS,
        act=Act.HISTORY,
        title="Past coverage",
        browser="clients:coverage_list",
        api="api:coverage-list",
    ),
    NoDoor(COVERAGE, Act.EDIT, "Coverage stays as it was arranged: end it, and arrange it anew."),
)
