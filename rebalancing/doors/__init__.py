"""The doors of the pipeline, a file for each noun."""
