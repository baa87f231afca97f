"""cdrdao TOC files with their data and audio files."""
