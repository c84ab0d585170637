"""Shares of trade errors that went to the firm's error account, or came back."""

from __future__ import annotations

import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Entries are only ever added; see 0002_immutable.
FORWARD = """
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_erroraccountentry
    FOR EACH ROW EXECUTE FUNCTION rebalancing_history_stays();
ALTER TABLE rebalancing_erroraccountentry ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_erroraccountentry
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE rebalancing_erroraccountentry ENABLE ALWAYS TRIGGER never_truncated;
"""
BACK = """
DROP TRIGGER history_stays ON rebalancing_erroraccountentry;
DROP TRIGGER never_truncated ON rebalancing_erroraccountentry;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0036_lot_listings"),
        ("rebalancing", "0020_other_terms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ErrorAccountEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="ee", unique=True
                    ),
                ),
                (
                    "error_account",
                    models.CharField(
                        help_text="What the firm calls its error account at the custodian.", max_length=60
                    ),
                ),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="Out of the client's account; below zero: back into it.",
                        max_digits=20,
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        decimal_places=6, help_text="Dollars a share at which they moved.", max_digits=18
                    ),
                ),
                ("moved_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                (
                    "error",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="rebalancing.tradeerror",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clients.security"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "error account entries",
                "ordering": ("moved_on", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity", 0), _negated=True),
                        name="error_account_entry_moves_shares",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gt", 0)), name="error_account_entry_has_a_price"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
