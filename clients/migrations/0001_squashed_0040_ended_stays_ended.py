"""What the migrations up to 0040 together make, for a database that is new: the tables, then what the database refuses.

A database that has run all of them takes this one as run; one that stands in between goes on one by one. That both
ways end at the same tables is held by tests/advisory/health/test_schema.py.
"""

import clients.encryption
import clients.models.columns
import django.db.models.deletion
import django.db.models.expressions
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from compliance.migrations._tables import CreateTables


FUNCTIONS = """
CREATE FUNCTION clients_settled_row_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE'
        AND to_jsonb(NEW) - 'state' - 'superseded_at' = to_jsonb(OLD) - 'state' - 'superseded_at'
        AND NEW.state IN (OLD.state, 'superseded') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is settled: make a new version instead', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE FUNCTION clients_policy_part_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    parent bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.policy_id ELSE OLD.policy_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM clients_policy WHERE id = parent AND state <> 'draft') THEN
        RAISE EXCEPTION 'policy % is settled: make a new version instead', parent
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $function$;

CREATE FUNCTION clients_model_part_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    part jsonb := to_jsonb(CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END);
    parent bigint;
BEGIN
    parent := CASE TG_TABLE_NAME
        WHEN 'clients_modelclass' THEN (part ->> 'version_id')::bigint
        WHEN 'clients_sleeve' THEN
            (SELECT version_id FROM clients_modelclass WHERE id = (part ->> 'model_class_id')::bigint)
        ELSE (SELECT c.version_id FROM clients_sleeve s JOIN clients_modelclass c ON c.id = s.model_class_id
              WHERE s.id = (part ->> 'sleeve_id')::bigint)
    END;
    IF EXISTS (SELECT 1 FROM clients_modelversion WHERE id = parent AND state <> 'draft') THEN
        RAISE EXCEPTION 'model version % is published: make a new version instead', parent
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $function$;

CREATE FUNCTION clients_file_bytes_stay()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    -- The content may be written anew under a new key; whether it is still what came, its digest tells the reader.
    IF TG_OP = 'DELETE'
        OR (NEW.sha256, NEW.public_id, NEW.name, NEW.size, NEW.channel, NEW.received_at, NEW.received_by_id)
        IS DISTINCT FROM
        (OLD.sha256, OLD.public_id, OLD.name, OLD.size, OLD.channel, OLD.received_at, OLD.received_by_id) THEN
        RAISE EXCEPTION 'custodian file % is kept as it came', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION clients_entered_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % stays as it was entered', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE FUNCTION clients_file_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    loading text := current_setting('evenkeel.loading_file', true);
BEGIN
    IF loading IS NULL OR loading = '' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO clients_filechange (file_id, table_name, row_key, kind, was, became)
        SELECT loading::bigint, TG_TABLE_NAME, n.id, 'made', NULL, md5((to_jsonb(n) - 'number')::text)
        FROM rows_after AS n ORDER BY n.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO clients_filechange (file_id, table_name, row_key, kind, was, became)
        SELECT loading::bigint, TG_TABLE_NAME, o.id, 'removed', to_jsonb(o) - 'number', ''
        FROM rows_before AS o ORDER BY o.id;
    ELSE
        INSERT INTO clients_filechange (file_id, table_name, row_key, kind, was, became)
        SELECT loading::bigint, TG_TABLE_NAME, both_rows.id, 'changed',
            (SELECT jsonb_object_agg(cell.key, cell.value) FROM jsonb_each(both_rows.was) AS cell
             WHERE both_rows.is_now -> cell.key IS DISTINCT FROM cell.value),
            md5(both_rows.is_now::text)
        FROM (
            SELECT n.id, to_jsonb(o) - 'number' AS was, to_jsonb(n) - 'number' AS is_now
            FROM rows_before AS o JOIN rows_after AS n ON n.id = o.id OFFSET 0
        ) AS both_rows
        WHERE both_rows.was IS DISTINCT FROM both_rows.is_now ORDER BY both_rows.id;
    END IF;
    RETURN NULL;
END $function$;

CREATE FUNCTION clients_taken_part_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    parent bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM clients_modelversion WHERE id = parent AND state <> 'draft') THEN
        RAISE EXCEPTION 'model version % is published: make a new version instead', parent
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $function$;

CREATE FUNCTION clients_policy_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    life text[] := ARRAY['state', 'superseded_at', 'adopted_at', 'adopted_by_id', 'effective_on', 'fingerprint',
        'signed_by_client_on', 'signed_by_advisor_on'];
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    -- In review and until it is adopted its life goes on, and its content stays.
    IF TG_OP = 'UPDATE' AND OLD.state IN ('review', 'approved') AND to_jsonb(NEW) - life = to_jsonb(OLD) - life THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE'
        AND to_jsonb(NEW) - 'state' - 'superseded_at' = to_jsonb(OLD) - 'state' - 'superseded_at'
        AND (NEW.state = OLD.state OR (OLD.state = 'adopted' AND NEW.state = 'superseded')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is settled: make a new version instead', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE FUNCTION clients_signature_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    -- The document may be encrypted anew under another key; its digest tells whether it is still the same.
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'document' = to_jsonb(OLD) - 'document' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'signature % stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE FUNCTION clients_template_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.retired_at IS NULL
        AND to_jsonb(NEW) - 'retired_at' - 'retired_by_id' = to_jsonb(OLD) - 'retired_at' - 'retired_by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'template % stays: make a new version instead', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE FUNCTION clients_model_version_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$;
"""

TRIGGERS = """
CREATE TRIGGER file_changes AFTER UPDATE ON clients_account REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_account REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_account REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_accountbinding FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_accountbinding ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_accountbinding FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_accountbinding ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_actionagreement FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('nothing');
ALTER TABLE clients_actionagreement ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_actionlot FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('nothing');
ALTER TABLE clients_actionlot ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_arrangedtrade FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_arrangedtrade ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_arrangedtrade FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_arrangedtrade ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_assetclass REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_assetclass REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_assetclass REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_basiselection FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)) OR (old.ends_on IS DISTINCT FROM new.ends_on))
    OR (old.is_revoked IS DISTINCT FROM new.is_revoked)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_basiselection ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_basiselection FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ends_on', 'is_revoked', 'ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_basiselection ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_cashbalance REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_cashbalance REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_cashbalance REFERENCING OLD TABLE AS rows_before FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER done_on_stays BEFORE UPDATE ON clients_cashflow FOR EACH ROW WHEN ((((old.done_on IS NOT NULL) OR
    (old.cancelled_at IS NOT NULL)) AND (((((old.done_on IS DISTINCT FROM new.done_on) OR (old.done_by_id IS DISTINCT
    FROM new.done_by_id)) OR (old.cancelled_at IS DISTINCT FROM new.cancelled_at)) OR (old.cancelled_by_id IS DISTINCT
    FROM new.cancelled_by_id)) OR ((old.cancel_reason)::text IS DISTINCT FROM (new.cancel_reason)::text)))) EXECUTE
    FUNCTION compliance_refuse_change();
ALTER TABLE clients_cashflow ENABLE ALWAYS TRIGGER done_on_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_cashflow FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('done_on', 'done_by_id', 'cancelled_at', 'cancelled_by_id', 'cancel_reason');
ALTER TABLE clients_cashflow ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_cashflowrule FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_cashflowrule ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_cashflowrule FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_cashflowrule ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_classweight REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_classweight REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_classweight REFERENCING OLD TABLE AS rows_before FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER cancelled_at_stays BEFORE UPDATE ON clients_clientrestriction FOR EACH ROW WHEN (((old.cancelled_at IS
    NOT NULL) AND (((old.cancelled_at IS DISTINCT FROM new.cancelled_at) OR (old.cancelled_by_id IS DISTINCT FROM
    new.cancelled_by_id)) OR ((old.cancel_reason)::text IS DISTINCT FROM (new.cancel_reason)::text)))) EXECUTE
    FUNCTION compliance_refuse_change();
ALTER TABLE clients_clientrestriction ENABLE ALWAYS TRIGGER cancelled_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_clientrestriction FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('cancelled_at', 'cancelled_by_id', 'cancel_reason', 'expired_at');
ALTER TABLE clients_clientrestriction ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER expired_at_stays BEFORE UPDATE ON clients_clientrestriction FOR EACH ROW WHEN (((old.expired_at IS NOT
    NULL) AND (old.expired_at IS DISTINCT FROM new.expired_at))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_clientrestriction ENABLE ALWAYS TRIGGER expired_at_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_corporateaction FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_corporateaction ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_corporateaction FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_corporateaction ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_coverage FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    ((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)))) EXECUTE
    FUNCTION compliance_refuse_change();
ALTER TABLE clients_coverage ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_coverage FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_by_id', 'ended_at');
ALTER TABLE clients_coverage ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_bytes_stay BEFORE DELETE OR UPDATE ON clients_custodianfile FOR EACH ROW EXECUTE FUNCTION
    clients_file_bytes_stay();
ALTER TABLE clients_custodianfile ENABLE ALWAYS TRIGGER file_bytes_stay;
CREATE TRIGGER undone_at_stays BEFORE UPDATE ON clients_custodianfile FOR EACH ROW WHEN (((old.undone_at IS NOT NULL)
    AND (((old.undone_at IS DISTINCT FROM new.undone_at) OR (old.undone_by_id IS DISTINCT FROM new.undone_by_id)) OR
    ((old.undone_reason)::text IS DISTINCT FROM (new.undone_reason)::text)))) EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE clients_custodianfile ENABLE ALWAYS TRIGGER undone_at_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_distributionfigure FOR EACH ROW WHEN (((old.ended_at IS NOT
    NULL) AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_distributionfigure ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_distributionfigure FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_distributionfigure ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_distributionterms FOR EACH ROW WHEN (((old.ended_at IS NOT
    NULL) AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_distributionterms ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_distributionterms FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_distributionterms ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_employerplan FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('name', 'source', 'retired_at', 'retired_by_id', 'retire_reason');
ALTER TABLE clients_employerplan ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER retired_at_stays BEFORE UPDATE ON clients_employerplan FOR EACH ROW WHEN (((old.retired_at IS NOT NULL)
    AND (((old.retired_at IS DISTINCT FROM new.retired_at) OR (old.retired_by_id IS DISTINCT FROM new.retired_by_id))
    OR ((old.retire_reason)::text IS DISTINCT FROM (new.retire_reason)::text)))) EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE clients_employerplan ENABLE ALWAYS TRIGGER retired_at_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_estimatedtax FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_estimatedtax ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_estimatedtax FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_estimatedtax ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_formernumber FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('number');
ALTER TABLE clients_formernumber ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_formersymbol REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_formersymbol REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_formersymbol REFERENCING OLD TABLE AS rows_before FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_funddistribution FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_funddistribution ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_funddistribution FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_funddistribution ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_fundtradingpolicy FOR EACH ROW WHEN (((old.ended_at IS NOT
    NULL) AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_fundtradingpolicy ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_fundtradingpolicy FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_fundtradingpolicy ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_hold FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('lifted_at', 'lifted_by_id', 'lift_reason', 'expired_at');
ALTER TABLE clients_hold ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER expired_at_stays BEFORE UPDATE ON clients_hold FOR EACH ROW WHEN (((old.expired_at IS NOT NULL) AND
    (old.expired_at IS DISTINCT FROM new.expired_at))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_hold ENABLE ALWAYS TRIGGER expired_at_stays;
CREATE TRIGGER lifted_at_stays BEFORE UPDATE ON clients_hold FOR EACH ROW WHEN (((old.lifted_at IS NOT NULL) AND
    (((old.lifted_at IS DISTINCT FROM new.lifted_at) OR (old.lifted_by_id IS DISTINCT FROM new.lifted_by_id)) OR
    ((old.lift_reason)::text IS DISTINCT FROM (new.lift_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_hold ENABLE ALWAYS TRIGGER lifted_at_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_insider FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_insider ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_insider FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_insider ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_insiderwindow FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_insiderwindow ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_insiderwindow FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_insiderwindow ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_lifeevent FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('resolved_on', 'resolved_by_id', 'resolution', 'cancelled_at', 'cancelled_by_id',
    'cancel_reason');
ALTER TABLE clients_lifeevent ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER resolved_on_stays BEFORE UPDATE ON clients_lifeevent FOR EACH ROW WHEN ((((old.resolved_on IS NOT NULL)
    OR (old.cancelled_at IS NOT NULL)) AND ((((((old.resolved_on IS DISTINCT FROM new.resolved_on) OR
    (old.resolved_by_id IS DISTINCT FROM new.resolved_by_id)) OR ((old.resolution)::text IS DISTINCT FROM
    (new.resolution)::text)) OR (old.cancelled_at IS DISTINCT FROM new.cancelled_at)) OR (old.cancelled_by_id IS
    DISTINCT FROM new.cancelled_by_id)) OR ((old.cancel_reason)::text IS DISTINCT FROM (new.cancel_reason)::text))))
    EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_lifeevent ENABLE ALWAYS TRIGGER resolved_on_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_lotcorrection FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('filed_acquired_on', 'filed_basis', 'filed_basis_status', 'filed_quantity', 'ended_at',
    'end_reason');
ALTER TABLE clients_lotcorrection ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_lotcorrection REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_lotcorrection REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_lotlisting REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
ALTER TABLE clients_lotlisting ENABLE ALWAYS TRIGGER file_changes;
CREATE TRIGGER file_makes AFTER INSERT ON clients_lotlisting REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
ALTER TABLE clients_lotlisting ENABLE ALWAYS TRIGGER file_makes;
CREATE TRIGGER file_removes AFTER DELETE ON clients_lotlisting REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
ALTER TABLE clients_lotlisting ENABLE ALWAYS TRIGGER file_removes;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_lotorigin FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_lotorigin ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_lotorigin FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_lotorigin ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_lotpiece REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_lotpiece REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_lotpiece REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER model_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_modelclass FOR EACH ROW EXECUTE FUNCTION
    clients_model_part_stays();
ALTER TABLE clients_modelclass ENABLE ALWAYS TRIGGER model_part_stays;
CREATE TRIGGER settled_row_stays BEFORE DELETE OR UPDATE ON clients_modelversion FOR EACH ROW EXECUTE FUNCTION
    clients_model_version_stays();
ALTER TABLE clients_modelversion ENABLE ALWAYS TRIGGER settled_row_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_outsideaccount FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_outsideaccount ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_outsideaccount FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_outsideaccount ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_planaccount FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_planaccount ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_planaccount FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_planaccount ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_planfund FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_planfund ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_planfund FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_planfund ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER settled_row_stays BEFORE DELETE OR UPDATE ON clients_policy FOR EACH ROW EXECUTE FUNCTION
    clients_policy_stays();
ALTER TABLE clients_policy ENABLE ALWAYS TRIGGER settled_row_stays;
CREATE TRIGGER policy_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_policyrestriction FOR EACH ROW EXECUTE
    FUNCTION clients_policy_part_stays();
ALTER TABLE clients_policyrestriction ENABLE ALWAYS TRIGGER policy_part_stays;
CREATE TRIGGER policy_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_policysection FOR EACH ROW EXECUTE
    FUNCTION clients_policy_part_stays();
ALTER TABLE clients_policysection ENABLE ALWAYS TRIGGER policy_part_stays;
CREATE TRIGGER signature_stays BEFORE DELETE OR UPDATE ON clients_policysignature FOR EACH ROW EXECUTE FUNCTION
    clients_signature_stays();
ALTER TABLE clients_policysignature ENABLE ALWAYS TRIGGER signature_stays;
CREATE TRIGGER policy_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_policytarget FOR EACH ROW EXECUTE
    FUNCTION clients_policy_part_stays();
ALTER TABLE clients_policytarget ENABLE ALWAYS TRIGGER policy_part_stays;
CREATE TRIGGER template_stays BEFORE DELETE OR UPDATE ON clients_policytemplate FOR EACH ROW EXECUTE FUNCTION
    clients_template_stays();
ALTER TABLE clients_policytemplate ENABLE ALWAYS TRIGGER template_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_position REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_position REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_position REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_price REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_price REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE
    FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_price REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_productapproval FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_productapproval ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_productapproval FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_productapproval ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_quote FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_quote ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_quote FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_quote ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_realizedgain REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_realizedgain REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_realizedgain REFERENCING OLD TABLE AS rows_before FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_replacement REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_replacement REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_replacement REFERENCING OLD TABLE AS rows_before FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER entered_stays BEFORE UPDATE ON clients_restatement FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('seen_by_id', 'seen_at', 'seen_as', 'seen_note');
ALTER TABLE clients_restatement ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_makes AFTER INSERT ON clients_restatement REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_security REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_security REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_security REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER model_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_sleeve FOR EACH ROW EXECUTE FUNCTION
    clients_model_part_stays();
ALTER TABLE clients_sleeve ENABLE ALWAYS TRIGGER model_part_stays;
CREATE TRIGGER model_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_sleevemember FOR EACH ROW EXECUTE
    FUNCTION clients_model_part_stays();
ALTER TABLE clients_sleevemember ENABLE ALWAYS TRIGGER model_part_stays;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_statedgains FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_statedgains ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_statedgains FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_statedgains ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER taken_part_stays BEFORE INSERT OR DELETE OR UPDATE ON clients_takenpart FOR EACH ROW EXECUTE FUNCTION
    clients_taken_part_stays();
ALTER TABLE clients_takenpart ENABLE ALWAYS TRIGGER taken_part_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_taxlot REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_taxlot REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_taxlot REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_tradinghalt FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_tradinghalt ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_tradinghalt FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_tradinghalt ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_transaction REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_transaction REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_transaction REFERENCING OLD TABLE AS rows_before FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_transfer REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_transfer REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_transfermovement REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_transfermovement REFERENCING NEW TABLE AS rows_after FOR EACH
    STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON clients_volatilitylevel FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE clients_volatilitylevel ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON clients_volatilitylevel FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE clients_volatilitylevel ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER file_changes AFTER UPDATE ON clients_washgroup REFERENCING OLD TABLE AS rows_before NEW TABLE AS
    rows_after FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_makes AFTER INSERT ON clients_washgroup REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_washgroup REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT
    EXECUTE FUNCTION clients_file_changed();
"""


class Migration(migrations.Migration):

    replaces = [('clients', '0001_initial'), ('clients', '0002_immutable'), ('clients', '0003_dispositions'), ('clients', '0004_asset_class_equity_is_said'), ('clients', '0005_renames'), ('clients', '0006_prices_and_symbols'), ('clients', '0007_decided_stays'), ('clients', '0008_us_spelling'), ('clients', '0009_plain_labels'), ('clients', '0010_file_changes'), ('clients', '0011_cash_and_holds'), ('clients', '0012_workbooks'), ('clients', '0013_models_are_followed'), ('clients', '0014_coverage'), ('clients', '0015_lot_corrections'), ('clients', '0016_households'), ('clients', '0017_security_decisions'), ('clients', '0018_policy_documents'), ('clients', '0019_scheduled_models'), ('clients', '0020_volume_is_decided'), ('clients', '0021_final_filer'), ('clients', '0022_restrictions_and_menus'), ('clients', '0023_fund_distributions'), ('clients', '0024_required_distributions'), ('clients', '0025_market_conditions'), ('clients', '0026_harvest_rebalances'), ('clients', '0027_tax_facts'), ('clients', '0028_trading_facts'), ('clients', '0029_triggers_of_policies'), ('clients', '0030_market_facts_in_one_place'), ('clients', '0031_facts_are_entered'), ('clients', '0033_restatements'), ('clients', '0034_corporate_actions'), ('clients', '0035_transfers'), ('clients', '0036_lot_listings'), ('clients', '0038_distributions_and_gifts_in_kind'), ('clients', '0039_lots_without_basis'), ('clients', '0040_ended_stays_ended')]

    initial = True

    dependencies = [
        ('advisory', '__first__'),
        ('compliance', '0001_squashed_0009_saved_views'),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ac', unique=True)),
                ('name', models.CharField(max_length=120)),
                ('registration', clients.models.columns.ChoiceField(choices=[('individual', 'Individual'), ('joint', 'Joint'), ('transfer_on_death', 'Transfer on death'), ('community', 'Community property'), ('revocable_trust', 'Revocable trust'), ('irrevocable_trust', 'Irrevocable trust'), ('traditional_ira', 'Traditional IRA'), ('rollover_ira', 'Rollover IRA'), ('sep_ira', 'SEP IRA'), ('simple_ira', 'SIMPLE IRA'), ('roth_ira', 'Roth IRA'), ('inherited_ira', 'Inherited IRA'), ('inherited_roth_ira', 'Inherited Roth IRA'), ('plan_401k', '401(k)'), ('plan_403b', '403(b)'), ('plan_457', '457'), ('roth_401k', 'Roth 401(k)'), ('hsa', 'Health savings account'), ('education_529', '529 college savings'), ('custodial_minor', 'UTMA or UGMA'), ('account_530a', '530A account'), ('donor_advised_fund', 'Donor-advised fund'), ('charity', 'Charity'), ('private_foundation', 'Private foundation'), ('corporation', 'C corporation'), ('partnership', 'Partnership'), ('annuity', 'Non-qualified annuity')], max_length=20)),
                ('tax_treatment', clients.models.columns.ChoiceField(choices=[('taxable', 'Taxable'), ('tax_deferred', 'Tax-deferred'), ('tax_free', 'Tax-free'), ('tax_exempt', 'Tax-exempt')], max_length=12)),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], max_length=10)),
                ('number', clients.encryption.EncryptedTextField(help_text='The whole account number, encrypted.')),
                ('number_index', models.CharField(help_text='Keyed digest of the number, for equality search.', max_length=64)),
                ('number_last4', models.CharField(max_length=4)),
                ('opened_on', models.DateField(blank=True, null=True)),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('discretion', clients.models.columns.ChoiceField(choices=[('discretionary', 'Discretionary'), ('non_discretionary', 'Client consents to each proposal')], max_length=17)),
                ('discretion_from_on', models.DateField(blank=True, null=True)),
                ('discretion_until_on', models.DateField(blank=True, null=True)),
                ('agreement_signed_on', models.DateField(blank=True, null=True)),
                ('agreement_effective_on', models.DateField(blank=True, null=True)),
                ('agreement_terminated_on', models.DateField(blank=True, null=True)),
                ('margin', clients.models.columns.ChoiceField(choices=[('none', 'Cash account'), ('limited', 'Limited margin'), ('full', 'Margin')], default='none', max_length=7)),
                ('is_erisa', models.BooleanField(default=False)),
                ('lot_method', clients.models.columns.ChoiceField(choices=[('fifo', 'First in, first out'), ('lifo', 'Last in, first out'), ('highest_cost', 'Highest cost'), ('lowest_cost', 'Lowest cost'), ('highest_cost_long_term', 'Highest cost, long-term first'), ('highest_cost_short_term', 'Highest cost, short-term first'), ('min_tax', 'Tax lot optimizer'), ('average_cost', 'Average basis'), ('specific', 'Specified lots'), ('unknown', 'Not known')], default='unknown', max_length=24)),
                ('lot_method_since_on', models.DateField(blank=True, null=True)),
                ('minimum_cash', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('reconciliation', clients.models.columns.ChoiceField(choices=[('never', 'Never checked'), ('reconciled', 'Lots equal positions'), ('broken', 'Lots and positions differ')], default='never', max_length=10)),
                ('reconciled_on', models.DateField(blank=True, help_text='The as-of day of the last comparison.', null=True)),
                ('reconciliation_note', models.TextField(blank=True, help_text='What differs, in words, when it is broken.')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='clients.household')),
                ('joint_owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='joint_accounts', to='clients.person')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='clients.person')),
                ('tax_unit', models.ForeignKey(blank=True, help_text='Who is taxed on its trades; none for accounts whose trades are not taxed.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='clients.taxunit')),
            ],
            options={
                'ordering': ('household', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('minimum_cash__isnull', True), models.Q(('minimum_cash__gte', 0), ('minimum_cash__lte', Decimal('1000000000000'))), _connector='OR'), name='account_minimum_cash_bounded'), models.CheckConstraint(condition=models.Q(('closed_on__isnull', True), ('opened_on__isnull', True), ('closed_on__gte', models.F('opened_on')), _connector='OR'), name='account_closes_after_it_opens'), models.CheckConstraint(condition=models.Q(('discretion_until_on__isnull', True), ('discretion_from_on__isnull', True), ('discretion_until_on__gte', models.F('discretion_from_on')), _connector='OR'), name='account_discretion_ends_after_start'), models.UniqueConstraint(fields=('custodian', 'number_index'), name='one_account_a_custodian_number'), models.CheckConstraint(condition=models.Q(models.Q(('tax_treatment', 'taxable'), _negated=True), ('tax_unit__isnull', False), _connector='OR'), name='taxable_account_has_a_tax_unit')],
            },
        ),
        migrations.CreateModel(
            name='ModelPortfolio',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='mo', unique=True)),
                ('code', models.CharField(max_length=32, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='WashGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('retired_on', models.DateField(blank=True, help_text='No longer offered from this day.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AssetClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=24, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Order on every page.')),
                ('is_equity', models.BooleanField(default=None, help_text="Counts as stocks for a client's risk cap; empty: nobody has said yet.", null=True)),
                ('retired_on', models.DateField(blank=True, help_text='No longer offered from this day.', null=True)),
                ('volatility', models.DecimalField(blank=True, decimal_places=6, help_text="The firm's assumption of its yearly volatility, for bands.", max_digits=9, null=True)),
                ('market_correlation', models.DecimalField(blank=True, decimal_places=6, help_text="The firm's assumption of its correlation with world stocks, -1 to 1, for bands.", max_digits=9, null=True)),
            ],
            options={
                'verbose_name_plural': 'asset classes',
                'ordering': ('position', 'code'),
                'constraints': [models.CheckConstraint(condition=models.Q(('volatility__isnull', True), models.Q(('volatility__gte', 0), ('volatility__lte', 2)), _connector='OR'), name='class_volatility_bounded'), models.CheckConstraint(condition=models.Q(('market_correlation__isnull', True), models.Q(('market_correlation__gte', -1), ('market_correlation__lte', 1)), _connector='OR'), name='class_correlation_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('market_correlation', None), ('volatility', None)), models.Q(('market_correlation__isnull', False), ('volatility__isnull', False)), _connector='OR'), name='class_assumptions_come_together')],
            },
        ),
        migrations.CreateModel(
            name='CashFlowRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='cr', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('contribution', 'Contribution'), ('withdrawal', 'Withdrawal'), ('distribution', 'Required distribution'), ('fee', 'Fee'), ('tax', 'Tax payment')], max_length=12)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Signed: negative leaves the account.', max_digits=18)),
                ('every', clients.models.columns.ChoiceField(choices=[('month', 'Every month'), ('quarter', 'Every three months'), ('year', 'Every year')], max_length=7)),
                ('day', models.PositiveSmallIntegerField(help_text='Day of the month; the last day of a month that is shorter.')),
                ('starts_on', models.DateField(help_text='The month of the first occurrence; none falls before this day.')),
                ('until_on', models.DateField(blank=True, null=True)),
                ('count', models.PositiveSmallIntegerField(blank=True, help_text='How many times; empty: no limit.', null=True)),
                ('moved', clients.models.columns.ChoiceField(choices=[('before', 'to the business day before'), ('after', 'to the next business day')], help_text='Where an occurrence on a day without business goes.', max_length=6)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cash_flow_rules', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.cashflowrule')),
            ],
            options={
                'ordering': ('account', 'starts_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', Decimal('-1000000000000')), ('amount__lte', Decimal('1000000000000'))), _connector='OR'), name='cash_flow_rule_amount_bounded'), models.CheckConstraint(condition=models.Q(('day__isnull', True), models.Q(('day__gte', 1), ('day__lte', 31)), _connector='OR'), name='cash_flow_rule_day_of_a_month'), models.CheckConstraint(condition=models.Q(('count__isnull', True), models.Q(('count__gte', 1), ('count__lte', 600)), _connector='OR'), name='cash_flow_rule_count_bounded'), models.CheckConstraint(condition=models.Q(('until_on__isnull', True), ('starts_on__isnull', True), ('until_on__gte', models.F('starts_on')), _connector='OR'), name='cash_flow_rule_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind', 'contribution')), models.Q(models.Q(('kind', 'contribution'), _negated=True), ('amount__lt', 0)), _connector='OR'), name='cash_flow_rule_sign_follows_kind')],
            },
        ),
        migrations.CreateModel(
            name='CashFlow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='cf', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('contribution', 'Contribution'), ('withdrawal', 'Withdrawal'), ('distribution', 'Required distribution'), ('fee', 'Fee'), ('tax', 'Tax payment')], max_length=12)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Signed: negative leaves the account.', max_digits=18)),
                ('due_on', models.DateField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('occurs_on', models.DateField(blank=True, help_text="The rule's own day, before it was moved to a business day.", null=True)),
                ('done_on', models.DateField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cash_flows', to='clients.account')),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, help_text='The row that this one corrects.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.cashflow')),
                ('rule', models.ForeignKey(blank=True, help_text='The recurring rule it was made by, if any.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='flows', to='clients.cashflowrule')),
            ],
            options={
                'ordering': ('account', 'due_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('done_on', None), ('cancelled_at', None), _connector='OR'), name='cash_flow_is_done_or_cancelled'), models.CheckConstraint(condition=models.Q(models.Q(('occurs_on', None), ('rule', None)), models.Q(('occurs_on__isnull', False), ('rule__isnull', False)), _connector='OR'), name='cash_flow_of_a_rule_has_its_day'), models.UniqueConstraint(condition=models.Q(('replaces', None), ('rule__isnull', False)), fields=('rule', 'occurs_on'), name='one_cash_flow_an_occurrence'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', Decimal('-1000000000000')), ('amount__lte', Decimal('1000000000000'))), _connector='OR'), name='cash_flow_amount_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind', 'contribution')), models.Q(models.Q(('kind', 'contribution'), _negated=True), ('amount__lt', 0)), _connector='OR'), name='cash_flow_sign_follows_kind')],
            },
        ),
        migrations.CreateModel(
            name='CorporateAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='co', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('split', 'Stock split'), ('reverse_split', 'Reverse split'), ('stock_dividend', 'Stock dividend'), ('cash_merger', 'Merger for cash'), ('stock_merger', 'Merger for stock'), ('mixed_merger', 'Merger for cash and stock'), ('spin_off', 'Spin-off'), ('symbol_change', 'Change of symbol'), ('cusip_change', 'Change of CUSIP'), ('return_of_capital', 'Return of capital'), ('cash_in_lieu', 'Cash in lieu of fractions'), ('tender', 'Tender offer'), ('delisting', 'Delisting'), ('liquidation', 'Liquidation')], max_length=17)),
                ('effective_on', models.DateField(help_text='The ex-day or effective day: its opening is the first after the action.')),
                ('shares_new', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('shares_old', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('cash', models.DecimalField(blank=True, decimal_places=6, help_text='Dollars for each share held before.', max_digits=18, null=True)),
                ('new_symbol', models.CharField(blank=True, default='', max_length=24)),
                ('new_cusip', models.CharField(blank=True, default='', max_length=9)),
                ('basis_share', models.DecimalField(blank=True, decimal_places=10, help_text="The new security's part of the basis, as a fraction (Form 8937).", max_digits=11, null=True)),
                ('value', models.DecimalField(blank=True, decimal_places=6, help_text='What a share of the new security was worth on the effective day.', max_digits=18, null=True)),
                ('lieu_price', models.DecimalField(blank=True, decimal_places=6, help_text='Dollars a whole share paid in place of a fraction; empty: fractions are kept.', max_digits=18, null=True)),
                ('is_taxable', models.BooleanField(default=False, help_text='An exchange or distribution that the tax law does not defer.')),
                ('source', models.CharField(help_text="The issuer's notice, Form 8937 or the file it is from.", max_length=200)),
                ('document', models.CharField(blank=True, default='', help_text='Where the paper is kept.', max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.corporateaction')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corporate_actions', to='clients.custodianfile')),
                ('new_security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions_from', to='clients.security')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corporate_actions', to='clients.security')),
            ],
            options={
                'ordering': ('-effective_on', 'security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('shares_new', None), ('shares_old', None)), models.Q(('shares_new__gt', 0), ('shares_old__gt', 0)), _connector='OR'), name='action_ratio_comes_whole'), models.CheckConstraint(condition=models.Q(('shares_new__isnull', True), models.Q(('shares_new__gte', 0), ('shares_new__lte', Decimal('1000000000000'))), _connector='OR'), name='action_shares_new_bounded'), models.CheckConstraint(condition=models.Q(('shares_old__isnull', True), models.Q(('shares_old__gte', 0), ('shares_old__lte', Decimal('1000000000000'))), _connector='OR'), name='action_shares_old_bounded'), models.CheckConstraint(condition=models.Q(('cash__isnull', True), models.Q(('cash__gte', 0), ('cash__lte', Decimal('100000000'))), _connector='OR'), name='action_cash_bounded'), models.CheckConstraint(condition=models.Q(('value__isnull', True), models.Q(('value__gte', 0), ('value__lte', Decimal('100000000'))), _connector='OR'), name='action_value_bounded'), models.CheckConstraint(condition=models.Q(('lieu_price__isnull', True), models.Q(('lieu_price__gte', 0), ('lieu_price__lte', Decimal('100000000'))), _connector='OR'), name='action_lieu_price_bounded'), models.CheckConstraint(condition=models.Q(('basis_share__isnull', True), models.Q(('basis_share__gte', 0), ('basis_share__lte', 1)), _connector='OR'), name='action_basis_share_bounded'), models.CheckConstraint(condition=models.Q(('security', models.F('new_security')), _negated=True), name='action_is_of_two_securities'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'kind', 'effective_on'), name='one_corporate_action_a_day')],
            },
        ),
        migrations.CreateModel(
            name='ActionAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreed_at', models.DateTimeField()),
                ('evidence', models.CharField(max_length=1000)),
                ('agreed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('action', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='agreement', to='clients.corporateaction')),
            ],
            options={
                'ordering': ('action',),
                'constraints': [models.CheckConstraint(condition=models.Q(('asked_by', models.F('agreed_by')), _negated=True), name='action_is_agreed_by_two_people')],
            },
        ),
        migrations.CreateModel(
            name='Coverage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='cv', unique=True)),
                ('part', clients.models.columns.ChoiceField(choices=[('advisor', 'Advisor'), ('reviewer', 'Reviewer')], max_length=8)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('arranged_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('arranged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('away', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('covered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coverages', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'coverages',
                'ordering': ('-starts_on', '-id'),
                'indexes': [models.Index(fields=['covered_by', 'starts_on', 'ends_on'], name='coverage_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='coverage_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('away', models.F('covered_by')), _negated=True), models.Q(('reason', ''), _negated=True)), name='coverage_is_by_somebody_else'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None)), models.Q(('ended_at__gte', models.F('arranged_at')), ('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='coverage_is_ended_by_someone')],
            },
        ),
        migrations.CreateModel(
            name='CustodianFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fi', unique=True)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('content', clients.encryption.EncryptedBinaryField(help_text='Encrypted: files name whole account numbers.')),
                ('size', models.PositiveBigIntegerField()),
                ('channel', clients.models.columns.ChoiceField(choices=[('browser', 'Upload'), ('api', 'API'), ('command', 'Command line'), ('folder', 'Drop folder')], max_length=7)),
                ('layout', models.CharField(blank=True, help_text='The layout it was recognized as.', max_length=40)),
                ('custodian', models.CharField(blank=True, max_length=10)),
                ('as_of_on', models.DateField(blank=True, null=True)),
                ('state', clients.models.columns.ChoiceField(choices=[('received', 'Received'), ('previewed', 'Ready to confirm'), ('loaded', 'Loaded'), ('refused', 'Refused'), ('discarded', 'Discarded'), ('undone', 'Undone')], default='received', max_length=9)),
                ('received_at', models.DateTimeField()),
                ('preview', models.JSONField(blank=True, default=dict, help_text='What loading would do, by account and kind.')),
                ('faults', models.JSONField(blank=True, default=list, help_text='Line, column, value, rule and how to fix, by row.')),
                ('receipt', models.JSONField(blank=True, default=dict, help_text='What loading did.')),
                ('loaded_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, help_text='When loading it was last undone.', null=True)),
                ('undone_reason', models.CharField(blank=True, max_length=300)),
                ('loaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('received_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-received_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'loaded'), _negated=True), ('loaded_at__isnull', False), _connector='OR'), name='loaded_file_says_when'), models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None), ('undone_reason', ''), models.Q(('state', 'undone'), _negated=True)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False), models.Q(('undone_reason', ''), _negated=True)), _connector='OR'), name='undone_file_says_who_and_why')],
            },
        ),
        migrations.CreateModel(
            name='CashBalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('settled', models.DecimalField(decimal_places=2, max_digits=18)),
                ('unsettled', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('unsettled_settles_on', models.DateField(blank=True, null=True)),
                ('as_of_on', models.DateField()),
                ('source_line', models.PositiveIntegerField(blank=True, null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cash', to='clients.account')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cash_balances', to='clients.custodianfile')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('settled__isnull', True), models.Q(('settled__gte', Decimal('-1000000000000')), ('settled__lte', Decimal('1000000000000'))), _connector='OR'), name='cash_settled_bounded'), models.CheckConstraint(condition=models.Q(('unsettled__isnull', True), models.Q(('unsettled__gte', Decimal('-1000000000000')), ('unsettled__lte', Decimal('1000000000000'))), _connector='OR'), name='cash_unsettled_bounded')],
            },
        ),
        migrations.CreateModel(
            name='ActionAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', clients.models.columns.ChoiceField(choices=[('waiting', 'Not shown yet'), ('applied', 'Applied by us'), ('shown', 'Shown by the custodian'), ('unclear', 'Neither before nor after'), ('taken_back', 'Taken back')], default='waiting', max_length=10)),
                ('before_on', models.DateField(blank=True, help_text='The day of the file from before.', null=True)),
                ('shares_before', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('new_before', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('basis_before', models.DecimalField(blank=True, decimal_places=2, help_text='Of all its lots; empty: not known.', max_digits=18, null=True)),
                ('basis_after', models.DecimalField(blank=True, decimal_places=2, help_text='What the action makes of that.', max_digits=18, null=True)),
                ('looked_at', models.DateTimeField()),
                ('sentence', models.CharField(blank=True, help_text='Why it is as it is.', max_length=300)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corporate_actions', to='clients.account')),
                ('action', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='clients.corporateaction')),
                ('positions_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('action', 'account'),
                'indexes': [models.Index(fields=['account', 'state'], name='actions_of_an_account')],
                'constraints': [models.UniqueConstraint(fields=('action', 'account'), name='one_action_an_account'), models.CheckConstraint(condition=models.Q(('shares_before__isnull', True), models.Q(('shares_before__gte', 0), ('shares_before__lte', Decimal('1000000000000'))), _connector='OR'), name='action_before_bounded'), models.CheckConstraint(condition=models.Q(('new_before__isnull', True), models.Q(('new_before__gte', 0), ('new_before__lte', Decimal('1000000000000'))), _connector='OR'), name='action_new_before_bounded'), models.CheckConstraint(condition=models.Q(('basis_before__isnull', True), models.Q(('basis_before__gte', 0), ('basis_before__lte', Decimal('1000000000000'))), _connector='OR'), name='action_basis_before_bounded'), models.CheckConstraint(condition=models.Q(('basis_after__isnull', True), models.Q(('basis_after__gte', 0), ('basis_after__lte', Decimal('1000000000000'))), _connector='OR'), name='action_basis_after_bounded')],
            },
        ),
        migrations.CreateModel(
            name='DistributionTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='dt', unique=True)),
                ('inherited_from', models.CharField(blank=True, help_text='Who died.', max_length=120)),
                ('decedent_born_on', models.DateField(blank=True, null=True)),
                ('died_on', models.DateField(blank=True, null=True)),
                ('beneficiary', clients.models.columns.ChoiceField(blank=True, choices=[('spouse', 'The spouse, alone'), ('minor', 'A minor child of the deceased'), ('eligible', 'Disabled, chronically ill, or not more than ten years younger'), ('other', 'Another person'), ('none', 'An estate, a charity, or a trust that is not looked through')], max_length=8)),
                ('spouse_choice', clients.models.columns.ChoiceField(blank=True, choices=[('own', 'Treated as the spouse’s own'), ('beneficiary', 'Kept as a beneficiary')], max_length=11)),
                ('still_working', models.BooleanField(default=False, help_text='The owner works for the employer of this plan.')),
                ('retired_on', models.DateField(blank=True, help_text='When the owner left that employer.', null=True)),
                ('owns_five_percent', models.BooleanField(default=False, help_text='The owner has more than 5% of that employer: working on defers nothing.')),
                ('source', models.CharField(help_text='Where this is written.', max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='distribution_terms', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, help_text='The terms that these correct.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.distributionterms')),
            ],
            options={
                'verbose_name_plural': 'distribution terms',
                'ordering': ('account', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account',), name='one_distribution_terms_an_account'), models.CheckConstraint(condition=models.Q(models.Q(('beneficiary', ''), ('decedent_born_on', None), ('died_on', None), ('inherited_from', ''), ('spouse_choice', '')), models.Q(models.Q(('beneficiary', ''), _negated=True), models.Q(('inherited_from', ''), _negated=True), ('decedent_born_on__isnull', False), ('died_on__isnull', False)), _connector='OR'), name='distribution_terms_inherited_are_whole'), models.CheckConstraint(condition=models.Q(models.Q(('beneficiary', 'spouse'), models.Q(('spouse_choice', ''), _negated=True)), models.Q(models.Q(('beneficiary', 'spouse'), _negated=True), ('spouse_choice', '')), _connector='OR'), name='distribution_terms_spouse_chooses'), models.CheckConstraint(condition=models.Q(('died_on__isnull', True), ('decedent_born_on__isnull', True), ('died_on__gte', models.F('decedent_born_on')), _connector='OR'), name='distribution_terms_dies_after_birth'), models.CheckConstraint(condition=models.Q(('still_working', False), ('retired_on', None), _connector='OR'), name='distribution_terms_work_or_retired'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='distribution_terms_say_where_from')],
            },
        ),
        migrations.CreateModel(
            name='EmployerPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ep', unique=True)),
                ('code', models.SlugField(help_text="The firm's own short code of the plan.", max_length=32, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('source', models.CharField(help_text="The plan's document with the list of its funds.", max_length=200)),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('retire_reason', models.CharField(blank=True, max_length=200)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('retired_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='FileAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='Keyed digest of how the file names it: two masks may look alike.', max_length=64)),
                ('mask', models.CharField(blank=True, max_length=40)),
                ('label', models.CharField(blank=True, max_length=120)),
                ('state', clients.models.columns.ChoiceField(choices=[('ready', 'Ready'), ('unbound', 'Not bound to an account'), ('refused', 'Refused'), ('loaded', 'Loaded')], max_length=8)),
                ('counts', models.JSONField(blank=True, default=dict, help_text='New, changed and disappeared rows by kind.')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='file_accounts', to='clients.account')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accounts', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('file', 'id'),
                'constraints': [models.UniqueConstraint(fields=('file', 'key'), name='one_file_account_a_key')],
            },
        ),
        migrations.CreateModel(
            name='FileChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(db_column='table_name', max_length=40)),
                ('row', models.BigIntegerField(db_column='row_key')),
                ('kind', clients.models.columns.ChoiceField(choices=[('made', 'Added'), ('changed', 'Changed'), ('removed', 'Removed')], max_length=7)),
                ('was', models.JSONField(decoder=clients.models.columns.ExactDecoder, help_text='Of a changed row the former values that differ; of a removed row all of them.', null=True)),
                ('became', models.CharField(blank=True, help_text='Digest of the row afterwards: whether it has changed since.', max_length=32)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('file', 'id'),
                'indexes': [models.Index(fields=['file', 'table', 'row'], name='changes_of_a_row')],
            },
        ),
        migrations.CreateModel(
            name='FormerNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], max_length=10)),
                ('number', clients.encryption.EncryptedTextField(help_text='The whole account number, encrypted.')),
                ('number_index', models.CharField(help_text='Keyed digest of the number, for equality search.', max_length=64)),
                ('number_last4', models.CharField(max_length=4)),
                ('why', clients.models.columns.ChoiceField(choices=[('moved', 'Moved to another custodian'), ('changed', 'The custodian changed the number'), ('corrected', 'It was recorded wrongly')], max_length=9)),
                ('until_on', models.DateField(help_text='The first day on which the account had the next number.')),
                ('changed_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='former_numbers', to='clients.account')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('account', 'changed_at'),
                'indexes': [models.Index(fields=['number_index'], name='former_numbers_by_index')],
            },
        ),
        migrations.CreateModel(
            name='Household',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='hh', unique=True)),
                ('code', models.CharField(help_text="The firm's own short code, as files carry it.", max_length=32, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('opened_on', models.DateField()),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('profile_confirmed_on', models.DateField(blank=True, help_text='When objectives, horizon and risk were last confirmed with the client.', null=True)),
                ('merged_into', models.ForeignKey(blank=True, help_text='The household that took over its people and accounts.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='clients.household')),
                ('split_from', models.ForeignKey(blank=True, help_text='The household that its people and accounts came from.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='split', to='clients.household')),
            ],
            options={
                'ordering': ('name', 'code'),
                'constraints': [models.CheckConstraint(condition=models.Q(('closed_on__isnull', True), ('opened_on__isnull', True), ('closed_on__gte', models.F('opened_on')), _connector='OR'), name='household_closes_after_it_opens'), models.CheckConstraint(condition=models.Q(('merged_into', None), ('closed_on__isnull', False), _connector='OR'), name='merged_household_is_closed'), models.CheckConstraint(condition=models.Q(('merged_into', None), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='household_is_not_merged_into_itself')],
            },
        ),
        migrations.CreateModel(
            name='BookEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', clients.models.columns.ChoiceField(choices=[('advisor', 'Advisor'), ('reviewer', 'Reviewer')], max_length=8)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='book_entries', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='book_entries', to='clients.household')),
            ],
            options={
                'verbose_name_plural': 'book entries',
                'ordering': ('household', 'starts_on'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='book_entry_ends_after_it_starts'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('household', 'user', 'part'), name='one_open_book_entry_a_person_and_part')],
            },
        ),
        migrations.CreateModel(
            name='Insider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='in', unique=True)),
                ('issuer', models.CharField(help_text='As the securities on record name it.', max_length=120)),
                ('role', clients.models.columns.ChoiceField(choices=[('director', 'Director'), ('officer', 'Officer'), ('owner', 'Owner of more than 10%'), ('affiliate', 'Affiliate or control person'), ('employee', 'Employee with a trading window')], max_length=9)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='The last day; empty: still.', null=True)),
                ('source', models.CharField(help_text="The client's questionnaire or letter, with its day.", max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.insider')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='insider_of', to='clients.person')),
            ],
            options={
                'ordering': ('person', 'issuer', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='insider_ends_after_the_start'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('person', 'issuer', 'role'), name='one_role_a_person_and_issuer')],
            },
        ),
        migrations.CreateModel(
            name='InsiderWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='iw', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('blackout', 'Blackout'), ('clearance', 'Pre-cleared by the issuer'), ('rule_144', 'Rule 144 sale'), ('plan', 'Rule 10b5-1 plan')], max_length=9)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('shares_max', models.DecimalField(blank=True, decimal_places=6, help_text='The most shares that may be traded in it; empty: no limit.', max_digits=20, null=True)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('insider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='clients.insider')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.insiderwindow')),
            ],
            options={
                'ordering': ('insider', '-starts_on', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='insider_window_ends_after_the_start'), models.CheckConstraint(condition=models.Q(('shares_max__isnull', True), models.Q(('shares_max__gte', 0), ('shares_max__lte', Decimal('1000000000000'))), _connector='OR'), name='insider_window_shares_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'blackout'), _negated=True), ('shares_max', None), _connector='OR'), name='blackout_has_no_shares')],
            },
        ),
        migrations.CreateModel(
            name='ModelVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('state', clients.models.columns.ChoiceField(choices=[('draft', 'Draft'), ('published', 'Published'), ('superseded', 'Superseded'), ('called_off', 'Called off')], default='draft', max_length=10)),
                ('effective_on', models.DateField(blank=True, help_text='Of a draft: the day it should take effect; empty: when it is approved.', null=True)),
                ('note', models.TextField(blank=True, help_text='Why this version is made.')),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('rescheduled_at', models.DateTimeField(blank=True, help_text='When it was given another day, before its day.', null=True)),
                ('called_off_at', models.DateTimeField(blank=True, null=True)),
                ('called_off_reason', models.CharField(blank=True, max_length=500)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('called_off_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='clients.modelportfolio')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('model', '-version'),
                'constraints': [models.UniqueConstraint(fields=('model', 'version'), name='one_model_version'), models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('model',), name='one_published_version_a_model'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('model',), name='one_draft_a_model'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('effective_on__isnull', False), ('published_at__isnull', False), ('published_by__isnull', False)), _connector='OR'), name='published_model_is_dated'), models.CheckConstraint(condition=models.Q(models.Q(('called_off_at__isnull', False), ('called_off_by__isnull', False), ('state', 'called_off'), models.Q(('called_off_reason', ''), _negated=True)), models.Q(models.Q(('state', 'called_off'), _negated=True), ('called_off_at', None), ('called_off_by', None), ('called_off_reason', '')), _connector='OR'), name='called_off_model_says_when_and_why')],
            },
        ),
        migrations.CreateModel(
            name='ModelClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.DecimalField(decimal_places=6, max_digits=9)),
                ('asset_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='model_classes', to='clients.assetclass')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='classes', to='clients.modelversion')),
            ],
            options={
                'ordering': ('version', 'asset_class__position'),
                'constraints': [models.UniqueConstraint(fields=('version', 'asset_class'), name='one_model_class'), models.CheckConstraint(condition=models.Q(('weight__isnull', True), models.Q(('weight__gte', 0), ('weight__lte', 1)), _connector='OR'), name='model_class_weight_bounded')],
            },
        ),
        migrations.CreateModel(
            name='NumberChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='nc', unique=True)),
                ('number', clients.encryption.EncryptedTextField(help_text='The whole new number, encrypted.')),
                ('number_last4', models.CharField(max_length=4)),
                ('from_on', models.DateField(help_text='The first day on which the account has the new number.')),
                ('document', models.CharField(blank=True, max_length=200)),
                ('announced_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdraw_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='number_changes', to='clients.account')),
                ('announced_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-announced_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('confirmed_at', None), ('withdrawn_at', None)), fields=('account',), name='one_open_number_change_an_account'), models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('announced_by')), _negated=True), _connector='OR'), name='number_change_is_of_two_people'), models.CheckConstraint(condition=models.Q(('confirmed_at', None), ('withdrawn_at', None), _connector='OR'), name='number_change_is_confirmed_or_withdrawn')],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='pe', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('person', 'Person'), ('trust', 'Trust or estate'), ('entity', 'Company, partnership or foundation')], default='person', max_length=6)),
                ('given_name', models.CharField(blank=True, max_length=60)),
                ('family_name', models.CharField(max_length=120)),
                ('parties', models.CharField(blank=True, help_text='Trustees and beneficiaries, or who signs for an entity.', max_length=500)),
                ('part', clients.models.columns.ChoiceField(choices=[('head', 'Head'), ('spouse', 'Spouse'), ('child', 'Child'), ('trustee', 'Trustee'), ('other', 'Other')], default='head', max_length=8)),
                ('born_on_text', clients.encryption.EncryptedTextField(blank=True, help_text='ISO date of birth, encrypted.', null=True)),
                ('tax_number', clients.encryption.EncryptedTextField(blank=True, help_text='SSN or TIN, encrypted.', null=True)),
                ('tax_number_last4', models.CharField(blank=True, max_length=4)),
                ('deceased_on', models.DateField(blank=True, null=True)),
                ('left_on', models.DateField(blank=True, help_text='When they ceased to belong to the household.', null=True)),
                ('may_see', clients.models.columns.ChoiceField(choices=[('household', 'The whole household'), ('own_accounts', 'Own accounts only'), ('nothing', 'Nothing')], default='household', max_length=12)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='people', to='clients.household')),
                ('spouse', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='spouse_of', to='clients.person')),
                ('user', models.OneToOneField(blank=True, help_text='The sign-in of this person as a client, if any.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='client_person', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'people',
                'ordering': ('household', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('spouse', None), models.Q(('spouse', models.F('id')), _negated=True), _connector='OR'), name='person_is_not_their_own_spouse'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'person'), models.Q(('given_name', ''), _negated=True)), models.Q(models.Q(('kind', 'person'), _negated=True), ('deceased_on', None), ('given_name', ''), ('spouse', None)), _connector='OR'), name='only_people_have_given_names_spouses_and_deaths')],
            },
        ),
        migrations.CreateModel(
            name='OutsideAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='oa', unique=True)),
                ('name', models.CharField(max_length=120)),
                ('institution', models.CharField(blank=True, max_length=120)),
                ('registration', clients.models.columns.ChoiceField(choices=[('individual', 'Individual'), ('joint', 'Joint'), ('transfer_on_death', 'Transfer on death'), ('community', 'Community property'), ('revocable_trust', 'Revocable trust'), ('irrevocable_trust', 'Irrevocable trust'), ('traditional_ira', 'Traditional IRA'), ('rollover_ira', 'Rollover IRA'), ('sep_ira', 'SEP IRA'), ('simple_ira', 'SIMPLE IRA'), ('roth_ira', 'Roth IRA'), ('inherited_ira', 'Inherited IRA'), ('inherited_roth_ira', 'Inherited Roth IRA'), ('plan_401k', '401(k)'), ('plan_403b', '403(b)'), ('plan_457', '457'), ('roth_401k', 'Roth 401(k)'), ('hsa', 'Health savings account'), ('education_529', '529 college savings'), ('custodial_minor', 'UTMA or UGMA'), ('account_530a', '530A account'), ('donor_advised_fund', 'Donor-advised fund'), ('charity', 'Charity'), ('private_foundation', 'Private foundation'), ('corporation', 'C corporation'), ('partnership', 'Partnership'), ('annuity', 'Non-qualified annuity')], max_length=20)),
                ('has_statements', models.BooleanField(default=False, help_text='The client sends its statements.')),
                ('buys', models.JSONField(blank=True, default=list, help_text='Symbols it buys by itself: payroll, plans, reinvestment.')),
                ('declared_on', models.DateField(help_text='When the client told of it.')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outside_accounts', to='clients.household')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.outsideaccount')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outside_accounts', to='clients.person')),
            ],
            options={
                'ordering': ('household', 'name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='LifeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='le', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('job_loss', 'Job loss'), ('inheritance', 'Inheritance'), ('divorce', 'Divorce'), ('death', 'Death'), ('retirement', 'Retirement'), ('business_sale', 'Sale of a business'), ('state_move', 'Move to another state'), ('marriage', 'Marriage')], max_length=13)),
                ('opened_on', models.DateField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('document', models.CharField(blank=True, default='', help_text='The paper that shows it, and where it is kept.', max_length=200)),
                ('document_sha256', models.CharField(blank=True, default='', max_length=64)),
                ('resolved_on', models.DateField(blank=True, null=True)),
                ('resolution', models.CharField(blank=True, help_text="What ended it: a policy, or a person's reason.", max_length=300)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='life_events', to='clients.household')),
                ('replaces', models.OneToOneField(blank=True, help_text='The row that this one corrects.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.lifeevent')),
                ('resolved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='life_events', to='clients.person')),
            ],
            options={
                'ordering': ('household', '-opened_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('resolved_on__isnull', True), ('opened_on__isnull', True), ('resolved_on__gte', models.F('opened_on')), _connector='OR'), name='life_event_resolves_after_it_opens'), models.CheckConstraint(condition=models.Q(('resolved_on', None), ('cancelled_at', None), _connector='OR'), name='life_event_is_resolved_or_cancelled')],
            },
        ),
        migrations.CreateModel(
            name='DistributionFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='df', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('balance', 'Balance of December 31 before the year'), ('divisor', 'Divisor of the Joint and Last Survivor Table'), ('charitable', 'Qualified charitable distribution'), ('taken', 'Taken, and in no file'), ('outside_balance', 'Balance of December 31 at another firm'), ('outside_taken', 'Taken at another firm')], max_length=15)),
                ('year', models.PositiveSmallIntegerField(help_text='The year of the distribution.')),
                ('plan', clients.models.columns.ChoiceField(blank=True, choices=[('ira', 'IRAs'), ('403b', '403(b) plans')], help_text='At another firm: what it counts with.', max_length=4)),
                ('place', models.CharField(blank=True, help_text='The other firm.', max_length=120)),
                ('taken_on', models.DateField(blank=True, null=True)),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('divisor', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ('source', models.CharField(help_text='Where the figure is taken from.', max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='distribution_figures', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, help_text='The figure that this one corrects.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.distributionfigure')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='distribution_figures', to='clients.person')),
            ],
            options={
                'ordering': ('person', '-year', 'kind', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None), ('kind__in', ('balance', 'divisor'))), fields=('account', 'kind', 'year'), name='one_distribution_figure_a_year'), models.UniqueConstraint(condition=models.Q(('ended_at', None), ('kind__in', ('outside_balance', 'outside_taken'))), fields=('person', 'kind', 'year', 'plan', 'place'), name='one_distribution_figure_a_place'), models.CheckConstraint(condition=models.Q(('year__isnull', True), models.Q(('year__gte', 2000), ('year__lte', 2200)), _connector='OR'), name='distribution_figure_year_bounded'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', Decimal('1000000000000'))), _connector='OR'), name='distribution_figure_amount_bounded'), models.CheckConstraint(condition=models.Q(('divisor__isnull', True), models.Q(('divisor__gte', 1), ('divisor__lte', Decimal('99.9'))), _connector='OR'), name='distribution_figure_divisor_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('amount', None), ('divisor__isnull', False), ('kind', 'divisor')), models.Q(models.Q(('kind', 'divisor'), _negated=True), ('amount__isnull', False), ('divisor', None)), _connector='OR'), name='distribution_figure_is_money_or_a_divisor'), models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('kind__in', ('outside_balance', 'outside_taken')), ('plan__in', ('ira', '403b')), models.Q(('place', ''), _negated=True)), models.Q(('account__isnull', False), ('kind__in', ('balance', 'divisor', 'charitable', 'taken')), ('place', ''), ('plan', '')), _connector='OR'), name='distribution_figure_has_its_place'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('charitable', 'taken')), ('taken_on__isnull', False)), models.Q(models.Q(('kind__in', ('charitable', 'taken')), _negated=True), ('taken_on', None)), _connector='OR'), name='distribution_figure_taken_on_a_day'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='distribution_figure_says_where_from')],
            },
        ),
        migrations.CreateModel(
            name='PlanAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_accounts', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='clients.employerplan')),
            ],
            options={
                'ordering': ('plan', 'account'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account',), name='one_plan_an_account')],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ip', unique=True)),
                ('version', models.PositiveSmallIntegerField()),
                ('state', clients.models.columns.ChoiceField(choices=[('draft', 'Draft'), ('review', 'In review'), ('approved', 'Approved, to be signed'), ('adopted', 'Adopted'), ('superseded', 'Superseded'), ('discarded', 'Discarded')], default='draft', max_length=10)),
                ('follows', clients.models.columns.ChoiceField(choices=[('model', 'The model, in the version in force'), ('version', 'One version of the model')], default='version', help_text='Whether later versions of the model reach this household without a new policy.', max_length=7)),
                ('level', clients.models.columns.ChoiceField(choices=[('household', 'Household as one portfolio'), ('account', 'Each account by itself')], default='household', max_length=9)),
                ('pooling_allowed', models.BooleanField(default=True, help_text='Owners agreed in writing that their accounts may be balanced together.')),
                ('objectives', models.TextField()),
                ('risk', models.CharField(max_length=200)),
                ('equity_cap', models.DecimalField(blank=True, decimal_places=6, help_text='Largest share in stocks, looking through funds.', max_digits=9, null=True)),
                ('loss_limit', models.DecimalField(blank=True, decimal_places=6, help_text='Largest loss in a year the client can accept; empty: none was named.', max_digits=9, null=True)),
                ('benchmark', models.CharField(blank=True, max_length=200)),
                ('discretion', clients.models.columns.ChoiceField(choices=[('full', "We decide within this policy, where the account's agreement allows it"), ('consent', 'We ask before every trade')], default='full', max_length=7)),
                ('horizon_years', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('look', clients.models.columns.ChoiceField(choices=[('daily', 'Every market day'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('semiannual', 'Twice a year'), ('annual', 'Yearly'), ('anniversary', "Yearly, on the policy's anniversary")], default='daily', max_length=11)),
                ('calendar', clients.models.columns.ChoiceField(blank=True, choices=[('daily', 'Every market day'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('semiannual', 'Twice a year'), ('annual', 'Yearly'), ('anniversary', "Yearly, on the policy's anniversary")], help_text='Rebalance on a schedule too; empty: bands only.', max_length=11)),
                ('due_session', models.PositiveSmallIntegerField(default=1, help_text='The market day of its month on which a period begins; a later one leaves the turn of the month alone.')),
                ('due_day', models.PositiveSmallIntegerField(blank=True, help_text='The day of its month on which a period begins; empty: the market day.', null=True)),
                ('soft_breach', clients.models.columns.ChoiceField(choices=[('at_once', 'It is traded back at the next look'), ('waits', 'It waits for a scheduled look or for cash; beyond its hard range it is traded at once')], default='at_once', help_text='What follows where a class is outside its band and inside its hard range.', max_length=7)),
                ('sleeve_bands', models.BooleanField(default=False, help_text="The parts of a class have bands too, in proportion to the class's.")),
                ('on_fall', clients.models.columns.ChoiceField(blank=True, choices=[('harvest', 'A look for losses worth taking, and for nothing else'), ('classes', 'A look at the classes named, and at nothing else')], help_text='The unscheduled look after a sharp fall of the market; empty: none.', max_length=7)),
                ('fall_classes', models.CharField(blank=True, help_text='Codes of the classes looked at after a fall, with commas.', max_length=400)),
                ('edge_is_breach', models.BooleanField(default=True, help_text="A weight exactly on the band's edge is outside.")),
                ('band_preference', clients.models.columns.ChoiceField(choices=[('tight', 'Tight: three quarters of the usual width'), ('usual', 'Usual width'), ('loose', 'Loose: one and a half times the usual width')], default='usual', help_text='How wide the client wants the bands.', max_length=5)),
                ('sheltered_band_share', models.DecimalField(decimal_places=6, default=1, help_text='Width of the bands where no account is taxable, as a share of those of taxable households.', max_digits=9)),
                ('tracking_error_limit', models.DecimalField(blank=True, decimal_places=6, help_text='Yearly tracking error that calls for a proposal; empty: none.', max_digits=9, null=True)),
                ('destination_taxable', clients.models.columns.ChoiceField(choices=[('target', 'To target'), ('halfway', 'Halfway to target'), ('edge', "To the band's edge")], default='halfway', max_length=7)),
                ('destination_sheltered', clients.models.columns.ChoiceField(choices=[('target', 'To target'), ('halfway', 'Halfway to target'), ('edge', "To the band's edge")], default='target', max_length=7)),
                ('destination_additions', clients.models.columns.ChoiceField(blank=True, choices=[('target', 'To target'), ('halfway', 'Halfway to target'), ('edge', "To the band's edge")], help_text='How far a class below its band is filled; empty: as far as one above it is trimmed.', max_length=7)),
                ('uses_cash_flows', models.BooleanField(default=True, help_text='New money and money due out rebalance first.')),
                ('harvests_losses', models.BooleanField(default=False, help_text='The client agreed to tax-loss harvesting.')),
                ('harvest_rebalances', models.BooleanField(default=False, help_text='A proposal that only takes losses may also rebalance; otherwise each loss is replaced and nothing else moves.')),
                ('short_term_gains_allowed', models.BooleanField(default=False)),
                ('gain_budget', models.DecimalField(blank=True, decimal_places=2, help_text='Net realized gain a year; empty: none agreed.', max_digits=18, null=True)),
                ('cash_reserve', models.DecimalField(decimal_places=2, default=0, help_text='Held outside the model.', max_digits=18)),
                ('minimum_trade', models.DecimalField(decimal_places=2, default=250, max_digits=18)),
                ('tax_guidance', models.TextField(blank=True)),
                ('text', models.TextField(blank=True)),
                ('starts_on', models.DateField(blank=True, help_text='Takes effect on this day; empty: once everybody has signed.', null=True)),
                ('effective_on', models.DateField(blank=True, null=True)),
                ('reviewed_on', models.DateField(blank=True, null=True)),
                ('next_review_on', models.DateField(blank=True, null=True)),
                ('signed_by_client_on', models.DateField(blank=True, null=True)),
                ('signed_by_advisor_on', models.DateField(blank=True, null=True)),
                ('adopted_at', models.DateTimeField(blank=True, null=True)),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('fingerprint', models.CharField(blank=True, help_text='Digest of what was adopted.', max_length=64)),
                ('adopted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='clients.household')),
                ('model', models.ForeignKey(help_text="What is bought in each class: this version, or its model's version in force.", on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='clients.modelversion')),
            ],
            options={
                'verbose_name_plural': 'policies',
                'ordering': ('household', '-version'),
                'constraints': [models.CheckConstraint(condition=models.Q(('equity_cap__isnull', True), models.Q(('equity_cap__gte', 0), ('equity_cap__lte', 1)), _connector='OR'), name='policy_equity_cap_bounded'), models.CheckConstraint(condition=models.Q(('horizon_years__isnull', True), models.Q(('horizon_years__gte', 0), ('horizon_years__lte', 100)), _connector='OR'), name='policy_horizon_bounded'), models.CheckConstraint(condition=models.Q(('loss_limit__isnull', True), models.Q(('loss_limit__gte', 0), ('loss_limit__lte', 1)), _connector='OR'), name='policy_loss_limit_bounded'), models.CheckConstraint(condition=models.Q(('due_session__isnull', True), models.Q(('due_session__gte', 1), ('due_session__lte', 15)), _connector='OR'), name='policy_due_session_bounded'), models.CheckConstraint(condition=models.Q(('due_day__isnull', True), models.Q(('due_day__gte', 1), ('due_day__lte', 28)), _connector='OR'), name='policy_due_day_bounded'), models.CheckConstraint(condition=models.Q(('tracking_error_limit__isnull', True), models.Q(('tracking_error_limit__gte', 0), ('tracking_error_limit__lte', 1)), _connector='OR'), name='policy_tracking_error_bounded'), models.CheckConstraint(condition=models.Q(('sheltered_band_share__gt', 0), ('sheltered_band_share__lte', 1)), name='policy_sheltered_band_share_bounded'), models.CheckConstraint(condition=models.Q(('gain_budget__isnull', True), models.Q(('gain_budget__gte', 0), ('gain_budget__lte', Decimal('1000000000000'))), _connector='OR'), name='policy_gain_budget_bounded'), models.CheckConstraint(condition=models.Q(('cash_reserve__isnull', True), models.Q(('cash_reserve__gte', 0), ('cash_reserve__lte', Decimal('1000000000000'))), _connector='OR'), name='policy_cash_reserve_bounded'), models.CheckConstraint(condition=models.Q(('minimum_trade__isnull', True), models.Q(('minimum_trade__gte', 0), ('minimum_trade__lte', Decimal('1000000000000'))), _connector='OR'), name='policy_minimum_trade_bounded'), models.UniqueConstraint(fields=('household', 'version'), name='one_policy_version'), models.UniqueConstraint(condition=models.Q(('state', 'adopted')), fields=('household',), name='one_adopted_policy_a_household'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('adopted', 'superseded')), _negated=True), models.Q(('adopted_at__isnull', False), ('adopted_by__isnull', False), ('effective_on__isnull', False), ('fingerprint__length', 64), ('signed_by_advisor_on__isnull', False), ('signed_by_client_on__isnull', False)), _connector='OR'), name='adopted_policy_is_signed_and_dated')],
            },
        ),
        migrations.CreateModel(
            name='PolicySection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', clients.models.columns.ChoiceField(choices=[('purpose', 'Purpose'), ('discipline', 'How we keep to the plan'), ('will', 'What we will do'), ('will_not', 'What we will not do'), ('parties', 'Who decides, who acts and who watches'), ('return_need', 'Return needed and distributions'), ('risk_capacity', 'Willingness and ability to bear losses'), ('constraints', 'Liquidity, legal and other constraints'), ('concentration', 'Concentrated holdings and exclusions'), ('instruments', 'What may be held and what may not'), ('waiting', 'When we hold trades back'), ('lots', 'Tax lots, loss harvesting and wash sales'), ('reporting', 'Reports and reviews'), ('changes', 'How this policy changes')], max_length=13)),
                ('text', models.TextField()),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='clients.policy')),
            ],
            options={
                'ordering': ('policy', 'id'),
                'constraints': [models.UniqueConstraint(fields=('policy', 'code'), name='one_section_once')],
            },
        ),
        migrations.CreateModel(
            name='PolicySignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', clients.models.columns.ChoiceField(choices=[('client', 'Client'), ('advisor', 'Advisor'), ('compliance', 'Compliance')], max_length=10)),
                ('method', clients.models.columns.ChoiceField(choices=[('signed_in', 'Signed in this system'), ('paper', 'Signed document on file'), ('earlier', 'Signed before it was kept here')], max_length=9)),
                ('name', models.CharField(max_length=160)),
                ('fingerprint', models.CharField(max_length=64)),
                ('signed_on', models.DateField()),
                ('document_sha256', models.CharField(blank=True, max_length=64)),
                ('document_name', models.CharField(blank=True, max_length=200)),
                ('document', clients.encryption.EncryptedBinaryField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.person')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='clients.policy')),
                ('recorded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('policy', 'recorded_at', 'id'),
                'constraints': [models.UniqueConstraint(fields=('policy', 'party', 'name', 'fingerprint'), name='one_signature_a_party_person_and_text'), models.CheckConstraint(condition=models.Q(('fingerprint__length', 64), models.Q(('name', ''), _negated=True)), name='signature_names_what_was_signed'), models.CheckConstraint(condition=models.Q(models.Q(('method', 'paper'), _negated=True), models.Q(('document__isnull', False), ('document_sha256__length', 64)), _connector='OR'), name='signature_on_paper_has_its_document'), models.CheckConstraint(condition=models.Q(models.Q(('method', 'signed_in'), _negated=True), ('recorded_by__isnull', False), _connector='OR'), name='signature_here_has_its_signer')],
            },
        ),
        migrations.CreateModel(
            name='PolicyTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight_target', models.DecimalField(decimal_places=6, max_digits=9)),
                ('band_kind', clients.models.columns.ChoiceField(choices=[('absolute', 'Percentage points'), ('relative', 'Share of the target'), ('narrower', 'Narrower of points and share'), ('wider', 'Wider of points and share'), ('volatility', 'Scaled by volatility: the same chance of a breach for every class'), ('risk', 'Scaled by risk: narrower for what moves more'), ('cash', 'Cash: a minimum, and points above the target'), ('asymmetric', 'Own low and high')], max_length=10)),
                ('band_points', models.DecimalField(blank=True, decimal_places=6, help_text='Half width as a fraction of the portfolio.', max_digits=9, null=True)),
                ('band_share', models.DecimalField(blank=True, decimal_places=6, help_text='Half width as a fraction of the target.', max_digits=9, null=True)),
                ('band_multiple', models.DecimalField(blank=True, decimal_places=6, help_text='Standard deviations between two looks, for bands scaled by volatility.', max_digits=9, null=True)),
                ('band_risk', models.DecimalField(blank=True, decimal_places=6, help_text='Yearly tracking error the class may add, for bands scaled by risk.', max_digits=9, null=True)),
                ('relative_volatility', models.DecimalField(blank=True, decimal_places=6, help_text='Yearly volatility of the class against the rest, as it was assumed for this version.', max_digits=9, null=True)),
                ('benchmark', models.CharField(blank=True, max_length=120)),
                ('weight_lower', models.DecimalField(decimal_places=6, help_text="The band's lower edge, computed when the version is adopted.", max_digits=9)),
                ('weight_upper', models.DecimalField(decimal_places=6, help_text="The band's upper edge, computed when the version is adopted.", max_digits=9)),
                ('sheltered_lower', models.DecimalField(blank=True, decimal_places=6, help_text='The lower edge where no account is taxable; empty: the same.', max_digits=9, null=True)),
                ('sheltered_upper', models.DecimalField(blank=True, decimal_places=6, help_text='The upper edge where no account is taxable; empty: the same.', max_digits=9, null=True)),
                ('hard_lower', models.DecimalField(blank=True, decimal_places=6, help_text='The range that trades must never leave.', max_digits=9, null=True)),
                ('hard_upper', models.DecimalField(blank=True, decimal_places=6, help_text='The range that trades must never leave.', max_digits=9, null=True)),
                ('asset_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policy_targets', to='clients.assetclass')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='clients.policy')),
            ],
            options={
                'ordering': ('policy', 'asset_class__position'),
                'constraints': [models.UniqueConstraint(fields=('policy', 'asset_class'), name='one_target_a_class'), models.CheckConstraint(condition=models.Q(('weight_target__isnull', True), models.Q(('weight_target__gte', 0), ('weight_target__lte', 1)), _connector='OR'), name='policy_target_bounded'), models.CheckConstraint(condition=models.Q(('band_points__isnull', True), models.Q(('band_points__gte', 0), ('band_points__lte', 1)), _connector='OR'), name='policy_band_points_bounded'), models.CheckConstraint(condition=models.Q(('band_share__isnull', True), models.Q(('band_share__gte', 0), ('band_share__lte', 1)), _connector='OR'), name='policy_band_share_bounded'), models.CheckConstraint(condition=models.Q(('weight_lower__gte', 0), ('weight_lower__lte', models.F('weight_target')), ('weight_upper__gte', models.F('weight_target')), ('weight_upper__lte', 1)), name='policy_band_holds_its_target'), models.CheckConstraint(condition=models.Q(('band_multiple__isnull', True), models.Q(('band_multiple__gte', 0), ('band_multiple__lte', 10)), _connector='OR'), name='policy_band_multiple_bounded'), models.CheckConstraint(condition=models.Q(('band_risk__isnull', True), models.Q(('band_risk__gte', 0), ('band_risk__lte', 1)), _connector='OR'), name='policy_band_risk_bounded'), models.CheckConstraint(condition=models.Q(('relative_volatility__isnull', True), models.Q(('relative_volatility__gte', 0), ('relative_volatility__lte', 3)), _connector='OR'), name='policy_relative_volatility_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('sheltered_lower', None), ('sheltered_upper', None)), models.Q(('sheltered_lower__gte', models.F('weight_lower')), ('sheltered_lower__lte', models.F('weight_target')), ('sheltered_upper__gte', models.F('weight_target')), ('sheltered_upper__lte', models.F('weight_upper'))), _connector='OR'), name='policy_sheltered_band_holds_its_target'), models.CheckConstraint(condition=models.Q(models.Q(('hard_lower', None), models.Q(('hard_lower__gte', 0), ('hard_lower__lte', models.F('weight_lower'))), _connector='OR'), models.Q(('hard_upper', None), models.Q(('hard_upper__gte', models.F('weight_upper')), ('hard_upper__lte', 1)), _connector='OR')), name='policy_hard_range_holds_the_band')],
            },
        ),
        migrations.CreateModel(
            name='PolicyTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='pt', unique=True)),
                ('code', models.CharField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('content', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('retired_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name', '-version'),
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='one_template_version'), models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('code',), name='one_template_in_use_a_code'), models.CheckConstraint(condition=models.Q(models.Q(('retired_at', None), ('retired_by', None)), models.Q(('retired_at__gte', models.F('made_at')), ('retired_by__isnull', False)), _connector='OR'), name='template_is_retired_by_someone')],
            },
        ),
        migrations.CreateModel(
            name='Security',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', models.CharField(max_length=24, unique=True)),
                ('cusip', models.CharField(blank=True, max_length=9)),
                ('name', models.CharField(max_length=160)),
                ('kind', clients.models.columns.ChoiceField(choices=[('etf', 'Exchange-traded fund'), ('mutual_fund', 'Mutual fund'), ('stock', 'Stock'), ('bond', 'Bond'), ('money_market', 'Money market fund'), ('option', 'Option'), ('other', 'Other')], max_length=12)),
                ('issuer', models.CharField(blank=True, help_text='For limits on a single issuer; empty for funds.', max_length=120)),
                ('sector', models.CharField(blank=True, max_length=60)),
                ('trading', clients.models.columns.ChoiceField(choices=[('open', 'Open'), ('sell_only', 'Sell only'), ('frozen', 'Frozen')], default='open', max_length=9)),
                ('product', clients.models.columns.ChoiceField(blank=True, choices=[('plain', 'Plain'), ('leveraged', 'Leveraged'), ('inverse', 'Inverse'), ('option_income', 'Option income'), ('interval', 'Interval or tender-offer fund'), ('private', 'Private placement'), ('structured', 'Structured note')], default='', help_text='Complex products need an approval for each client; empty: nobody has said.', max_length=13)),
                ('wash_group_on', models.DateField(blank=True, null=True)),
                ('wash_applies', models.BooleanField(default=True, help_text='Off for property that is no security, such as coins.')),
                ('half_spread', models.DecimalField(blank=True, decimal_places=6, help_text='Half the usual bid-ask spread, as a fraction of price.', max_digits=9, null=True)),
                ('daily_volume', models.DecimalField(blank=True, decimal_places=6, help_text='Average daily volume over 20 days, in shares.', max_digits=20, null=True)),
                ('increment', models.DecimalField(decimal_places=6, default=1, help_text='Smallest tradable quantity; 1 means whole shares only.', max_digits=20)),
                ('is_fractional', models.BooleanField(default=False, help_text='Fractions of a share may be traded where the custodian takes them.')),
                ('settlement_days', models.PositiveSmallIntegerField(default=1)),
                ('expense_ratio', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('ordinary_yield', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('qualified_yield', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('exempt_yield', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('realized_gain_yield', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('is_collectible', models.BooleanField(default=False, help_text='Taxed at up to 28% (IRC 1(h)(4)).')),
                ('is_generated', models.BooleanField(default=False, help_text='Invented for the demo firm.')),
                ('retired_on', models.DateField(blank=True, help_text='No longer offered or bought from this day.', null=True)),
                ('wash_group_by', models.ForeignKey(blank=True, help_text="Who decided the group; files leave it alone then. Empty: the file's.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('wash_group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='securities', to='clients.washgroup')),
            ],
            options={
                'verbose_name_plural': 'securities',
                'ordering': ('symbol',),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('wash_group_by', None), ('wash_group_on', None)), models.Q(('wash_group_by__isnull', False), ('wash_group_on__isnull', False)), _connector='OR'), name='security_wash_group_is_decided_by_someone'), models.CheckConstraint(condition=models.Q(('half_spread__isnull', True), models.Q(('half_spread__gte', 0), ('half_spread__lte', 1)), _connector='OR'), name='security_half_spread_bounded'), models.CheckConstraint(condition=models.Q(('daily_volume__isnull', True), models.Q(('daily_volume__gte', 0), ('daily_volume__lte', Decimal('1000000000000'))), _connector='OR'), name='security_volume_bounded'), models.CheckConstraint(condition=models.Q(('increment__gt', 0), ('increment__lte', 1000)), name='security_increment_bounded'), models.CheckConstraint(condition=models.Q(('settlement_days__isnull', True), models.Q(('settlement_days__gte', 0), ('settlement_days__lte', 10)), _connector='OR'), name='security_settles_within_ten_days'), models.CheckConstraint(condition=models.Q(('expense_ratio__isnull', True), models.Q(('expense_ratio__gte', 0), ('expense_ratio__lte', 1)), _connector='OR'), name='security_expense_bounded'), models.CheckConstraint(condition=models.Q(('ordinary_yield__isnull', True), models.Q(('ordinary_yield__gte', 0), ('ordinary_yield__lte', 1)), _connector='OR'), name='security_ordinary_yield_bounded'), models.CheckConstraint(condition=models.Q(('qualified_yield__isnull', True), models.Q(('qualified_yield__gte', 0), ('qualified_yield__lte', 1)), _connector='OR'), name='security_qualified_yield_bounded'), models.CheckConstraint(condition=models.Q(('exempt_yield__isnull', True), models.Q(('exempt_yield__gte', 0), ('exempt_yield__lte', 1)), _connector='OR'), name='security_exempt_yield_bounded'), models.CheckConstraint(condition=models.Q(('realized_gain_yield__isnull', True), models.Q(('realized_gain_yield__gte', 0), ('realized_gain_yield__lte', 1)), _connector='OR'), name='security_gain_yield_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Replacement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(default=1)),
                ('approved_on', models.DateField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('replacement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='clients.security')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replacements', to='clients.security')),
            ],
            options={
                'ordering': ('security', 'rank'),
                'constraints': [models.UniqueConstraint(fields=('security', 'rank'), name='one_replacement_a_rank'), models.UniqueConstraint(fields=('security', 'replacement'), name='one_replacement_once'), models.CheckConstraint(condition=models.Q(models.Q(('approved_by', None), ('approved_on', None)), models.Q(('approved_by__isnull', False), ('approved_on__isnull', False)), _connector='OR'), name='replacement_is_approved_by_someone'), models.CheckConstraint(condition=models.Q(('security', models.F('replacement')), _negated=True), name='no_security_replaces_itself')],
            },
        ),
        migrations.CreateModel(
            name='RealizedGain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='Days, quantity, proceeds and an ordinal: the same sale, file after file.', max_length=120)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('sold_on', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('proceeds', models.DecimalField(decimal_places=2, max_digits=18)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Empty: unknown, never zero.', max_digits=18, null=True)),
                ('disallowed', models.DecimalField(decimal_places=2, default=0, help_text='Wash-sale loss that was disallowed, positive.', max_digits=18)),
                ('term', clients.models.columns.ChoiceField(blank=True, choices=[('short', 'Short-term'), ('long', 'Long-term')], help_text='Empty: not stated, and no day to tell from.', max_length=5)),
                ('source_line', models.PositiveIntegerField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='realized_gains', to='clients.account')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='realized_gains', to='clients.custodianfile')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='realized_gains', to='clients.security')),
            ],
            options={
                'ordering': ('account', 'sold_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', 0), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='realized_gain_quantity_bounded'), models.CheckConstraint(condition=models.Q(('proceeds__isnull', True), models.Q(('proceeds__gte', 0), ('proceeds__lte', Decimal('1000000000000'))), _connector='OR'), name='realized_gain_proceeds_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='realized_gain_basis_bounded'), models.CheckConstraint(condition=models.Q(('disallowed__isnull', True), models.Q(('disallowed__gte', 0), ('disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='realized_gain_disallowed_bounded'), models.CheckConstraint(condition=models.Q(('acquired_on', None), ('sold_on__gte', models.F('acquired_on')), _connector='OR'), name='realized_gain_is_sold_after_bought'), models.UniqueConstraint(fields=('account', 'security', 'key'), name='one_realized_gain_a_key')],
            },
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='qu', unique=True)),
                ('quoted_at', models.DateTimeField()),
                ('bid', models.DecimalField(decimal_places=6, max_digits=18)),
                ('ask', models.DecimalField(decimal_places=6, max_digits=18)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.quote')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='clients.security')),
            ],
            options={
                'ordering': ('-quoted_at', 'security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('bid__isnull', True), models.Q(('bid__gte', Decimal('0.000001')), ('bid__lte', Decimal('100000000'))), _connector='OR'), name='quote_bid_bounded'), models.CheckConstraint(condition=models.Q(('ask__isnull', True), models.Q(('ask__gte', Decimal('0.000001')), ('ask__lte', Decimal('100000000'))), _connector='OR'), name='quote_ask_bounded'), models.CheckConstraint(condition=models.Q(('bid__lte', models.F('ask'))), name='quote_is_not_crossed'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'quoted_at'), name='one_quote_a_moment')],
            },
        ),
        migrations.CreateModel(
            name='ProductApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ap', unique=True)),
                ('product', clients.models.columns.ChoiceField(choices=[('leveraged', 'Leveraged'), ('inverse', 'Inverse'), ('option_income', 'Option income'), ('interval', 'Interval or tender-offer fund'), ('private', 'Private placement'), ('structured', 'Structured note')], max_length=13)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='The last day; empty: until it is ended.', null=True)),
                ('reason', models.CharField(help_text='Why it suits this client.', max_length=300)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='product_approvals', to='clients.household')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.productapproval')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='product_approvals', to='clients.security')),
            ],
            options={
                'ordering': ('household', 'product', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='product_approval_ends_after_the_start'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='product_approval_says_why')],
            },
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of_on', models.DateField()),
                ('price', models.DecimalField(decimal_places=6, max_digits=18)),
                ('source', models.CharField(max_length=40)),
                ('received_at', models.DateTimeField()),
                ('standing', clients.models.columns.ChoiceField(choices=[('sound', 'Sound'), ('disputed', 'In dispute'), ('accepted', 'Accepted'), ('rejected', 'Rejected')], default='sound', max_length=8)),
                ('disputed_with', models.DecimalField(blank=True, decimal_places=6, help_text='The price that it was compared with when it was disputed.', max_digits=18, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='clients.security')),
            ],
            options={
                'ordering': ('security', '-as_of_on'),
                'indexes': [models.Index(fields=['as_of_on', 'security'], name='price_by_day'), models.Index(condition=models.Q(('standing', 'disputed')), fields=['as_of_on'], name='price_disputed')],
                'constraints': [models.UniqueConstraint(fields=('security', 'as_of_on', 'source'), name='one_price_a_day_and_source'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('standing__in', ('accepted', 'rejected'))), models.Q(('decided_at', None), ('decided_by', None), ('standing__in', ('sound', 'disputed'))), _connector='OR'), name='price_is_decided_by_someone'), models.CheckConstraint(condition=models.Q(('price__gt', 0), ('price__lte', Decimal('100000000'))), name='price_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(blank=True, decimal_places=6, help_text='Negative is short; empty: the file gives none.', max_digits=20, null=True)),
                ('market_value', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('held_out', models.CharField(blank=True, help_text='Why it is never rebalanced, as a sentence; empty: it may be.', max_length=200)),
                ('reinvests_dividends', models.BooleanField(help_text='Empty: the file does not say.', null=True)),
                ('as_of_on', models.DateField()),
                ('source_line', models.PositiveIntegerField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='clients.account')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='clients.custodianfile')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='clients.security')),
            ],
            options={
                'ordering': ('account', 'security'),
                'indexes': [models.Index(condition=models.Q(('held_out', ''), _negated=True), fields=['account'], name='positions_held_out')],
                'constraints': [models.UniqueConstraint(fields=('account', 'security'), name='one_position_a_security'), models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', Decimal('-1000000000000')), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='position_quantity_bounded'), models.CheckConstraint(condition=models.Q(('market_value__isnull', True), models.Q(('market_value__gte', Decimal('-1000000000000')), ('market_value__lte', Decimal('1000000000000'))), _connector='OR'), name='position_value_bounded'), models.CheckConstraint(condition=models.Q(('quantity__isnull', False), models.Q(('held_out', ''), _negated=True), _connector='OR'), name='position_without_quantity_is_held_out')],
            },
        ),
        migrations.CreateModel(
            name='PolicyRestriction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', clients.models.columns.ChoiceField(choices=[('do_not_buy', 'Do not buy'), ('do_not_sell', 'Do not sell'), ('cap', 'No more than')], max_length=11)),
                ('issuer', models.CharField(blank=True, max_length=120)),
                ('sector', models.CharField(blank=True, max_length=60)),
                ('weight_cap', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('reason', models.CharField(max_length=200)),
                ('until_on', models.DateField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='clients.account')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='restrictions', to='clients.policy')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='clients.security')),
            ],
            options={
                'ordering': ('policy', 'kind', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('weight_cap__isnull', True), models.Q(('weight_cap__gte', 0), ('weight_cap__lte', 1)), _connector='OR'), name='policy_restriction_cap_bounded'), models.CheckConstraint(condition=models.Q(('security__isnull', False), models.Q(('issuer', ''), _negated=True), models.Q(('sector', ''), _negated=True), _connector='OR'), name='policy_restriction_names_something'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'cap'), _negated=True), ('weight_cap__isnull', False), _connector='OR'), name='policy_cap_has_a_weight')],
            },
        ),
        migrations.CreateModel(
            name='PlanFund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='pf', unique=True)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='Its last day on the menu.', null=True)),
                ('closed_on', models.DateField(blank=True, help_text='Closed to new money from this day; what is held may stay.', null=True)),
                ('weight_min', models.DecimalField(blank=True, decimal_places=6, help_text='The least share of the account that the plan lets the fund have.', max_digits=9, null=True)),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='funds', to='clients.employerplan')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.planfund')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_funds', to='clients.security')),
            ],
            options={
                'ordering': ('plan', 'security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='plan_fund_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('weight_min__isnull', True), models.Q(('weight_min__gte', 0), ('weight_min__lte', 1)), _connector='OR'), name='plan_fund_minimum_bounded'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('plan', 'security'), name='one_line_a_fund_of_a_plan')],
            },
        ),
        migrations.CreateModel(
            name='LotListing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of_on', models.DateField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lot_listings', to='clients.account')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lot_listings', to='clients.custodianfile')),
                ('security', models.ForeignKey(blank=True, help_text='Empty: the file lists all lots of the account.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lot_listings', to='clients.security')),
            ],
            options={
                'ordering': ('account', 'security'),
                'constraints': [models.UniqueConstraint(fields=('account', 'security'), name='one_listing_a_security', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ho', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('advisor', 'Do not trade'), ('legal', 'Legal hold'), ('deceased', 'Owner deceased'), ('transfer', 'Transfer out'), ('custodian', 'Custodian restriction'), ('margin_call', 'Margin call'), ('cash_up_front', '90-day cash up front')], default='advisor', max_length=13)),
                ('reason', models.CharField(max_length=300)),
                ('placed_at', models.DateTimeField()),
                ('starts_on', models.DateField()),
                ('expires_on', models.DateField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lift_reason', models.CharField(blank=True, max_length=200)),
                ('expired_at', models.DateTimeField(blank=True, help_text='When its end was put on the trail; it ended with its last day.', null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='clients.account')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('placed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, help_text='The hold that this one renews or corrects.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.hold')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='clients.household')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='clients.security')),
            ],
            options={
                'ordering': ('household', '-starts_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_on__isnull', True), ('starts_on__isnull', True), ('expires_on__gte', models.F('starts_on')), _connector='OR'), name='hold_expires_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='hold_is_lifted_by_someone')],
            },
        ),
        migrations.CreateModel(
            name='FundTradingPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ft', unique=True)),
                ('holding_days', models.PositiveSmallIntegerField(help_text='A sale within so many days of a purchase is a round trip.')),
                ('redemption_fee', models.DecimalField(blank=True, decimal_places=6, help_text='Of the proceeds, on shares held for fewer days than `fee_days`.', max_digits=9, null=True)),
                ('fee_days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.fundtradingpolicy')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trading_policies', to='clients.security')),
            ],
            options={
                'verbose_name_plural': 'fund trading policies',
                'ordering': ('security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('holding_days__isnull', True), models.Q(('holding_days__gte', 1), ('holding_days__lte', 365)), _connector='OR'), name='fund_policy_days_bounded'), models.CheckConstraint(condition=models.Q(('redemption_fee__isnull', True), models.Q(('redemption_fee__gte', 0), ('redemption_fee__lte', 1)), _connector='OR'), name='fund_policy_fee_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('fee_days', None), ('redemption_fee', None)), models.Q(('fee_days__isnull', False), ('redemption_fee__isnull', False)), _connector='OR'), name='fund_policy_fee_has_its_days'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security',), name='one_trading_policy_a_fund')],
            },
        ),
        migrations.CreateModel(
            name='FundDistribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fd', unique=True)),
                ('ex_on', models.DateField(help_text='Who buys on this day or later does not get it.')),
                ('record_on', models.DateField(blank=True, null=True)),
                ('pay_on', models.DateField(blank=True, null=True)),
                ('short_gain', models.DecimalField(blank=True, decimal_places=6, help_text='Short-term capital gains, taxed as ordinary dividends.', max_digits=18, null=True)),
                ('long_gain', models.DecimalField(blank=True, decimal_places=6, help_text='Long-term capital gains (IRC 852(b)(3)).', max_digits=18, null=True)),
                ('ordinary', models.DecimalField(blank=True, decimal_places=6, help_text='Ordinary income that is not qualified.', max_digits=18, null=True)),
                ('qualified', models.DecimalField(blank=True, decimal_places=6, help_text='Qualified dividend income.', max_digits=18, null=True)),
                ('exempt', models.DecimalField(blank=True, decimal_places=6, help_text='Tax-exempt interest.', max_digits=18, null=True)),
                ('return_of_capital', models.DecimalField(blank=True, decimal_places=6, help_text='Return of capital, which lowers the basis.', max_digits=18, null=True)),
                ('share_of_price', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('is_final', models.BooleanField(default=False, help_text='Off: an estimate.')),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.funddistribution')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='distributions', to='clients.security')),
            ],
            options={
                'ordering': ('-ex_on', 'security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('pay_on__isnull', True), ('ex_on__isnull', True), ('pay_on__gte', models.F('ex_on')), _connector='OR'), name='distribution_is_paid_after_its_ex_day'), models.CheckConstraint(condition=models.Q(('short_gain__isnull', True), models.Q(('short_gain__gte', 0), ('short_gain__lte', Decimal('100000000'))), _connector='OR'), name='distribution_short_gain_bounded'), models.CheckConstraint(condition=models.Q(('long_gain__isnull', True), models.Q(('long_gain__gte', 0), ('long_gain__lte', Decimal('100000000'))), _connector='OR'), name='distribution_long_gain_bounded'), models.CheckConstraint(condition=models.Q(('ordinary__isnull', True), models.Q(('ordinary__gte', 0), ('ordinary__lte', Decimal('100000000'))), _connector='OR'), name='distribution_ordinary_bounded'), models.CheckConstraint(condition=models.Q(('qualified__isnull', True), models.Q(('qualified__gte', 0), ('qualified__lte', Decimal('100000000'))), _connector='OR'), name='distribution_qualified_bounded'), models.CheckConstraint(condition=models.Q(('exempt__isnull', True), models.Q(('exempt__gte', 0), ('exempt__lte', Decimal('100000000'))), _connector='OR'), name='distribution_exempt_bounded'), models.CheckConstraint(condition=models.Q(('return_of_capital__isnull', True), models.Q(('return_of_capital__gte', 0), ('return_of_capital__lte', Decimal('100000000'))), _connector='OR'), name='distribution_return_of_capital_bounded'), models.CheckConstraint(condition=models.Q(('share_of_price__isnull', True), models.Q(('share_of_price__gte', 0), ('share_of_price__lte', 1)), _connector='OR'), name='distribution_share_bounded'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'ex_on'), name='one_distribution_a_fund_and_day')],
            },
        ),
        migrations.CreateModel(
            name='FormerSymbol',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', models.CharField(max_length=24)),
                ('until_on', models.DateField(help_text='The day of the file that brought the new symbol.')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.custodianfile')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_symbols', to='clients.security')),
            ],
            options={
                'ordering': ('security', '-until_on', 'id'),
                'constraints': [models.UniqueConstraint(fields=('security', 'symbol'), name='one_former_symbol_once')],
            },
        ),
        migrations.CreateModel(
            name='ClassWeight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.DecimalField(decimal_places=6, max_digits=9)),
                ('asset_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='class_weights', to='clients.assetclass')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='class_weights', to='clients.security')),
            ],
            options={
                'ordering': ('security', 'asset_class'),
                'constraints': [models.UniqueConstraint(fields=('security', 'asset_class'), name='one_weight_a_security_and_class'), models.CheckConstraint(condition=models.Q(('weight__gt', 0), ('weight__lte', 1)), name='class_weight_bounded')],
            },
        ),
        migrations.CreateModel(
            name='BasisElection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='be', unique=True)),
                ('elected_on', models.DateField()),
                ('document', models.CharField(help_text='Where the written election is kept.', max_length=200)),
                ('ends_on', models.DateField(blank=True, help_text='The day it was revoked or changed; empty: it stands.', null=True)),
                ('is_revoked', models.BooleanField(default=False, help_text='Revoked in time, as if it had never been made; else changed for the future.')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='basis_elections', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.basiselection')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='basis_elections', to='clients.security')),
            ],
            options={
                'ordering': ('account', 'security', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account', 'security'), name='one_basis_election_a_fund'), models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('elected_on__isnull', True), ('ends_on__gte', models.F('elected_on')), _connector='OR'), name='basis_election_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='ArrangedTrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ar', unique=True)),
                ('side', clients.models.columns.ChoiceField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('counterparty', clients.models.columns.ChoiceField(choices=[('firm', 'The firm itself (principal)'), ('affiliate', 'An affiliate of the firm'), ('client', 'Another client (cross)')], max_length=9)),
                ('trade_on', models.DateField()),
                ('disclosed_on', models.DateField(blank=True, help_text='Written disclosure of this trade.', null=True)),
                ('consented_on', models.DateField(blank=True, help_text="The client's consent to this trade.", null=True)),
                ('document', models.CharField(blank=True, help_text='Where disclosure and consent are kept.', max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arranged_trades', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('other_account', models.ForeignKey(blank=True, help_text="The other client's account, for a cross.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.account')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.arrangedtrade')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arranged_trades', to='clients.security')),
            ],
            options={
                'ordering': ('-trade_on', 'account', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('counterparty', 'client'), ('other_account__isnull', False)), models.Q(models.Q(('counterparty', 'client'), _negated=True), ('other_account', None)), _connector='OR'), name='arranged_trade_names_the_other_client'), models.CheckConstraint(condition=models.Q(('other_account', None), models.Q(('other_account', models.F('account')), _negated=True), _connector='OR'), name='arranged_trade_has_two_accounts'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account', 'security', 'side', 'trade_on'), name='one_arranged_trade_a_day')],
            },
        ),
        migrations.CreateModel(
            name='SecurityDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fact', clients.models.columns.ChoiceField(choices=[('name', 'Name'), ('kind', 'Kind'), ('cusip', 'CUSIP'), ('issuer', 'Issuer'), ('sector', 'Sector'), ('trading', 'Trading'), ('product', 'Product'), ('class_weights', 'Asset classes'), ('half_spread', 'Half spread'), ('daily_volume', 'Average daily volume'), ('increment', 'Smallest quantity'), ('is_fractional', 'Fractions'), ('settlement_days', 'Settlement days'), ('expense_ratio', 'Expense ratio'), ('ordinary_yield', 'Ordinary yield'), ('qualified_yield', 'Qualified yield'), ('exempt_yield', 'Exempt yield'), ('realized_gain_yield', 'Realized gain yield'), ('is_collectible', 'Collectible'), ('wash_applies', 'Wash-sale rule applies')], max_length=19)),
                ('value', models.CharField(blank=True, help_text='As decided, in words.', max_length=400)),
                ('holds', models.BooleanField(help_text='Whether files leave the fact alone; off: handed back to them.')),
                ('reason', models.CharField(max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='clients.security')),
            ],
            options={
                'ordering': ('security', '-id'),
                'indexes': [models.Index(fields=['security', 'fact', '-id'], name='decisions_of_a_fact')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='security_decision_says_why')],
            },
        ),
        migrations.CreateModel(
            name='Sleeve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('weight', models.DecimalField(decimal_places=6, help_text='Share of the class.', max_digits=9)),
                ('model_class', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sleeves', to='clients.modelclass')),
            ],
            options={
                'ordering': ('model_class', 'id'),
                'constraints': [models.UniqueConstraint(fields=('model_class', 'name'), name='one_sleeve_a_name'), models.CheckConstraint(condition=models.Q(('weight__gt', 0), ('weight__lte', 1)), name='sleeve_weight_bounded')],
            },
        ),
        migrations.CreateModel(
            name='SleeveMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('use', clients.models.columns.ChoiceField(choices=[('primary', 'First choice'), ('alternate', 'Alternate'), ('legacy', 'Not bought, sold as taxes allow')], default='primary', max_length=9)),
                ('place', clients.models.columns.ChoiceField(choices=[('any', 'Any account'), ('taxable', 'Taxable accounts'), ('sheltered', 'Retirement and other untaxed accounts')], default='any', max_length=9)),
                ('rank', models.PositiveSmallIntegerField(default=1)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sleeve_members', to='clients.security')),
                ('sleeve', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='clients.sleeve')),
            ],
            options={
                'ordering': ('sleeve', 'rank', 'id'),
                'constraints': [models.UniqueConstraint(fields=('sleeve', 'security', 'place'), name='one_sleeve_member')],
            },
        ),
        migrations.CreateModel(
            name='StatedGains',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='sg', unique=True)),
                ('tax_year', models.PositiveSmallIntegerField()),
                ('as_of_on', models.DateField(help_text='The last day the figure covers.')),
                ('short', models.DecimalField(decimal_places=2, help_text='Net short-term gain or loss, after disallowed losses.', max_digits=18)),
                ('long', models.DecimalField(decimal_places=2, help_text='Net long-term gain or loss, after disallowed losses.', max_digits=18)),
                ('disallowed', models.DecimalField(blank=True, decimal_places=2, help_text='Wash-sale loss disallowed, positive; empty: not stated.', max_digits=18, null=True)),
                ('document', models.CharField(help_text='The statement or form it is read from.', max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stated_gains', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.statedgains')),
            ],
            options={
                'ordering': ('account', '-tax_year', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account', 'tax_year'), name='one_stated_gain_an_account_and_year'), models.CheckConstraint(condition=models.Q(('tax_year__isnull', True), models.Q(('tax_year__gte', 2000), ('tax_year__lte', 2100)), _connector='OR'), name='stated_gains_year_is_plausible'), models.CheckConstraint(condition=models.Q(('short__isnull', True), models.Q(('short__gte', Decimal('-1000000000000')), ('short__lte', Decimal('1000000000000'))), _connector='OR'), name='stated_gains_short_bounded'), models.CheckConstraint(condition=models.Q(('long__isnull', True), models.Q(('long__gte', Decimal('-1000000000000')), ('long__lte', Decimal('1000000000000'))), _connector='OR'), name='stated_gains_long_bounded'), models.CheckConstraint(condition=models.Q(('disallowed__isnull', True), models.Q(('disallowed__gte', 0), ('disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='stated_gains_disallowed_bounded')],
            },
        ),
        migrations.CreateModel(
            name='TakenPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sleeve', models.CharField(blank=True, help_text='Empty: the whole class.', max_length=80)),
                ('asset_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='taken_parts', to='clients.assetclass')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='given_parts', to='clients.modelversion')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taken_parts', to='clients.modelversion')),
            ],
            options={
                'ordering': ('version', 'asset_class__position', 'sleeve'),
                'constraints': [models.UniqueConstraint(fields=('version', 'asset_class', 'sleeve'), name='one_source_a_part'), models.CheckConstraint(condition=models.Q(('version', models.F('source')), _negated=True), name='no_part_of_its_own_version')],
            },
        ),
        migrations.CreateModel(
            name='TaxLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='lo', unique=True)),
                ('key', models.CharField(help_text="The custodian's lot id, else acquisition day, unit cost and ordinal: the same lot, file after file.", max_length=80)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('adjusted_acquired_on', models.DateField(blank=True, help_text='Where the holding period starts from when it differs (IRC 1223).', null=True)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Adjusted basis of the whole lot; empty means unknown.', max_digits=18, null=True)),
                ('unadjusted_basis', models.DecimalField(blank=True, decimal_places=2, help_text='Before wash-sale adjustments.', max_digits=18, null=True)),
                ('basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('acquired_by', clients.models.columns.ChoiceField(blank=True, choices=[('purchase', 'Purchase'), ('reinvestment', 'Reinvestment'), ('gift', 'Gift'), ('inheritance', 'Inheritance'), ('transfer', 'Transfer'), ('split', 'Split'), ('spin_off', 'Spin-off'), ('compensation', 'Compensation'), ('other', 'Other')], max_length=13)),
                ('is_average_cost', models.BooleanField(default=False, help_text='Basis is an average; lots cannot be chosen.')),
                ('donor_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('donor_acquired_on', models.DateField(blank=True, null=True)),
                ('gifted_on', models.DateField(blank=True, null=True)),
                ('value_at_gift', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('lock', clients.models.columns.ChoiceField(blank=True, choices=[('gift', 'Pledged as a gift'), ('collateral', 'Pledged as collateral'), ('legend', 'Restricted legend'), ('legacy', 'Legacy holding')], max_length=10)),
                ('lock_reason', models.CharField(blank=True, max_length=200)),
                ('lock_until_on', models.DateField(blank=True, null=True)),
                ('as_of_on', models.DateField(help_text='The day of the file that last changed it; while it is open, a listing may name a later one.')),
                ('closed_on', models.DateField(blank=True, help_text='The first file day on which the custodian no longer listed it.', null=True)),
                ('source_line', models.PositiveIntegerField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='clients.account')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='clients.security')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('account', 'security', 'acquired_on', 'key'),
                'indexes': [models.Index(condition=models.Q(('closed_on', None)), fields=['account', 'security'], name='open_lots'), models.Index(condition=models.Q(('basis', None), ('closed_on', None)), fields=['account'], name='lots_without_basis')],
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', 0), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_quantity_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_basis_bounded'), models.CheckConstraint(condition=models.Q(('unadjusted_basis__isnull', True), models.Q(('unadjusted_basis__gte', 0), ('unadjusted_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_unadjusted_basis_bounded'), models.CheckConstraint(condition=models.Q(('donor_basis__isnull', True), models.Q(('donor_basis__gte', 0), ('donor_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_donor_basis_bounded'), models.CheckConstraint(condition=models.Q(('value_at_gift__isnull', True), models.Q(('value_at_gift__gte', 0), ('value_at_gift__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_value_at_gift_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('basis_status', 'unknown'), _negated=True), ('basis', None), _connector='OR'), name='lot_of_unknown_basis_has_none'), models.CheckConstraint(condition=models.Q(models.Q(('basis_status__in', ('covered', 'noncovered')), _negated=True), models.Q(('acquired_on__isnull', False), ('basis__isnull', False)), _connector='OR'), name='covered_lot_has_basis_and_day'), models.CheckConstraint(condition=models.Q(('closed_on__isnull', False), ('quantity__gt', 0), _connector='OR'), name='open_lot_holds_something'), models.UniqueConstraint(fields=('account', 'security', 'key'), name='one_lot_a_key')],
            },
        ),
        migrations.CreateModel(
            name='Restatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='rs', unique=True)),
                ('as_of_on', models.DateField(help_text='The day that the file states.')),
                ('is_past_day', models.BooleanField(help_text='That day was on record already, otherwise.')),
                ('cause', clients.models.columns.ChoiceField(choices=[('unknown', 'Not explained'), ('late_basis', 'Basis came late'), ('wash', 'Wash-sale adjustment'), ('corporate_action', 'Corporate action')], max_length=16)),
                ('was_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('was_acquired_on', models.DateField(blank=True, null=True)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('was_basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of all its shares; empty: unknown.', max_digits=18, null=True)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of all its shares; empty: unknown.', max_digits=18, null=True)),
                ('was_disallowed', models.DecimalField(decimal_places=2, default=0, help_text='Of a sale: the loss disallowed; positive.', max_digits=18)),
                ('disallowed', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('was_term', clients.models.columns.ChoiceField(blank=True, choices=[('short', 'Short-term'), ('long', 'Long-term')], max_length=7)),
                ('term', clients.models.columns.ChoiceField(blank=True, choices=[('short', 'Short-term'), ('long', 'Long-term')], max_length=7)),
                ('found_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('seen_as', clients.models.columns.ChoiceField(blank=True, choices=[('correction', 'A correction that is right'), ('late_basis', 'Basis that came late'), ('wash', 'A wash-sale adjustment'), ('corporate_action', 'A corporate action'), ('custodian_error', 'An error of the custodian, who is asked')], max_length=16)),
                ('seen_note', models.CharField(blank=True, max_length=300)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.account')),
                ('gain', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.realizedgain')),
                ('seen_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.custodianfile')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.security')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.taxlot')),
            ],
            options={
                'ordering': ('-found_at', 'account', 'id'),
                'indexes': [models.Index(condition=models.Q(('seen_at', None)), fields=['account', 'found_at'], name='restatements_unseen')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('gain', None), ('lot__isnull', False)), models.Q(('gain__isnull', False), ('lot', None)), _connector='OR'), name='restatement_is_of_a_lot_or_a_sale'), models.CheckConstraint(condition=models.Q(('was_quantity__isnull', False), ('quantity__isnull', False), _connector='OR'), name='restatement_has_a_side'), models.CheckConstraint(condition=models.Q(models.Q(('seen_as', ''), ('seen_at', None), ('seen_by', None), ('seen_note', '')), models.Q(('seen_at__isnull', False), ('seen_by__isnull', False), models.Q(('seen_as', ''), _negated=True)), _connector='OR'), name='restatement_seen_by_somebody'), models.CheckConstraint(condition=models.Q(('was_quantity__isnull', True), models.Q(('was_quantity__gte', 0), ('was_quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_was_quantity_bounded'), models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', 0), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_quantity_bounded'), models.CheckConstraint(condition=models.Q(('was_basis__isnull', True), models.Q(('was_basis__gte', 0), ('was_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_was_basis_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_basis_bounded'), models.CheckConstraint(condition=models.Q(('was_disallowed__isnull', True), models.Q(('was_disallowed__gte', 0), ('was_disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_was_disallowed_bounded'), models.CheckConstraint(condition=models.Q(('disallowed__isnull', True), models.Q(('disallowed__gte', 0), ('disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_disallowed_bounded')],
            },
        ),
        migrations.CreateModel(
            name='LotPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('basis', models.DecimalField(decimal_places=2, max_digits=18)),
                ('adjusted_acquired_on', models.DateField()),
                ('because', models.CharField(max_length=200)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='clients.taxlot')),
            ],
            options={
                'ordering': ('lot', 'adjusted_acquired_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='piece_quantity_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='piece_basis_bounded')],
            },
        ),
        migrations.CreateModel(
            name='LotOrigin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='lg', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('gift', 'Gift'), ('inherited', 'Inherited'), ('survivor', 'Joint account, survivor'), ('community', 'Community property, survivor')], max_length=9)),
                ('shares', models.DecimalField(decimal_places=6, max_digits=20)),
                ('happened_on', models.DateField(help_text='The day of the gift or of the death.')),
                ('value', models.DecimalField(blank=True, decimal_places=2, help_text='Fair market value that day; empty: not known, for gifts only.', max_digits=18, null=True)),
                ('alternate_value', models.DecimalField(blank=True, decimal_places=2, help_text='Six months later, where the estate elected it (IRC 2032).', max_digits=18, null=True)),
                ('former_basis', models.DecimalField(blank=True, decimal_places=2, help_text="The donor's basis, or what the joint owners had.", max_digits=18, null=True)),
                ('former_acquired_on', models.DateField(blank=True, help_text='When the donor acquired it.', null=True)),
                ('gift_tax', models.DecimalField(decimal_places=2, default=0, help_text='Gift tax paid on the appreciation (IRC 1015(d)(6)).', max_digits=18)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='The basis that follows; for gifts, that of a gain.', max_digits=18, null=True)),
                ('evidence', models.CharField(max_length=1000)),
                ('was', models.JSONField(default=dict, help_text="The lot's columns before, by name.")),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.lotorigin')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='origins', to='clients.taxlot')),
            ],
            options={
                'ordering': ('lot', '-entered_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('lot',), name='one_origin_a_lot'), models.CheckConstraint(condition=models.Q(('asked_by', models.F('entered_by')), _negated=True), name='lot_origin_is_of_two_people'), models.CheckConstraint(condition=models.Q(('value__isnull', True), models.Q(('value__gte', 0), ('value__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_origin_value_bounded'), models.CheckConstraint(condition=models.Q(('alternate_value__isnull', True), models.Q(('alternate_value__gte', 0), ('alternate_value__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_origin_alternate_bounded'), models.CheckConstraint(condition=models.Q(('former_basis__isnull', True), models.Q(('former_basis__gte', 0), ('former_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_origin_former_bounded'), models.CheckConstraint(condition=models.Q(('gift_tax__isnull', True), models.Q(('gift_tax__gte', 0), ('gift_tax__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_origin_gift_tax_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_origin_basis_bounded')],
            },
        ),
        migrations.CreateModel(
            name='LotCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='lc', unique=True)),
                ('was_acquired_on', models.DateField(blank=True, null=True)),
                ('was_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('was_basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of the whole lot as it was then.', max_digits=18, null=True)),
                ('basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('quantity', models.DecimalField(decimal_places=6, help_text="The lot's shares when it was corrected.", max_digits=20)),
                ('evidence', models.CharField(max_length=1000)),
                ('document', models.CharField(blank=True, help_text='Where the evidence is kept.', max_length=200)),
                ('document_sha256', models.CharField(blank=True, max_length=64)),
                ('filed_acquired_on', models.DateField(blank=True, null=True)),
                ('filed_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('filed_basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('filed_quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('decided_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it is in force.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='clients.taxlot')),
            ],
            options={
                'ordering': ('lot', '-decided_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('lot',), name='one_correction_in_force_a_lot'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_correction_basis_bounded'), models.CheckConstraint(condition=models.Q(('filed_basis__isnull', True), models.Q(('filed_basis__gte', 0), ('filed_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_correction_filed_basis_bounded'), models.CheckConstraint(condition=models.Q(('asked_by', models.F('decided_by')), _negated=True), name='lot_correction_is_of_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='lot_correction_says_when_it_ended')],
            },
        ),
        migrations.CreateModel(
            name='ClientRestriction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='rs', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('do_not_buy', 'Never buy'), ('do_not_sell', 'Do not sell'), ('keep', 'Keep until a day'), ('cap', 'No more than')], max_length=11)),
                ('issuers', models.JSONField(blank=True, default=list, help_text='One company, or a list of them.')),
                ('sector', models.CharField(blank=True, max_length=60)),
                ('weight_cap', models.DecimalField(blank=True, decimal_places=6, help_text='The most, as a share of the household.', max_digits=9, null=True)),
                ('reason', models.CharField(max_length=200)),
                ('asked_by', models.CharField(help_text='Who asked for it.', max_length=120)),
                ('asked_on', models.DateField(help_text='When they asked.')),
                ('document', models.CharField(blank=True, help_text='Where the paper is kept.', max_length=200)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='The last day; empty: until it is cancelled.', null=True)),
                ('made_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('expired_at', models.DateTimeField(blank=True, help_text='When its end was put on the trail; it ended with its last day.', null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='client_restrictions', to='clients.account')),
                ('asset_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='client_restrictions', to='clients.assetclass')),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, help_text='The restriction that this one changes.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.clientrestriction')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='client_restrictions', to='clients.household')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='client_restrictions', to='clients.security')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='client_restrictions', to='clients.taxlot')),
            ],
            options={
                'ordering': ('household', 'kind', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='client_restriction_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('weight_cap__isnull', True), models.Q(('weight_cap__gte', 0), ('weight_cap__lte', 1)), _connector='OR'), name='client_restriction_cap_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('kind', 'cap'), ('weight_cap__isnull', False)), models.Q(models.Q(('kind', 'cap'), _negated=True), ('weight_cap', None)), _connector='OR'), name='client_restriction_cap_has_its_weight'), models.CheckConstraint(condition=models.Q(models.Q(('asset_class', None), ('issuers', []), ('lot__isnull', False), ('sector', ''), ('security', None)), models.Q(('asset_class', None), ('issuers', []), ('lot', None), ('sector', ''), ('security__isnull', False)), models.Q(('asset_class', None), ('lot', None), ('sector', ''), ('security', None), models.Q(('issuers', []), _negated=True)), models.Q(('asset_class', None), ('issuers', []), ('lot', None), ('security', None), models.Q(('sector', ''), _negated=True)), models.Q(('asset_class__isnull', False), ('issuers', []), ('lot', None), ('sector', ''), ('security', None)), _connector='OR'), name='client_restriction_names_one_thing'), models.CheckConstraint(condition=models.Q(('lot', None), models.Q(('account__isnull', False), ('kind__in', ('do_not_sell', 'keep'))), _connector='OR'), name='client_restriction_of_a_lot_keeps_it'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'keep'), _negated=True), ('ends_on__isnull', False), _connector='OR'), name='client_restriction_keeps_until_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('asked_by', ''), _negated=True)), name='client_restriction_says_why_and_who'), models.CheckConstraint(condition=models.Q(('cancelled_at', None), ('expired_at', None), _connector='OR'), name='client_restriction_ends_once')],
            },
        ),
        migrations.CreateModel(
            name='ActionLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shares', models.DecimalField(decimal_places=6, help_text="Change of the lot's shares.", max_digits=20)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text="Change of the lot's basis; empty: unknown.", max_digits=18, null=True)),
                ('received_shares', models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                ('received_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('cash', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('gain', models.DecimalField(blank=True, decimal_places=2, help_text='Recognized now; empty: not known.', max_digits=18, null=True)),
                ('is_reversal', models.BooleanField(default=False)),
                ('written_at', models.DateTimeField()),
                ('applied', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='clients.actionaccount')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='clients.taxlot')),
                ('received', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='came_from', to='clients.taxlot')),
            ],
            options={
                'ordering': ('applied', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('shares__isnull', True), models.Q(('shares__gte', Decimal('-1000000000000')), ('shares__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_shares_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', Decimal('-1000000000000')), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_basis_bounded'), models.CheckConstraint(condition=models.Q(('received_shares__isnull', True), models.Q(('received_shares__gte', Decimal('-1000000000000')), ('received_shares__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_received_bounded'), models.CheckConstraint(condition=models.Q(('received_basis__isnull', True), models.Q(('received_basis__gte', Decimal('-1000000000000')), ('received_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_received_basis_bounded'), models.CheckConstraint(condition=models.Q(('cash__isnull', True), models.Q(('cash__gte', Decimal('-1000000000000')), ('cash__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_cash_bounded'), models.CheckConstraint(condition=models.Q(('gain__isnull', True), models.Q(('gain__gte', Decimal('-1000000000000')), ('gain__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_gain_bounded')],
            },
        ),
        migrations.CreateModel(
            name='TaxUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='tu', unique=True)),
                ('code', models.CharField(help_text='Unique within the household; files may name it.', max_length=32)),
                ('name', models.CharField(max_length=120)),
                ('filing_status', clients.models.columns.ChoiceField(choices=[('single', 'Single'), ('mfj', 'Married filing jointly'), ('mfs', 'Married filing separately'), ('hoh', 'Head of household'), ('qss', 'Qualifying surviving spouse'), ('trust', 'Trust or estate')], help_text="At present; each year's profile has its own.", max_length=6)),
                ('state', models.CharField(blank=True, help_text='State of residence, two letters.', max_length=2)),
                ('last_tax_year', models.PositiveSmallIntegerField(blank=True, help_text='The last year for which it files; empty while it goes on.', null=True)),
                ('final_filer', models.CharField(blank=True, default='', help_text='Who files the return of a year of death.', max_length=120)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tax_units', to='clients.household')),
                ('members', models.ManyToManyField(blank=True, related_name='tax_units', to='clients.person')),
            ],
            options={
                'ordering': ('household', 'code'),
                'constraints': [models.CheckConstraint(condition=models.Q(('last_tax_year__isnull', True), models.Q(('last_tax_year__gte', 2000), ('last_tax_year__lte', 2100)), _connector='OR'), name='tax_unit_last_year_is_plausible'), models.UniqueConstraint(fields=('household', 'code'), name='tax_unit_code_once_a_household')],
            },
        ),
        migrations.CreateModel(
            name='TaxProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='tp', unique=True)),
                ('tax_year', models.PositiveSmallIntegerField()),
                ('filing_status', clients.models.columns.ChoiceField(choices=[('single', 'Single'), ('mfj', 'Married filing jointly'), ('mfs', 'Married filing separately'), ('hoh', 'Head of household'), ('qss', 'Qualifying surviving spouse'), ('trust', 'Trust or estate')], max_length=6)),
                ('state', models.CharField(blank=True, help_text='State of residence, two letters.', max_length=2)),
                ('rate_short', models.DecimalField(blank=True, decimal_places=6, help_text='Flat federal rate on short-term gains; empty: the full computation.', max_digits=9, null=True)),
                ('rate_long', models.DecimalField(blank=True, decimal_places=6, help_text='Flat federal rate on long-term gains.', max_digits=9, null=True)),
                ('rate_investment', models.DecimalField(decimal_places=6, default=0, help_text='Net investment income tax on top of flat rates (IRC 1411).', max_digits=9)),
                ('wages', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('taxable_interest', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('qualified_dividends', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('other_income', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('deduction', models.DecimalField(blank=True, decimal_places=2, help_text='Empty means the standard deduction.', max_digits=18, null=True)),
                ('state_rate', models.DecimalField(decimal_places=6, default=0, help_text='Flat state rate on net gains.', max_digits=9)),
                ('short_term_before', models.DecimalField(decimal_places=2, default=0, help_text='Realized this year before the record begins.', max_digits=18)),
                ('long_term_before', models.DecimalField(decimal_places=2, default=0, help_text='Realized this year before the record begins.', max_digits=18)),
                ('short_term_carryover', models.DecimalField(decimal_places=2, default=0, help_text='Loss carried in, as a positive figure.', max_digits=18)),
                ('long_term_carryover', models.DecimalField(decimal_places=2, default=0, help_text='Loss carried in, as a positive figure.', max_digits=18)),
                ('distributions_expected', models.DecimalField(decimal_places=2, default=0, help_text='Capital-gain distributions, received or expected.', max_digits=18)),
                ('gain_budget', models.DecimalField(blank=True, decimal_places=2, help_text='Net realized gain allowed this year; empty: none set.', max_digits=18, null=True)),
                ('confirmed_on', models.DateField(blank=True, null=True)),
                ('tax_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='profiles', to='clients.taxunit')),
            ],
            options={
                'ordering': ('tax_unit', '-tax_year'),
                'constraints': [models.UniqueConstraint(fields=('tax_unit', 'tax_year'), name='one_tax_profile_a_year'), models.CheckConstraint(condition=models.Q(models.Q(('rate_investment', 0), ('rate_long', None), ('rate_short', None)), models.Q(('rate_investment__gte', 0), ('rate_long__gte', 0), ('rate_long__isnull', False), ('rate_long__lte', models.F('rate_short')), ('rate_short__isnull', False), ('rate_short__lt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(1), '-', models.F('rate_investment')), '-', models.F('state_rate')))), _connector='OR'), name='tax_profile_flat_rates_fit'), models.CheckConstraint(condition=models.Q(('tax_year__isnull', True), models.Q(('tax_year__gte', 2000), ('tax_year__lte', 2100)), _connector='OR'), name='tax_profile_year_is_plausible'), models.CheckConstraint(condition=models.Q(('wages__isnull', True), models.Q(('wages__gte', 0), ('wages__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_wages_bounded'), models.CheckConstraint(condition=models.Q(('taxable_interest__isnull', True), models.Q(('taxable_interest__gte', 0), ('taxable_interest__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_interest_bounded'), models.CheckConstraint(condition=models.Q(('qualified_dividends__isnull', True), models.Q(('qualified_dividends__gte', 0), ('qualified_dividends__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_dividends_bounded'), models.CheckConstraint(condition=models.Q(('other_income__isnull', True), models.Q(('other_income__gte', Decimal('-1000000000000')), ('other_income__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_other_bounded'), models.CheckConstraint(condition=models.Q(('deduction__isnull', True), models.Q(('deduction__gte', 0), ('deduction__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_deduction_bounded'), models.CheckConstraint(condition=models.Q(('state_rate__isnull', True), models.Q(('state_rate__gte', 0), ('state_rate__lte', 1)), _connector='OR'), name='tax_profile_state_rate_bounded'), models.CheckConstraint(condition=models.Q(('short_term_before__isnull', True), models.Q(('short_term_before__gte', Decimal('-1000000000000')), ('short_term_before__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_st_bounded'), models.CheckConstraint(condition=models.Q(('long_term_before__isnull', True), models.Q(('long_term_before__gte', Decimal('-1000000000000')), ('long_term_before__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_lt_bounded'), models.CheckConstraint(condition=models.Q(('short_term_carryover__isnull', True), models.Q(('short_term_carryover__gte', 0), ('short_term_carryover__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_st_carry_bounded'), models.CheckConstraint(condition=models.Q(('long_term_carryover__isnull', True), models.Q(('long_term_carryover__gte', 0), ('long_term_carryover__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_lt_carry_bounded'), models.CheckConstraint(condition=models.Q(('distributions_expected__isnull', True), models.Q(('distributions_expected__gte', 0), ('distributions_expected__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_distributions_bounded'), models.CheckConstraint(condition=models.Q(('gain_budget__isnull', True), models.Q(('gain_budget__gte', 0), ('gain_budget__lte', Decimal('1000000000000'))), _connector='OR'), name='tax_profile_budget_bounded')],
            },
        ),
        migrations.CreateModel(
            name='EstimatedTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='et', unique=True)),
                ('tax_year', models.PositiveSmallIntegerField()),
                ('prior_tax', models.DecimalField(blank=True, decimal_places=2, help_text="Last year's total tax; empty: not known.", max_digits=18, null=True)),
                ('prior_income', models.DecimalField(blank=True, decimal_places=2, help_text="Last year's adjusted gross income; empty: not known.", max_digits=18, null=True)),
                ('withheld', models.DecimalField(decimal_places=2, default=0, help_text='Withholding expected for the whole year.', max_digits=18)),
                ('paid', models.DecimalField(decimal_places=2, default=0, help_text='Estimated payments made so far for the year.', max_digits=18)),
                ('document', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.estimatedtax')),
                ('tax_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='estimated_taxes', to='clients.taxunit')),
            ],
            options={
                'ordering': ('tax_unit', '-tax_year', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('tax_unit', 'tax_year'), name='one_estimated_tax_a_unit_and_year'), models.CheckConstraint(condition=models.Q(('tax_year__isnull', True), models.Q(('tax_year__gte', 2000), ('tax_year__lte', 2100)), _connector='OR'), name='estimated_tax_year_is_plausible'), models.CheckConstraint(condition=models.Q(('prior_tax__isnull', True), models.Q(('prior_tax__gte', 0), ('prior_tax__lte', Decimal('1000000000000'))), _connector='OR'), name='estimated_tax_prior_bounded'), models.CheckConstraint(condition=models.Q(('prior_income__isnull', True), models.Q(('prior_income__gte', Decimal('-1000000000000')), ('prior_income__lte', Decimal('1000000000000'))), _connector='OR'), name='estimated_tax_income_bounded'), models.CheckConstraint(condition=models.Q(('withheld__isnull', True), models.Q(('withheld__gte', 0), ('withheld__lte', Decimal('1000000000000'))), _connector='OR'), name='estimated_tax_withheld_bounded'), models.CheckConstraint(condition=models.Q(('paid__isnull', True), models.Q(('paid__gte', 0), ('paid__lte', Decimal('1000000000000'))), _connector='OR'), name='estimated_tax_paid_bounded')],
            },
        ),
        migrations.CreateModel(
            name='TradingHalt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='th', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('halt', 'Trading halt'), ('pause', 'Limit-up limit-down pause'), ('volatility', "The firm's own volatility hold")], max_length=10)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, help_text='Empty: trading has not resumed.', null=True)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.tradinghalt')),
                ('security', models.ForeignKey(blank=True, help_text='Empty: the whole market.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='clients.security')),
            ],
            options={
                'ordering': ('-starts_at', 'security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('starts_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='halt_ends_after_it_starts'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'kind', 'starts_at'), name='one_halt_of_a_kind', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text="The custodian's id, else a digest of the row and an ordinal.", max_length=120)),
                ('kind', clients.models.columns.ChoiceField(choices=[('buy', 'Buy'), ('sell', 'Sell'), ('redemption', 'Redemption'), ('cash_merger', 'Merger for cash'), ('liquidation', 'Liquidation'), ('cash_in_lieu', 'Cash in lieu of a fraction'), ('reinvestment', 'Reinvested distribution'), ('dividend', 'Dividend'), ('interest', 'Interest'), ('gain_short', 'Short-term gain distribution'), ('gain_long', 'Long-term gain distribution'), ('return_of_capital', 'Return of capital'), ('deposit', 'Deposit'), ('withdrawal', 'Withdrawal'), ('transfer_in', 'Transfer in'), ('transfer_out', 'Transfer out'), ('journal', 'Journal'), ('fee', 'Fee'), ('tax_withheld', 'Tax withheld'), ('margin_interest', 'Margin interest'), ('split', 'Split'), ('spin_off', 'Spin-off'), ('merger', 'Merger'), ('rename', 'Change of name or symbol'), ('distribution', 'Distribution'), ('option', 'Option'), ('other', 'Other')], max_length=17)),
                ('traded_on', models.DateField()),
                ('settles_on', models.DateField(blank=True, null=True)),
                ('quantity', models.DecimalField(blank=True, decimal_places=6, help_text='Signed: negative leaves the account.', max_digits=20, null=True)),
                ('price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Signed cash effect.', max_digits=18)),
                ('fees', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('recognized_gain', models.DecimalField(blank=True, decimal_places=2, help_text='For a sale: gain or loss as the custodian reports it; empty: unknown.', max_digits=18, null=True)),
                ('lot_key', models.CharField(blank=True, help_text='For a sale or buy: the lot, where the file names it.', max_length=80)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source_line', models.PositiveIntegerField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='clients.account')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='clients.security')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('account', '-traded_on', 'id'),
                'indexes': [models.Index(fields=['account', 'traded_on'], name='transactions_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', Decimal('-1000000000000')), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='transaction_quantity_bounded'), models.CheckConstraint(condition=models.Q(('price__isnull', True), models.Q(('price__gte', 0), ('price__lte', Decimal('100000000'))), _connector='OR'), name='transaction_price_bounded'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', Decimal('-1000000000000')), ('amount__lte', Decimal('1000000000000'))), _connector='OR'), name='transaction_amount_bounded'), models.CheckConstraint(condition=models.Q(('fees__isnull', True), models.Q(('fees__gte', 0), ('fees__lte', Decimal('1000000000000'))), _connector='OR'), name='transaction_fees_bounded'), models.CheckConstraint(condition=models.Q(('recognized_gain__isnull', True), models.Q(('recognized_gain__gte', Decimal('-1000000000000')), ('recognized_gain__lte', Decimal('1000000000000'))), _connector='OR'), name='transaction_gain_bounded'), models.UniqueConstraint(fields=('account', 'key'), name='one_transaction_a_key')],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='tf', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('transfer', 'Transfer'), ('distribution', 'Distribution in kind'), ('gift', 'Gift to charity')], default='transfer', max_length=12)),
                ('elsewhere', models.CharField(blank=True, help_text='The other firm, where it is one.', max_length=120)),
                ('shares', models.DecimalField(decimal_places=6, max_digits=20)),
                ('value', models.DecimalField(blank=True, decimal_places=6, help_text='Of a distribution: what a share was worth that day; empty: our closing price.', max_digits=18, null=True)),
                ('expected_on', models.DateField(blank=True, help_text='Empty: recognized from files.', null=True)),
                ('document', models.CharField(blank=True, max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('left_on', models.DateField(blank=True, help_text='When a file showed them gone.', null=True)),
                ('arrived_on', models.DateField(blank=True, help_text='When a file showed them here.', null=True)),
                ('basis_known_on', models.DateField(blank=True, help_text='When a file had the basis of all of them, where sales are taxed.', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_out', to='clients.account')),
                ('hold', models.ForeignKey(blank=True, help_text='Keeps what is to leave from being sold; it ends by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.hold')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='clients.household')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='clients.security')),
                ('to_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_in', to='clients.account')),
            ],
            options={
                'ordering': ('-entered_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['security'], name='open_transfers')],
                'constraints': [models.CheckConstraint(condition=models.Q(('from_account__isnull', False), ('to_account__isnull', False), _connector='OR'), name='transfer_has_an_account_of_ours'), models.CheckConstraint(condition=models.Q(('from_account', None), ('to_account', None), models.Q(('from_account', models.F('to_account')), _negated=True), _connector='OR'), name='transfer_is_between_two'), models.CheckConstraint(condition=models.Q(models.Q(('from_account__isnull', False), ('to_account__isnull', False), ('elsewhere', '')), models.Q(models.Q(('from_account', None), ('to_account', None), _connector='OR'), models.Q(('elsewhere', ''), _negated=True)), _connector='OR'), name='transfer_names_the_other_firm'), models.CheckConstraint(condition=models.Q(('shares__gt', 0), ('shares__lte', Decimal('1000000000000'))), name='transfer_shares_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'transfer'), ('value', None)), models.Q(('from_account__isnull', False), ('kind', 'distribution')), models.Q(('from_account__isnull', False), ('kind', 'gift'), ('to_account', None), ('value', None)), _connector='OR'), name='transfer_fits_its_kind'), models.CheckConstraint(condition=models.Q(('value__isnull', True), models.Q(('value__gte', 0), ('value__lte', Decimal('100000000'))), _connector='OR'), name='transfer_value_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='transfer_ends_with_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='TransferMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('movement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='transfer_part', to='clients.transaction')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='movements', to='clients.transfer')),
            ],
            options={
                'ordering': ('transfer', 'id'),
            },
        ),
        migrations.CreateModel(
            name='VolatilityLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='vl', unique=True)),
                ('market_on', models.DateField(help_text='The market day.')),
                ('level', models.DecimalField(decimal_places=6, max_digits=9)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.volatilitylevel')),
            ],
            options={
                'ordering': ('-market_on', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('level__isnull', True), models.Q(('level__gte', Decimal('0.000001')), ('level__lte', Decimal('999.999999'))), _connector='OR'), name='volatility_level_bounded'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('market_on',), name='one_volatility_level_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Workbook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='wb', unique=True)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('content', clients.encryption.EncryptedBinaryField(help_text='Encrypted: it names tax numbers and whole account numbers.')),
                ('size', models.PositiveBigIntegerField()),
                ('kind', models.CharField(blank=True, help_text='xlsx, csv or yaml.', max_length=4)),
                ('channel', clients.models.columns.ChoiceField(choices=[('browser', 'Upload'), ('api', 'API'), ('command', 'Command line'), ('shipped', 'Starter set')], max_length=7)),
                ('state', clients.models.columns.ChoiceField(choices=[('previewed', 'Ready to confirm'), ('loading', 'Being loaded'), ('loaded', 'Loaded'), ('refused', 'Refused'), ('discarded', 'Discarded')], max_length=9)),
                ('received_at', models.DateTimeField()),
                ('faults', models.JSONField(blank=True, default=list, help_text='Sheet, row, column, value, rule and cure; without secret values.')),
                ('firm_changes', models.JSONField(blank=True, default=list, help_text='What it changes in classes, securities and models.')),
                ('firm_done_at', models.DateTimeField(blank=True, null=True)),
                ('digest', models.CharField(blank=True, help_text='Of what the preview shows.', max_length=64)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('loaded_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('received_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-received_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'loaded'), _negated=True), models.Q(('confirmed_at__isnull', False), ('loaded_at__isnull', False)), _connector='OR'), name='loaded_workbook_says_when'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'loading'), _negated=True), models.Q(('confirmed_at__isnull', False), ('loaded_at', None)), _connector='OR'), name='loading_workbook_is_confirmed')],
            },
        ),
        migrations.CreateModel(
            name='WorkbookHousehold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('code', models.CharField(max_length=32)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('result', clients.models.columns.ChoiceField(choices=[('new', 'New'), ('changed', 'Changed'), ('unchanged', 'Unchanged'), ('refused', 'Refused')], max_length=9)),
                ('state', clients.models.columns.ChoiceField(choices=[('waiting', 'Not loaded yet'), ('done', 'Loaded'), ('failed', 'Not loaded')], default='waiting', max_length=7)),
                ('changes', models.JSONField(blank=True, default=list, help_text='What loading does, in words.')),
                ('refusal', models.TextField(blank=True, help_text='Why it could not be loaded.')),
                ('household', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='workbook_rows', to='clients.household')),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='workbook_rows', to='clients.policy')),
                ('workbook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='households', to='clients.workbook')),
            ],
            options={
                'ordering': ('workbook', 'position'),
                'constraints': [models.UniqueConstraint(fields=('workbook', 'code'), name='one_workbook_row_a_household')],
            },
        ),
        migrations.CreateModel(
            name='AccountBinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], max_length=10)),
                ('mask', models.CharField(help_text='As the file prints it, such as ...417.', max_length=40)),
                ('label', models.CharField(blank=True, help_text="The account's name in the file.", max_length=120)),
                ('bound_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it is in force.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bindings', to='clients.account')),
                ('bound_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('custodian', 'mask', 'bound_at'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('custodian', 'mask', 'label'), name='one_account_a_mask')],
            },
        ),
        ]),
        migrations.RunSQL(FUNCTIONS + TRIGGERS),
    ]
