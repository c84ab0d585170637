"""What the migrations up to 0009 together make, for a database that is new: the tables, then what the database refuses.

A database that has run all of them takes this one as run; one that stands in between goes on one by one. That both
ways end at the same tables is held by tests/advisory/health/test_schema.py.
"""

import compliance.models.audit
import compliance.public_ids
import django.db.models.deletion
import functools
from django.conf import settings
from django.db import migrations, models

from compliance.migrations._tables import CreateTables


FUNCTIONS = """
CREATE FUNCTION compliance_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION '% on % is refused: rows here are only ever added.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $function$;

CREATE FUNCTION compliance_netstrings(parts text[])
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE STRICT
AS $function$
    SELECT convert_to(string_agg(octet_length(convert_to(part, 'UTF8')) || ':' || part || ',', '' ORDER BY place), 'UTF8')
    FROM unnest(parts) WITH ORDINALITY AS listed(part, place)
$function$;

CREATE FUNCTION compliance_audit_append(p_stated_at timestamp with time zone, p_action text, p_actor_kind text, p_person_ref text, p_actor_label text, p_roles text, p_session_ref text, p_mfa_method text, p_request_id text, p_about_kind text, p_about_id text, p_household_ref text, p_facts text)
 RETURNS TABLE(seq bigint, occurred_at timestamp with time zone, prev_hash text, hash text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO pg_catalog, {schema}, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    head_seq bigint;
    v_prev text;
    v_seq bigint;
    v_now timestamptz;
    v_hash text;
BEGIN
    SELECT head.seq, head.hash INTO head_seq, v_prev FROM compliance_audithead AS head WHERE head.id = 1 FOR UPDATE;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM compliance_auditevent) THEN
            RAISE EXCEPTION 'The audit trail has events but no head; run verify_audit and restore before going on.';
        END IF;
        INSERT INTO compliance_audithead (id, seq, hash) VALUES (1, 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
        SELECT head.seq, head.hash INTO head_seq, v_prev FROM compliance_audithead AS head WHERE head.id = 1 FOR UPDATE;
    END IF;
    v_seq := head_seq + 1;
    -- Taken under the lock, so that the order of the numbers is the order of the times.
    v_now := {schema}.compliance_now();
    v_hash := encode(sha256(compliance_netstrings(ARRAY[
        'evenkeel-audit-1',
        v_seq::text,
        floor(extract(epoch FROM v_now) * 1000000)::bigint::text,
        floor(extract(epoch FROM p_stated_at) * 1000000)::bigint::text,
        p_action, p_actor_kind, p_person_ref, p_actor_label, p_roles, p_session_ref, p_mfa_method, p_request_id,
        p_about_kind, p_about_id, p_household_ref, p_facts, v_prev
    ])), 'hex');
    INSERT INTO compliance_auditevent (
        seq, occurred_at, stated_at, action, actor_kind, person_ref, actor_label, roles, session_ref, mfa_method,
        request_id, about_kind, about_id, household_ref, facts, prev_hash, hash
    ) VALUES (
        v_seq, v_now, p_stated_at, p_action, p_actor_kind, p_person_ref, p_actor_label, p_roles, p_session_ref,
        p_mfa_method, p_request_id, p_about_kind, p_about_id, p_household_ref, p_facts, v_prev, v_hash
    );
    UPDATE compliance_audithead SET seq = v_seq, hash = v_hash WHERE id = 1;
    RETURN QUERY SELECT v_seq, v_now, v_prev, v_hash;
END $function$;

REVOKE ALL ON FUNCTION {schema}.compliance_audit_append(
    timestamptz, text, text, text, text, text, text, text, text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION compliance_head_moves_forward()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO pg_catalog, {schema}, pg_temp
AS $function$
BEGIN
    IF TG_OP <> 'UPDATE' OR NEW.seq <> OLD.seq + 1 OR NOT EXISTS (
        SELECT FROM compliance_auditevent AS event
        WHERE event.seq = NEW.seq AND event.hash = NEW.hash AND event.prev_hash = OLD.hash
    ) THEN
        RAISE EXCEPTION '% on the head of the audit trail is refused: it only moves forward, one event at a time.', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION compliance_approval_has_four_eyes()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO pg_catalog, {schema}, pg_temp
AS $function$
DECLARE
    review compliance_review%ROWTYPE;
    decision compliance_decision%ROWTYPE;
BEGIN
    SELECT * INTO review FROM compliance_review WHERE id = NEW.review_id FOR UPDATE;
    SELECT * INTO decision FROM compliance_decision WHERE id = NEW.decision_id;
    IF review.state <> 'open' OR review.fingerprint <> NEW.fingerprint
        OR review.subject_kind <> NEW.subject_kind OR review.subject_id <> NEW.subject_id
        OR review.subject_revision <> NEW.subject_revision
    THEN
        RAISE EXCEPTION 'An approval is refused: it is not for what this review asks about.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_is_for_its_review';
    END IF;
    IF decision.review_id <> NEW.review_id OR decision.verdict <> 'approved'
        OR decision.fingerprint <> NEW.fingerprint OR decision.decided_by_id <> NEW.approved_by_id
    THEN
        RAISE EXCEPTION 'An approval is refused: no decision to approve stands behind it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_has_its_decision';
    END IF;
    IF EXISTS (SELECT FROM compliance_reviewmaker AS maker
               WHERE maker.review_id = NEW.review_id AND maker.person_id = NEW.approved_by_id) THEN
        RAISE EXCEPTION 'An approval is refused: its approver shaped this revision.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_has_four_eyes';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION compliance_review_keeps_its_course()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO pg_catalog, {schema}, pg_temp
AS $function$
BEGIN
    IF (NEW.public_id, NEW.subject_kind, NEW.subject_id, NEW.subject_revision, NEW.fingerprint, NEW.requested_by_id,
        NEW.requested_by_label, NEW.requested_at, NEW.expires_at, NEW.household_ref, NEW.consent_required,
        NEW.examination_required)
       IS DISTINCT FROM
       (OLD.public_id, OLD.subject_kind, OLD.subject_id, OLD.subject_revision, OLD.fingerprint, OLD.requested_by_id,
        OLD.requested_by_label, OLD.requested_at, OLD.expires_at, OLD.household_ref, OLD.consent_required,
        OLD.examination_required)
    THEN
        RAISE EXCEPTION 'A review is refused a change: what it asks about stays as it was asked.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_asks_one_thing';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'open>returned', 'open>approved', 'open>rejected', 'open>withdrawn', 'open>expired', 'open>superseded',
        'returned>open', 'returned>rejected', 'returned>withdrawn', 'returned>expired', 'returned>superseded',
        'approved>withdrawn', 'approved>expired', 'approved>superseded'
    ) THEN
        RAISE EXCEPTION 'A review cannot go from % to %.', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_keeps_its_course';
    END IF;
    IF OLD.used_at IS NOT NULL AND (NEW.state, NEW.used_at) IS DISTINCT FROM (OLD.state, OLD.used_at) THEN
        RAISE EXCEPTION 'A review whose approval was acted on is settled for good.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_is_settled_once_used';
    END IF;
    IF NEW.state = 'approved' AND NOT EXISTS (
        SELECT FROM compliance_approval AS approval
        WHERE approval.review_id = NEW.id AND approval.fingerprint = NEW.fingerprint
    ) THEN
        RAISE EXCEPTION 'A review is not approved without an approval.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_has_its_approval';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION compliance_review_starts_open()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NEW.state <> 'open' OR NEW.used_at IS NOT NULL THEN
        RAISE EXCEPTION 'A review starts open.' USING ERRCODE = 'check_violation', CONSTRAINT = 'review_starts_open';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION compliance_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$ SELECT clock_timestamp() + make_interval(hours => 0) $function$;

CREATE FUNCTION compliance_settled_takes_no_more()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    stands text;
BEGIN
    IF TG_TABLE_NAME = 'compliance_findingrow' THEN
        SELECT review.state INTO stands FROM compliance_examination AS examination
        JOIN compliance_review AS review ON review.id = examination.review_id WHERE examination.id = NEW.examination_id;
    ELSE
        SELECT state INTO stands FROM compliance_review WHERE id = (to_jsonb(NEW) ->> 'review_id')::bigint;
    END IF;
    IF stands IS NULL OR stands NOT IN ('open', 'returned') THEN
        RAISE EXCEPTION 'A row of % is refused: its review is settled.', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_review_takes_no_more';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION compliance_settles_once()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF to_jsonb(NEW) = to_jsonb(OLD)
        OR (to_jsonb(OLD) ->> TG_ARGV[0] IS NULL AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is settled and never changes.', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_row_stays';
END $function$;

CREATE FUNCTION compliance_stays_but_for()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % stays as it was asked.', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'review_asks_one_thing';
END $function$;

CREATE FUNCTION compliance_approver_overrode_nothing()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (SELECT FROM compliance_override AS given
               WHERE given.review_id = NEW.review_id AND given.approver_id = NEW.approved_by_id) THEN
        RAISE EXCEPTION 'An approval is refused: its approver answered for a finding of it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_overrode_nothing';
    END IF;
    RETURN NEW;
END $function$;
"""

TRIGGERS = """
CREATE TRIGGER approver_overrode_nothing BEFORE INSERT ON compliance_approval FOR EACH ROW EXECUTE FUNCTION
    compliance_approver_overrode_nothing();
ALTER TABLE compliance_approval ENABLE ALWAYS TRIGGER approver_overrode_nothing;
CREATE TRIGGER compliance_approval_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_approval FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_approval ENABLE ALWAYS TRIGGER compliance_approval_add_only;
CREATE TRIGGER compliance_approval_has_four_eyes BEFORE INSERT ON compliance_approval FOR EACH ROW EXECUTE FUNCTION
    compliance_approval_has_four_eyes();
ALTER TABLE compliance_approval ENABLE ALWAYS TRIGGER compliance_approval_has_four_eyes;
CREATE TRIGGER compliance_auditcheckpoint_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_auditcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_auditcheckpoint ENABLE ALWAYS TRIGGER compliance_auditcheckpoint_add_only;
CREATE TRIGGER compliance_auditevent_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_auditevent FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_auditevent ENABLE ALWAYS TRIGGER compliance_auditevent_add_only;
CREATE TRIGGER compliance_head_moves_forward BEFORE DELETE OR UPDATE ON compliance_audithead FOR EACH ROW EXECUTE
    FUNCTION compliance_head_moves_forward();
ALTER TABLE compliance_audithead ENABLE ALWAYS TRIGGER compliance_head_moves_forward;
CREATE TRIGGER compliance_head_no_truncate BEFORE TRUNCATE ON compliance_audithead FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE compliance_audithead ENABLE ALWAYS TRIGGER compliance_head_no_truncate;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON compliance_changerequest FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE compliance_changerequest ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_changerequest FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_changerequest ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER settles_once BEFORE UPDATE ON compliance_changerequest FOR EACH ROW EXECUTE FUNCTION
    compliance_settles_once('lifted_at', 'lifted_by_id', 'lifted_how', 'lifted_reason');
ALTER TABLE compliance_changerequest ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON compliance_comment FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE compliance_comment ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER settles_once BEFORE UPDATE ON compliance_comment FOR EACH ROW EXECUTE FUNCTION
    compliance_settles_once('resolved_at', 'resolved_by_id');
ALTER TABLE compliance_comment ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER compliance_consent_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_consent FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_consent ENABLE ALWAYS TRIGGER compliance_consent_add_only;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_consent FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_consent ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER compliance_decision_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_decision FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_decision ENABLE ALWAYS TRIGGER compliance_decision_add_only;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_decision FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_decision ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER compliance_examination_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_examination FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_examination ENABLE ALWAYS TRIGGER compliance_examination_add_only;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_examination FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_examination ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER compliance_findingrow_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_findingrow FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_findingrow ENABLE ALWAYS TRIGGER compliance_findingrow_add_only;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_findingrow FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_findingrow ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER compliance_override_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_override FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_override ENABLE ALWAYS TRIGGER compliance_override_add_only;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_override FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_override ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON compliance_proposedchange FOR EACH STATEMENT EXECUTE
    FUNCTION compliance_refuse_change();
ALTER TABLE compliance_proposedchange ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER settles_once BEFORE UPDATE ON compliance_proposedchange FOR EACH ROW EXECUTE FUNCTION
    compliance_settles_once('made_at');
ALTER TABLE compliance_proposedchange ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON compliance_restrictedissuer FOR EACH STATEMENT EXECUTE
    FUNCTION compliance_refuse_change();
ALTER TABLE compliance_restrictedissuer ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER settles_once BEFORE UPDATE ON compliance_restrictedissuer FOR EACH ROW EXECUTE FUNCTION
    compliance_settles_once('lifted_at', 'lifted_by_id', 'lifted_reason');
ALTER TABLE compliance_restrictedissuer ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER compliance_review_keeps_its_course BEFORE UPDATE ON compliance_review FOR EACH ROW EXECUTE FUNCTION
    compliance_review_keeps_its_course();
ALTER TABLE compliance_review ENABLE ALWAYS TRIGGER compliance_review_keeps_its_course;
CREATE TRIGGER compliance_review_starts_open BEFORE INSERT ON compliance_review FOR EACH ROW EXECUTE FUNCTION
    compliance_review_starts_open();
ALTER TABLE compliance_review ENABLE ALWAYS TRIGGER compliance_review_starts_open;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON compliance_review FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE compliance_review ENABLE ALWAYS TRIGGER never_deleted;
CREATE TRIGGER stays_but_for BEFORE UPDATE ON compliance_review FOR EACH ROW EXECUTE FUNCTION
    compliance_stays_but_for('state', 'settled_at', 'settled_by_label', 'used_at');
ALTER TABLE compliance_review ENABLE ALWAYS TRIGGER stays_but_for;
CREATE TRIGGER compliance_reviewmaker_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_reviewmaker FOR EACH
    STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_reviewmaker ENABLE ALWAYS TRIGGER compliance_reviewmaker_add_only;
CREATE TRIGGER settled_takes_no_more BEFORE INSERT ON compliance_reviewmaker FOR EACH ROW EXECUTE FUNCTION
    compliance_settled_takes_no_more();
ALTER TABLE compliance_reviewmaker ENABLE ALWAYS TRIGGER settled_takes_no_more;
CREATE TRIGGER compliance_settingversion_add_only BEFORE DELETE OR UPDATE OR TRUNCATE ON compliance_settingversion FOR
    EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_settingversion ENABLE ALWAYS TRIGGER compliance_settingversion_add_only;
"""


def put_up(apps, editor):
    """The function that stamps an event looks in no schema but those named to it."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = str(cursor.fetchone()[0])
    editor.execute((FUNCTIONS + TRIGGERS).replace("{schema}", schema), params=None)


class Migration(migrations.Migration):

    replaces = [('compliance', '0001_initial'), ('compliance', '0002_guards'), ('compliance', '0003_request_keys'), ('compliance', '0004_actions_are_asked_when_needed'), ('compliance', '0005_clock'), ('compliance', '0006_settled_stays'), ('compliance', '0007_proposed_changes'), ('compliance', '0008_firm_settings'), ('compliance', '0009_saved_views')]

    initial = True

    dependencies = [
        ('advisory', '__first__'),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='Examination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('ex',), **{}), editable=False, max_length=24, unique=True)),
                ('fingerprint', models.CharField(max_length=64)),
                ('stage', models.CharField(max_length=16)),
                ('examined_at', models.DateTimeField()),
                ('worst', models.PositiveSmallIntegerField(choices=[(0, 'Pass'), (1, 'Note'), (2, 'Needs a reason'), (3, 'Block')])),
                ('findings_count', models.PositiveIntegerField()),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='examinations', to='compliance.review')),
            ],
            options={
                'ordering': ('examined_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='examination_fingerprint_is_sha256'), models.CheckConstraint(condition=models.Q(('worst__in', [0, 1, 2, 3])), name='examination_worst_is_known'), models.CheckConstraint(condition=models.Q(('findings_count__gte', 1), ('findings_count__lte', 100000)), name='examination_found_something')],
            },
        ),
        migrations.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField(unique=True)),
                ('events_count', models.BigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('written_at', models.DateTimeField()),
                ('key_id', models.CharField(blank=True, default='', max_length=16)),
                ('signature', models.CharField(blank=True, default='', max_length=128)),
            ],
            options={
                'ordering': ('seq',),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('events_count__gte', 1), ('events_count__lte', 1000000000000000), ('seq__gte', 1), ('seq__lte', 1000000000000000)), name='audit_checkpoint_counts_in_range'), models.CheckConstraint(condition=models.Q(('root__regex', '^[0-9a-f]{64}$')), name='audit_checkpoint_root_is_sha256'), models.CheckConstraint(condition=models.Q(models.Q(('key_id', ''), ('signature', '')), models.Q(models.Q(('key_id', ''), _negated=True), models.Q(('signature', ''), _negated=True)), _connector='OR'), name='audit_checkpoint_signature_has_key')],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('occurred_at', models.DateTimeField(db_index=True)),
                ('stated_at', models.DateTimeField()),
                ('action', models.CharField(choices=compliance.models.audit.every_action, db_index=True, max_length=64)),
                ('actor_kind', models.CharField(choices=[('person', 'Person'), ('system', 'System'), ('token', 'API token')], max_length=16)),
                ('person_ref', models.CharField(blank=True, default='', max_length=64)),
                ('actor_label', models.CharField(max_length=200)),
                ('roles', models.CharField(blank=True, default='', max_length=200)),
                ('session_ref', models.CharField(blank=True, default='', max_length=64)),
                ('mfa_method', models.CharField(blank=True, default='', max_length=64)),
                ('request_id', models.CharField(blank=True, default='', max_length=64)),
                ('about_kind', models.CharField(max_length=64)),
                ('about_id', models.CharField(max_length=64)),
                ('household_ref', models.CharField(blank=True, default='', max_length=64)),
                ('facts', models.TextField()),
                ('prev_hash', models.CharField(max_length=64, unique=True)),
                ('hash', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'ordering': ('seq',),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['about_kind', 'about_id', 'seq'], name='audit_about'), models.Index(fields=['household_ref', 'seq'], name='audit_household'), models.Index(fields=['person_ref', 'seq'], name='audit_person'), models.Index(fields=['request_id'], name='audit_request')],
                'constraints': [models.CheckConstraint(condition=models.Q(('seq__gte', 1), ('seq__lte', 1000000000000000)), name='audit_event_seq_in_range'), models.CheckConstraint(condition=models.Q(('hash__regex', '^[0-9a-f]{64}$'), ('prev_hash__regex', '^[0-9a-f]{64}$')), name='audit_event_hashes_are_sha256'), models.CheckConstraint(condition=models.Q(models.Q(('action', ''), _negated=True), models.Q(('actor_kind', ''), _negated=True), models.Q(('actor_label', ''), _negated=True), models.Q(('about_kind', ''), _negated=True), models.Q(('about_id', ''), _negated=True)), name='audit_event_is_by_and_about_something'), models.CheckConstraint(condition=models.Q(models.Q(('actor_kind', 'person'), _negated=True), models.Q(('person_ref', ''), _negated=True), _connector='OR'), name='audit_event_person_is_named')],
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_head_is_one_row'), models.CheckConstraint(condition=models.Q(('seq__gte', 0), ('seq__lte', 1000000000000000)), name='audit_head_seq_in_range'), models.CheckConstraint(condition=models.Q(('hash__regex', '^[0-9a-f]{64}$')), name='audit_head_hash_is_sha256')],
            },
        ),
        migrations.CreateModel(
            name='FindingRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('rule', models.CharField(max_length=32)),
                ('rule_version', models.PositiveIntegerField()),
                ('severity', models.PositiveSmallIntegerField(choices=[(0, 'Pass'), (1, 'Note'), (2, 'Needs a reason'), (3, 'Block')])),
                ('sentence', models.TextField()),
                ('how_to_fix', models.TextField(blank=True, default='')),
                ('about', models.TextField(help_text='Canonical JSON: accounts, securities and lots it points at.')),
                ('inputs', models.TextField(help_text='Canonical JSON: name and text pairs that were looked at.')),
                ('thresholds', models.TextField(help_text='Canonical JSON: name and text pairs that were compared with.')),
                ('override_roles', models.CharField(blank=True, default='', max_length=200)),
                ('key', models.CharField(max_length=64)),
                ('examination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='compliance.examination')),
            ],
            options={
                'ordering': ('examination', 'position'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('examination', 'position'), name='finding_position_once'), models.CheckConstraint(condition=models.Q(('position__lte', 100000)), name='finding_position_in_range'), models.CheckConstraint(condition=models.Q(('rule_version__lte', 100000)), name='finding_version_in_range'), models.CheckConstraint(condition=models.Q(('severity__in', [0, 1, 2, 3])), name='finding_severity_is_known'), models.CheckConstraint(condition=models.Q(('key__regex', '^[0-9a-f]{64}$')), name='finding_key_is_sha256'), models.CheckConstraint(condition=models.Q(models.Q(('rule', ''), _negated=True), models.Q(('sentence', ''), _negated=True)), name='finding_says_something')],
            },
        ),
        migrations.CreateModel(
            name='ProposedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('ch',), **{}), editable=False, max_length=24, unique=True)),
                ('door', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=160)),
                ('parameters', models.JSONField(default=dict)),
                ('typed', models.JSONField(default=dict)),
                ('before', models.JSONField(default=dict)),
                ('lines', models.JSONField(default=list)),
                ('fingerprint', models.CharField(max_length=64)),
                ('household_ref', models.CharField(blank=True, default='', max_length=64)),
                ('proposed_by_label', models.CharField(max_length=200)),
                ('proposed_at', models.DateTimeField()),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-proposed_at', '-id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='change_fingerprint_is_sha256'), models.CheckConstraint(condition=models.Q(('made_at', None), ('made_at__gte', models.F('proposed_at')), _connector='OR'), name='change_is_made_after_it_was_proposed')],
            },
        ),
        migrations.CreateModel(
            name='RequestKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('request_digest', models.CharField(help_text='Of the method, the address and the body.', max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('answer', models.TextField(blank=True, default='', help_text="The answer's body as JSON.")),
                ('first_at', models.DateTimeField(db_index=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('first_at', 'id'),
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('person', 'key'), name='request_key_once_a_person'), models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='request_key_says_something'), models.CheckConstraint(condition=models.Q(('request_digest__regex', '^[0-9a-f]{64}$')), name='request_key_digest_is_sha256'), models.CheckConstraint(condition=models.Q(('status', 0), models.Q(('status__gte', 200), ('status__lte', 299)), _connector='OR'), name='request_key_status_in_range')],
            },
        ),
        migrations.CreateModel(
            name='RestrictedIssuer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('ri',), **{}), editable=False, max_length=24, unique=True)),
                ('issuer', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('restricted', 'Restricted'), ('watch', 'Watch')], max_length=16)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('reason', models.TextField(max_length=2000)),
                ('placed_by_label', models.CharField(max_length=200)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_reason', models.TextField(blank=True, default='', max_length=2000)),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('issuer', 'starts_on', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['restricted', 'watch'])), name='restriction_kind_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('issuer', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='restriction_says_why'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='restriction_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None), ('lifted_reason', '')), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lifted_reason', ''), _negated=True), models.Q(('lifted_by', models.F('placed_by')), _negated=True)), _connector='OR'), name='restriction_is_lifted_by_someone_else'), models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('issuer', 'kind'), name='restriction_one_standing_per_issuer')],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('rv',), **{}), editable=False, max_length=24, unique=True)),
                ('subject_kind', models.CharField(choices=[('proposal', 'Proposal'), ('policy', 'Investment policy'), ('model', 'Model portfolio'), ('setting', 'Firm setting'), ('role_change', 'Role change'), ('correction', 'Correction of the record')], max_length=16)),
                ('subject_id', models.CharField(max_length=64)),
                ('subject_revision', models.PositiveIntegerField(default=1)),
                ('title', models.CharField(max_length=200)),
                ('fingerprint', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('open', 'Waiting for a decision'), ('returned', 'Changes requested'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired'), ('superseded', 'Superseded')], default='open', max_length=16)),
                ('requested_by_label', models.CharField(max_length=200)),
                ('requested_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('household_ref', models.CharField(blank=True, default='', max_length=64)),
                ('consent_required', models.BooleanField(default=False)),
                ('examination_required', models.BooleanField(default=False)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by_label', models.CharField(blank=True, default='', max_length=200)),
                ('used_at', models.DateTimeField(null=True)),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('expires_at', 'id'),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['state', 'expires_at'], name='review_queue'), models.Index(fields=['subject_kind', 'subject_id', 'subject_revision'], name='review_subject'), models.Index(fields=['household_ref'], name='review_household')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'returned', 'approved', 'rejected', 'withdrawn', 'expired', 'superseded'])), name='review_state_is_known'), models.CheckConstraint(condition=models.Q(('subject_kind__in', ['proposal', 'policy', 'model', 'setting', 'role_change', 'correction']), models.Q(('subject_id', ''), _negated=True), models.Q(('title', ''), _negated=True)), name='review_subject_is_known'), models.CheckConstraint(condition=models.Q(('subject_revision__gte', 1), ('subject_revision__lte', 1000000)), name='review_revision_in_range'), models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='review_fingerprint_is_sha256'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('requested_at'))), name='review_expires_after_request'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('settled_by_label', ''), ('state__in', ('open', 'returned'))), models.Q(models.Q(('state__in', ('open', 'returned')), _negated=True), ('settled_at__isnull', False), models.Q(('settled_by_label', ''), _negated=True)), _connector='OR'), name='review_is_settled_by_someone'), models.CheckConstraint(condition=models.Q(('used_at', None), ('state', 'approved'), _connector='OR'), name='review_used_only_when_approved'), models.UniqueConstraint(condition=models.Q(('state__in', ('open', 'returned'))), fields=('subject_kind', 'subject_id'), name='review_one_active_per_subject')],
            },
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('fingerprint', models.CharField(max_length=64)),
                ('approver_label', models.CharField(max_length=200)),
                ('roles', models.CharField(max_length=200)),
                ('reason', models.CharField(choices=[('client_instruction', 'Instructed by the client in writing'), ('tax_cost_accepted', 'Tax cost accepted for a named benefit'), ('risk_reduction', 'Reduces a larger risk'), ('cash_need', 'Needed to raise cash on time'), ('facts_confirmed', 'Facts confirmed outside the system'), ('other', 'Other, as explained')], max_length=32)),
                ('text', models.TextField(max_length=5000)),
                ('given_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('approver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overrides', to='compliance.findingrow')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overrides', to='compliance.review')),
            ],
            options={
                'ordering': ('given_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['client_instruction', 'tax_cost_accepted', 'risk_reduction', 'cash_need', 'facts_confirmed', 'other'])), name='override_reason_is_known'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='override_is_explained'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('given_at'))), name='override_expires_later'), models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$'), ('key__regex', '^[0-9a-f]{64}$')), name='override_hashes_are_sha256')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('approved', 'Approved'), ('returned', 'Changes requested'), ('rejected', 'Rejected')], max_length=16)),
                ('decided_by_label', models.CharField(max_length=200)),
                ('roles', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('text', models.TextField(blank=True, default='', max_length=5000)),
                ('acknowledged', models.TextField(blank=True, default='', help_text='Rules whose warnings were read and acknowledged, comma-separated.')),
                ('mfa_method', models.CharField(blank=True, default='', max_length=64)),
                ('request_id', models.CharField(blank=True, default='', max_length=64)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='compliance.review')),
            ],
            options={
                'ordering': ('decided_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('verdict__in', ['approved', 'returned', 'rejected'])), name='decision_verdict_is_known'), models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='decision_fingerprint_is_sha256'), models.CheckConstraint(condition=models.Q(('verdict', 'approved'), models.Q(('text', ''), _negated=True), _connector='OR'), name='decision_no_has_reason'), models.UniqueConstraint(condition=models.Q(('verdict__in', ('approved', 'rejected'))), fields=('review',), name='decision_one_final_per_review')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64)),
                ('given_by', models.CharField(help_text="The client's name, as it will be read later.", max_length=200)),
                ('given_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('channel', models.CharField(choices=[('portal', 'In the client portal'), ('letter', 'Signed letter'), ('email', 'E-mail'), ('phone', 'Recorded telephone call'), ('meeting', 'Meeting, minuted')], max_length=16)),
                ('evidence', models.CharField(blank=True, default='', max_length=200)),
                ('account_ref', models.CharField(blank=True, default='', help_text='The account it is for; empty for all of them.', max_length=64)),
                ('recorded_by_label', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='compliance.review')),
            ],
            options={
                'ordering': ('recorded_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['portal', 'letter', 'email', 'phone', 'meeting'])), name='consent_channel_is_known'), models.CheckConstraint(condition=models.Q(('given_by', ''), _negated=True), name='consent_names_who'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('given_at'))), name='consent_expires_later'), models.CheckConstraint(condition=models.Q(('recorded_at__gte', models.F('given_at'))), name='consent_recorded_afterwards'), models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='consent_fingerprint_is_sha256'), models.CheckConstraint(condition=models.Q(('channel', 'portal'), models.Q(('evidence', ''), _negated=True), _connector='OR'), name='consent_has_evidence')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anchor_kind', models.CharField(choices=[('whole', 'The whole'), ('trade', 'A trade'), ('lot', 'A tax lot'), ('finding', 'A finding')], default='whole', max_length=16)),
                ('anchor_ref', models.CharField(blank=True, default='', max_length=120)),
                ('author_label', models.CharField(max_length=200)),
                ('text', models.TextField(max_length=5000)),
                ('written_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('thread', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='compliance.comment')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='compliance.review')),
            ],
            options={
                'ordering': ('written_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('anchor_kind__in', ['whole', 'trade', 'lot', 'finding'])), name='comment_anchor_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('anchor_kind', 'whole'), ('anchor_ref', '')), models.Q(models.Q(('anchor_kind', 'whole'), _negated=True), models.Q(('anchor_ref', ''), _negated=True)), _connector='OR'), name='comment_anchor_names_its_place'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_says_something'), models.CheckConstraint(condition=models.Q(models.Q(('resolved_at', None), ('resolved_by', None)), models.Q(('resolved_at__isnull', False), ('resolved_by__isnull', False), ('thread', None)), _connector='OR'), name='comment_is_resolved_by_someone')],
            },
        ),
        migrations.CreateModel(
            name='ChangeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_by_label', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('text', models.TextField(max_length=5000)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_how', models.CharField(blank=True, choices=[('lifted', 'Lifted by the reviewer'), ('approved', 'The same reviewer approved'), ('dismissed', 'Dismissed by compliance')], default='', max_length=16)),
                ('lifted_reason', models.TextField(blank=True, default='', max_length=5000)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='change_requests', to='compliance.review')),
            ],
            options={
                'ordering': ('asked_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='change_request_says_what'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None), ('lifted_how', '')), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), ('lifted_how__in', ['lifted', 'approved', 'dismissed'])), _connector='OR'), name='change_request_is_lifted_by_someone'), models.CheckConstraint(condition=models.Q(('lifted_how__in', ('', 'dismissed')), ('lifted_by', models.F('asked_by')), _connector='OR'), name='change_request_is_lifted_by_its_author'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_how', 'dismissed'), _negated=True), models.Q(('lifted_reason', ''), _negated=True), _connector='OR'), name='change_request_dismissal_has_reason'), models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('review', 'asked_by'), name='change_request_one_standing_per_person')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('ap',), **{}), editable=False, max_length=24, unique=True)),
                ('subject_kind', models.CharField(choices=[('proposal', 'Proposal'), ('policy', 'Investment policy'), ('model', 'Model portfolio'), ('setting', 'Firm setting'), ('role_change', 'Role change'), ('correction', 'Correction of the record')], max_length=16)),
                ('subject_id', models.CharField(max_length=64)),
                ('subject_revision', models.PositiveIntegerField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('approved_by_label', models.CharField(max_length=200)),
                ('approved_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='approval', to='compliance.decision')),
                ('review', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='approval', to='compliance.review')),
            ],
            options={
                'ordering': ('approved_at', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='approval_fingerprint_is_sha256'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('approved_at'))), name='approval_expires_later'), models.CheckConstraint(condition=models.Q(('subject_revision__gte', 1), ('subject_revision__lte', 1000000)), name='approval_revision_in_range')],
            },
        ),
        migrations.CreateModel(
            name='ReviewMaker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('did', models.CharField(max_length=120)),
                ('done_at', models.DateTimeField(help_text='When a fact was entered that the revision rests on; empty: part of making it.', null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='makers', to='compliance.review')),
            ],
            options={
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('review', 'person', 'did'), name='review_maker_once_per_deed'), models.CheckConstraint(condition=models.Q(('did', ''), _negated=True), name='review_maker_did_something')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('vw',), **{}), editable=False, max_length=24, unique=True)),
                ('address', models.CharField(max_length=200)),
                ('query', models.CharField(blank=True, default='', max_length=500)),
                ('name', models.CharField(max_length=60)),
                ('is_firm', models.BooleanField(default=False)),
                ('saved_at', models.DateTimeField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('owner', 'address', 'name'), name='saved_view_name_once_a_list'), models.CheckConstraint(condition=models.Q(('address__startswith', '/')), name='saved_view_stands_at_an_address')],
            },
        ),
        migrations.CreateModel(
            name='SettingVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('sv',), **{}), editable=False, max_length=24, unique=True)),
                ('number', models.PositiveIntegerField(unique=True)),
                ('group', models.CharField(max_length=16)),
                ('changes', models.TextField()),
                ('effective_on', models.DateField()),
                ('reason', models.TextField(max_length=2000)),
                ('asked_by_label', models.CharField(max_length=200)),
                ('approved_by_label', models.CharField(max_length=200)),
                ('approved_at', models.DateTimeField()),
                ('is_alone', models.BooleanField(default=False)),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('number',),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['effective_on', 'number'], name='setting_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 1000000)), name='setting_number_in_range'), models.CheckConstraint(condition=models.Q(models.Q(('group', ''), _negated=True), models.Q(('changes', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='setting_version_says_what_and_why'), models.CheckConstraint(condition=models.Q(models.Q(('is_alone', True), ('approved_by', models.F('asked_by'))), models.Q(('is_alone', False), models.Q(('approved_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='setting_has_four_eyes')],
            },
        ),
        migrations.CreateModel(
            name='ColumnChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=200)),
                ('hidden', models.JSONField(default=list)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('owner', 'address'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('owner', 'address'), name='one_column_choice_a_list')],
            },
        ),
        ]),
        migrations.RunPython(put_up),
    ]
