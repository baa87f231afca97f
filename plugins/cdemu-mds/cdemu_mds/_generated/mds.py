# Written by kaitai/build.py from kaitai/mds.ksy; change that file, not this one.
# compiler: kaitai-struct-compiler 0.11.0
# source sha256: f9cb05c81447e50c4b1a97884a061fa83a94cf17435f683313a5c5215d54f352
# body sha256: 6cfe3cd1c6c6bdcf6e7a9d098b3604e0af353492e1a339ab44e4d816bb4fe099
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Mds(KaitaiStruct):
    """The parts of a version 1 media descriptor. They refer to each other by absolute offsets, so each
    is read on its own from the descriptor's bytes; the root is the file header.
    """
    def __init__(self, _io, _parent=None, _root=None):
        super(Mds, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.magic = self._io.read_bytes(16)
        if not self.magic == b"\x4D\x45\x44\x49\x41\x20\x44\x45\x53\x43\x52\x49\x50\x54\x4F\x52":
            raise kaitaistruct.ValidationNotEqualError(b"\x4D\x45\x44\x49\x41\x20\x44\x45\x53\x43\x52\x49\x50\x54\x4F\x52", self.magic, self._io, u"/seq/0")
        self.version_major = self._io.read_u1()
        if not self.version_major == 1:
            raise kaitaistruct.ValidationNotEqualError(1, self.version_major, self._io, u"/seq/1")
        self.version_minor = self._io.read_u1()
        self.medium = self._io.read_u2le()
        self.num_sessions = self._io.read_u2le()
        if not self.num_sessions >= 1:
            raise kaitaistruct.ValidationLessThanError(1, self.num_sessions, self._io, u"/seq/4")
        if not self.num_sessions <= 99:
            raise kaitaistruct.ValidationGreaterThanError(99, self.num_sessions, self._io, u"/seq/4")
        self.reserved1 = self._io.read_bytes(4)
        self.len_bca = self._io.read_u2le()
        self.reserved2 = self._io.read_bytes(8)
        self.ofs_bca = self._io.read_u4le()
        self.reserved3 = self._io.read_bytes(24)
        self.ofs_structures = self._io.read_u4le()
        self.reserved4 = self._io.read_bytes(12)
        self.ofs_sessions = self._io.read_u4le()
        self.ofs_dpm = self._io.read_u4le()


    def _fetch_instances(self):
        pass

    class Block(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds.Block, self).__init__(_io)
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

            self.extra = self._io.read_u4le()
            self.sector_size = self._io.read_u2le()
            self.reserved1 = self._io.read_bytes(18)
            self.start = self._io.read_s4le()
            self.ofs_data = self._io.read_u8le()
            self.num_files = self._io.read_u4le()
            if not self.num_files <= 4096:
                raise kaitaistruct.ValidationGreaterThanError(4096, self.num_files, self._io, u"/types/block/seq/13")
            self.ofs_footers = self._io.read_u4le()
            self.reserved2 = self._io.read_bytes(24)


        def _fetch_instances(self):
            pass
            for i in range(len(self.msf)):
                pass

            for i in range(len(self.pmsf)):
                pass



    class Dpm(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds.Dpm, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.number = self._io.read_u4le()
            self.start = self._io.read_u4le()
            self.resolution = self._io.read_u4le()
            self.num_values = self._io.read_u4le()
            if not self.num_values <= 1048576:
                raise kaitaistruct.ValidationGreaterThanError(1048576, self.num_values, self._io, u"/types/dpm/seq/3")
            self.values = []
            for i in range(self.num_values):
                self.values.append(self._io.read_u4le())



        def _fetch_instances(self):
            pass
            for i in range(len(self.values)):
                pass



    class DpmList(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds.DpmList, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.num_blocks = self._io.read_u4le()
            if not self.num_blocks <= 1024:
                raise kaitaistruct.ValidationGreaterThanError(1024, self.num_blocks, self._io, u"/types/dpm_list/seq/0")
            self.offsets = []
            for i in range(self.num_blocks):
                self.offsets.append(self._io.read_u4le())



        def _fetch_instances(self):
            pass
            for i in range(len(self.offsets)):
                pass



    class Extra(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds.Extra, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.pregap = self._io.read_u4le()
            self.length = self._io.read_u4le()


        def _fetch_instances(self):
            pass


    class Footer(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds.Footer, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.ofs_name = self._io.read_u4le()
            self.is_wide = self._io.read_u4le()
            self.reserved = self._io.read_bytes(8)


        def _fetch_instances(self):
            pass


    class Session(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Mds.Session, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.start = self._io.read_s4le()
            self.end = self._io.read_s4le()
            self.number = self._io.read_u2le()
            self.num_blocks = self._io.read_u1()
            self.num_lead_in_blocks = self._io.read_u1()
            self.first_track = self._io.read_u2le()
            self.last_track = self._io.read_u2le()
            self.reserved = self._io.read_bytes(4)
            self.ofs_blocks = self._io.read_u4le()


        def _fetch_instances(self):
            pass



