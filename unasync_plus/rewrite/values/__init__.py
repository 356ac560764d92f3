"""What variables, attributes and elements of one module may hold: tasks, coroutines made earlier, groups, loops, queues."""

from unasync_plus.rewrite.values.answers import Values

__all__ = ["Values"]
