"""Is the installation well: probes, the doctor, disk, schema."""
