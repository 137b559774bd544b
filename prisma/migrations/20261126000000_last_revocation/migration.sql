-- The last revocation at the moment of the call, not at the beginning of the statement that calls: a volatile function
-- looks anew. For statements that had to wait for a row and must know what was revoked meanwhile.
CREATE FUNCTION "last_revocation"() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
    SELECT last_number FROM revocation_feed
$$;
