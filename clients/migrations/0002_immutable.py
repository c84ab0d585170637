"""What was adopted, published or received never changes: the database refuses it, whoever asks."""

from __future__ import annotations

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION clients_settled_row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

CREATE FUNCTION clients_policy_part_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.policy_id ELSE OLD.policy_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM clients_policy WHERE id = parent AND state <> 'draft') THEN
        RAISE EXCEPTION 'policy % is settled: make a new version instead', parent
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION clients_model_part_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

CREATE FUNCTION clients_file_bytes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The content may be written anew under a new key; whether it is still what came, its digest tells the reader.
    IF TG_OP = 'DELETE' OR NEW.sha256 <> OLD.sha256 THEN
        RAISE EXCEPTION 'custodian file % is kept as it came', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER settled_row_stays BEFORE UPDATE OR DELETE ON clients_policy
    FOR EACH ROW EXECUTE FUNCTION clients_settled_row_stays();
CREATE TRIGGER policy_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_policytarget
    FOR EACH ROW EXECUTE FUNCTION clients_policy_part_stays();
CREATE TRIGGER policy_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_policyrestriction
    FOR EACH ROW EXECUTE FUNCTION clients_policy_part_stays();
CREATE TRIGGER model_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_modelclass
    FOR EACH ROW EXECUTE FUNCTION clients_model_part_stays();
CREATE TRIGGER model_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_sleeve
    FOR EACH ROW EXECUTE FUNCTION clients_model_part_stays();
CREATE TRIGGER model_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_sleevemember
    FOR EACH ROW EXECUTE FUNCTION clients_model_part_stays();
CREATE TRIGGER file_bytes_stay BEFORE UPDATE OR DELETE ON clients_custodianfile
    FOR EACH ROW EXECUTE FUNCTION clients_file_bytes_stay();
CREATE TRIGGER settled_row_stays BEFORE UPDATE OR DELETE ON clients_modelversion
    FOR EACH ROW EXECUTE FUNCTION clients_settled_row_stays();
"""

BACK = """
DROP TRIGGER settled_row_stays ON clients_policy;
DROP TRIGGER policy_part_stays ON clients_policytarget;
DROP TRIGGER policy_part_stays ON clients_policyrestriction;
DROP TRIGGER model_part_stays ON clients_modelclass;
DROP TRIGGER model_part_stays ON clients_sleeve;
DROP TRIGGER model_part_stays ON clients_sleevemember;
DROP TRIGGER file_bytes_stay ON clients_custodianfile;
DROP TRIGGER settled_row_stays ON clients_modelversion;
DROP FUNCTION clients_settled_row_stays, clients_policy_part_stays, clients_model_part_stays, clients_file_bytes_stay;
"""


class Migration(migrations.Migration):
    dependencies = (("clients", "0001_initial"),)
    operations = (migrations.RunSQL(FUNCTIONS, BACK),)
