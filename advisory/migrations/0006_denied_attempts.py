"""Refused attempts of a minute, counted until the trail tells them."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("advisory", "0005_api_tokens"),)
    operations = (
        migrations.CreateModel(
            name="DeniedAttempts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(help_text="The name of the URL.", max_length=64)),
                ("began_at", models.DateTimeField(help_text="The minute.")),
                ("last_at", models.DateTimeField()),
                (
                    "further",
                    models.PositiveIntegerField(
                        help_text="Attempts after the first, which has a line of its own."
                    ),
                ),
                ("things", models.JSONField(default=list)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "address", "began_at"), name="denied_once_a_minute"
                    ),
                ],
            },
        ),
    )
