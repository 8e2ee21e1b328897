"""The HTTP edge: our routes, what every request passes on its way in, and start-up. No screens, no rules."""
