"""Who somebody is, and how much they may ask of this node.

What a role permits in a room is the core's to say.
"""
