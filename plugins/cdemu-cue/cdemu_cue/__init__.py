"""CUE sheets with their data and audio files."""
