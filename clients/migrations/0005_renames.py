"""Changes of name, and distributions from retirement accounts."""

from __future__ import annotations

from django.db import migrations

from clients.models import columns

KINDS = [
    ("buy", "Buy"),
    ("sell", "Sell"),
    ("redemption", "Redemption"),
    ("cash_merger", "Merger for cash"),
    ("liquidation", "Liquidation"),
    ("cash_in_lieu", "Cash in lieu of a fraction"),
    ("reinvestment", "Reinvested distribution"),
    ("dividend", "Dividend"),
    ("interest", "Interest"),
    ("gain_short", "Short-term gain distribution"),
    ("gain_long", "Long-term gain distribution"),
    ("return_of_capital", "Return of capital"),
    ("deposit", "Deposit"),
    ("withdrawal", "Withdrawal"),
    ("transfer_in", "Transfer in"),
    ("transfer_out", "Transfer out"),
    ("journal", "Journal"),
    ("fee", "Fee"),
    ("tax_withheld", "Tax withheld"),
    ("margin_interest", "Margin interest"),
    ("split", "Split"),
    ("spin_off", "Spin-off"),
    ("merger", "Merger"),
    ("rename", "Change of name or symbol"),
    ("distribution", "Distribution"),
    ("option", "Option"),
    ("other", "Other"),
]


class Migration(migrations.Migration):
    dependencies = [("clients", "0004_asset_class_equity_is_said")]

    operations = [
        columns.AlterChoices(
            model_name="transaction",
            name="kind",
            field=columns.ChoiceField(choices=KINDS, max_length=17),
        ),
    ]
