#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_readers.sh VCARD PCSC_ASK COMMUNITY: the virtual card and PSAM through real pcscd. Run it under with-readers.
set -u
vcard=$1 ask=$2 community=$3
card="Virtual PCD 00 00" sam="Virtual PCD 00 01"
select=00A4040008A000000632010105 sam_select=00A4000002DF01
folder=$(mktemp -d)
socket=$folder/ctl
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

start()
{
    "$vcard" --personas "$community/personas.json" --keys "$community/demo-keys.json" --state "$folder/state" \
        --control "$socket" "$@" &
    process=$!
    ctl status >/dev/null || { echo "Bail out! citycard-vcard did not start"; exit 1; }
}
ctl() { "$vcard" ctl "$socket" "$@"; }
field() { sed -n "s/.*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p" <<<"$1"; }
# The answer to the last command; the ATR is the first line.
last() { "$ask" "$@" | tail -n 1; }
finish() { kill "$process" 2>/dev/null; rm -rf "$folder"; }
trap finish EXIT

# Wait until pcscd has seen the card of a slot, or its absence.
settle() { sleep 1; }

# debit AMOUNT_HEX: INIT on the card, 8070 on the PSAM, and the DEBIT command in $debit.
prepare()
{
    local init mac1 number
    number=$(last "$card" $select 00B0950C08)
    number=${number%9000}
    init=$(last "$card" $select "805001020B01${1}990100000001")
    mac1=$(last "$sam" $sam_select "8070000024${init:22:8}${init:8:4}${1}06202601150930450100${number}01019901FFFFFFFF08")
    debit=805401000F${mac1:0:8}20260115093045${mac1:8:8}08
}

start --card adult
check "ATR of the card" "$("$ask" "$card" | head -n 1)" 3B8880014A544343009901008F
check "SELECT gives the FCI" "$(last "$card" $select)" "6F318408A000000632010105A5259F0801029F0C1E*9000"
check "files can be read" "$(last "$card" $select 00B0950A0A)" 031099010000000010179000
check "ATR of the PSAM, T=0" "$("$ask" "$sam" | head -n 1)" 3B6C000213028638184356071E102B23
check "terminal number of the PSAM" "$(last "$sam" 00A40000023F00 00B0960006)" 9901000000019000
time_us=$(last "$card" $select repeat=200 805C000204)
time_us=${time_us##*us=}
echo "# one command takes $time_us us"
check "a command takes no delayed acknowledgement" "$((time_us < 20000))" 1

prepare 000000C8
answer=$(last "$card" "$debit")
check "DEBIT" "$answer" "????????????????9000"
check "the PSAM knows the card's MAC2" "$(last "$sam" "8072000004${answer:8:8}")" 9000
check "what was answered is durable" "$(field "$(ctl card adult)" balance_fen)" 26650
kill -KILL $process
wait $process 2>/dev/null
start --card adult
settle
check "also over the death of the program" "$(last "$card" $select 805C000204)" 0000681A9000
check "its proof too" "$(last "$card" $select 805A000602000808)" "${answer:8:8}${answer:0:8}9000"
check "and the PSAM's serial" "$(last "$sam" $sam_select 00B0980004)" 000000019000

ctl fault card pull-before ins=54
prepare 000000C8
check "pulled before the commit" "$(last "$card" "$debit")" "lost *"
ctl insert adult >/dev/null
settle
check "nothing was debited" "$(last "$card" $select 805C000204)" 0000681A9000
ctl faults clear
ctl fault card pull-after ins=54
prepare 000000C8
check "pulled after the commit" "$(last "$card" "$debit")" "lost *"
ctl insert adult >/dev/null
settle
check "debited, and the card can prove it" "$(last "$card" $select 805A000602000908)" "????????????????9000"
ctl faults clear

ctl fault card drop ins=5C
check "no answer at all is an empty success" "$(last "$card" $select 805C000204)" "lost 00000000 0"
settle
ctl fault card promise ins=5C
check "a broken promise is an error" "$(last "$card" $select 805C000204)" "lost 80100016 *"
settle
ctl fault card promise ins=5C bytes=3
check "a promise kept in part is a short success" "$(last "$card" $select 805C000204)" "000067"
settle
ctl fault card empty ins=5C ms=200
check "an empty answer" "$(last "$card" $select 805C000204)" "lost *"
settle
ctl fault card cut ins=5C bytes=2
check "a cut answer looks like a status" "$(last "$card" $select 805C000204)" "0000"
ctl fault card delay ins=5C ms=300 byte_us=1000
check "a slow card" "$(last "$card" $select 805C000204)" "000067529000"
ctl fault card garbage ins=5C bytes=65535 seed=1 2>/dev/null
check "a longest answer" "$(last "$card" $select 805C000204 | wc -c)" 131071
ctl fault sam reset
check "the PSAM reset in between" "$(last "$sam" 807200000400000000)" 6901
check "faults are counted" "$(field "$(ctl status)" fired)" 1
ctl faults clear

ctl chaining on
check "T=0" "$(last "$card" $select 00C0000033 805C000200 805C000204 00C0000004)" 000067529000
ctl chaining off
ctl fault card swap key=elder gap=50
"$ask" "$card" $select >/dev/null
settle
check "another card in its place" "$(last "$card" $select 00B0950C08)" 99010000000010259000
ctl swap student >/dev/null
settle
check "swap by hand" "$("$ask" "$card" | head -n 1)" 3B8880014A544343009901028D
ctl remove
settle
{ sleep 1; ctl insert visitor >/dev/null; } &
check "a card put in is seen" "$("$ask" "$card" | head -n 1)" 3B8880014A5443430099010689
ctl sam off
settle
{ sleep 1; ctl sam on; } &
check "a PSAM put in is seen" "$("$ask" "$sam" | head -n 1)" 3B6C000213028638184356071E102B23

"$WITH_READERS_RESTART" stop
check "without pcscd" "$("$ask" "$card" 2>&1)" "establish: 8010001d"
"$WITH_READERS_RESTART" start
settle
check "both come back with pcscd" "$(last "$card" $select)$(last "$sam" $sam_select)" "*9000*9000"
"$WITH_READERS_RESTART" kill
"$WITH_READERS_RESTART" start
settle
check "and after its sudden death" "$(last "$card" $select)" "*9000"

ctl set poor offline_counter 65535
ctl swap poor >/dev/null
settle
check "a counter at its end" "$(last "$card" $select 805001020B01000000019901000000010F)" 9402
check "an unknown command is refused" "$(ctl fly 2>&1; echo $?)" "error unknown command*1"
check "an unknown card is refused" "$(ctl insert nobody 2>&1; echo $?)" "error no card*1"
check "one process a folder" "$("$vcard" --personas "$community/personas.json" --keys "$community/demo-keys.json" \
    --state "$folder/state" --control "$socket.2" 2>&1; echo $?)" "*alone*1"
kill -TERM $process
wait $process
check "SIGTERM ends it cleanly" "$?$([ -e "$socket" ] && echo " socket left")" 0
start --sam off
ctl quit
wait $process
check "quit, too" "$?" 0
echo "1..$count"
