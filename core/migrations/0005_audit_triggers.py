"""The audit trail is append-only, and numbered and chained as its entries are committed."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Once, by core_audit_seal, and nothing but the seal.
    IF TG_OP = 'UPDATE' THEN
        IF OLD.seq IS NULL AND NEW.seq IS NOT NULL AND pg_trigger_depth() > 1
            AND to_jsonb(NEW) - '{seq,prev_hash,hash}'::text[] = to_jsonb(OLD) - '{seq,prev_hash,hash}'::text[] THEN
            RETURN NEW;
        END IF;
    ELSIF current_setting('sequitur.audit_removal', true) = 'allowed' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege',
            HINT = 'Entries go with their workspace alone: manage.py delete_workspace.';
END $$;

CREATE FUNCTION core_audit_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_seq bigint;
    last_hash text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('core_auditentry ' || NEW.workspace_id, 0));
    -- A statement of its own, so it sees what was committed while this one waited.
    SELECT seq, hash INTO last_seq, last_hash FROM core_auditentry
    WHERE workspace_id = NEW.workspace_id AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, '');
    UPDATE core_auditentry
    SET seq = last_seq + 1, prev_hash = last_hash, hash = encode(sha256(convert_to(format(
        '{"digest":"%s","prev_hash":"%s","seq":%s}', digest, last_hash, last_seq + 1), 'UTF8')), 'hex')
    WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON core_auditentry
    FOR EACH ROW EXECUTE FUNCTION core_audit_refuse();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON core_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_refuse();
CREATE CONSTRAINT TRIGGER audit_is_sealed AFTER INSERT ON core_auditentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION core_audit_seal();
"""

BACKWARD = """
DROP TRIGGER audit_is_sealed ON core_auditentry;
DROP TRIGGER audit_is_not_emptied ON core_auditentry;
DROP TRIGGER audit_is_append_only ON core_auditentry;
DROP FUNCTION core_audit_seal();
DROP FUNCTION core_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_flow_control_and_repair")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
