"""A published version that waits for its day may be given another day, or called off."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns
from clients.models.columns import AlterChoices

STAYS = """
CREATE FUNCTION clients_model_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := ARRAY['state', 'called_off_at', 'called_off_by_id', 'called_off_reason'];
    moving text[] := ARRAY['effective_on', 'rescheduled_at'];
    today date := (NEW.rescheduled_at AT TIME ZONE 'America/New_York')::date;
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'called_off' THEN
        -- Superseded by the next version, or published again because the next one was called off.
        IF to_jsonb(NEW) - 'state' = to_jsonb(OLD) - 'state' AND NEW.state IN ('published', 'superseded') THEN
            RETURN NEW;
        END IF;
        -- Called off before its day.
        IF OLD.state = 'published' AND NEW.state = 'called_off'
            AND to_jsonb(NEW) - ending = to_jsonb(OLD) - ending
            AND OLD.effective_on > (NEW.called_off_at AT TIME ZONE 'America/New_York')::date THEN
            RETURN NEW;
        END IF;
        -- Another day, said when, before the day it had.
        IF OLD.state = 'published' AND to_jsonb(NEW) - moving = to_jsonb(OLD) - moving
            AND (NEW.rescheduled_at > OLD.rescheduled_at
                OR (OLD.rescheduled_at IS NULL AND NEW.rescheduled_at >= OLD.published_at))
            AND OLD.effective_on > today AND NEW.effective_on >= today THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% % is settled: make a new version instead', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

DROP TRIGGER settled_row_stays ON clients_modelversion;
CREATE TRIGGER settled_row_stays BEFORE UPDATE OR DELETE ON clients_modelversion
    FOR EACH ROW EXECUTE FUNCTION clients_model_version_stays();
ALTER TABLE clients_modelversion ENABLE ALWAYS TRIGGER settled_row_stays;
"""

BACK = """
DROP TRIGGER settled_row_stays ON clients_modelversion;
CREATE TRIGGER settled_row_stays BEFORE UPDATE OR DELETE ON clients_modelversion
    FOR EACH ROW EXECUTE FUNCTION clients_settled_row_stays();
ALTER TABLE clients_modelversion ENABLE ALWAYS TRIGGER settled_row_stays;
DROP FUNCTION clients_model_version_stays;
"""

STATES = [
    ("draft", "Draft"),
    ("published", "Published"),
    ("superseded", "Superseded"),
    ("called_off", "Called off"),
]


class Migration(migrations.Migration):
    dependencies = (
        ("clients", "0018_policy_documents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )

    operations = (
        migrations.AddField(
            model_name="modelversion",
            name="called_off_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="called_off_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="called_off_reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="rescheduled_at",
            field=models.DateTimeField(
                blank=True, help_text="When it was given another day, before its day.", null=True
            ),
        ),
        AlterChoices(
            model_name="modelversion",
            name="state",
            field=clients.models.columns.ChoiceField(choices=STATES, default="draft", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=(
                    models.Q(state="called_off", called_off_at__isnull=False, called_off_by__isnull=False)
                    & ~models.Q(called_off_reason="")
                )
                | (
                    ~models.Q(state="called_off")
                    & models.Q(called_off_at=None, called_off_by=None, called_off_reason="")
                ),
                name="called_off_model_says_when_and_why",
            ),
        ),
        migrations.RunSQL(STAYS, BACK),
    )
