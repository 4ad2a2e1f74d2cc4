"""Sound over one UDP port: ICE-lite, DTLS-SRTP, SDP, feed clock, mixer, fan-out.

Knows no room rules, no Redis, no HTTP. The node uses `plane.MediaPlane` and `events`, no more.
"""
