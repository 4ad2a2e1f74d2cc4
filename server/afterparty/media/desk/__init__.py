"""The mixing desk: voices to feeds, tick by tick. Knows no listener and no network."""
