"""People, trusts and entities of a household: added, corrected, married, divorced, gone, deceased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access
from clients.doors import looking_up
from clients.doors.households import ADVISORS, READERS, READERS_ONLY, REFUSAL, not_advisor, not_after, page_of
from clients.households import deaths, people
from clients.models import Household, Person
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor

NOUN = "People, trusts and entities"


class _Named(DoorForm):
    """What is on record about a person, a trust or an entity."""

    kind = forms.ChoiceField(label="Kind", choices=Person.Kind.choices, initial=Person.Kind.PERSON)
    given_name = forms.CharField(
        label="Given name", max_length=60, required=False, help_text="Empty for a trust or an entity."
    )
    family_name = forms.CharField(
        label="Family name, or the whole name of a trust or an entity",
        max_length=120,
        error_messages={"required": "Write the name."},
    )
    part = forms.ChoiceField(
        label="Part in the household", choices=Person.Part.choices, initial=Person.Part.OTHER
    )
    parties = forms.CharField(
        label="Trustees and beneficiaries",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For a trust or an entity: who acts for it and who benefits.",
    )
    born_on = looking_up.day(label="Born on", required=False, help_text="Stored encrypted.")
    tax_number = looking_up.tax_number(required=False)

    def clean_born_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["born_on"], "The day of birth")

    def clean_tax_number(self) -> str | None:
        return self.cleaned_data["tax_number"] or None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_human = given.get("kind") == Person.Kind.PERSON
        if is_human and not given.get("given_name"):
            self.add_error("given_name", "A person needs a given name.")
        if not is_human and given.get("given_name"):
            self.add_error("given_name", "Write the whole name of a trust or an entity in the next field.")
        return given


class Add(_Named):
    def act(self, *, by: Actor, at: datetime) -> Done:
        person = people.add(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{person} is on record.", tab_of(person.household), person)


class Correct(_Named):
    reason = looking_up.reason(missing="Say why it is corrected.")

    def offer(self) -> None:
        person: Person = self.subject
        self.fields[
            "born_on"
        ].help_text = f"{'On record' if person.born_on_text else 'Not on record'} and encrypted; empty leaves it as it is."
        number = f"Ends in {person.tax_number_last4}" if person.tax_number_last4 else "Not on record"
        self.fields["tax_number"].help_text = f"{number}; empty leaves it as it is."

    @classmethod
    def now(cls, subject: Person, *, user: Any, on: date) -> Mapping[str, Any]:
        names = ("kind", "given_name", "family_name", "part", "parties")
        return {name: getattr(subject, name) for name in names}

    def act(self, *, by: Actor, at: datetime) -> Done:
        person = people.correct(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{person} is corrected.", tab_of(person.household), person)


class Leave(DoorForm):
    left_on = looking_up.day(label="Left on")
    reason = looking_up.reason(missing="Say why they leave.")

    def clean_left_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["left_on"], "The day")

    def act(self, *, by: Actor, at: datetime) -> Done:
        person = people.leave(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{person} no longer belongs to the household.", tab_of(person.household), person)


class Return(DoorForm):
    reason = looking_up.reason(missing="Say why they return.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        person = people.come_back(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{person} belongs to the household again.", tab_of(person.household), person)


class Marry(DoorForm):
    one = forms.ChoiceField(label="One spouse")
    other = forms.ChoiceField(label="The other spouse")
    married_on = looking_up.day(
        label="Married on", help_text="A life event opens: the policy is renewed first."
    )

    def offer(self) -> None:
        found = self.subject.people.filter(
            kind=Person.Kind.PERSON, spouse=None, deceased_on=None, left_on=None
        )
        self.found = {one.public_id: one for one in found}
        for name in ("one", "other"):
            self.fields[name].choices = [(key, str(one)) for key, one in self.found.items()]  # type: ignore[attr-defined]

    def clean_married_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["married_on"], "The day")

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        one, other = self.found[given["one"]], self.found[given["other"]]
        people.marry(one, other, married_on=given["married_on"], by=by, at=at)
        return Done(f"{one} and {other} are on record as spouses.", tab_of(self.subject), one)


class Divorce(DoorForm):
    divorced_on = looking_up.day(
        label="Divorced on", help_text="A life event opens: the policy is renewed first."
    )
    reason = looking_up.reason(missing="Say where the divorce is documented.", label="Evidence")

    def clean_divorced_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["divorced_on"], "The day")

    def act(self, *, by: Actor, at: datetime) -> Done:
        people.divorce(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(
            "The divorce is on record. Split the household when they part.", tab_of(self.subject.household)
        )


class Death(DoorForm):
    died_on = looking_up.day(label="Died on")
    filed_by = forms.CharField(
        label="Who files the final return",
        max_length=120,
        required=False,
        help_text="The surviving spouse, an executor or an administrator; empty while nobody is appointed.",
    )
    estate = forms.BooleanField(
        label="Put the estate on record",
        required=False,
        help_text="With a return of its own, which reports what its accounts earn after the death (IRC 641(a)(3)).",
    )

    def clean_died_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["died_on"], "The day")

    def follows(self) -> Sequence[tuple[str, str, str]]:
        given = self.cleaned_data
        found = deaths.ends(self.subject, died_on=given["died_on"])
        return list(deaths.lines(found, filed_by=given["filed_by"], estate=given["estate"]))

    def act(self, *, by: Actor, at: datetime) -> Done:
        person = deaths.record(self.subject, **self.cleaned_data, on=self.on, by=by, at=at)
        return Done(
            f"The death of {person} is on record, and the accounts they owned are held.",
            tab_of(person.household),
            person,
        )


class CorrectDeath(DoorForm):
    died_on = looking_up.day(
        label="Died on", required=False, help_text="Empty: the death was recorded by mistake."
    )
    reason = looking_up.reason(missing="Say why it is corrected.")

    @classmethod
    def now(cls, subject: Person, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"died_on": subject.deceased_on}

    def clean_died_on(self) -> date | None:
        return not_after(self.on, self.cleaned_data["died_on"], "The day")

    def act(self, *, by: Actor, at: datetime) -> Done:
        person = deaths.correct(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("The day is corrected.", tab_of(person.household), person)


def tab_of(household: Household) -> str:
    """The address of a household's tab of people and taxes."""
    return f"{page_of(household)}?tab=people"


def find(user: Any, public_id: str) -> Person:
    """A person of a household that this member of staff may see. Raises Http404."""
    found: Person = get_object_or_404(access.persons_for(user), public_id=public_id)
    return found


def _not_advisor(user: Any, person: Person) -> str | None:
    return not_advisor(user, person.household)


def _only(fits: str, sentence: str) -> Any:
    """A refusal for people who are not as the door needs them."""

    def refuse(user: Any, person: Person) -> str | None:
        if not getattr(person, fits):
            return sentence.format(person)
        return _not_advisor(user, person)

    return refuse


def _living(user: Any, person: Person) -> str | None:
    if not person.is_human or person.deceased_on is not None:
        return f"{person} is not a living person."
    return _not_advisor(user, person)


def _belonging(user: Any, person: Person) -> str | None:
    return f"{person} has left." if person.left_on is not None else _not_advisor(user, person)


def _back(person: Person) -> tuple[str, str]:
    return str(person.household), tab_of(person.household)


COMMON: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ADVISORS, "refusal": REFUSAL}
OF_HOUSEHOLD: dict[str, Any] = {
    **COMMON,
    "find": looking_up.household,
    "refuse": not_advisor,
    "back": lambda household: (str(household), tab_of(household)),
}
OF_ONE: dict[str, Any] = {**COMMON, "find": find, "refuse": _not_advisor, "back": _back}

ADD = FormDoor(
    name="person_add",
    act=Act.CREATE,
    title="Add a person, trust or entity",
    path="households/<slug:public_id>/people/add/",
    form=Add,
    actions=(Action.PERSON_ADDED,),
    verbs=(people.add,),
    **OF_HOUSEHOLD,
)
MARRY = FormDoor(
    name="people_marry",
    act=Act.EDIT,
    title="Record a marriage",
    path="households/<slug:public_id>/people/marry/",
    form=Marry,
    lead="Two people of this household. Merge two households where the spouses are in different ones.",
    actions=(Action.PEOPLE_MARRIED, Action.LIFE_EVENT_ADDED),
    verbs=(people.marry,),
    checked=True,
    **OF_HOUSEHOLD,
)
CORRECT = FormDoor(
    name="person_correct",
    act=Act.EDIT,
    title="Correct a person",
    path="people/<slug:public_id>/correct/",
    form=Correct,
    actions=(Action.PERSON_CHANGED,),
    verbs=(people.correct,),
    **OF_ONE,
)
DIVORCE = FormDoor(
    name="person_divorce",
    act=Act.EDIT,
    title="Record a divorce",
    path="people/<slug:public_id>/divorce/",
    form=Divorce,
    actions=(Action.PEOPLE_DIVORCED, Action.LIFE_EVENT_ADDED),
    verbs=(people.divorce,),
    checked=True,
    **{**OF_ONE, "refuse": _only("spouse", "{} is not married.")},
)
DEATH = FormDoor(
    name="person_death",
    act=Act.RETIRE,
    title="Record a death",
    path="people/<slug:public_id>/death/",
    form=Death,
    lead=(
        "Their sign-in ends at once, the accounts they owned are held, a return that nobody living files ends with the "
        "year, a joint one goes on for the survivor, and a life event opens."
    ),
    actions=(
        Action.PERSON_DIED,
        Action.TAX_UNIT_RETIRED,
        Action.HOLD_PLACED,
        Action.LIFE_EVENT_ADDED,
        Action.USER_DEACTIVATED,
        Action.ROLE_REVOKED,
        Action.PERSON_ADDED,
        Action.TAX_UNIT_ADDED,
    ),
    verbs=(deaths.record,),
    checked=True,
    **{**OF_ONE, "refuse": _living},
)
CORRECT_DEATH = FormDoor(
    name="person_death_correct",
    act=Act.EDIT,
    title="Correct the day of a death",
    path="people/<slug:public_id>/death/correct/",
    form=CorrectDeath,
    lead=(
        "Where there was none, the sign-in, the marriage and the returns are given back. Lift the holds and take back the "
        "life event at their own pages."
    ),
    actions=(
        Action.PERSON_CHANGED,
        Action.TAX_UNIT_CHANGED,
        Action.USER_REACTIVATED,
        Action.ROLE_GRANTED,
        Action.INVITATION_SENT,
    ),
    verbs=(deaths.correct,),
    checked=True,
    **{**OF_ONE, "refuse": _only("deceased_on", "No death of {} is on record.")},
)
LEAVE = FormDoor(
    name="person_leave",
    act=Act.RETIRE,
    title="Record that a person left",
    path="people/<slug:public_id>/leave/",
    form=Leave,
    actions=(Action.PERSON_LEFT,),
    verbs=(people.leave,),
    checked=True,
    **{**OF_ONE, "refuse": _belonging},
)
RETURN = FormDoor(
    name="person_return",
    act=Act.EDIT,
    title="Take a person back",
    path="people/<slug:public_id>/return/",
    form=Return,
    actions=(Action.PERSON_RETURNED,),
    verbs=(people.come_back,),
    **{**OF_ONE, "refuse": _only("left_on", "{} belongs to the household.")},
)
OF_PERSON = (CORRECT, DIVORCE, LEAVE, RETURN, DEATH, CORRECT_DEATH)
"""The doors about one person, in the order of their links."""

DOORS: tuple[Door | NoDoor, ...] = (
    ADD,
    MARRY,
    *OF_PERSON,
    *(
        Door(
            noun=NOUN,
            act=act,
            title=title,
            roles=READERS,
            refusal=READERS_ONLY,
            browser="clients:household",
            api=api,
        )
        for act, title, api in (
            (Act.READ, "People of a household", "api:household"),
            (Act.HISTORY, "History of a person", "api:event-list"),
        )
    ),
)
