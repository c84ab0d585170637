"""Health of the installation: probes, the doctor, disk, schema."""
