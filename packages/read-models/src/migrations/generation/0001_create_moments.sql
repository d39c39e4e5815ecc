-- Every published event, once, wide and immutable.
--
-- ORDER BY: two kinds of question share this table. Rates look at a window of time, at all customers; funnels and paths look at whole
-- journeys. The month first lets a window skip the others; inside it a customer's journeys lie together, in order, which also
-- compresses best, because neighbours share their customer, journey, type and attributes. Rejected: (time, …), where a journey's
-- moments are scattered; (customer_id, journey_id, time), where a day's rates read the whole table.
-- The month is toYYYYMM and not toStartOfMonth, whose Date ends in 2149.
--
-- No PARTITION BY: an insert must become one part, because a part appears whole or not at all.
CREATE TABLE IF NOT EXISTS {database:Identifier}.moments
(
    position       UInt64 CODEC(Delta, ZSTD(1)),
    recorded_at    DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    time           DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    event_id       String CODEC(ZSTD(1)),
    source         LowCardinality(String),
    type           LowCardinality(String),
    customer_id    String CODEC(ZSTD(1)),
    journey_id     String CODEC(ZSTD(1)),
    journey_type   LowCardinality(String),
    touchpoint     LowCardinality(String),
    channel        LowCardinality(String),
    outcome        LowCardinality(String),
    cause          LowCardinality(String),
    verdict        LowCardinality(String),
    expectation    Nullable(Float64) CODEC(ZSTD(1)),
    perception     Nullable(Float64) CODEC(ZSTD(1)),
    score          Nullable(Float64) CODEC(ZSTD(1)),
    weight         Nullable(Float64) CODEC(ZSTD(1)),
    duration_ms    Nullable(Float64) CODEC(ZSTD(1)),
    effort         Nullable(Float64) CODEC(ZSTD(1)),
    instrument     LowCardinality(String),
    feedback_score Nullable(Float64) CODEC(ZSTD(1)),
    promise_id     String CODEC(ZSTD(1)),
    complaint_id   String CODEC(ZSTD(1)),
    due_at         Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    amount         Nullable(Float64) CODEC(ZSTD(1)),
    currency       LowCardinality(String),
    actor_id       LowCardinality(String),
    actor_team     LowCardinality(String),
    actor_site     LowCardinality(String),
    attributes     Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PRIMARY KEY (toYYYYMM(time), customer_id, journey_id)
ORDER BY (toYYYYMM(time), customer_id, journey_id, time, position);
