"""Examiners' accesses. There were none before, so no row is carried over."""

from __future__ import annotations

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import compliance.public_ids

TABLE = "compliance_examineraccess"
COLUMNS = "'ended_at', 'ended_by_id', 'ended_reason'"
FORWARD = (
    "CREATE FUNCTION compliance_access_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"
    " BEGIN"
    "  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL"
    f"   AND to_jsonb(NEW) - ARRAY[{COLUMNS}] = to_jsonb(OLD) - ARRAY[{COLUMNS}] THEN RETURN NEW; END IF;"
    "  RAISE EXCEPTION '% % is history and never changes', TG_TABLE_NAME, OLD.id"
    "   USING ERRCODE = 'integrity_constraint_violation';"
    " END $$;"
    f"CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW"
    " EXECUTE FUNCTION compliance_access_stays();"
    f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER history_stays;"
    f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT"
    " EXECUTE FUNCTION compliance_refuse_change();"
    f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER never_truncated;"
)
BACK = (
    f"DROP TRIGGER history_stays ON {TABLE}; DROP TRIGGER never_truncated ON {TABLE};"
    "DROP FUNCTION compliance_access_stays();"
)


class Migration(migrations.Migration):
    dependencies = (
        ("compliance", "0010_questions_to_whoever_may"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )

    operations = (
        migrations.CreateModel(
            name="ExaminerAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(compliance.public_ids.new, *("xa",), **{}),
                        editable=False,
                        max_length=24,
                        unique=True,
                    ),
                ),
                ("household_ref", models.CharField(blank=True, default="", max_length=64)),
                ("since_on", models.DateField(blank=True, null=True)),
                ("until_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(help_text="The last day on which it can be used.")),
                ("reason", models.TextField(max_length=1_000)),
                ("opened_at", models.DateTimeField()),
                ("opened_by_label", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_reason", models.TextField(blank=True, default="", max_length=1_000)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "examiner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="examiner_accesses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="compliance.examineraccess",
                    ),
                ),
            ],
            options={
                "verbose_name": "examiner's access",
                "ordering": ("-opened_at", "-id"),
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("household_ref", ""), _negated=True),
                            models.Q(("since_on__isnull", False), ("until_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="examiner_access_has_a_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("since_on", None),
                            ("until_on", None),
                            ("until_on__gte", models.F("since_on")),
                            _connector="OR",
                        ),
                        name="examiner_access_period_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="examiner_access_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None), ("ended_reason", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="examiner_access_is_ended_by_someone",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
