#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_families.sh VCARD PCSC_ASK COMMUNITY CARDS: cards out of data files through real pcscd, two of them on two readers
# at once. Run it under with-readers.
set -u
vcard=$1 ask=$2 community=$3 cards=$4
first="Virtual PCD 00 00" second="Virtual PCD 00 01"
folder=$(mktemp -d)
socket=$folder/ctl
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

start()
{
    "$vcard" --personas "$community/personas.json" --keys "$community/demo-keys.json" --state "$folder/state" \
        --cards "$cards" --control "$socket" "$@" &
    process=$!
    ctl status >/dev/null || { echo "Bail out! citycard-vcard did not start"; exit 1; }
}
ctl() { "$vcard" ctl "$socket" "$@"; }
# The answer to the last command; the ATR is the first line.
last() { "$ask" "$@" | tail -n 1; }
finish() { kill "$process" 2>/dev/null; rm -rf "$folder"; }
trap finish EXIT
settle() { sleep 1; }

start --card-port 35963 --card-port 35964 --sam-port 35999 --sam off --card changsha --card storage
check "a processor card on the first reader" "$(last "$first" 00A4040009A00000000386980701 00B0950C08)" \
    41000000899999859000
check "a memory card on the second" "$("$ask" "$second" | head -n 1)" 3B8F8001804F0CA000000306030001000000006A
check "its UID" "$(last "$second" FFCA000000)" 9900C1019000
check "and nothing else" "$(last "$second" 00A40000023F00)" 6E00
check "a card lies on one reader only" "$(ctl insert changsha 1 2>&1; echo $?)" "error changsha is in slot 0*1"
check "there is no third reader" "$(ctl remove 2 2>&1)" "error no slot \"2\""
ctl remove 1
ctl insert ssse 1 >/dev/null
settle
check "T=0: an answer in two steps" \
    "$(last "$second" 00A404000F7378312E73682EC9E7BBE1B1A3D5CF 00A4000002EF06 00B20A0003 00C0000003)" 0A01329000
check "the other reader did not notice" "$(last "$first" 00A40000023F00)" 9000
ctl fault card1 sw sw=6F00
check "a fault of the second reader" "$(last "$second" 00A40000023F00)" 6F00
ctl swap macau 0 1 >/dev/null
settle
check "another card there" "$(last "$second" 00A40000021001 805C000204)" 8000164E9000
check "both in the status" "$(ctl status)" '*"slots":\[*"card":"changsha"*"card":"macau"*'
check "a person's card lies beside the data's" "$(ctl swap adult 0 0)" adult
kill -TERM "$process"
wait "$process"
start --psam "$cards/psam-cityunion.json" --card cityunion
settle
check "a PSAM out of a data file" "$(last "$second" 00A40000023F00 00B0960006)" 9901000001029000
check "which checks a security code" "$(last "$second" 00A4000002DF01 80CA0000098588D32B7688D32B76)" 9000
check "its state has a file of its own" "$(ctl card cityunion)" '{"key":"cityunion","card_number":"0102030405060708"*'
kill -TERM "$process"
wait "$process"
check "SIGTERM ends it cleanly" "$?" 0
echo "1..$count"
