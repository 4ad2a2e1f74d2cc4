"""What an audience says by the thousand: reactions, questions, votes.

All of it is gathered, so that it costs little.
"""
