"""Datagrams: how they are read from the one port and written to it, and what is in them."""
