"""From a feed to every listener: one table of rows, sealed and sent in blocks."""
