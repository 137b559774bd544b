CREATE TYPE "revocation_kind" AS ENUM ('TOKEN', 'SESSION', 'USER', 'EVERYBODY');

CREATE TYPE "revocation_reason" AS ENUM ('LOGOUT', 'PASSWORD_CHANGED', 'REUSED', 'ADMIN', 'DISABLED', 'DELETED', 'STALE');

ALTER TYPE "session_end_reason" ADD VALUE 'ADMIN';
ALTER TYPE "session_end_reason" ADD VALUE 'DISABLED';

CREATE TABLE "revocations" (
    "number" BIGINT NOT NULL,
    "kind" "revocation_kind" NOT NULL,
    "subject" UUID,
    "reason" "revocation_reason" NOT NULL,
    "revoked_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "revocations_pkey" PRIMARY KEY ("number"),
    CONSTRAINT "revocations_have_a_subject" CHECK (("subject" IS NULL) = ("kind" = 'EVERYBODY'))
);

CREATE INDEX "revocations_expires_at_idx" ON "revocations"("expires_at");

-- One row. Every revocation updates it, so it is given a page of its own to do so in place.
CREATE TABLE "revocation_feed" (
    "id" INTEGER NOT NULL,
    "last_number" BIGINT NOT NULL,
    "everybody_number" BIGINT NOT NULL,
    "everybody_at" TIMESTAMPTZ(3),

    CONSTRAINT "revocation_feed_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "revocation_feed_has_one_row" CHECK ("id" = 1)
) WITH (fillfactor = 10);

INSERT INTO "revocation_feed" VALUES (1, 0, 0, NULL);

-- Numbers in the order of commits: the row of the feed stays locked until the transaction ends, so that a number is
-- given only when all lower ones can be read. None is below the time in milliseconds, so that a database put back from a
-- backup, or a standby that took over, gives none again which tokens may know. The notice is sent with the commit.
CREATE FUNCTION "record_revocations"(
    "of_kind" "revocation_kind", "of_subjects" UUID[], "for_reason" "revocation_reason",
    "at" TIMESTAMPTZ, "until" TIMESTAMPTZ
) RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
    WITH least AS (
        SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS number, cardinality(of_subjects) AS count
    ), feed AS (
        UPDATE revocation_feed AS f SET
            last_number = greatest(f.last_number, least.number) + least.count,
            everybody_number = CASE of_kind
                WHEN 'EVERYBODY' THEN greatest(f.last_number, least.number) + least.count
                ELSE f.everybody_number END,
            everybody_at = CASE of_kind WHEN 'EVERYBODY' THEN at ELSE f.everybody_at END
        FROM least
        WHERE f.id = 1
        RETURNING f.last_number, least.count
    ), records AS (
        INSERT INTO revocations (number, kind, subject, reason, revoked_at, expires_at)
        SELECT last_number - count + place, of_kind, subject, for_reason, at, until
        FROM feed, unnest(of_subjects) WITH ORDINALITY AS each(subject, place)
        RETURNING number
    )
    SELECT max(number) FROM records, pg_notify('signet_revocations', '')
$$;

-- What had been revoked when the session began: "everybody" ends the sessions that did not know it.
ALTER TABLE "sessions" ADD COLUMN "since_number" BIGINT NOT NULL DEFAULT 0;

CREATE INDEX "users_roles_idx" ON "users" USING GIN ("roles");

-- Byte order: the one index then serves both equality and "begins with", whatever the database's own collation.
ALTER TABLE "users" ALTER COLUMN "email" TYPE TEXT COLLATE "C";
