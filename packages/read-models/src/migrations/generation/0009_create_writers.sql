-- Who may write the moments and checkpoints of a lane: the writer with the greatest epoch among those of the same lane, and those of other numbers of
-- lanes, who had or have the same customers. Each claims a greater one than all before it looks at the tables.
CREATE TABLE IF NOT EXISTS {database:Identifier}.writers
(
    lanes      UInt32,
    lane       UInt32,
    epoch      UInt64,
    claimed_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(epoch)
ORDER BY (lanes, lane);
