-- What customers write with their feedback, to be read beside its score. Rows from before have none, until their generation is filled anew.
ALTER TABLE {database:Identifier}.moments
    ADD COLUMN IF NOT EXISTS comment String CODEC(ZSTD(1)) AFTER feedback_score;
