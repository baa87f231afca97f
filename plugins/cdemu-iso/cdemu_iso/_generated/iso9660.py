# Written by kaitai/build.py from kaitai/iso9660.ksy; change that file, not this one.
# compiler: kaitai-struct-compiler 0.11.0
# source sha256: 59123b5bccf692810a7c975da6e27cdc691accae7563a03b8b2ba7e28250efbc
# body sha256: 05bbb5f9a82bf17cac36fcda989ac6972325fe46b56c8e298151b7772f3f8e9c
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO
from enum import IntEnum


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Iso9660(KaitaiStruct):
    """One 2048-byte block of the volume recognition area, which begins at sector 16: a volume
    descriptor of ECMA-119 (section 8) or a volume structure descriptor of ECMA-167 (2/9.1).
    High Sierra descriptors and the UDF anchor are types of their own, as they begin otherwise.
    """

    class DescriptorType(IntEnum):
        boot_record = 0
        primary = 1
        supplementary = 2
        partition = 3
        terminator = 255
    def __init__(self, _io, _parent=None, _root=None):
        super(Iso9660, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.type = KaitaiStream.resolve_enum(Iso9660.DescriptorType, self._io.read_u1())
        self.identifier = (self._io.read_bytes(5)).decode(u"ASCII")
        if not  ((self.identifier == u"CD001") or (self.identifier == u"BEA01") or (self.identifier == u"NSR02") or (self.identifier == u"NSR03") or (self.identifier == u"TEA01") or (self.identifier == u"BOOT2") or (self.identifier == u"CDW02")) :
            raise kaitaistruct.ValidationNotAnyOfError(self.identifier, self._io, u"/seq/1")
        self.version = self._io.read_u1()
        if not self.version >= 1:
            raise kaitaistruct.ValidationLessThanError(1, self.version, self._io, u"/seq/2")
        if not self.version <= 2:
            raise kaitaistruct.ValidationGreaterThanError(2, self.version, self._io, u"/seq/2")
        if self.identifier == u"CD001":
            pass
            _on = self.type
            if _on == Iso9660.DescriptorType.boot_record:
                pass
                self.body = Iso9660.BootRecord(self._io, self, self._root)
            elif _on == Iso9660.DescriptorType.primary:
                pass
                self.body = Iso9660.Volume(self._io, self, self._root)
            elif _on == Iso9660.DescriptorType.supplementary:
                pass
                self.body = Iso9660.Volume(self._io, self, self._root)



    def _fetch_instances(self):
        pass
        if self.identifier == u"CD001":
            pass
            _on = self.type
            if _on == Iso9660.DescriptorType.boot_record:
                pass
                self.body._fetch_instances()
            elif _on == Iso9660.DescriptorType.primary:
                pass
                self.body._fetch_instances()
            elif _on == Iso9660.DescriptorType.supplementary:
                pass
                self.body._fetch_instances()


    class BootRecord(KaitaiStruct):
        """ECMA-119, 8.2."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Iso9660.BootRecord, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.boot_system_identifier = self._io.read_bytes(32)
            self.boot_identifier = self._io.read_bytes(32)


        def _fetch_instances(self):
            pass


    class HighSierra(KaitaiStruct):
        """Volume descriptor of the High Sierra Group's proposal."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Iso9660.HighSierra, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.descriptor_lbn = Iso9660.U4Both(self._io, self, self._root)
            self.type = KaitaiStream.resolve_enum(Iso9660.DescriptorType, self._io.read_u1())
            self.identifier = self._io.read_bytes(5)
            if not self.identifier == b"\x43\x44\x52\x4F\x4D":
                raise kaitaistruct.ValidationNotEqualError(b"\x43\x44\x52\x4F\x4D", self.identifier, self._io, u"/types/high_sierra/seq/2")
            self.version = self._io.read_u1()
            if not self.version == 1:
                raise kaitaistruct.ValidationNotEqualError(1, self.version, self._io, u"/types/high_sierra/seq/3")


        def _fetch_instances(self):
            pass
            self.descriptor_lbn._fetch_instances()


    class U2Both(KaitaiStruct):
        """The same number in both byte orders (ECMA-119, 7.2.3)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Iso9660.U2Both, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.value = self._io.read_u2le()
            self.big_endian = self._io.read_u2be()


        def _fetch_instances(self):
            pass


    class U4Both(KaitaiStruct):
        """The same number in both byte orders (ECMA-119, 7.3.3)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Iso9660.U4Both, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.value = self._io.read_u4le()
            self.big_endian = self._io.read_u4be()


        def _fetch_instances(self):
            pass


    class UdfAnchor(KaitaiStruct):
        """Anchor volume descriptor pointer (ECMA-167, 3/10.2) with its tag (3/7.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Iso9660.UdfAnchor, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.tag_identifier = self._io.read_u2le()
            if not self.tag_identifier == 2:
                raise kaitaistruct.ValidationNotEqualError(2, self.tag_identifier, self._io, u"/types/udf_anchor/seq/0")
            self.descriptor_version = self._io.read_u2le()
            if not self.descriptor_version >= 1:
                raise kaitaistruct.ValidationLessThanError(1, self.descriptor_version, self._io, u"/types/udf_anchor/seq/1")
            if not self.descriptor_version <= 3:
                raise kaitaistruct.ValidationGreaterThanError(3, self.descriptor_version, self._io, u"/types/udf_anchor/seq/1")
            self.tag_checksum = self._io.read_u1()
            self._unnamed3 = self._io.read_bytes(1)
            self.tag_serial_number = self._io.read_u2le()
            self.descriptor_crc = self._io.read_u2le()
            self.descriptor_crc_length = self._io.read_u2le()
            self.tag_location = self._io.read_u4le()
            self.main_extent_length = self._io.read_u4le()
            self.main_extent_location = self._io.read_u4le()


        def _fetch_instances(self):
            pass


    class Volume(KaitaiStruct):
        """Primary and supplementary volume descriptor up to the root directory (ECMA-119, 8.4 and 8.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(Iso9660.Volume, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.flags = self._io.read_u1()
            self.system_identifier = self._io.read_bytes(32)
            self.volume_identifier = self._io.read_bytes(32)
            self._unnamed3 = self._io.read_bytes(8)
            self.volume_space_size = Iso9660.U4Both(self._io, self, self._root)
            self.escape_sequences = self._io.read_bytes(32)
            self.volume_set_size = Iso9660.U2Both(self._io, self, self._root)
            self.volume_sequence_number = Iso9660.U2Both(self._io, self, self._root)
            self.logical_block_size = Iso9660.U2Both(self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.volume_space_size._fetch_instances()
            self.volume_set_size._fetch_instances()
            self.volume_sequence_number._fetch_instances()
            self.logical_block_size._fetch_instances()



