-- One row a journey, replaced by version; read with FINAL (2 to 3 times faster than argMax).
-- A journey is its customer's, so the customer is half of its name; the bloom filter finds one by its id alone.
CREATE TABLE IF NOT EXISTS {database:Identifier}.journeys
(
    version         UInt64 CODEC(Delta, ZSTD(1)),
    customer_id     String CODEC(ZSTD(1)),
    journey_id      String CODEC(ZSTD(1)),
    type            LowCardinality(String),
    status          LowCardinality(String),
    started_at      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    last_at         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ended_at        Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    score           Nullable(Float64) CODEC(ZSTD(1)),
    level           LowCardinality(String),
    moments         UInt32,
    failures        UInt32,
    broken_promises UInt32,
    open_complaints UInt32,
    touchpoints     Array(LowCardinality(String)),
    channels        Array(LowCardinality(String)),
    attributes      Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    INDEX by_journey journey_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, journey_id);
