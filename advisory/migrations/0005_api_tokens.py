"""API tokens of people: made once, ended once, never deleted."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import advisory.models

FORWARD = """
CREATE TRIGGER settles_once BEFORE UPDATE ON advisory_apitoken
    FOR EACH ROW EXECUTE FUNCTION compliance_settles_once('ended_at', 'ended_by_id', 'end_reason', 'last_used_on');
ALTER TABLE advisory_apitoken ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON advisory_apitoken
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE advisory_apitoken ENABLE ALWAYS TRIGGER never_deleted;
"""
BACK = """
DROP TRIGGER settles_once ON advisory_apitoken;
DROP TRIGGER never_deleted ON advisory_apitoken;
"""


def person(name: str, related: str, **options: object) -> tuple[str, models.ForeignKey]:
    return name, models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related,
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = (("advisory", "0004_invitations"),)
    operations = (
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=advisory.models._token_id, editable=False, max_length=20, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "scopes",
                    models.CharField(
                        help_text="The codes of `advisory.people.token_scopes`, by comma.", max_length=200
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("expires_on", models.DateField(help_text="The last day on which it works, in New York.")),
                ("last_used_on", models.DateField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, default="", max_length=300)),
                person("ended_by", "+", blank=True, null=True),
                person("user", "api_tokens"),
            ],
            options={
                "ordering": ["-made_at", "-id"],
                "constraints": [
                    models.CheckConstraint(name="token_has_a_name", condition=~Q(name="")),
                    models.CheckConstraint(name="token_may_do_something", condition=~Q(scopes="")),
                    models.CheckConstraint(
                        name="token_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
                    ),
                    models.CheckConstraint(
                        name="token_ends_for_a_reason",
                        condition=Q(ended_at=None, ended_by=None, end_reason="")
                        | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
