"""A load test: a swarm of real listeners, what they hear, and whether it is good enough."""
