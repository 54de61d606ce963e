#!/usr/bin/env bash
# A throw-away object store for tests: one Ceph monitor, one OSD in memory and one RADOS gateway, on
# 127.0.0.1 only. Prints `ready` when it takes requests and ends, with all it has made, when its
# standard input does.
#
#   ceph-rgw.sh FOLDER MONITOR_PORT HTTP_PORT HTTPS_PORT ACCESS_KEY SECRET_KEY
#
# RGW_DAY_SECONDS=10 makes a day of the lifecycle rules that short. FOLDER/ca.pem is what the
# certificate of the HTTPS port is to be checked with.
set -u
folder=$1 monitor=$2 http=$3 https=$4 access=$5 secret=$6
bind=127.0.0.1
daemons=()

finish() {
    trap '' EXIT INT TERM HUP
    for daemon in "${daemons[@]}"; do kill -KILL "$daemon" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

fail() {
    echo "failed: $1"
    tail -n 5 "$folder"/*.log 2>/dev/null
    exit 1
}

# What a killed run left: the daemons died with their script, the folder did not.
for old in "${folder%/*}"/rgw-*; do
    owner=$(cat "$old/owner" 2>/dev/null) || continue
    [ -d "/proc/$owner" ] || rm -rf "$old"
done

mkdir -p "$folder"/{monitor,osd,gateway,run} && chmod 700 "$folder" || exit 1
echo $$ >"$folder/owner"
cd "$folder" || exit 1
keyring=$folder/keyring
export CEPH_CONF=$folder/ceph.conf

cat >ceph.conf <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:$bind:$monitor]
public addr = $bind
cluster addr = $bind
ms bind ipv6 = false
keyring = $keyring
run dir = $folder/run
admin socket =
pid file =
log file =
log to stderr = true
err to stderr = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
auth allow insecure global id reclaim = false
[mon]
mon data = $folder/monitor
[osd]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd max object name len = 1200
[client.gateway]
rgw data = $folder/gateway
rgw frontends = beast endpoint=$bind:$http ssl_endpoint=$bind:$https ssl_certificate=$folder/server.pem ssl_private_key=$folder/server.key
rgw thread pool size = 32
rgw enable usage log = false
rgw lc debug interval = ${RGW_DAY_SECONDS:-0}
rgw crypt require ssl = false
CONF

# A daemon in the foreground, which dies with this script however that ends.
daemon() {
    local name=$1
    shift
    setpriv --pdeathsig KILL "$@" </dev/null >"$folder/$name.log" 2>&1 &
    daemons+=($!)
}

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj "/CN=test authority" -keyout ca.key -out ca.pem &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
            -subj "/CN=$bind" -keyout server.key -out server.csr &&
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile <(echo "subjectAltName=IP:$bind") -out server.pem
}
authority >openssl.log 2>&1 || fail "no certificate"

identity() {
    ceph-authtool "$keyring" -g -n "$1" --cap mon "$2" --cap osd "$3" >/dev/null
}
ceph-authtool -C "$keyring" -g -n mon. --cap mon 'allow *' >/dev/null &&
    identity client.admin 'allow *' 'allow *' &&
    identity osd.0 'allow profile osd' 'allow *' &&
    identity client.gateway 'allow rw' 'allow rwx' || fail "no keyring"
id=$(awk '/^fsid/ { print $3 }' ceph.conf)
monmaptool --create --addv a "[v2:$bind:$monitor]" --fsid "$id" monmap >/dev/null &&
    ceph-mon --mkfs -i a --monmap monmap --keyring "$keyring" >mkfs.log 2>&1 || fail "no monitor"
daemon monitor ceph-mon -f -i a

uuid=$(cat /proc/sys/kernel/random/uuid)
timeout 60 ceph --connect-timeout 50 osd new "$uuid" >osd-new.log 2>&1 || fail "no osd id"
ceph-osd -i 0 --mkfs --osd-uuid "$uuid" --monmap monmap >mkfs.log 2>&1 || fail "no osd store"
daemon osd ceph-osd -f -i 0
timeout 120 radosgw-admin --name client.gateway user create --uid=test --display-name=test \
    --access-key="$access" --secret-key="$secret" >user.log 2>&1 || fail "no user"
daemon gateway radosgw -f --name client.gateway
for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/$bind/$http") 2>/dev/null && (exec 3<>"/dev/tcp/$bind/$https") 2>/dev/null
    then
        echo ready
        cat >/dev/null
        exit 0
    fi
    kill -0 "${daemons[2]}" 2>/dev/null || fail "the gateway ended"
    sleep 0.2
done
fail "the gateway does not answer"
