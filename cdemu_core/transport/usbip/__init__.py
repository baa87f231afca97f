"""The USB/IP road: each drive is a USB mass-storage device plugged into the kernel's vhci_hcd.

``wire`` cuts bytes into URBs and back, ``descriptors`` says what the device is, ``control`` answers
the default pipe, ``bulk`` is the Bulk-Only transport; all without sockets. ``port`` attaches.
"""
