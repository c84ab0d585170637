"""Webhooks: endpoints, the outbox that the trail fills, deliveries and their attempts."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import advisory.models
import clients.encryption

FORWARD = """
CREATE FUNCTION advisory_tell_outward() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    -- What webhooks do themselves is never told by them, or each message would make another.
    IF NEW.action NOT LIKE 'webhook.%'
        AND EXISTS (SELECT FROM advisory_webhookendpoint AS standing WHERE standing.ended_at IS NULL) THEN
        INSERT INTO advisory_outboxevent (event_id) VALUES (NEW.seq);
    END IF;
    RETURN NULL;
END $function$;
CREATE TRIGGER told_outward AFTER INSERT ON compliance_auditevent
    FOR EACH ROW EXECUTE FUNCTION advisory_tell_outward();
ALTER TABLE compliance_auditevent ENABLE ALWAYS TRIGGER told_outward;
CREATE TRIGGER settles_once BEFORE UPDATE ON advisory_webhookendpoint
    FOR EACH ROW EXECUTE FUNCTION compliance_settles_once(
        'ended_at', 'ended_by_id', 'end_reason', 'name', 'url', 'topics', 'secret', 'secret_made_at', 'former_secret',
        'former_until', 'paused_at', 'paused_by_id', 'pause_reason', 'failures', 'failing_since', 'held_until');
ALTER TABLE advisory_webhookendpoint ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON advisory_webhookendpoint
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE advisory_webhookendpoint ENABLE ALWAYS TRIGGER never_deleted;
"""
BACK = """
DROP TRIGGER never_deleted ON advisory_webhookendpoint;
DROP TRIGGER settles_once ON advisory_webhookendpoint;
DROP TRIGGER told_outward ON compliance_auditevent;
DROP FUNCTION advisory_tell_outward();
"""


def key() -> tuple[str, models.Field]:
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def person(name: str, **options: object) -> tuple[str, models.ForeignKey]:
    return name, models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **options
    )


class Migration(migrations.Migration):
    dependencies = (("advisory", "0006_denied_attempts"), ("compliance", "0011_examiners"))
    operations = (
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                key(),
                (
                    "public_id",
                    models.CharField(
                        default=advisory.models._webhook_id, editable=False, max_length=20, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                (
                    "topics",
                    models.CharField(
                        help_text="The codes of `advisory.outward.topics`, by comma.", max_length=300
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("secret", clients.encryption.EncryptedTextField(blank=True, default="")),
                ("secret_made_at", models.DateTimeField(blank=True, null=True)),
                ("former_secret", clients.encryption.EncryptedTextField(blank=True, default="")),
                ("former_until", models.DateTimeField(blank=True, null=True)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("pause_reason", models.CharField(blank=True, default="", max_length=300)),
                (
                    "failures",
                    models.PositiveIntegerField(
                        default=0, help_text="Attempts that failed since one succeeded."
                    ),
                ),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                (
                    "held_until",
                    models.DateTimeField(blank=True, help_text="Nothing is sent before.", null=True),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, default="", max_length=300)),
                person("ended_by", blank=True, null=True),
                person("made_by"),
                person("paused_by", blank=True, null=True),
            ],
            options={
                "ordering": ["-made_at", "-id"],
                "constraints": [
                    models.CheckConstraint(name="webhook_has_a_name", condition=~Q(name="")),
                    models.CheckConstraint(name="webhook_is_told_something", condition=~Q(topics="")),
                    models.CheckConstraint(name="webhook_is_https", condition=Q(url__startswith="https://")),
                    models.CheckConstraint(
                        name="webhook_pauses_for_a_reason",
                        condition=Q(paused_at=None, paused_by=None, pause_reason="")
                        | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                    ),
                    models.CheckConstraint(
                        name="webhook_ends_for_a_reason",
                        condition=Q(ended_at=None, ended_by=None, end_reason="")
                        | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="compliance.auditevent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                key(),
                (
                    "public_id",
                    models.CharField(
                        default=advisory.models._delivery_id, editable=False, max_length=20, unique=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("given_up", "Given up"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("queued_at", models.DateTimeField()),
                (
                    "tries",
                    models.PositiveIntegerField(
                        default=0, help_text="Since it was queued or sent again by a person."
                    ),
                ),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="advisory.webhookendpoint",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.auditevent",
                    ),
                ),
            ],
            options={
                "ordering": ["-event_id", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("endpoint", "event"), name="told_once_to_an_endpoint"),
                    models.CheckConstraint(
                        name="delivery_waits_or_is_settled",
                        condition=Q(state="waiting", settled_at=None, next_try_at__isnull=False)
                        | Q(
                            state__in=["delivered", "given_up"],
                            settled_at__isnull=False,
                            next_try_at=None,
                        ),
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["next_try_at"], condition=Q(state="waiting"), name="deliveries_that_wait"
                    ),
                    models.Index(fields=["endpoint", "-event"], name="deliveries_of_an_endpoint"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                key(),
                ("began_at", models.DateTimeField()),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: the process that began it has stopped.", null=True
                    ),
                ),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("trouble", models.CharField(blank=True, default="", max_length=200)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="advisory.webhookdelivery",
                    ),
                ),
            ],
            options={"ordering": ["began_at", "id"]},
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
