"""Rooms as this node knows them, folded from their logs, with connections and counts."""
