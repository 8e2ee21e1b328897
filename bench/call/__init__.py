"""What `bench.video` starts: the server process alone, and the people who call through it."""
