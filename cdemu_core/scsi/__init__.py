"""The drive, sans-io: SCSI commands in, completions and events out."""
