"""Doors to announced and paid distributions of funds: one by one, or many from a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from clients import access_registers
from clients.doors import registers
from clients.doors.looking_up import day
from clients.models.columns import PRICE_MAX
from clients.registers import fund_distributions, layouts
from clients.registers.fund_distributions import REGISTER
from compliance.people.roles import Role

NOUN = "Fund distributions"
ROLES = frozenset({Role.TRADER, Role.COMPLIANCE})
REFUSAL = "Fund distributions are kept by the trading desk and compliance."


def _amount(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label}, dollars a share",
        required=False,
        min_value=0,
        max_value=PRICE_MAX,
        decimal_places=6,
        **options,
    )


class Distribution(registers.OfSecurity):
    register, page = REGISTER, "clients:fund_distribution"

    ex_on = day(label="Ex-day", help_text="Who buys on this day or later does not get it.")
    record_on = day(label="Record day", required=False)
    pay_on = day(label="Paid on", required=False)
    long_gain = _amount("Long-term gains")
    short_gain = _amount("Short-term gains")
    ordinary = _amount("Ordinary income")
    qualified = _amount("Qualified dividends")
    exempt = _amount("Tax-exempt interest")
    return_of_capital = _amount("Return of capital")
    share_of_price = forms.DecimalField(
        label="The whole as a fraction of the price",
        required=False,
        min_value=0,
        max_value=Decimal(1),
        decimal_places=6,
        help_text="Where the fund names only that: 0.04 for 4%.",
    )
    is_final = forms.BooleanField(label="The amounts are final", required=False)
    source = forms.CharField(
        label="Source",
        max_length=200,
        help_text="The fund company's page or letter, with its day.",
        error_messages={"required": "Say where it was announced."},
    )


class Load(registers.FromFile):
    layout, page = layouts.DISTRIBUTIONS, "clients:fund_distribution_list"


FILE = registers.file_door(
    REGISTER,
    form=Load,
    noun=NOUN,
    title="Load a file of distributions",
    path="fund-distributions/file/",
    file="house `fund_distributions.csv`",
    roles=ROLES,
    refusal=REFUSAL,
)

DOORS = (
    *registers.doors(
        fund_distributions.REGISTER,
        noun=NOUN,
        one="a fund distribution",
        path="fund-distributions",
        form=Distribution,
        mine=access_registers.fund_distributions_for,
        roles=ROLES,
        refusal=REFUSAL,
        ending="Take back",
    ),
    FILE,
)
