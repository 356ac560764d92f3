"""What we know about tasks, locks, queues, timeouts and event loops."""
