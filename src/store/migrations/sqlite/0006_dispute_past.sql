-- How a dispute stood on a past day. `raised_again` is a JSON list of days with how often it was raised again on each, and
-- `past_decisions` one of decisions that no longer hold. Of disputes from before, and of those that an earlier release changes,
-- it is not known on which days they were raised again and voided: both count from their last change, so that no earlier day
-- knows of it. How they had been decided before they were reopened is not known, and they count as open since they were raised.
ALTER TABLE dispute ADD COLUMN raised_again TEXT NOT NULL DEFAULT '[]';
ALTER TABLE dispute ADD COLUMN past_decisions TEXT NOT NULL DEFAULT '[]';
ALTER TABLE dispute ADD COLUMN voided_on TEXT;
