meta:
  id: mds
  title: Alcohol 120% / GameJack media descriptor, version 1
  file-extension:
    - mds
    - xmd
  endian: le
doc: |
  The parts of a version 1 media descriptor. They refer to each other by absolute offsets, so each
  is read on its own from the descriptor's bytes; the root is the file header.
seq:
  - id: magic
    contents: "MEDIA DESCRIPTOR"
  - id: version_major
    type: u1
    valid: 1
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
    size: 4
  - id: len_bca
    type: u2
  - id: reserved2
    size: 8
  - id: ofs_bca
    type: u4
  - id: reserved3
    size: 24
  - id: ofs_structures
    type: u4
  - id: reserved4
    size: 12
  - id: ofs_sessions
    type: u4
  - id: ofs_dpm
    type: u4
types:
  session:
    seq:
      - id: start
        type: s4
      - id: end
        type: s4
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
      - id: extra
        type: u4
        doc: CD - offset of the extra block; DVD - length in sectors
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
      - id: reserved2
        size: 24
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
      - id: is_wide
        type: u4
      - id: reserved
        size: 8
  dpm_list:
    seq:
      - id: num_blocks
        type: u4
        valid:
          max: 1024
      - id: offsets
        type: u4
        repeat: expr
        repeat-expr: num_blocks
  dpm:
    seq:
      - id: number
        type: u4
      - id: start
        type: u4
      - id: resolution
        type: u4
      - id: num_values
        type: u4
        valid:
          max: 1048576
      - id: values
        type: u4
        repeat: expr
        repeat-expr: num_values
