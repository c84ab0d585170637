"""Coverage of a book while somebody is away: it stays as it was arranged, and is ended once."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import clients.models.columns

FORWARD = """
CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON clients_coverage
    FOR EACH ROW EXECUTE FUNCTION clients_entered_stays('ended_by_id', 'ended_at');
ALTER TABLE clients_coverage ENABLE ALWAYS TRIGGER entered_stays;
"""
BACK = "DROP TRIGGER entered_stays ON clients_coverage;"


def person(name: str, **options: object) -> tuple[str, models.ForeignKey]:
    return name, models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, **options
    )


class Migration(migrations.Migration):
    dependencies = (
        ("clients", "0013_models_are_followed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="cv", unique=True
                    ),
                ),
                (
                    "part",
                    clients.models.columns.ChoiceField(
                        choices=[("advisor", "Advisor"), ("reviewer", "Reviewer")], max_length=8
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("reason", models.CharField(max_length=200)),
                ("arranged_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                person("arranged_by", related_name="+"),
                person("away", related_name="absences"),
                person("covered_by", related_name="coverages"),
                person("ended_by", related_name="+", null=True, blank=True),
            ],
            options={
                "verbose_name_plural": "coverages",
                "ordering": ("-starts_on", "-id"),
                "indexes": [
                    models.Index(fields=["covered_by", "starts_on", "ends_on"], name="coverage_by_day")
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="coverage_ends_after_it_starts",
                        condition=Q(("ends_on__isnull", True))
                        | Q(("starts_on__isnull", True))
                        | Q(("ends_on__gte", F("starts_on"))),
                    ),
                    models.CheckConstraint(
                        name="coverage_is_by_somebody_else", condition=~Q(away=F("covered_by")) & ~Q(reason="")
                    ),
                    models.CheckConstraint(
                        name="coverage_is_ended_by_someone",
                        condition=Q(ended_at=None, ended_by=None)
                        | Q(ended_at__isnull=False, ended_by__isnull=False, ended_at__gte=F("arranged_at")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
