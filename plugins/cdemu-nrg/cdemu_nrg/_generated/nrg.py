# Written by kaitai/build.py from kaitai/nrg.ksy; change that file, not this one.
# compiler: kaitai-struct-compiler 0.11.0
# source sha256: 32920fe537ddae9d379285373efdd58007056e1cc852c7172458af1cb7f454b8
# body sha256: 3b79aff65b5589441a31dab4d169788c67cbc2792da7baa1f7984b1beb34597e
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO
from enum import IntEnum


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Nrg(KaitaiStruct):
    """The chunk list at the end of a Nero image, from the offset its trailer names up to the END! chunk.
    Sectors lie before it and are not described here. "Msf" chunks are those of the NERO (version 1)
    trailer, "Lba" chunks those of NER5 (version 2).
    """

    class ChunkId(IntEnum):
        cdtx = 1128551512
        cues = 1129661779
        cuex = 1129661784
        daoi = 1145130825
        daox = 1145130840
        dinf = 1145654854
        end = 1162757153
        etn2 = 1163152946
        etnf = 1163152966
        mtyp = 1297373520
        relo = 1380273231
        sinf = 1397313094
        tinf = 1414090310
        toct = 1414480724
    def __init__(self, _io, _parent=None, _root=None):
        super(Nrg, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.chunks = []
        i = 0
        while True:
            _ = Nrg.Chunk(self._io, self, self._root)
            self.chunks.append(_)
            if _.id == Nrg.ChunkId.end:
                break
            i += 1


    def _fetch_instances(self):
        pass
        for i in range(len(self.chunks)):
            pass
            self.chunks[i]._fetch_instances()


    class Chunk(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Chunk, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.id = KaitaiStream.resolve_enum(Nrg.ChunkId, self._io.read_u4be())
            self.len = self._io.read_u4be()
            _on = self.id
            if _on == Nrg.ChunkId.cues:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.CueMsf(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.cuex:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.CueLba(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.daoi:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Dao32(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.daox:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Dao64(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.etn2:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Etn64(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.etnf:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Etn32(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.mtyp:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Number(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.sinf:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Number(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.tinf:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Tinf(_io__raw_body, self, self._root)
            elif _on == Nrg.ChunkId.toct:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.TocType(_io__raw_body, self, self._root)
            else:
                pass
                self._raw_body = self._io.read_bytes(self.len)
                _io__raw_body = KaitaiStream(BytesIO(self._raw_body))
                self.body = Nrg.Raw(_io__raw_body, self, self._root)


        def _fetch_instances(self):
            pass
            _on = self.id
            if _on == Nrg.ChunkId.cues:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.cuex:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.daoi:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.daox:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.etn2:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.etnf:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.mtyp:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.sinf:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.tinf:
                pass
                self.body._fetch_instances()
            elif _on == Nrg.ChunkId.toct:
                pass
                self.body._fetch_instances()
            else:
                pass
                self.body._fetch_instances()


    class CueLba(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.CueLba, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.CueLbaEntry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class CueLbaEntry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.CueLbaEntry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.adr_ctl = self._io.read_u1()
            self.track = self._io.read_u1()
            self.index = self._io.read_u1()
            self.reserved = self._io.read_bytes(1)
            self.lba = self._io.read_s4be()


        def _fetch_instances(self):
            pass


    class CueMsf(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.CueMsf, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.CueMsfEntry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class CueMsfEntry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.CueMsfEntry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.adr_ctl = self._io.read_u1()
            self.track = self._io.read_u1()
            self.index = self._io.read_u1()
            self.reserved = self._io.read_bytes(2)
            self.minute = self._io.read_u1()
            self.second = self._io.read_u1()
            self.frame = self._io.read_u1()


        def _fetch_instances(self):
            pass


    class Dao32(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Dao32, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.header = Nrg.DaoHeader(self._io, self, self._root)
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.Dao32Entry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            self.header._fetch_instances()
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class Dao32Entry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Dao32Entry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.head = Nrg.DaoEntryHead(self._io, self, self._root)
            self.index0 = self._io.read_u4be()
            self.index1 = self._io.read_u4be()
            self.end = self._io.read_u4be()


        def _fetch_instances(self):
            pass
            self.head._fetch_instances()


    class Dao64(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Dao64, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.header = Nrg.DaoHeader(self._io, self, self._root)
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.Dao64Entry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            self.header._fetch_instances()
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class Dao64Entry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Dao64Entry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.head = Nrg.DaoEntryHead(self._io, self, self._root)
            self.index0 = self._io.read_u8be()
            self.index1 = self._io.read_u8be()
            self.end = self._io.read_u8be()


        def _fetch_instances(self):
            pass
            self.head._fetch_instances()


    class DaoEntryHead(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.DaoEntryHead, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.isrc = self._io.read_bytes(12)
            self.sector_size = self._io.read_u2be()
            self.mode = self._io.read_u1()
            self.reserved = self._io.read_bytes(3)


        def _fetch_instances(self):
            pass


    class DaoHeader(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.DaoHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.size = self._io.read_u4be()
            self.mcn = self._io.read_bytes(14)
            self.disc_type = self._io.read_u1()
            self.reserved = self._io.read_u1()
            self.first_track = self._io.read_u1()
            if not self.first_track <= 99:
                raise kaitaistruct.ValidationGreaterThanError(99, self.first_track, self._io, u"/types/dao_header/seq/4")
            self.last_track = self._io.read_u1()
            if not self.last_track <= 99:
                raise kaitaistruct.ValidationGreaterThanError(99, self.last_track, self._io, u"/types/dao_header/seq/5")


        def _fetch_instances(self):
            pass


    class Etn32(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Etn32, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.Etn32Entry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class Etn32Entry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Etn32Entry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.offset = self._io.read_u4be()
            self.len = self._io.read_u4be()
            self.reserved = self._io.read_bytes(3)
            self.mode = self._io.read_u1()
            self.lba = self._io.read_s4be()
            self.reserved2 = self._io.read_bytes(4)


        def _fetch_instances(self):
            pass


    class Etn64(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Etn64, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.Etn64Entry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class Etn64Entry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Etn64Entry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.offset = self._io.read_u8be()
            self.len = self._io.read_u8be()
            self.reserved = self._io.read_bytes(3)
            self.mode = self._io.read_u1()
            self.lba = self._io.read_s4be()
            self.reserved2 = self._io.read_bytes(8)


        def _fetch_instances(self):
            pass


    class Number(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Number, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.value = self._io.read_u4be()


        def _fetch_instances(self):
            pass


    class Raw(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Raw, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.data = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class Tinf(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Tinf, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entries = []
            i = 0
            while not self._io.is_eof():
                self.entries.append(Nrg.TinfEntry(self._io, self, self._root))
                i += 1



        def _fetch_instances(self):
            pass
            for i in range(len(self.entries)):
                pass
                self.entries[i]._fetch_instances()



    class TinfEntry(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.TinfEntry, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.offset = self._io.read_u4be()
            self.len = self._io.read_u4be()
            self.mode = self._io.read_u4be()


        def _fetch_instances(self):
            pass


    class TocType(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.TocType, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.disc_type = self._io.read_u1()


        def _fetch_instances(self):
            pass


    class Trailer(KaitaiStruct):
        """The last twelve bytes of the file; version 1 uses only the last eight."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Nrg.Trailer, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.magic_v2 = self._io.read_u4be()
            self.magic_v1 = self._io.read_u4be()
            self.last = self._io.read_u4be()


        def _fetch_instances(self):
            pass

        @property
        def is_v1(self):
            if hasattr(self, '_m_is_v1'):
                return self._m_is_v1

            self._m_is_v1 = self.magic_v1 == 1313165903
            return getattr(self, '_m_is_v1', None)

        @property
        def is_v2(self):
            if hasattr(self, '_m_is_v2'):
                return self._m_is_v2

            self._m_is_v2 = self.magic_v2 == 1313165877
            return getattr(self, '_m_is_v2', None)

        @property
        def offset_v2(self):
            if hasattr(self, '_m_offset_v2'):
                return self._m_offset_v2

            self._m_offset_v2 = self.magic_v1 << 32 | self.last
            return getattr(self, '_m_offset_v2', None)



