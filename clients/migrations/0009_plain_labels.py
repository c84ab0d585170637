"""Plainer words for what people read; the stored values stay."""

from __future__ import annotations

import clients.models.columns
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0008_us_spelling"),
    ]

    operations = [
        migrations.AlterField(
            model_name="policytarget",
            name="band_kind",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("absolute", "Percentage points"),
                    ("relative", "Share of the target"),
                    ("narrower", "Narrower of points and share"),
                    ("wider", "Wider of points and share"),
                    ("volatility", "Scaled by volatility"),
                    ("asymmetric", "Own low and high"),
                ],
                max_length=10,
            ),
        ),
    ]
