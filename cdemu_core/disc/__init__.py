"""The medium as a frozen value: layout, sectors, sub-channel, TOC, CD-TEXT."""
