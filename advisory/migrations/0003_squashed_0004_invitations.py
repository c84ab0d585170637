"""What the third and the fourth migration together make, for a database that is new: invitations, and grants that stay.

A database that has run both takes this one as run.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FUNCTIONS = """
CREATE FUNCTION advisory_an_administrator_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$;
"""

TRIGGERS = """
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON advisory_invitation FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE advisory_invitation ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER settles_once BEFORE UPDATE ON advisory_invitation FOR EACH ROW EXECUTE FUNCTION
    compliance_settles_once('ended_at', 'outcome', 'ended_by_id', 'sent_at');
ALTER TABLE advisory_invitation ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER an_administrator_stays AFTER UPDATE ON advisory_rolegrant FOR EACH ROW WHEN ((((new.role)::text =
    'administrator'::text) AND (old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION
    advisory_an_administrator_stays();
ALTER TABLE advisory_rolegrant ENABLE ALWAYS TRIGGER an_administrator_stays;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON advisory_rolegrant FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE advisory_rolegrant ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER settles_once BEFORE UPDATE ON advisory_rolegrant FOR EACH ROW EXECUTE FUNCTION
    compliance_settles_once('revoked_at', 'revoked_by_id');
ALTER TABLE advisory_rolegrant ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER an_administrator_stays AFTER UPDATE ON advisory_user FOR EACH ROW WHEN ((old.is_active AND (NOT
    new.is_active))) EXECUTE FUNCTION advisory_an_administrator_stays();
ALTER TABLE advisory_user ENABLE ALWAYS TRIGGER an_administrator_stays;
"""


class Migration(migrations.Migration):

    replaces = [('advisory', '0003_grants_stay'), ('advisory', '0004_invitations')]

    initial = True

    dependencies = [
        ('advisory', '0001_squashed_0002_sign_in_limits'),
        ('compliance', '0001_squashed_0009_saved_views'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sent_to', models.EmailField(max_length=254)),
                ('token_digest', models.CharField(max_length=64, unique=True)),
                ('invited_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, help_text='When the mail server took the message; empty: it has not.', null=True)),
                ('outcome', models.CharField(blank=True, choices=[('accepted', 'Accepted'), ('withdrawn', 'Withdrawn')], default='', max_length=9)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invited_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-invited_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='one_open_invitation_a_person'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('invited_at'))), name='invitation_expires_later'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('outcome', '')), models.Q(('ended_at__isnull', False), ('outcome__in', ['accepted', 'withdrawn'])), _connector='OR'), name='invitation_ends_one_way')],
            },
        ),
        migrations.RunSQL(FUNCTIONS + TRIGGERS),
    ]
