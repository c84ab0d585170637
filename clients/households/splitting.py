"""One household becomes two: who goes, what goes with them, and what stands in the way.

The record's part. `rebalancing/households/splitting.py` calls off what was under way around it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clients.households import books, holds, households, life_events, moving, tax_units
from clients.models import Account, BookEntry, Hold, Household, LifeEvent, Person, TaxUnit
from compliance.people import people as staff
from compliance.people.actors import Actor
from compliance.refusals import Cause

JOINT = TaxUnit.FilingStatus.JOINT
APART = (TaxUnit.FilingStatus.SINGLE, TaxUnit.FilingStatus.HEAD, TaxUnit.FilingStatus.SEPARATE)
"""What each former spouse may file as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """What becomes of a return that people of both sides file."""

    going: str = ""
    staying: str = ""
    state: str = ""
    last_joint_year: int | None = None


@dataclass(frozen=True, slots=True)
class Parting:
    """A return with members on both sides."""

    unit: TaxUnit
    going: tuple[Person, ...]
    staying: tuple[Person, ...]

    @property
    def is_joint(self) -> bool:
        """Whether it ends with a year, and each of the two files alone from then on."""
        return self.unit.filing_status == JOINT


@dataclass(frozen=True, slots=True)
class Split:
    """What a split moves into the new household; `causes` is what stands in its way."""

    household: Household
    people: tuple[Person, ...]
    staying: tuple[Person, ...]
    units: tuple[TaxUnit, ...]
    partings: tuple[Parting, ...]
    accounts: tuple[Account, ...]
    joint_staying: tuple[Account, ...]
    joint_going: tuple[Account, ...]
    retaxed: tuple[tuple[Account, TaxUnit], ...]
    holds: tuple[Hold, ...]
    holds_of_both: tuple[Hold, ...]
    events: tuple[LifeEvent, ...]
    books: tuple[BookEntry, ...]
    causes: tuple[Cause, ...]


def joint_accounts(household: Household) -> list[Account]:
    """The open accounts of two owners."""
    found = household.accounts.filter(closed_on=None, joint_owner__isnull=False)
    return list(found.select_related("owner", "joint_owner").order_by("name", "pk"))


def plan(
    household: Household,
    *,
    people: Collection[Person],
    joint: Collection[Account],
    returns: Returns,
    on: date,
) -> Split:
    """What splitting would do, decided without writing. `joint` are accounts of both sides that go along."""
    everybody = list(household.people.select_related("spouse").order_by("pk"))
    going = tuple(one for one in everybody if one in people)
    staying = tuple(one for one in everybody if one not in people)
    units, partings = _units(household, set(going))
    chosen = {one.pk for one in joint}
    accounts: list[Account] = []
    joint_staying: list[Account] = []
    joint_going: list[Account] = []
    rows = household.accounts.select_related("owner", "joint_owner", "tax_unit").order_by("name", "pk")
    for account in rows:
        owners = [one for one in (account.owner, account.joint_owner) if one is not None]
        sides = {one in going for one in owners}
        if sides == {True, False}:
            # Two owners, one on each side: it stays until it is retitled, unless it was chosen.
            (joint_going if account.pk in chosen else joint_staying).append(account)
            if account.pk in chosen:
                accounts.append(account)
        elif sides == {True}:
            accounts.append(account)
    keys = {one.pk for one in accounts}
    retaxed, mistaxed = _taxed(rows, keys, units, partings, set(going))
    standing = household.holds.filter(lifted_at=None, expires_on__gte=on).select_related(
        "account", "security"
    )
    open_events = household.life_events.filter(resolved_on=None, cancelled_at=None).select_related("person")
    return Split(
        household=household,
        people=going,
        staying=staying,
        units=tuple(units),
        partings=tuple(partings),
        accounts=tuple(accounts),
        joint_staying=tuple(joint_staying),
        joint_going=tuple(joint_going),
        retaxed=tuple(retaxed),
        holds=tuple(one for one in standing.order_by("pk") if one.account_id in keys),
        holds_of_both=tuple(one for one in standing.order_by("pk") if one.account_id is None),
        events=tuple(one for one in open_events.order_by("pk") if one.person in going),
        books=tuple(_books(household, on=on)),
        causes=(
            *_people(household, going, staying),
            *_returns(partings, returns),
            *mistaxed,
        ),
    )


def carry_out(
    split: Split,
    *,
    code: str,
    name: str,
    returns: Returns,
    on: date,
    user_id: int,
    by: Actor,
    at: datetime,
) -> Household:
    """Open the new household and move everything into it, in the transaction of the caller."""
    old = split.household
    new = households.open_household(
        code=code, name=name, opened_on=on, profile_confirmed_on=None, split_from=old, by=by, at=at
    )
    _move_people(split, new, by=by, at=at)
    for unit in split.units:
        moving.unit(unit, to=new, code=unit.code, members=list(unit.members.all()), by=by, at=at)
    filed = _part_returns(split, new, returns=returns, by=by, at=at)
    keys = {one.pk for one in split.accounts}
    retaxed = {account.pk: unit for account, unit in split.retaxed}
    for account in old.accounts.select_related("owner", "joint_owner", "tax_unit").order_by("pk"):
        goes = account.pk in keys
        facts: dict[str, object] = {"household": new} if goes else {}
        filed_with = account.tax_unit
        if filed_with and (successor := filed.get((filed_with.pk, goes))) is not None:
            facts["tax_unit"] = successor
        elif account.pk in retaxed:
            facts["tax_unit"] = retaxed[account.pk]
        if facts:
            moving.account(account, facts=facts, by=by, at=at)
    for hold in split.holds:
        holds.carry_over(hold, to=new, user_id=user_id, by=by, at=at)
    for hold in split.holds_of_both:
        holds.place(
            new,
            account=None,
            security=hold.security,
            kind=hold.kind,
            reason=hold.reason,
            starts_on=max(on, hold.starts_on),
            expires_on=hold.expires_on,
            user_id=user_id,
            by=by,
            at=at,
        )
    gone = {one.pk: one for one in split.people}
    for event in split.events:
        life_events.carry_over(
            event, to=new, person=gone[event.person_id or 0], user_id=user_id, by=by, at=at
        )
    for entry in split.books:
        books.assign(new, user=entry.user, part=entry.part, starts_on=on, by=by, at=at)
    return new


def _move_people(split: Split, new: Household, *, by: Actor, at: datetime) -> None:
    heads = [one for one in split.people if one.part == Person.Part.HEAD]
    adults = [one for one in split.people if one.is_human and one.deceased_on is None]
    head = heads[0] if heads else next(iter(adults), None)
    for person in split.people:
        part = Person.Part.HEAD if person == head else person.part
        # A spouse without a spouse in the household is one of its others.
        if part == Person.Part.SPOUSE and person.spouse_id is None:
            part = Person.Part.OTHER
        moving.person(person, to=new, part=part, by=by, at=at)
    left = [one for one in split.staying if one.is_human and one.deceased_on is None and one.left_on is None]
    if heads and left and not any(one.part == Person.Part.HEAD for one in left):
        moving.person(left[0], to=split.household, part=Person.Part.HEAD, by=by, at=at)


def _part_returns(
    split: Split, new: Household, *, returns: Returns, by: Actor, at: datetime
) -> dict[tuple[int, bool], TaxUnit]:
    """Make the returns that take the place of those of both sides: by their key, and whether for those who go."""
    filed: dict[tuple[int, bool], TaxUnit] = {}
    rows = {one.pk: one for one in (*split.people, *split.staying)}
    for parting in split.partings:
        unit = parting.unit
        last_year = returns.last_joint_year if parting.is_joint else None
        moving.part_with(unit, list(parting.going), last_tax_year=last_year, by=by, at=at)
        sides = [(new, parting.going, returns.going, returns.state, True)]
        if parting.is_joint:
            sides.append((split.household, parting.staying, returns.staying, unit.state, False))
        for household, members, status, state, goes in sides:
            for person in (rows[one.pk] for one in members):
                made = tax_units.add(
                    household,
                    code=tax_units.free_code(household, unit.code),
                    name=str(person),
                    filing_status=status,
                    state=state,
                    members=[person],
                    by=by,
                    at=at,
                )
                filed.setdefault((unit.pk, goes), made)
    return filed


def _units(household: Household, going: set[Person]) -> tuple[list[TaxUnit], list[Parting]]:
    """The returns that go, and those that people of both sides file and still will."""
    units: list[TaxUnit] = []
    partings: list[Parting] = []
    for unit in household.tax_units.prefetch_related("members").order_by("code"):
        members = list(unit.members.all())
        leaving = tuple(one for one in members if one in going)
        if members and len(leaving) == len(members):
            units.append(unit)
        elif leaving and unit.last_tax_year is None:
            partings.append(Parting(unit, leaving, tuple(one for one in members if one not in going)))
    return units, partings


def _books(household: Household, *, on: date) -> Iterator[BookEntry]:
    """Who looks after the household today and has the role for it."""
    granted = {part: {one.pk for one in staff.granted(role)} for part, role in books.ROLES.items()}
    for entry in household.book_entries.on(on).filter(ends_on=None).select_related("user").order_by("pk"):
        if entry.user_id in granted[BookEntry.Part(entry.part)]:
            yield entry


def _people(household: Household, going: Sequence[Person], staying: Sequence[Person]) -> Iterator[Cause]:
    if not going:
        yield Cause(input=str(household), sentence="Nobody goes. Choose who does.")
    if not [one for one in staying if one.left_on is None]:
        yield Cause(
            input=str(household),
            sentence=f"Nobody would be left in {household}. Rename the household, or leave somebody out.",
        )
    for person in going:
        if person.spouse is not None and person.spouse in staying:
            yield Cause(
                input=str(person),
                sentence=f"{person} is married to {person.spouse}, and a purchase by one disallows a loss of the other. "
                "Record the divorce first, or let both go.",
            )


def _returns(partings: Sequence[Parting], returns: Returns) -> Iterator[Cause]:
    for parting in partings:
        unit = parting.unit
        if not returns.going:
            names = " and ".join(str(one) for one in parting.going)
            yield Cause(
                input=str(unit), sentence=f"{names} files with {unit}. Say how they file from now on."
            )
        if parting.is_joint and not returns.staying:
            names = " and ".join(str(one) for one in parting.staying)
            yield Cause(
                input=str(unit),
                sentence=f"{unit} is a joint return of both sides. Say how {names} files from now on.",
            )
        if parting.is_joint and returns.last_joint_year is None:
            yield Cause(
                input=str(unit),
                sentence=f"{unit} is a joint return of both sides. Say for which year they file it last.",
            )


def _taxed(
    accounts: Iterable[Account],
    keys: Collection[int],
    units: Sequence[TaxUnit],
    partings: Sequence[Parting],
    going: set[Person],
) -> tuple[list[tuple[Account, TaxUnit]], list[Cause]]:
    """The accounts of two owners that the return of the other owner reports from now on; and those whose return would
    be in the other household.
    """
    parted = {one.unit.pk for one in partings}
    leaving = {one.pk for one in units}
    retaxed: list[tuple[Account, TaxUnit]] = []
    causes: list[Cause] = []
    for account in accounts:
        unit, goes = account.tax_unit, account.pk in keys
        if unit is None or unit.pk in parted or (unit.pk in leaving) == goes:
            continue
        owners = {one for one in (account.owner, account.joint_owner) if one is not None}
        there = units if goes else [one for one in unit.household.tax_units.all() if one.pk not in leaving]
        fitting = [
            one
            for one in there
            if one.pk not in parted
            and one.last_tax_year is None
            and any(member in owners and (member in going) == goes for member in one.members.all())
        ]
        if len(fitting) == 1:
            retaxed.append((account, fitting[0]))
        elif account.closed_on is None:
            side = "goes" if goes else "stays"
            other = "stays" if goes else "goes"
            causes.append(
                Cause(
                    input=str(account),
                    sentence=f"{account} {side}, and its trades are taxed on the return of {unit}, which {other}. Let its "
                    "people be on one side, or correct the account first.",
                )
            )
    return retaxed, causes
