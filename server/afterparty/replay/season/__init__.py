"""A season: evenings run in order of date, the claims of the source, and the report of it all."""
