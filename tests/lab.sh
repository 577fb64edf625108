# SPDX-License-Identifier: Apache-2.0
# A street to try the kiosk in, for shell scripts that run inside tests/with-readers: virtual cards, a platform in a network
# namespace of its own at the other end of a cable that can be pulled, and an enrolled kiosk's data folder. Needs BUILD, TOP
# and LAB (a folder, made anew). Everything it starts is ended by lab_stop.

lab_children=()

lab_start() { # residents
    mkdir -p "$LAB"
    lab_cable
    lab_cards
    lab_platform "$1"
    lab_enrol
}

lab_stop() {
    local child
    for child in "${lab_children[@]}"; do kill "$child" 2>/dev/null || true; done
    wait "${lab_children[@]}" 2>/dev/null || true
}

lab_until() { # seconds command…
    local left=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || { echo "lab: gave up waiting for: $*" >&2; return 1; }
        sleep 0.1
    done
}

# "cable" here, "uplink" there: `ip link set cable down` is a pulled plug.
lab_cable() {
    unshare -n sleep infinity &
    lab_far=$!
    lab_children+=("$lab_far")
    lab_until 5 lab_far_apart
    ip link add cable type veth peer name uplink netns "$lab_far"
    ip addr add 10.99.0.2/24 dev cable
    ip link set cable up
    nsenter -t "$lab_far" -n ip addr add 10.99.0.1/24 dev uplink
    nsenter -t "$lab_far" -n ip link set uplink up
    nsenter -t "$lab_far" -n ip link set lo up
}

lab_far_apart() {
    [ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$lab_far/ns/net")" ]
}

lab_cards() {
    "$BUILD/tests/vcard/citycard-vcard" --personas "$TOP/assets/community/personas.json" \
        --keys "$TOP/assets/community/demo-keys.json" --cards "$TOP/tests/vcard/data" --state "$LAB/cards" --control "$LAB/cards.sock" --card none \
        >"$LAB/cards.log" 2>&1 &
    lab_children+=($!)
    lab_until 10 lab_ctl status
}

lab_ctl() {
    "$BUILD/tests/vcard/citycard-vcard" ctl "$LAB/cards.sock" "$@"
}

lab_platform_do() { # subcommand arguments…
    local command=$1
    shift
    "$BUILD/kiosk/platform/citycard-platform" "$command" --data "$LAB/platform" "$@"
}

lab_platform() { # residents
    lab_platform_do init --residents "$1" --personas "$TOP/assets/community/personas.json" \
        --keys "$TOP/assets/community/demo-keys.json" >"$LAB/platform-init.log"
    nsenter -t "$lab_far" -n "$BUILD/kiosk/platform/citycard-platform" serve --data "$LAB/platform" \
        --listen 10.99.0.1:8443 >"$LAB/platform.log" 2>&1 &
    lab_children+=($!)
    lab_until 10 grep -q 'listening' "$LAB/platform.log"
}

lab_enrol() {
    mkdir -p "$LAB/kiosk"
    "$BUILD/ui/citycard-kiosk" --data "$LAB/kiosk" --enrol "$(lab_platform_do enrol-code K0001)" \
        --platform https://10.99.0.1:8443 --ca "$LAB/platform/ca.pem" --id K0001 >"$LAB/enrol.log" 2>&1
}
