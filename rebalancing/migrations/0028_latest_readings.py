"""Each household's latest reading in one look-up, however many days have been read."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0039_lots_without_basis"),
        ("rebalancing", "0024_settled_at_once"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="reading",
            index=models.Index(
                models.F("household"),
                models.F("read_at").desc(),
                models.F("id").desc(),
                name="latest_readings",
            ),
        ),
    ]
