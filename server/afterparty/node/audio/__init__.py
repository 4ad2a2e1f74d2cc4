"""Where the rooms' rules meet the media plane: whose sound goes where, and who mixes a room."""
