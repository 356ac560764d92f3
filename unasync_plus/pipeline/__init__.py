"""The stages between a configuration and a report; `unasync_plus.api` puts them in their order."""
