-- When the retry was recorded that took a parked event: from then on its moment counts, where what was known at a time is asked.
ALTER TABLE {database:Identifier}.parked
    ADD COLUMN IF NOT EXISTS retry_recorded_at Nullable(DateTime64(3, 'UTC')) AFTER retried_at;
