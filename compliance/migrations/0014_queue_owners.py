"""Who works an item of compliance's queue. Nobody did before, so no row is carried over."""

from __future__ import annotations

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import compliance.public_ids

TABLE = "compliance_queueowner"
COLUMNS = "'ending', 'ended_at', 'ended_by_id', 'ended_reason'"
FORWARD = (
    "CREATE FUNCTION compliance_owner_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"
    " BEGIN"
    "  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL"
    f"   AND to_jsonb(NEW) - ARRAY[{COLUMNS}] = to_jsonb(OLD) - ARRAY[{COLUMNS}] THEN RETURN NEW; END IF;"
    "  RAISE EXCEPTION '% % is history and never changes', TG_TABLE_NAME, OLD.id"
    "   USING ERRCODE = 'integrity_constraint_violation';"
    " END $$;"
    f"CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW"
    " EXECUTE FUNCTION compliance_owner_stays();"
    f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER history_stays;"
    f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT"
    " EXECUTE FUNCTION compliance_refuse_change();"
    f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER never_truncated;"
)
BACK = (
    f"DROP TRIGGER history_stays ON {TABLE}; DROP TRIGGER never_truncated ON {TABLE};"
    "DROP FUNCTION compliance_owner_stays();"
)


def person(**values: bool) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **values,
    )


class Migration(migrations.Migration):
    dependencies = (
        ("compliance", "0011_examiners"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (
        migrations.CreateModel(
            name="QueueOwner",
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
                        default=functools.partial(compliance.public_ids.new, "qo"),
                        editable=False,
                        max_length=24,
                        unique=True,
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("item", models.CharField(max_length=80)),
                ("household_ref", models.CharField(blank=True, default="", max_length=64)),
                ("owner", person()),
                ("since", models.DateTimeField()),
                ("given_by", person()),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("handed_over", "Handed over"),
                            ("given_back", "Given back"),
                            ("settled", "Settled"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", person(null=True, blank=True)),
                ("ended_reason", models.CharField(blank=True, default="", max_length=500)),
            ],
            options={
                "verbose_name": "item of the compliance queue",
                "ordering": ("-since", "-id"),
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        name="one_owner_an_item", fields=("kind", "item"), condition=Q(ended_at=None)
                    ),
                    models.CheckConstraint(name="queue_item_is_named", condition=~Q(kind="") & ~Q(item="")),
                    models.CheckConstraint(
                        name="queue_owner_is_ended_by_someone",
                        condition=Q(ended_at=None, ended_by=None, ended_reason="", ending="")
                        | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending="")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
