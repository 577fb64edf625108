#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test_with_readers.sh WITH_READERS: exit codes, several at once, nothing left behind.
set -u
with_readers=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

gone()
{
    local tenths=0
    while [ "$tenths" -lt 50 ] && pgrep -f "$1" >/dev/null; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    pgrep -f "$1" >/dev/null && echo left || echo gone
}

"$with_readers" sh -c 'exit 7'
check "the exit code is COMMAND's" $? 7
"$with_readers" sh -c 'kill -9 $$' 2>/dev/null
check "also when it is killed" $? 137
"$with_readers" /nonexistent/command 2>/dev/null
check "or is not there" $? 127
WITH_READERS_DRIVER=/nonexistent "$with_readers" true 2>/dev/null
check "no driver" $? 125
check "standard input goes through" "$(echo hello | "$with_readers" cat)" hello
check "standard output is COMMAND's alone" "$("$with_readers" true)" ""
# shellcheck disable=SC2016
check "pcscd can be stopped and started" "$("$with_readers" sh -c '
    kill -0 "$WITH_READERS_PCSCD_PID" && $WITH_READERS_RESTART stop && [ ! -e /run/pcscd/pcscd.comm ] &&
    $WITH_READERS_RESTART start && [ -S /run/pcscd/pcscd.comm ] && $WITH_READERS_RESTART kill &&
    $WITH_READERS_RESTART restart && kill -0 "$($WITH_READERS_RESTART pid)" && echo good')" good

# Three at once: each holds the same two ports, in a network of its own.
for i in 1 2 3; do
    # shellcheck disable=SC2016
    "$with_readers" sh -c 'sleep 1; grep -c ":8C7[BC] 0\|:8C7[BC] " /proc/net/tcp >"$0"; exit '$i "$folder/$i" &
    pids[i]=$!
done
codes=
for i in 1 2 3; do
    wait "${pids[i]}"
    codes+=$?
done
check "three at once" "$codes" 123
check "each with its two slots" "$(cat "$folder"/[123] | tr '\n' ' ')" "2 2 2 "

mark=with-readers-test-$$
for signal in TERM INT HUP KILL; do
    # A background job ignores interrupts unless told otherwise, and a job under nohup hang-ups.
    env --default-signal=INT,HUP "$with_readers" sh -c 'echo up >"$0"; sleep 600; :' "$folder/up" "$mark" 2>/dev/null &
    pid=$!
    rm -f "$folder/up"
    tenths=0
    while [ ! -e "$folder/up" ] && [ "$tenths" -lt 50 ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    kill "-$signal" "$pid"
    wait "$pid" 2>/dev/null
    check "SIG$signal leaves nothing" "$(gone "$mark")" gone
done
"$with_readers" sh -c '(setsid sleep 600.'$$' &); exit 3'
check "a child that ran away is ended" "$?$(gone "sleep 600.$$")" 3gone

if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$with_readers"; then
    (cd / && setpriv --reuid=65534 --regid=65534 --clear-groups "$with_readers" sh -c '[ -S /run/pcscd/pcscd.comm ]; exit 5$?')
    check "as an ordinary user" $? 50
fi
echo "1..$count"
