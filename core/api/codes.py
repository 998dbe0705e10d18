"""The codes of errors, by the status that they are answered with: what the description of the API and its page say.

Texts may change, codes may not. A part that raises one of its own adds it here; a test compares.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A word that programs may rely on."""

    status: int
    code: str
    meaning: str


CODES = (
    Code(400, "invalid", "The request, or a value of it, is not valid; `errors` has every problem with its place"),
    Code(400, "malformed", "The body cannot be read, or the URL has what no URL may have"),
    Code(400, "schema_mismatch", "The data of an event does not fit the schema of its type, which is enforced"),
    Code(400, "invalid_condition", "A condition is not valid"),
    Code(400, "invalid_jsonlogic", "A JSONLogic rule is not valid"),
    Code(400, "invalid_jmespath", "A JMESPath expression is not valid"),
    Code(400, "invalid_path", "A path cannot be read"),
    Code(400, "invalid_pattern", "A regular expression cannot be read"),
    Code(400, "invalid_columns", "The columns of a query do not fit the trigger that asks it"),
    Code(400, "invalid_template", "A template cannot be read"),
    Code(400, "template_failed", "A template could not be rendered"),
    Code(400, "unknown_path", "A template reads something that is not there"),
    Code(400, "unknown_zone", "There is no such time zone"),
    Code(400, "invalid_sql", "SQL over events cannot be run: `errors` says where and why"),
    Code(400, "query_failed", "SQL over events failed while it ran"),
    Code(400, "query_timeout", "SQL over events took too long"),
    Code(400, "too_long", "A text is too long to be searched"),
    Code(400, "too_much_output", "A template renders too much"),
    Code(400, "too_much_work", "A template takes too long"),
    Code(400, "too_complex", "A query of GraphQL asks for more than one answer may have"),
    Code(400, "invalid_signing_secret", "A signing secret is none"),
    Code(400, "invalid_state", "An authorisation is not known, was used, or took too long"),
    Code(400, "authorization_refused", "The other side of an authorisation did not agree"),
    Code(401, "unauthenticated", "No key, or one that is not known, was revoked or has expired"),
    Code(401, "invalid_signature", "The signature of a message is not valid (webhooks)"),
    Code(401, "not_verified", "A request does not prove that its sender may send here (webhooks)"),
    Code(403, "forbidden", "The role does not allow this"),
    Code(404, "not_found", "There is no such thing in this workspace, or nothing at this URL"),
    Code(404, "unknown_version", "The workflow has no version with this number"),
    Code(404, "unknown_template", "There is no message template of this name"),
    Code(405, "method_not_allowed", "The URL knows other methods: see the header `Allow`"),
    Code(406, "not_acceptable", "The answer is JSON, which `Accept` does not allow"),
    Code(409, "conflict", "It contradicts what is already there"),
    Code(409, "in_progress", "The first request with this `Idempotency-Key` is not answered yet; see `Retry-After`"),
    Code(409, "pinned", "A run cannot go on with another version, and why"),
    Code(409, "changed", "What a bulk operation would do is not what its preview showed"),
    Code(409, "registered", "There is an event type of this name already"),
    Code(409, "version_conflict", "A kept value is not the one that was expected"),
    Code(409, "not_a_number", "Only a number can be incremented"),
    Code(409, "too_many_keys", "The workspace keeps as many values as it may"),
    Code(411, "length_required", "The length of the body is missing (webhooks)"),
    Code(412, "precondition_failed", "It was changed since it was read: what `If-Match` or `revision` names is older"),
    Code(413, "too_large", "The body is larger than is accepted"),
    Code(415, "unsupported_media_type", "The body is of a type that is not read here"),
    Code(422, "idempotency_key_reused", "The `Idempotency-Key` was used for another request"),
    Code(422, "mapping_failed", "A request does not have what its trigger makes an event of (webhooks)"),
    Code(429, "rate_limited", "Too many requests of this caller, or of the workspace; see `Retry-After`"),
    Code(429, "quota_exceeded", "The workspace has used what it may, or has as many of something"),
    Code(429, "held_back", "The run may not start now; see `Retry-After`"),
    Code(429, "too_many_streams", "As many streams are open as may be: of this caller, the workspace, or the server"),
    Code(429, "too_many_queries", "As many queries of SQL run, or ran, as may; see `Retry-After`"),
    Code(500, "error", "Our mistake; the log has it under the id of the request"),
    Code(500, "no_encryption_key", "The server has no key to encrypt secrets with"),
    Code(500, "invalid_encryption_key", "A key that the server encrypts with is none"),
    Code(500, "unreadable_secret", "A secret cannot be read with the keys that the server has"),
    Code(502, "run_failed", "The run that was to answer did not complete (webhooks)"),
    Code(503, "queries_not_enabled", "SQL over events is not set up on this server"),
    Code(503, "unavailable", "The database does not answer; see `Retry-After`"),
)
OF_WEBHOOKS = frozenset({411, 502})  # answered at /hooks/ alone
