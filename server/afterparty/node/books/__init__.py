"""The record books: what enters them, what a live room breaks. Rules and ranks are the core's."""
