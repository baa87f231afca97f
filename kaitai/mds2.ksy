meta:
  id: mds2
  title: DAEMON Tools media descriptor, version 2 (MDSv2 and MDX), decrypted
  endian: le
doc: |
  The parts of a decrypted version 2 descriptor, with the first 18 bytes of the file put before it,
  as its offsets count. The root is the descriptor's header.
seq:
  - id: magic
    contents: "MEDIA DESCRIPTOR"
  - id: version_major
    type: u1
    valid: 2
  - id: version_minor
    type: u1
  - id: medium
    type: u2
  - id: num_sessions
    type: u2
    valid:
      min: 1
      max: 99
  - id: reserved1
    size: 8
  - id: len_cdtext
    type: u2
  - id: reserved2
    size: 8
  - id: ofs_cdtext
    type: u4
  - id: reserved3
    size: 20
  - id: ofs_structures
    type: u4
  - id: reserved4
    size: 12
  - id: ofs_sessions
    type: u4
  - id: ofs_dpm
    type: u4
  - id: ofs_encryption
    type: u4
  - id: reserved5
    size: 4
types:
  file_header:
    doc: The first 64 bytes of the file, in clear.
    seq:
      - id: magic
        contents: "MEDIA DESCRIPTOR"
      - id: version_major
        type: u1
        valid: 2
      - id: version_minor
        type: u1
      - id: copyright
        size: 26
      - id: ofs_encryption
        type: u4
      - id: ofs_footer
        type: u8
      - id: len_footer
        type: u8
  key_header:
    doc: An encryption header from byte 64 on, decrypted.
    seq:
      - id: crc
        type: u4
      - id: magic
        type: u4
      - id: one
        type: u2
      - id: key_size
        type: u2
      - id: zero
        type: u4
      - id: key_data
        size: 256
      - id: len_packed
        type: u4
      - id: len_unpacked
        type: u4
  session:
    seq:
      - id: start
        type: s8
      - id: number
        type: u2
      - id: num_blocks
        type: u1
      - id: num_lead_in_blocks
        type: u1
      - id: first_track
        type: u2
      - id: last_track
        type: u2
      - id: reserved
        size: 4
      - id: ofs_blocks
        type: u4
      - id: end
        type: s8
  block:
    seq:
      - id: mode
        type: u1
      - id: subchannel
        type: u1
      - id: adr_ctl
        type: u1
      - id: tno
        type: u1
      - id: point
        type: u1
      - id: msf
        type: u1
        repeat: expr
        repeat-expr: 3
      - id: zero
        type: u1
      - id: pmsf
        type: u1
        repeat: expr
        repeat-expr: 3
      - id: ofs_extra
        type: u4
      - id: sector_size
        type: u2
      - id: reserved1
        size: 18
      - id: start
        type: s4
      - id: ofs_data
        type: u8
      - id: num_files
        type: u4
        valid:
          max: 4096
      - id: ofs_footers
        type: u4
      - id: start64
        type: s8
      - id: length64
        type: u8
      - id: reserved2
        size: 8
  extra:
    seq:
      - id: pregap
        type: u4
      - id: length
        type: u4
  footer:
    seq:
      - id: ofs_name
        type: u4
      - id: flags
        type: u1
      - id: reserved
        size: 7
      - id: group
        type: u4
      - id: sectors
        type: u8
      - id: ofs_table
        type: u8
