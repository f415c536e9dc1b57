"""What stands behind `asterism view`: a small web server of one run, for this machine alone.

These modules import FastAPI, and `asterism.plugins.report.server` imports them where somebody views a run, not before.
"""
