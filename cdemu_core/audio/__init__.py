"""Playing a disc's audio through a sound device."""
