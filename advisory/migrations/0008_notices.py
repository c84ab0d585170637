"""How people are told of what happens."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("advisory", "0007_webhooks"),)
    operations = (
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="notice_choice",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        choices=[("none", "No mail"), ("daily", "One mail a day")],
                        default="none",
                        max_length=5,
                    ),
                ),
                (
                    "digest_on",
                    models.DateField(
                        blank=True, help_text="The last day, in New York, whose mail was begun.", null=True
                    ),
                ),
                (
                    "read_up_to",
                    models.BigIntegerField(
                        default=0, help_text="The number of the newest event that was read."
                    ),
                ),
            ],
        ),
    )
