"""Two households become one: what comes along, what the two have in common, and what stands in the way.

The record's part. `rebalancing/households/merging.py` ends policies and proposals around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clients.households import (
    holds,
    households,
    life_events,
    moving,
    tax_profiles,
)
from clients.models import Account, Hold, Household, LifeEvent, Person, TaxProfile, TaxUnit
from compliance.people.actors import Actor
from compliance.refusals import Cause

CODE_MAX = 32
TAKEN_OVER = "Two records of one return were made one."


@dataclass(frozen=True, slots=True)
class JoinedUnit:
    """Two records of one return: accounts and the profiles that only theirs has go to ours."""

    theirs: TaxUnit
    ours: TaxUnit
    profiles: tuple[TaxProfile, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a merger moves into the household that is kept; `causes` is what stands in its way."""

    kept: Household
    absorbed: Household
    people: tuple[Person, ...]
    joined: tuple[tuple[Person, Person], ...]
    units: tuple[tuple[TaxUnit, str], ...]
    joined_units: tuple[JoinedUnit, ...]
    accounts: tuple[Account, ...]
    holds: tuple[Hold, ...]
    events: tuple[LifeEvent, ...]
    causes: tuple[Cause, ...]

    def now(self, person: Person | None) -> Person | None:
        """Who stands for a person of the absorbed household afterwards, as the row that has moved."""
        if person is None:
            return None
        rows = {**{one.pk: one for one in self.people}, **{theirs.pk: ours for theirs, ours in self.joined}}
        return rows.get(person.pk, person)


def plan(kept: Household, absorbed: Household, *, on: date) -> Moves:
    """What merging would do, decided without writing."""
    ours = list(kept.people.select_related("spouse").order_by("pk"))
    theirs = list(absorbed.people.select_related("spouse").order_by("pk"))
    by_name = {_name(one): one for one in ours}
    joined = tuple((one, by_name[_name(one)]) for one in theirs if _name(one) in by_name)
    same = dict(joined)
    coming = tuple(one for one in theirs if one not in same)
    our_units = list(kept.tax_units.prefetch_related("members", "profiles").order_by("code"))
    their_units = list(absorbed.tax_units.prefetch_related("members", "profiles").order_by("code"))
    pairs, unit_causes = _units(our_units, their_units, same)
    moving_units = [one for one in their_units if one.pk not in {pair.theirs.pk for pair in pairs}]
    accounts = tuple(
        absorbed.accounts.select_related("owner", "joint_owner", "tax_unit").order_by("name", "pk")
    )
    return Moves(
        kept=kept,
        absorbed=absorbed,
        people=coming,
        joined=joined,
        units=tuple(_coded(moving_units, our_units, absorbed)),
        joined_units=tuple(pairs),
        accounts=accounts,
        holds=tuple(absorbed.holds.filter(lifted_at=None, expires_on__gte=on).order_by("pk")),
        events=tuple(absorbed.life_events.filter(resolved_on=None, cancelled_at=None).order_by("pk")),
        causes=(*_people(joined, same), *unit_causes, *_numbers(kept, accounts)),
    )


def carry_out(moves: Moves, *, reason: str, on: date, user_id: int, by: Actor, at: datetime) -> None:
    """Move everything and close the household that is absorbed, in the transaction of the caller."""
    kept = moves.kept
    spouses = {theirs.pk: theirs.spouse for theirs, _ in moves.joined}
    for person in moves.people:
        moving.person(person, to=kept, by=by, at=at)
    for theirs, ours in moves.joined:
        spouse = moves.now(spouses[theirs.pk])
        moving.join(theirs, ours, spouse=spouse, on=on, by=by, at=at)
    units: dict[int, TaxUnit] = {}
    for pair in moves.joined_units:
        units[pair.theirs.pk] = pair.ours
        for profile in pair.profiles:
            figures = {name: getattr(profile, name) for name in tax_profiles.FIGURES}
            assert profile.confirmed_on is not None, "only confirmed years are taken over"
            tax_profiles.confirm(
                pair.ours,
                tax_year=profile.tax_year,
                confirmed_on=profile.confirmed_on,
                reason=TAKEN_OVER,
                by=by,
                at=at,
                **figures,
            )
    for unit, code in moves.units:
        members = [one for one in map(moves.now, unit.members.all()) if one is not None]
        moving.unit(unit, to=kept, code=code, members=members, by=by, at=at)
    for account in moves.accounts:
        unit_before = account.tax_unit
        facts = {
            "household": kept,
            "owner": moves.now(account.owner),
            "joint_owner": moves.now(account.joint_owner),
            "tax_unit": units.get(unit_before.pk, unit_before) if unit_before else None,
        }
        moving.account(account, facts=facts, by=by, at=at)
    for theirs, ours in moves.joined:
        for column in ("owner", "joint_owner"):
            # Accounts of a third household, kept there after a split until they are retitled.
            for account in Account.objects.filter(**{column: theirs}):
                moving.account(account, facts={column: ours}, by=by, at=at)
    for hold in moves.holds:
        holds.carry_over(hold, to=kept, user_id=user_id, by=by, at=at)
    for event in moves.events:
        life_events.carry_over(event, to=kept, person=moves.now(event.person), user_id=user_id, by=by, at=at)
    households.close(moves.absorbed, closed_on=on, reason=reason, into=kept, by=by, at=at)


def _people(joined: Sequence[tuple[Person, Person]], same: dict[Person, Person]) -> Iterator[Cause]:
    """What says that two people of one name are not one person, or that cannot be true of one."""
    for theirs, ours in joined:
        for column, what in (
            ("tax_number", "tax numbers"),
            ("born_on_text", "days of birth"),
            ("kind", "kinds"),
        ):
            one, other = getattr(theirs, column), getattr(ours, column)
            if one and other and one != other:
                yield Cause(
                    input=str(ours),
                    sentence=f"{ours} is in both households with different {what}. Correct it, or add a middle initial to "
                    "one of the names where they are two people.",
                )
        if theirs.deceased_on != ours.deceased_on:
            yield Cause(
                input=str(ours),
                sentence=f"The death of {ours} is not recorded alike in both households. Record or correct it first.",
            )
        if theirs.user_id and ours.user_id:
            yield Cause(
                input=str(ours),
                sentence=f"{ours} has a sign-in in each household. Take one of the two away first.",
            )
        spouse = same.get(theirs.spouse, theirs.spouse) if theirs.spouse else None
        if spouse is not None and ours.spouse is not None and spouse != ours.spouse:
            yield Cause(
                input=str(ours),
                sentence=f"{ours} is married to {theirs.spouse} in one household and to {ours.spouse} in the other. "
                "Correct one of the two.",
            )


def _units(
    ours: Sequence[TaxUnit], theirs: Sequence[TaxUnit], same: dict[Person, Person]
) -> tuple[list[JoinedUnit], list[Cause]]:
    """The returns that both have, and where two returns of one person contradict each other."""
    pairs: list[JoinedUnit] = []
    causes: list[Cause] = []
    for one in theirs:
        members = {same.get(member, member) for member in one.members.all()}
        for other in ours:
            shared = members & set(other.members.all())
            if not shared:
                continue
            if members == set(other.members.all()) and one.last_tax_year == other.last_tax_year:
                found = list(_contradictions(one, other))
                known = {profile.tax_year for profile in other.profiles.all()}
                missing = [
                    profile
                    for profile in one.profiles.all()
                    if profile.tax_year not in known and profile.confirmed_on is not None
                ]
                pairs.append(JoinedUnit(one, other, tuple(missing)))
                causes += found
            elif clash := _clash(one, other):
                names = " and ".join(sorted(str(person) for person in shared))
                causes.append(
                    Cause(
                        input=str(one),
                        sentence=f"{names} would file {clash} with both {one} and {other}. Retire one of the two returns "
                        "first, or correct its members.",
                    )
                )
    return pairs, causes


def _contradictions(one: TaxUnit, other: TaxUnit) -> Iterator[Cause]:
    if (one.filing_status, one.state) != (other.filing_status, other.state):
        yield Cause(
            input=str(other),
            sentence=f"{other} is recorded as {_filed(one)} in one household and as {_filed(other)} in the other. Correct "
            "one of the two.",
        )
    by_year = {profile.tax_year: profile for profile in other.profiles.all()}
    for profile in one.profiles.all():
        there = by_year.get(profile.tax_year)
        if there is not None and any(
            getattr(profile, name) != getattr(there, name) for name in tax_profiles.FIGURES
        ):
            yield Cause(
                input=str(other),
                sentence=f"The tax profiles of {other} for {profile.tax_year} differ. Correct one of the two, so that "
                "they say the same.",
            )


def _filed(unit: TaxUnit) -> str:
    state = f", {unit.state}" if unit.state else ""
    return f"{unit.get_filing_status_display().lower()}{state}"


def _clash(one: TaxUnit, other: TaxUnit) -> str:
    """For which years a person would file with two returns, in words; empty for none."""
    if one.last_tax_year is None and other.last_tax_year is None:
        return "from now on"
    years = {profile.tax_year for profile in one.profiles.all() if one.files_for(profile.tax_year)}
    years &= {profile.tax_year for profile in other.profiles.all() if other.files_for(profile.tax_year)}
    return f"for {max(years)}" if years else ""


def _coded(
    units: Sequence[TaxUnit], ours: Sequence[TaxUnit], absorbed: Household
) -> Iterator[tuple[TaxUnit, str]]:
    """Each return with its code afterwards: its own, or one with the household's where that is taken."""
    taken = {one.code for one in ours}
    for one in units:
        code, number = one.code, 1
        while code in taken:
            ending = f"-{absorbed.code}" if number == 1 else f"-{absorbed.code}-{number}"
            code, number = f"{one.code[: max(1, CODE_MAX - len(ending))]}{ending}"[-CODE_MAX:], number + 1
        taken.add(code)
        yield one, code


def _numbers(kept: Household, accounts: Sequence[Account]) -> Iterator[Cause]:
    """One account on record in both households, under its number at two custodians."""
    ours = {one.number_index: one for one in kept.accounts.filter(closed_on=None)}
    for one in accounts:
        other = ours.get(one.number_index)
        if one.closed_on is None and other is not None:
            yield Cause(
                input=str(one),
                sentence=f"{one} at {one.get_custodian_display()} has the number of {other} at "
                f"{other.get_custodian_display()}. Close the one that is on record by mistake.",
            )


def _name(person: Person) -> tuple[str, str]:
    return person.given_name.casefold(), person.family_name.casefold()
