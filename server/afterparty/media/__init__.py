"""Sound over one UDP port: ICE-lite, DTLS-SRTP, SDP, feed clock, mixer, fan-out.

Knows no room rules, no Redis, no HTTP. The node drives it by `plane.MediaPlane`, hears of it by
`events`, and reads recordings by `tape`.
"""
