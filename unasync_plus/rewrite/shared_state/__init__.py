"""What tasks share with other code: who writes what, who runs beside whom, and where that loses something in threads."""
