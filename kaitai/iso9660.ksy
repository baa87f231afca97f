meta:
  id: iso9660
  title: Volume descriptors of optical discs
  endian: le
doc: |
  One 2048-byte block of the volume recognition area, which begins at sector 16: a volume
  descriptor of ECMA-119 (section 8) or a volume structure descriptor of ECMA-167 (2/9.1).
  High Sierra descriptors and the UDF anchor are types of their own, as they begin otherwise.
seq:
  - id: type
    type: u1
    enum: descriptor_type
  - id: identifier
    type: str
    size: 5
    encoding: ASCII
    valid:
      any-of: ['"CD001"', '"BEA01"', '"NSR02"', '"NSR03"', '"TEA01"', '"BOOT2"', '"CDW02"']
  - id: version
    type: u1
    valid:
      min: 1
      max: 2
  - id: body
    type:
      switch-on: type
      cases:
        'descriptor_type::boot_record': boot_record
        'descriptor_type::primary': volume
        'descriptor_type::supplementary': volume
    if: identifier == "CD001"
types:
  u4_both:
    doc: The same number in both byte orders (ECMA-119, 7.3.3).
    seq:
      - id: value
        type: u4
      - id: big_endian
        type: u4be
  u2_both:
    doc: The same number in both byte orders (ECMA-119, 7.2.3).
    seq:
      - id: value
        type: u2
      - id: big_endian
        type: u2be
  boot_record:
    doc: ECMA-119, 8.2.
    seq:
      - id: boot_system_identifier
        size: 32
      - id: boot_identifier
        size: 32
  volume:
    doc: Primary and supplementary volume descriptor up to the root directory (ECMA-119, 8.4 and 8.5).
    seq:
      - id: flags
        type: u1
      - id: system_identifier
        size: 32
      - id: volume_identifier
        size: 32
      - size: 8
      - id: volume_space_size
        type: u4_both
        doc: Logical blocks of the volume.
      - id: escape_sequences
        size: 32
        doc: '"%/@", "%/C" or "%/E" make a supplementary descriptor a Joliet one.'
      - id: volume_set_size
        type: u2_both
      - id: volume_sequence_number
        type: u2_both
      - id: logical_block_size
        type: u2_both
  high_sierra:
    doc: Volume descriptor of the High Sierra Group's proposal.
    seq:
      - id: descriptor_lbn
        type: u4_both
      - id: type
        type: u1
        enum: descriptor_type
      - id: identifier
        contents: CDROM
      - id: version
        type: u1
        valid: 1
  udf_anchor:
    doc: Anchor volume descriptor pointer (ECMA-167, 3/10.2) with its tag (3/7.2).
    seq:
      - id: tag_identifier
        type: u2
        valid: 2
      - id: descriptor_version
        type: u2
        valid:
          min: 1
          max: 3
      - id: tag_checksum
        type: u1
        doc: Sum modulo 256 of the tag's other 15 bytes.
      - size: 1
      - id: tag_serial_number
        type: u2
      - id: descriptor_crc
        type: u2
      - id: descriptor_crc_length
        type: u2
      - id: tag_location
        type: u4
        doc: The sector the descriptor stands in.
      - id: main_extent_length
        type: u4
      - id: main_extent_location
        type: u4
enums:
  descriptor_type:
    0: boot_record
    1: primary
    2: supplementary
    3: partition
    255: terminator
