#!/bin/bash
# Makes the clips of this folder with ffmpeg (libx264, libx265, aac). Needs 20 s; overwrites them.
# What they hold and how to read the barcode: README.md beside this file.
set -euo pipefail
cd "$(dirname "$0")"

# barcode WIDTH: 20 cells over the picture's full width, as a chain of drawbox filters.
barcode() {
    local cell=$(($1 / 20)) bar="drawbox=x=0:y=0:w=iw:h=$(($1 / 20)):color=black:t=fill"
    white() { bar+=",drawbox=x=$(($1 * cell)):y=0:w=$cell:h=$cell:color=white:t=fill$2"; }
    white 0 ""
    white 2 ""
    white 3 ""
    local parity=""
    for bit in {0..11}; do
        white $((15 - bit)) ":enable='gt(bitand(n,$((1 << bit))),0)'"
        parity+="+gt(bitand(n,$((1 << bit))),0)"
    done
    white 16 ":enable='mod(0$parity,2)'"
    white 18 ""
    echo "$bar"
}

quiet=(-nostdin -hide_banner -loglevel error -y)
exact=(-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1)
plain="scenecut=0:bframes=0:ref=1:weightp=0:threads=1:repeat-headers=1:open-gop=0"

# h264 NAME SIZE SECONDS GOP BITRATE FILTER
h264() {
    ffmpeg "${quiet[@]}" -f lavfi -i "testsrc2=size=$2:rate=20:duration=$3" -vf "$6,format=yuv420p" \
        -c:v libx264 -preset slow -profile:v high -b:v "$5" -maxrate "$5" -bufsize "$5" \
        -x264-params "keyint=$4:min-keyint=$4:$plain" "${exact[@]}" -f h264 "$1.h264"
}

# aac NAME SECONDS FREQUENCY: a tone with a beep each second, 16 kHz mono.
aac() {
    ffmpeg "${quiet[@]}" -f lavfi \
        -i "sine=frequency=$3:beep_factor=4:sample_rate=16000:duration=$2" -ac 1 \
        -c:a aac -profile:a aac_low -b:a 32k "${exact[@]}" -f adts "$1.aac"
}

h264 demo 640x360 10 20 480k "$(barcode 640)"
aac demo 10 220
h264 small 480x270 4 20 300k "hue=h=120,$(barcode 480)"
aac small 4 330
h264 bench 1920x1080 2 40 2000k "noise=alls=6:allf=t:all_seed=1,$(barcode 1920)"
aac bench 2 440

ffmpeg "${quiet[@]}" -f lavfi -i "testsrc2=size=640x360:rate=20:duration=10" \
    -vf "hue=h=240,$(barcode 640),format=yuv420p" -c:v libx265 -preset medium -b:v 400k \
    -x265-params "keyint=20:min-keyint=20:scenecut=0:bframes=0:ref=1:weightp=0:open-gop=0:repeat-headers=1:pools=none:frame-threads=1:log-level=none:info=0" \
    "${exact[@]}" -f hevc demo.h265

# B pictures need their presentation times, which Annex B does not carry: bframes.times.
ffmpeg "${quiet[@]}" -f lavfi -i "testsrc2=size=640x360:rate=20:duration=3" \
    -vf "$(barcode 640),format=yuv420p" -c:v libx264 -preset medium -profile:v main -b:v 400k \
    -x264-params "keyint=20:min-keyint=20:scenecut=0:bframes=2:b-adapt=0:b-pyramid=none:threads=1:repeat-headers=1:open-gop=0" \
    "${exact[@]}" -f mp4 bframes.mp4
ffmpeg "${quiet[@]}" -i bframes.mp4 -c copy -bsf:v h264_mp4toannexb "${exact[@]}" -f h264 bframes.h264
ffprobe -v error -select_streams v -show_entries packet=pts_time,dts_time -of csv=p=0 bframes.mp4 |
    awk -F, '{ printf "%d\n", ($1 - $2) * 90000 + 0.5 }' > bframes.times
rm bframes.mp4
ls -l -- *.h264 *.h265 *.aac *.times
