"""Compliance decides how many shares of a security trade on an average day."""

from __future__ import annotations

from django.db import migrations

import clients.models.columns

FACTS = [
    ("name", "Name"),
    ("kind", "Kind"),
    ("cusip", "CUSIP"),
    ("issuer", "Issuer"),
    ("sector", "Sector"),
    ("trading", "Trading"),
    ("class_weights", "Asset classes"),
    ("half_spread", "Half spread"),
    ("daily_volume", "Average daily volume"),
    ("increment", "Smallest quantity"),
    ("is_fractional", "Fractions"),
    ("settlement_days", "Settlement days"),
    ("expense_ratio", "Expense ratio"),
    ("ordinary_yield", "Ordinary yield"),
    ("qualified_yield", "Qualified yield"),
    ("exempt_yield", "Exempt yield"),
    ("realized_gain_yield", "Realized gain yield"),
    ("is_collectible", "Collectible"),
    ("wash_applies", "Wash-sale rule applies"),
]


class Migration(migrations.Migration):
    dependencies = [("clients", "0019_scheduled_models")]

    operations = [
        clients.models.columns.AlterChoices(
            model_name="securitydecision",
            name="fact",
            field=clients.models.columns.ChoiceField(choices=FACTS, max_length=19),
        )
    ]
