meta:
  id: nrg
  title: Nero image, chunk list
  file-extension: nrg
  endian: be
doc: |
  The chunk list at the end of a Nero image, from the offset its trailer names up to the END! chunk.
  Sectors lie before it and are not described here. "Msf" chunks are those of the NERO (version 1)
  trailer, "Lba" chunks those of NER5 (version 2).
seq:
  - id: chunks
    type: chunk
    repeat: until
    repeat-until: _.id == chunk_id::end
enums:
  chunk_id:
    0x43554553: cues
    0x43554558: cuex
    0x44414f49: daoi
    0x44414f58: daox
    0x45544e46: etnf
    0x45544e32: etn2
    0x54494e46: tinf
    0x53494e46: sinf
    0x4d545950: mtyp
    0x44494e46: dinf
    0x544f4354: toct
    0x43445458: cdtx
    0x52454c4f: relo
    0x454e4421: end
types:
  trailer:
    doc: The last twelve bytes of the file; version 1 uses only the last eight.
    seq:
      - id: magic_v2
        type: u4
      - id: magic_v1
        type: u4
      - id: last
        type: u4
    instances:
      is_v2:
        value: magic_v2 == 0x4e455235
      is_v1:
        value: magic_v1 == 0x4e45524f
      offset_v2:
        value: (magic_v1 << 32) | last
  chunk:
    seq:
      - id: id
        type: u4
        enum: chunk_id
      - id: len
        type: u4
      - id: body
        size: len
        type:
          switch-on: id
          cases:
            chunk_id::cues: cue_msf
            chunk_id::cuex: cue_lba
            chunk_id::daoi: dao_32
            chunk_id::daox: dao_64
            chunk_id::etnf: etn_32
            chunk_id::etn2: etn_64
            chunk_id::tinf: tinf
            chunk_id::sinf: number
            chunk_id::mtyp: number
            chunk_id::toct: toc_type
            _: raw
  raw:
    seq:
      - id: data
        size-eos: true
  number:
    seq:
      - id: value
        type: u4
  toc_type:
    seq:
      - id: disc_type
        type: u1
  cue_msf:
    seq:
      - id: entries
        type: cue_msf_entry
        repeat: eos
  cue_msf_entry:
    seq:
      - id: adr_ctl
        type: u1
      - id: track
        type: u1
      - id: index
        type: u1
      - id: reserved
        size: 2
      - id: minute
        type: u1
      - id: second
        type: u1
      - id: frame
        type: u1
  cue_lba:
    seq:
      - id: entries
        type: cue_lba_entry
        repeat: eos
  cue_lba_entry:
    seq:
      - id: adr_ctl
        type: u1
      - id: track
        type: u1
      - id: index
        type: u1
      - id: reserved
        size: 1
      - id: lba
        type: s4
  dao_header:
    seq:
      - id: size
        type: u4
      - id: mcn
        size: 14
      - id: disc_type
        type: u1
      - id: reserved
        type: u1
      - id: first_track
        type: u1
        valid:
          max: 99
      - id: last_track
        type: u1
        valid:
          max: 99
  dao_32:
    seq:
      - id: header
        type: dao_header
      - id: entries
        type: dao_32_entry
        repeat: eos
  dao_32_entry:
    seq:
      - id: head
        type: dao_entry_head
      - id: index0
        type: u4
      - id: index1
        type: u4
      - id: end
        type: u4
  dao_64:
    seq:
      - id: header
        type: dao_header
      - id: entries
        type: dao_64_entry
        repeat: eos
  dao_64_entry:
    seq:
      - id: head
        type: dao_entry_head
      - id: index0
        type: u8
      - id: index1
        type: u8
      - id: end
        type: u8
  dao_entry_head:
    seq:
      - id: isrc
        size: 12
      - id: sector_size
        type: u2
      - id: mode
        type: u1
      - id: reserved
        size: 3
  etn_32:
    seq:
      - id: entries
        type: etn_32_entry
        repeat: eos
  etn_32_entry:
    seq:
      - id: offset
        type: u4
      - id: len
        type: u4
      - id: reserved
        size: 3
      - id: mode
        type: u1
      - id: lba
        type: s4
      - id: reserved2
        size: 4
  etn_64:
    seq:
      - id: entries
        type: etn_64_entry
        repeat: eos
  etn_64_entry:
    seq:
      - id: offset
        type: u8
      - id: len
        type: u8
      - id: reserved
        size: 3
      - id: mode
        type: u1
      - id: lba
        type: s4
      - id: reserved2
        size: 8
  tinf:
    seq:
      - id: entries
        type: tinf_entry
        repeat: eos
  tinf_entry:
    seq:
      - id: offset
        type: u4
      - id: len
        type: u4
      - id: mode
        type: u4
