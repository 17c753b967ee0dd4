"""LIVE: reports that follow what is typed, and the screen that shows them in a terminal."""
