"""Approvals that one reviewer gave beside each other, row by row."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# The columns of each table that may still change; see 0002_immutable.
STAYS = {
    "approvalbatch": (),
    "approvalbatchrow": ("outcome", "code", "sentence", "approval_id", "settled_at"),
}


def stays(table: str, changeable: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{column}'" for column in changeable)
    return (
        f"CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_{table} FOR EACH ROW "
        f"EXECUTE FUNCTION rebalancing_history_stays({listed});"
        f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER history_stays;"
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_{table} FOR EACH STATEMENT "
        "EXECUTE FUNCTION compliance_refuse_change();"
        f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER never_truncated;"
    )


FORWARD = "".join(stays(table, changeable) for table, changeable in STAYS.items())
BACK = "".join(
    f"DROP TRIGGER history_stays ON rebalancing_{table}; DROP TRIGGER never_truncated ON rebalancing_{table};"
    for table in STAYS
)


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0015_summary_versions"),
        ("compliance", "0009_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalBatch",
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
                        editable=False, max_length=32, prefix="ab", unique=True
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                ("acknowledges_notes", models.BooleanField()),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "approval batches",
                "ordering": ("-started_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="ApprovalBatchRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "seen",
                    models.CharField(
                        help_text="The fingerprint of the revision on the page.", max_length=64
                    ),
                ),
                (
                    "outcome",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("pending", "Not yet looked at"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("held_out", "Drawn for a reading of its own"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                (
                    "code",
                    models.CharField(blank=True, help_text="Why it was refused, as a code.", max_length=40),
                ),
                ("sentence", models.TextField(blank=True, help_text="Why it was refused, in words.")),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approval",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batch_row",
                        to="compliance.approval",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="rebalancing.approvalbatch",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval_batch_rows",
                        to="rebalancing.proposal",
                    ),
                ),
            ],
            options={
                "ordering": ("batch", "position"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "proposal"), name="one_approval_batch_row_a_proposal"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approval", None), ("code", ""), ("outcome", "pending"), ("settled_at", None)
                            ),
                            models.Q(
                                ("approval__isnull", False),
                                ("code", ""),
                                ("outcome", "approved"),
                                ("settled_at__isnull", False),
                            ),
                            models.Q(
                                ("approval", None),
                                ("code", ""),
                                ("outcome", "held_out"),
                                ("settled_at__isnull", False),
                            ),
                            models.Q(
                                ("approval", None),
                                ("outcome", "refused"),
                                ("settled_at__isnull", False),
                                models.Q(("code", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approval_batch_row_is_settled",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
