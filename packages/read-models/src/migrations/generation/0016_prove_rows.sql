-- What each row says, in 32 bits; and with each checkpoint, how many rows of each table its lane shows and the sum of what they say ('': not known). A table that lost
-- rows, or shows some in an earlier state, differs. Neither the number of inserts nor `version` would do: merges drop rows, and batches may be cut anywhere.
-- Generations from before have neither, and are filled anew.
ALTER TABLE {database:Identifier}.journeys ADD COLUMN IF NOT EXISTS proof UInt32;
ALTER TABLE {database:Identifier}.customers ADD COLUMN IF NOT EXISTS proof UInt32;
ALTER TABLE {database:Identifier}.promises ADD COLUMN IF NOT EXISTS proof UInt32;
ALTER TABLE {database:Identifier}.complaints ADD COLUMN IF NOT EXISTS proof UInt32;
ALTER TABLE {database:Identifier}.trust_changes ADD COLUMN IF NOT EXISTS proof UInt32;
ALTER TABLE {database:Identifier}.checkpoints ADD COLUMN IF NOT EXISTS proof String AFTER parked;
