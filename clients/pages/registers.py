"""The registers' lists, and one row of a register with its history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from clients import access_registers, figures
from clients.models.market_facts import CHARACTERS
from clients.pages import facts
from clients.pages.facts import FactPage
from clients.pages.lists import registers
from clients.pages.lists.record_list import State
from clients.registers import fund_distributions
from clients.registers.register import Register
from compliance.doors import pages

SOON = timedelta(days=60)


def of_security(row: Any) -> tuple[str, str]:
    """The security that a row is about, and its page."""
    return row.security.symbol, reverse("clients:security", args=[row.security_id])


def day(on: date | None) -> str:
    """A day in words; nothing for none."""
    return figures.day(on) if on else ""


def amount(value: Decimal | None) -> str:
    """Dollars a share."""
    return "" if value is None else f"${value.normalize():,f}"


DISTRIBUTIONS = registers.record_list(
    fund_distributions.REGISTER,
    name="fund-distributions",
    title="Fund distributions",
    one="distribution",
    lead="What funds have announced or paid. Taxable accounts do not buy a distribution that is about to go ex.",
    mine=access_registers.fund_distributions_for,
    columns=(
        ("Ex-day", lambda row: figures.day(row.ex_on)),
        ("Amount", lambda row: fund_distributions.words(row).split(", ", 2)[2].removesuffix(", estimated")),
        ("Record day", lambda row: day(row.record_on)),
        ("Paid on", lambda row: day(row.pay_on)),
        ("Standing of it", lambda row: "Final" if row.is_final else "Estimate"),
        ("Source", lambda row: row.source),
    ),
    place=of_security,
    place_label="Fund",
    orderings={"what": ("-ex_on", "pk"), "place": ("security__symbol", "-ex_on", "pk")},
    usual="what",
    searched=("security__symbol", "security__name", "source"),
    states=(
        State("in_force", "In force", lambda _: Q(ended_at=None)),
        State(
            "coming", "Ex within 60 days", lambda on: Q(ended_at=None, ex_on__gte=on, ex_on__lte=on + SOON)
        ),
        State("past", "Past", lambda on: Q(ended_at=None, ex_on__lt=on)),
    ),
    empty_body="Enter what a fund has announced, or load a file of the fund company's estimates.",
)


def fact(
    register: Register,
    user: Any,
    row: Any,
    *,
    told: list[tuple[str, str]],
    place: tuple[str, str],
    listed: str,
    more: tuple[str, ...] = (),
) -> FactPage:
    """One row of a register as it stands, with the doors to it and the history of all rows in its place."""
    doors = (*more, f"clients:{register.name}_change", f"clients:{register.name}_end")
    name = row.entered_by.get_full_name() if row.entered_by else "a file"
    newer = getattr(row, "replaced_by", None)
    about = register.about(row)
    state, tone = registers.state_of(row)
    return FactPage(
        title=register.words(row),
        state=state,
        tone=tone,
        facts=tuple(
            (label, text)
            for label, text in [*told, ("Entered by", name), ("Why it ended", row.end_reason)]
            if text
        ),
        doors=pages.links(doors, user, row),
        events=facts.history([about], naming=[one.public_id for one in facts.line(row)]),
        household=place[0],
        household_url=place[1],
        list_label=listed,
        list_url=reverse(f"clients:{register.name}_list"),
        newer_url=reverse(f"clients:{register.name}", args=[newer.public_id]) if newer else "",
    )


def distribution(user: Any, row: Any, *, on: date) -> FactPage:
    """A fund's distribution."""
    share = row.share_of_price
    return fact(
        fund_distributions.REGISTER,
        user,
        row,
        told=[
            ("Fund", f"{row.security.symbol} {row.security.name}"),
            ("Ex-day", figures.day(row.ex_on)),
            ("Record day", day(row.record_on)),
            ("Paid on", day(row.pay_on)),
            *(
                (str(row._meta.get_field(name).verbose_name), amount(getattr(row, name)))
                for name in CHARACTERS
            ),
            ("The whole, of the price", "" if share is None else f"{(share * 100).normalize():f}%"),
            ("Standing", "Final" if row.is_final else "Estimate"),
            ("Source", row.source),
        ],
        place=of_security(row),
        listed="Fund distributions",
    )
