"""The views of a report: pure functions from the runs to sections of charts and tables."""
