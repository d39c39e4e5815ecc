-- Where alerts are sent, a row each time a target is put or deleted (an empty content): the greatest ordinal of a name is in force. The content is JSON and holds the
-- target's secret, which therefore is in no log, no generation and no export.
CREATE TABLE IF NOT EXISTS {database:Identifier}.targets
(
    name    String,
    ordinal UInt64,
    content String
)
ENGINE = ReplacingMergeTree(ordinal)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
