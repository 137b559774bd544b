ALTER TABLE "signing_keys"
    ADD COLUMN "activated_at" TIMESTAMPTZ(3),
    ADD COLUMN "retired_at" TIMESTAMPTZ(3);

-- Of each algorithm the newest key is the one that signs.
UPDATE "signing_keys" SET "activated_at" = "created_at";

UPDATE "signing_keys" AS old SET "retired_at" = CURRENT_TIMESTAMP
WHERE EXISTS (
    SELECT FROM "signing_keys" AS newer
    WHERE newer."algorithm" = old."algorithm"
      AND (newer."created_at" > old."created_at" OR (newer."created_at" = old."created_at" AND newer."kid" < old."kid"))
);

-- One key waits and one signs, whatever the code does. (Exclusion, as Prisma does not know partial unique indexes.)
ALTER TABLE "signing_keys"
    ADD CONSTRAINT "signing_keys_retired_after_signing" CHECK ("retired_at" IS NULL OR "activated_at" IS NOT NULL),
    ADD CONSTRAINT "signing_keys_one_next" EXCLUDE USING btree ("algorithm" WITH =) WHERE ("activated_at" IS NULL),
    ADD CONSTRAINT "signing_keys_one_current" EXCLUDE USING btree ("algorithm" WITH =)
        WHERE ("activated_at" IS NOT NULL AND "retired_at" IS NULL);

CREATE TABLE "sealed_secrets" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "sealed_secrets_pkey" PRIMARY KEY ("name")
);
