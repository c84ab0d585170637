"""Two families at one advisor, and the way of a merger or a split through the review desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clients.households import people
from clients.models import Household, Person
from compliance.models import Review
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.at_doors import acted
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.the_firm import the_harts
from tests.pages import as_, words_of


@dataclass(frozen=True, slots=True)
class TwoFamilies:
    """Mia Miller and Hanna Hart, each with a taxable account and an IRA; Ana advises both and Rui reviews both."""

    millers: Household
    harts: Household
    ana: Any
    rui: Any

    @property
    def mia(self) -> Person:
        return Person.objects.get(given_name="Mia")

    @property
    def hanna(self) -> Person:
        return Person.objects.get(given_name="Hanna")


def build() -> TwoFamilies:
    ana, rui = cast.ana(), cast.rui()
    millers = a_managed_household(advisor=ana, reviewer=rui)
    return TwoFamilies(millers, the_harts(ana=ana, rui=rui), ana, rui)


def on_record() -> TwoFamilies:
    """The families of a module whose RECORD is "two families"."""
    by_code = {one.code: one for one in Household.objects.all()}
    return TwoFamilies(by_code["miller"], by_code["hart"], cast.ana(), cast.rui())


def add(household: Household, given: str, family: str, **facts: Any) -> Person:
    """One more person of a household."""
    typed = {"part": Person.Part.OTHER, "born_on": None, "tax_number": None, **facts}
    return people.add(household, given_name=given, family_name=family, by=SET_UP, at=SUNDAY_NOON, **typed)


def asked(who: Any, address: str, **typed: Any) -> Review:
    """What somebody asked for at a door of two people, past its check page."""
    answer = acted(who, address, **typed)
    assert answer.status_code == 302, (
        answer.status_code,
        answer.context and answer.context["page"].form.errors,
    )
    return Review.objects.get(public_id=answer["Location"].strip("/").rsplit("/", 1)[-1])


def decided(review: Review, who: Any, verdict: str = "approved") -> Any:
    """The decision of a second person about it."""
    typed = {"verdict": verdict, "seen": review.fingerprint, "text": "Agreed."}
    return as_(who).post(f"/reviews/{review.public_id}/", typed)


def merged(firm: TwoFamilies, kept: Household, absorbed: Household, *, policy: str = "keep") -> None:
    """Ana asks for a merger, and Rui decides."""
    review = asked(
        firm.ana,
        f"/households/{kept.public_id}/merge/",
        absorbed=absorbed.public_id,
        policy=policy,
        reason="They married.",
    )
    answer = decided(review, firm.rui)
    assert answer.status_code == 302, words_of(answer).partition("<h1>")[2][:1500]
    kept.refresh_from_db()
    absorbed.refresh_from_db()


def split(firm: TwoFamilies, household: Household, **typed: Any) -> Household:
    """Ana asks for a split, and Rui decides. Returns the new household."""
    review = asked(firm.ana, f"/households/{household.public_id}/split/", **{**NEW, **typed})
    answer = decided(review, firm.rui)
    assert answer.status_code == 302, words_of(answer).partition("<h1>")[2][:1500]
    return Household.objects.get(code=typed.get("code", NEW["code"]))


NEW = {
    "code": "new",
    "name": "New",
    "last_joint_year": "2025",
    "policy": "none",
    "reason": "They parted.",
}
"""What is typed at every split, unless a test says otherwise."""
