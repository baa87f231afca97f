"""Compressed audio files (FLAC, Ogg, MP3, any WAVE/AIFF) as CD audio."""
