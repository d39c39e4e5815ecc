-- Of the promises that were not kept in time, those kept late. Rows from before know of none, until their generation is filled anew.
ALTER TABLE {database:Identifier}.journeys
    ADD COLUMN IF NOT EXISTS promises_kept_late UInt32 AFTER broken_promises;
