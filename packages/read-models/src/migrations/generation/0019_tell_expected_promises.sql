-- Promises that a definition makes stand beside those that somebody published. An older log may hold a published promise with the id of an expected one,
-- so the key tells them apart. Rows from before tell of published promises alone, until their generation is filled anew.
ALTER TABLE {database:Identifier}.promises
    ADD COLUMN IF NOT EXISTS expected Bool AFTER promise_id,
    MODIFY ORDER BY (customer_id, promise_id, expected);
