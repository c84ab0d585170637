"""Plainer words for what people read; the stored values stay."""

from __future__ import annotations

import clients.models.columns
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0004_account_weights"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reading",
            name="outcome",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("in_band", "Inside its bands"),
                    ("proposed", "Proposal drafted"),
                    ("pending", "Proposal already open"),
                    ("held", "Held back"),
                    ("data", "Data needs attention"),
                    ("no_policy", "No policy in force"),
                    ("not_due", "Not due for review"),
                    ("no_benefit", "Trading would not help"),
                    ("impossible", "No plan within the rules"),
                    ("failed", "Could not be read"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="scanitem",
            name="state",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("waiting", "Waiting"),
                    ("leased", "In progress"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("skipped", "Skipped"),
                ],
                default="waiting",
                max_length=7,
            ),
        ),
    ]
