-- What a dispute was about on a past day. `past_details` is a JSON list of the invoices, item, severity and amount that held before a
-- day, and `details_on` the day on which the present ones became known. Of disputes from before, and of those that an earlier release
-- changes, these days are not known: what they are about counts as known since they were raised.
ALTER TABLE dispute ADD COLUMN past_details TEXT NOT NULL DEFAULT '[]';
ALTER TABLE dispute ADD COLUMN details_on TEXT;
