"""Invitations, people who left, ended sessions; and the database keeps the last administrator."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

FORWARD = """
CREATE TRIGGER settles_once BEFORE UPDATE ON advisory_invitation
    FOR EACH ROW EXECUTE FUNCTION compliance_settles_once('ended_at', 'outcome', 'ended_by_id', 'sent_at');
ALTER TABLE advisory_invitation ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON advisory_invitation
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE advisory_invitation ENABLE ALWAYS TRIGGER never_deleted;

-- Two people who leave at the same moment wait for each other here, so that one of them stays.
CREATE FUNCTION advisory_an_administrator_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'advisory_rolegrant' THEN
        IF NOT EXISTS (SELECT FROM advisory_user WHERE id = NEW.user_id AND is_active) THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (SELECT FROM advisory_rolegrant
                      WHERE user_id = NEW.id AND role = 'administrator' AND revoked_at IS NULL) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('advisory.administrators'));
    IF NOT EXISTS (SELECT FROM advisory_rolegrant AS held JOIN advisory_user AS holder ON holder.id = held.user_id
                   WHERE held.role = 'administrator' AND held.revoked_at IS NULL AND holder.is_active) THEN
        RAISE EXCEPTION 'The last administrator stays.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_administrator_stays';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER an_administrator_stays AFTER UPDATE ON advisory_rolegrant FOR EACH ROW
    WHEN (NEW.role = 'administrator' AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION advisory_an_administrator_stays();
ALTER TABLE advisory_rolegrant ENABLE ALWAYS TRIGGER an_administrator_stays;
CREATE TRIGGER an_administrator_stays AFTER UPDATE ON advisory_user FOR EACH ROW
    WHEN (OLD.is_active AND NOT NEW.is_active)
    EXECUTE FUNCTION advisory_an_administrator_stays();
ALTER TABLE advisory_user ENABLE ALWAYS TRIGGER an_administrator_stays;
"""
BACK = """
DROP FUNCTION advisory_an_administrator_stays CASCADE;
DROP TRIGGER settles_once ON advisory_invitation;
DROP TRIGGER never_deleted ON advisory_invitation;
"""


def person(name: str, related: str, **options: object) -> tuple[str, models.ForeignKey]:
    return name, models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related,
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = (("advisory", "0003_grants_stay"),)
    operations = (
        migrations.AddField("user", "deactivated_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "user",
            "sessions_ended_at",
            models.DateTimeField(
                blank=True, help_text="Sessions that began before this moment are over.", null=True
            ),
        ),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(
                name="user_who_left_is_not_active", condition=Q(deactivated_at=None) | Q(is_active=False)
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sent_to", models.EmailField(max_length=254)),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "sent_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the mail server took the message; empty: it has not.",
                        null=True,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "Accepted"), ("withdrawn", "Withdrawn")],
                        default="",
                        max_length=9,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                person("ended_by", "+", blank=True, null=True),
                person("invited_by", "+", blank=True, null=True),
                person("user", "invitations"),
            ],
            options={
                "ordering": ["-invited_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user",), condition=Q(ended_at=None), name="one_open_invitation_a_person"
                    ),
                    models.CheckConstraint(
                        name="invitation_expires_later", condition=Q(expires_at__gt=F("invited_at"))
                    ),
                    models.CheckConstraint(
                        name="invitation_ends_one_way",
                        condition=Q(ended_at=None, outcome="")
                        | Q(ended_at__isnull=False, outcome__in=["accepted", "withdrawn"]),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
