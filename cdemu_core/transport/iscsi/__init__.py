"""The iSCSI road (RFC 7143): each drive is a target with one logical unit.

``pdu`` cuts bytes into PDUs and back, ``text`` negotiates, ``login`` and ``chap`` let an initiator in,
``session`` carries commands: all of these are without sockets. ``connection``, ``portal`` and ``port``
are the shell.
"""
