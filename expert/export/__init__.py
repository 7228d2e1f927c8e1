"""A rule base written down for other engines: `program` translates it, `clips` and `experta` write the translation."""
