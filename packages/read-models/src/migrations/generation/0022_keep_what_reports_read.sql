-- What reports on service, gaps, benchmarks and the worklist read. Rows from before lack these values, so the questions that read
-- them are refused until their generation is filled anew.
ALTER TABLE {database:Identifier}.moments
    ADD COLUMN IF NOT EXISTS expectation_given Nullable(Float64) CODEC(ZSTD(1)) AFTER effort,
    ADD COLUMN IF NOT EXISTS perception_given Nullable(Float64) CODEC(ZSTD(1)) AFTER expectation_given,
    ADD COLUMN IF NOT EXISTS reliability Nullable(Float64) CODEC(ZSTD(1)) AFTER perception_given,
    ADD COLUMN IF NOT EXISTS assurance Nullable(Float64) CODEC(ZSTD(1)) AFTER reliability,
    ADD COLUMN IF NOT EXISTS tangibles Nullable(Float64) CODEC(ZSTD(1)) AFTER assurance,
    ADD COLUMN IF NOT EXISTS empathy Nullable(Float64) CODEC(ZSTD(1)) AFTER tangibles,
    ADD COLUMN IF NOT EXISTS responsiveness Nullable(Float64) CODEC(ZSTD(1)) AFTER empathy,
    ADD COLUMN IF NOT EXISTS recovery_kind LowCardinality(String) AFTER currency,
    ADD COLUMN IF NOT EXISTS recovery_accepted Nullable(Bool) AFTER recovery_kind;
ALTER TABLE {database:Identifier}.journeys
    ADD COLUMN IF NOT EXISTS standing Map(LowCardinality(String), DateTime64(3, 'UTC')) CODEC(ZSTD(1)) AFTER attributes;
ALTER TABLE {database:Identifier}.customers
    ADD COLUMN IF NOT EXISTS latest_team LowCardinality(String) AFTER silence_ms;
ALTER TABLE {database:Identifier}.promises
    ADD COLUMN IF NOT EXISTS channel LowCardinality(String) AFTER what,
    ADD COLUMN IF NOT EXISTS actor_team LowCardinality(String) AFTER channel,
    ADD COLUMN IF NOT EXISTS actor_site LowCardinality(String) AFTER actor_team,
    ADD COLUMN IF NOT EXISTS attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)) AFTER actor_site;
ALTER TABLE {database:Identifier}.complaints
    ADD COLUMN IF NOT EXISTS actor_team LowCardinality(String) AFTER severity,
    ADD COLUMN IF NOT EXISTS actor_site LowCardinality(String) AFTER actor_team,
    ADD COLUMN IF NOT EXISTS attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)) AFTER actor_site,
    ADD COLUMN IF NOT EXISTS follow_up_satisfaction Nullable(Float64) CODEC(ZSTD(1)) AFTER satisfaction;
