-- Null: not in the JWKS, which holds keys of JWT_ALGORITHM alone. The next start sets it right.
ALTER TABLE "signing_keys" ADD COLUMN "shown_at" TIMESTAMPTZ(3);

UPDATE "signing_keys" SET "shown_at" = "created_at";
