"""Metrics, alarms and the dashboard."""
