"""What the database itself refuses: changed history, approvals by makers, states nobody decided.

The functions are created in the schema the tables live in and name it in their search path, so that
nobody can put a table of the same name in front of ours.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Rows here are only ever added. The head moves, but only forward: it has its own trigger.
ADD_ONLY = (
    "compliance_auditevent",
    "compliance_auditcheckpoint",
    "compliance_reviewmaker",
    "compliance_decision",
    "compliance_approval",
    "compliance_examination",
    "compliance_findingrow",
    "compliance_override",
    "compliance_consent",
)

FUNCTIONS = """
CREATE FUNCTION {schema}.compliance_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: rows here are only ever added.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION {schema}.compliance_netstrings(parts text[]) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT convert_to(string_agg(octet_length(convert_to(part, 'UTF8')) || ':' || part || ',', '' ORDER BY place), 'UTF8')
    FROM unnest(parts) WITH ORDINALITY AS listed(part, place)
$$;

CREATE FUNCTION {schema}.compliance_audit_append(
    p_stated_at timestamptz, p_action text, p_actor_kind text, p_person_ref text, p_actor_label text, p_roles text,
    p_session_ref text, p_mfa_method text, p_request_id text, p_about_kind text, p_about_id text,
    p_household_ref text, p_facts text
) RETURNS TABLE (seq bigint, occurred_at timestamptz, prev_hash text, hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp AS $$
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
    v_now := clock_timestamp();
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
END $$;

REVOKE ALL ON FUNCTION {schema}.compliance_audit_append(
    timestamptz, text, text, text, text, text, text, text, text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION {schema}.compliance_head_moves_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, {schema}, pg_temp AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR NEW.seq <> OLD.seq + 1 OR NOT EXISTS (
        SELECT FROM compliance_auditevent AS event
        WHERE event.seq = NEW.seq AND event.hash = NEW.hash AND event.prev_hash = OLD.hash
    ) THEN
        RAISE EXCEPTION '% on the head of the audit trail is refused: it only moves forward, one event at a time.', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION {schema}.compliance_approval_has_four_eyes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, {schema}, pg_temp AS $$
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
END $$;

CREATE FUNCTION {schema}.compliance_review_keeps_its_course() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, {schema}, pg_temp AS $$
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
END $$;

CREATE FUNCTION {schema}.compliance_review_starts_open() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'open' OR NEW.used_at IS NOT NULL THEN
        RAISE EXCEPTION 'A review starts open.' USING ERRCODE = 'check_violation', CONSTRAINT = 'review_starts_open';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER compliance_head_moves_forward BEFORE UPDATE OR DELETE ON {schema}.compliance_audithead
    FOR EACH ROW EXECUTE FUNCTION {schema}.compliance_head_moves_forward();
ALTER TABLE {schema}.compliance_audithead ENABLE ALWAYS TRIGGER compliance_head_moves_forward;
CREATE TRIGGER compliance_head_no_truncate BEFORE TRUNCATE ON {schema}.compliance_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.compliance_refuse_change();
ALTER TABLE {schema}.compliance_audithead ENABLE ALWAYS TRIGGER compliance_head_no_truncate;

CREATE TRIGGER compliance_approval_has_four_eyes BEFORE INSERT ON {schema}.compliance_approval
    FOR EACH ROW EXECUTE FUNCTION {schema}.compliance_approval_has_four_eyes();
CREATE TRIGGER compliance_review_keeps_its_course BEFORE UPDATE ON {schema}.compliance_review
    FOR EACH ROW EXECUTE FUNCTION {schema}.compliance_review_keeps_its_course();
CREATE TRIGGER compliance_review_starts_open BEFORE INSERT ON {schema}.compliance_review
    FOR EACH ROW EXECUTE FUNCTION {schema}.compliance_review_starts_open();
"""

# For each statement, not each row: then it refuses also what would touch no row, and TRUNCATE.
# ALWAYS, so that it fires with session_replication_role = replica too.
REFUSE_CHANGE = """
CREATE TRIGGER {table}_add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.compliance_refuse_change();
ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER {table}_add_only;
"""

DROP = """
DROP FUNCTION {schema}.compliance_review_starts_open() CASCADE;
DROP FUNCTION {schema}.compliance_review_keeps_its_course() CASCADE;
DROP FUNCTION {schema}.compliance_approval_has_four_eyes() CASCADE;
DROP FUNCTION {schema}.compliance_head_moves_forward() CASCADE;
DROP FUNCTION {schema}.compliance_audit_append(
    timestamptz, text, text, text, text, text, text, text, text, text, text, text, text) CASCADE;
DROP FUNCTION {schema}.compliance_netstrings(text[]) CASCADE;
DROP FUNCTION {schema}.compliance_refuse_change() CASCADE;
"""


def _schema(editor: BaseDatabaseSchemaEditor) -> str:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        return str(cursor.fetchone()[0])


def put_up(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    schema = _schema(editor)
    editor.execute(FUNCTIONS.replace("{schema}", schema), params=None)
    editor.execute(TRIGGERS.replace("{schema}", schema), params=None)
    for table in ADD_ONLY:
        editor.execute(REFUSE_CHANGE.replace("{schema}", schema).replace("{table}", table), params=None)


def take_down(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(DROP.replace("{schema}", _schema(editor)), params=None)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]
    operations = [migrations.RunPython(put_up, take_down)]
