"""What goes back and forth between sessions: documents, tasks, messages."""
