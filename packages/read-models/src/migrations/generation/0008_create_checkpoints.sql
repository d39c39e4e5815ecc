-- How far this generation has come, lane by lane: everything of the customers of `lane` among `lanes` up to `position` is in its tables. Written last of a
-- batch; the greatest one of a lane counts. A generation that one writer fills has one lane.
-- `moments` and `parked` are how many rows that makes, so that a table that lost some is noticed.
CREATE TABLE IF NOT EXISTS {database:Identifier}.checkpoints
(
    lanes      UInt32,
    lane       UInt32,
    position   UInt64,
    moments    UInt64,
    parked     UInt64,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (lanes, lane);
