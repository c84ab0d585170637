"""How a register is shown: the firm-wide list of its rows, and one row with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from clients import figures
from clients.pages import facts
from clients.pages.facts import FactPage
from clients.pages.lists import registers
from clients.pages.lists.record_list import RecordList, State
from clients.pages.lists.registers import Column, Standing
from clients.registers.register import Register
from compliance.doors import pages

Place = Callable[[Any], tuple[str, str]]
"""Whose a row is, and the page of that."""


def _nothing(user: Any, row: Any) -> Iterable[tuple[str, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class RegisterPages:
    """A register in the browser. `told` are the lines of a row's page, `also` further ones that a person may see.

    `adding` names the doors over the list, `more` those of a row beside changing and ending it.
    """

    register: Register
    list: RecordList
    mine: Callable[[Any], QuerySet[Any]]
    told: tuple[Column, ...]
    place: Place
    also: Callable[[Any, Any], Iterable[tuple[str, str]]]
    adding: tuple[str, ...]
    more: tuple[str, ...]
    standing: Standing = registers.state_of

    @property
    def path(self) -> str:
        """The first part of the addresses, in the browser and for programs."""
        return self.list.kind.name

    def one(self, user: Any, row: Any) -> FactPage:
        """One row as it stands, with the doors to it and the history of all rows in its place."""
        name = self.register.name
        entered_by = row.entered_by.get_full_name() if row.entered_by else "a file"
        newer = getattr(row, "replaced_by", None)
        state, tone = self.standing(row)
        place = self.place(row)
        line = facts.line(row)
        said = [
            *((label, text(row)) for label, text in self.told), *self.also(user, row),
            ("Entered by", entered_by), ("Why it ended", row.end_reason),
        ]  # fmt: skip
        return FactPage(
            title=self.register.words(row),
            state=state,
            tone=tone,
            facts=tuple((label, text) for label, text in said if text),
            doors=pages.links((*self.more, f"clients:{name}_change", f"clients:{name}_end"), user, row),
            events=facts.history(
                [self.register.about(one) for one in line], naming=[one.public_id for one in line]
            ),
            household=place[0],
            household_url=place[1],
            list_label=self.list.title,
            list_url=reverse(f"clients:{name}_list"),
            newer_url=reverse(f"clients:{name}", args=[newer.public_id]) if newer else "",
        )


def register_pages(
    register: Register,
    *,
    name: str,
    title: str,
    one: str,
    lead: str,
    mine: Callable[[Any], QuerySet[Any]],
    columns: tuple[Column, ...],
    told: tuple[Column, ...],
    place: Place,
    place_label: str,
    orderings: Mapping[str, tuple[str, ...]],
    usual: str,
    searched: tuple[str, ...],
    empty_body: str,
    states: tuple[State, ...] = (),
    tabs: str = "clients/_market_facts.html",
    also: Callable[[Any, Any], Iterable[tuple[str, str]]] = _nothing,
    adding: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    standing: Standing = registers.state_of,
) -> RegisterPages:
    """The list and the row's page of a register."""
    found = registers.record_list(
        register,
        name=name,
        title=title,
        one=one,
        lead=lead,
        mine=mine,
        columns=columns,
        place=place,
        place_label=place_label,
        orderings=orderings,
        usual=usual,
        searched=searched,
        empty_body=empty_body,
        states=states,
        tabs=tabs,
        standing=standing,
    )
    return RegisterPages(register, found, mine, told, place, also, adding, more, standing)


def of_security(row: Any) -> tuple[str, str]:
    """The security that a row is about, and its page."""
    return row.security.symbol, reverse("clients:security", args=[row.security_id])


def day(on: date | None) -> str:
    """A day in words; nothing for none."""
    return figures.day(on) if on else ""


def amount(value: Decimal | None) -> str:
    """Dollars a share."""
    return "" if value is None else f"${value.normalize():,f}"
