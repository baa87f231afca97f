# Written by kaitai/build.py from kaitai/mds2.ksy; change that file, not this one.
# compiler: kaitai-struct-compiler 0.11.0
# source sha256: 5319760d9adeab23659ede0a18d69fa4b2a7896d3ac86e7805e8b843aae897dd
# body sha256: 0b577bd657e6ca2c2b0799a6fb5b58407f0945e45efa7a6c140b745d207317ed
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Mds2(KaitaiStruct):
    """The parts of a decrypted version 2 descriptor, with the first 18 bytes of the file put before it,
    as its offsets count. The root is the descriptor's header.
    """
    def __init__(self, _io, _parent=None, _root=None):
        super(Mds2, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.magic = self._io.read_bytes(16)
        if not self.magic == b"\x4D\x45\x44\x49\x41\x20\x44\x45\x53\x43\x52\x49\x50\x54\x4F\x52":
            raise kaitaistruct.ValidationNotEqualError(b"\x4D\x45\x44\x49\x41\x20\x44\x45\x53\x43\x52\x49\x50\x54\x4F\x52", self.magic, self._io, u"/seq/0")
        self.version_major = self._io.read_u1()
        if not self.version_major == 2:
            raise kaitaistruct.ValidationNotEqualError(2, self.version_major, self._io, u"/seq/1")
        self.version_minor = self._io.read_u1()
        self.medium = self._io.read_u2le()
        self.num_sessions = self._io.read_u2le()
        if not self.num_sessions >= 1:
            raise kaitaistruct.ValidationLessThanError(1, self.num_sessions, self._io, u"/seq/4")
        if not self.num_sessions <= 99:
            raise kaitaistruct.ValidationGreaterThanError(99, self.num_sessions, self._io, u"/seq/4")
        self.reserved1 = self._io.read_bytes(8)
        self.len_cdtext = self._io.read_u2le()
        self.reserved2 = self._io.read_bytes(8)
        self.ofs_cdtext = self._io.read_u4le()
        self.reserved3 = self._io.read_bytes(20)
        self.ofs_structures = self._io.read_u4le()
        self.reserved4 = self._io.read_bytes(12)
        self.ofs_sessions = self._io.read_u4le()
        self.ofs_dpm = self._io.read_u4le()
        self.ofs_encryption = self._io.read_u4le()
        self.reserved5 = self._io.read_bytes(4)


    def _fetch_instances(self):
        pass

    class Block(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds2.Block, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.mode = self._io.read_u1()
            self.subchannel = self._io.read_u1()
            self.adr_ctl = self._io.read_u1()
            self.tno = self._io.read_u1()
            self.point = self._io.read_u1()
            self.msf = []
            for i in range(3):
                self.msf.append(self._io.read_u1())

            self.zero = self._io.read_u1()
            self.pmsf = []
            for i in range(3):
                self.pmsf.append(self._io.read_u1())

            self.ofs_extra = self._io.read_u4le()
            self.sector_size = self._io.read_u2le()
            self.reserved1 = self._io.read_bytes(18)
            self.start = self._io.read_s4le()
            self.ofs_data = self._io.read_u8le()
            self.num_files = self._io.read_u4le()
            if not self.num_files <= 4096:
                raise kaitaistruct.ValidationGreaterThanError(4096, self.num_files, self._io, u"/types/block/seq/13")
            self.ofs_footers = self._io.read_u4le()
            self.start64 = self._io.read_s8le()
            self.length64 = self._io.read_u8le()
            self.reserved2 = self._io.read_bytes(8)


        def _fetch_instances(self):
            pass
            for i in range(len(self.msf)):
                pass

            for i in range(len(self.pmsf)):
                pass



    class Extra(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds2.Extra, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.pregap = self._io.read_u4le()
            self.length = self._io.read_u4le()


        def _fetch_instances(self):
            pass


    class FileHeader(KaitaiStruct):
        """The first 64 bytes of the file, in clear."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds2.FileHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.magic = self._io.read_bytes(16)
            if not self.magic == b"\x4D\x45\x44\x49\x41\x20\x44\x45\x53\x43\x52\x49\x50\x54\x4F\x52":
                raise kaitaistruct.ValidationNotEqualError(b"\x4D\x45\x44\x49\x41\x20\x44\x45\x53\x43\x52\x49\x50\x54\x4F\x52", self.magic, self._io, u"/types/file_header/seq/0")
            self.version_major = self._io.read_u1()
            if not self.version_major == 2:
                raise kaitaistruct.ValidationNotEqualError(2, self.version_major, self._io, u"/types/file_header/seq/1")
            self.version_minor = self._io.read_u1()
            self.copyright = self._io.read_bytes(26)
            self.ofs_encryption = self._io.read_u4le()
            self.ofs_footer = self._io.read_u8le()
            self.len_footer = self._io.read_u8le()


        def _fetch_instances(self):
            pass


    class Footer(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds2.Footer, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.ofs_name = self._io.read_u4le()
            self.flags = self._io.read_u1()
            self.reserved = self._io.read_bytes(7)
            self.group = self._io.read_u4le()
            self.sectors = self._io.read_u8le()
            self.ofs_table = self._io.read_u8le()


        def _fetch_instances(self):
            pass


    class KeyHeader(KaitaiStruct):
        """An encryption header from byte 64 on, decrypted."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds2.KeyHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.crc = self._io.read_u4le()
            self.magic = self._io.read_u4le()
            self.one = self._io.read_u2le()
            self.key_size = self._io.read_u2le()
            self.zero = self._io.read_u4le()
            self.key_data = self._io.read_bytes(256)
            self.len_packed = self._io.read_u4le()
            self.len_unpacked = self._io.read_u4le()


        def _fetch_instances(self):
            pass


    class Session(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds2.Session, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.start = self._io.read_s8le()
            self.number = self._io.read_u2le()
            self.num_blocks = self._io.read_u1()
            self.num_lead_in_blocks = self._io.read_u1()
            self.first_track = self._io.read_u2le()
            self.last_track = self._io.read_u2le()
            self.reserved = self._io.read_bytes(4)
            self.ofs_blocks = self._io.read_u4le()
            self.end = self._io.read_s8le()


        def _fetch_instances(self):
            pass



