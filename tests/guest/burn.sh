# Runs in the guest: burning programs write to blank discs, then everything is read back.
# /dev/sr0, sr1, sr2: CD-Rs; sr3: a DVD+R; sr4: a BD-R; sr5: a DVD-R; sr6: a CD-RW. One line "name code" for each program.
# Slow on purpose: wodim measures how fast the emulated machine is, and refuses more.
run() {
    name=$1; shift
    timeout 120 "$@" >"$name.log" 2>&1
    echo "$name $?"
}
modprobe -a virtio_scsi sr_mod sg isofs
run tao wodim -v speed=4 dev=/dev/sr0 -tao -data data.iso
run sao wodim -v speed=4 dev=/dev/sr1 -dao -audio one.wav two.wav
run cdrdao cdrdao write -v 2 --device /dev/sr2 --driver generic-mmc -n songs.toc
run dvd growisofs -use-the-force-luke=notray -speed=1 -Z /dev/sr3=data.iso
run bd growisofs -use-the-force-luke=notray -speed=1 -Z /dev/sr4=data.iso
run dash growisofs -use-the-force-luke=notray -speed=1 -Z /dev/sr5=data.iso
run once wodim -v speed=16 dev=/dev/sr6 -tao -data songs.toc
run again wodim -v speed=16 dev=/dev/sr6 blank=fast -tao -data data.iso
for n in 0 3 4 5 6; do
    run read$n readom dev=/dev/sr$n sectors=0-$SECTORS f=read$n
    echo "sum$n $(sha256sum <read$n | cut -d' ' -f1)"
done
tail -n 25 tao.log sao.log cdrdao.log dvd.log bd.log dash.log once.log again.log read?.log | sed "s|^|log: |"
